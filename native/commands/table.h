// All commands, in the order that help shows them.
#pragma once

#include "cli/command.h"

namespace modelexport::commands {

const cli::CommandTable& command_table();

extern const cli::Command kExport;
extern const cli::Command kPack;
extern const cli::Command kLoad;
extern const cli::Command kInspect;
extern const cli::Command kCheck;
extern const cli::Command kMigrate;
extern const cli::Command kStamp;
extern const cli::Command kResolve;
extern const cli::Command kFetch;
extern const cli::Command kView;
extern const cli::Command kExplain;
extern const cli::Command kDoctor;
extern const cli::Command kCompletion;
extern const cli::Command kVersion;
extern const cli::Command kHelp;
extern const cli::Command kGenerate;

}  // namespace modelexport::commands
