// `resolve`: Hub or local, which revision, and why.
#include "cli/context.h"
#include "commands/source_option.h"
#include "commands/table.h"
#include "report/source_text.h"
#include "source/source_json.h"

namespace modelexport::commands {
namespace {

Result<int> run(cli::Context& context) {
  json::Json sources = json::Json::array();
  bool invalid = false;
  bool missing = false;
  HubSourceProbe hub(context);
  for (const std::string& input : context.arguments.positional()) {
    const source::Source source = classify_source(context, input, hub);
    invalid = invalid || source.kind == source::Kind::invalid;
    missing = missing || (source.kind == source::Kind::hub && !source::require_usable(source));
    if (context.json()) {
      sources.push_back(source::source_json(source));
    } else {
      context.out.line(report::source_line(source));
    }
  }
  if (context.json()) {
    json::Json document = json::Json::object();
    document["schema"] = "modelexport/resolve/1";
    document["sources"] = sources;
    context.print(document);
  }
  return invalid ? 3 : missing ? 4 : 0;
}

constexpr cli::Option kOptions[] = {
    kNameRevision,
};
constexpr cli::Example kExamples[] = {
    {"modelexport resolve bert-base-uncased ./my_model", "Which of these is a Hub model, and why"},
    {"modelexport resolve hf://org/name@v1.0 --json", "The same for a script"},
};

}  // namespace

constexpr cli::Command kResolve{
    .name = "resolve",
    .arguments = "SOURCE...",
    .summary = "Hub or local, which revision, and why",
    .description =
        "Says for each model source whether it is a Hub model or a local directory, and by which rule. "
        "An existing path is local; hf:// and a full commit are Hub; a name that cannot be verified is "
        "local. Exit code 3 if a name can be neither; 4 if it is a Hub source for certain (hf://, or a model "
        "that "
        "the Hub knows, at a revision that it does not know) and the Hub does not have it or refuses access.",
    .options = kOptions,
    .option_aliases = {},
    .examples = kExamples,
    .min_arguments = 1,
    .max_arguments = 100000,
    .run = run,
};

}  // namespace modelexport::commands
