#include "commands/table.h"

namespace modelexport::commands {
namespace {

using cli::Command;
using cli::CommandAlias;
using cli::PlannedCommand;

constexpr const Command* kCommands[] = {
    &kExport,  &kPack,  &kLoad,    &kInspect, &kView,       &kCheck,   &kMigrate, &kStamp,
    &kResolve, &kFetch, &kExplain, &kDoctor,  &kCompletion, &kVersion, &kHelp,    &kGenerate,
};

constexpr CommandAlias kAliases[] = {
    {"analyze", "inspect", true},
    {"validate", "check", true},
    {"compare", "diff", true},
    {"export-graphml", "graphml export", true},
    {"import-onnx", "graphml import", true},
    {"classify", "resolve", false},
};

constexpr PlannedCommand kPlanned[] = {
    {"diff", "what changed, by module"},
    {"graphml", "GraphML both ways"},
};

constexpr cli::CommandTable kTable{kCommands, kAliases, kPlanned};

}  // namespace

const cli::CommandTable& command_table() { return kTable; }

}  // namespace modelexport::commands
