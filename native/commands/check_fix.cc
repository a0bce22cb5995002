#include "commands/check_fix.h"

#include "commands/edit_file.h"
#include "io/file_sink.h"
#include "io/file_source.h"

namespace modelexport::commands {
namespace {

Status write_copy(cli::Context& context, const check::FixPlan& plan, const io::FileSource& source,
                  const std::string& path, bool force) {
  ME_TRY(const auto sink, io::FileSink::open(path, {.force = force}));
  ME_CHECK(plan.execute(*sink, context.progress));
  ME_CHECK(source.verify_unchanged());
  return sink->finish();
}

}  // namespace

Status check_fix_usage(const cli::Arguments& arguments, std::size_t files) {
  const bool output = arguments.has("output");
  const bool in_place = arguments.has("in-place");
  const auto usage = [](std::string message, std::string hint) {
    return fail(ErrorCode::cli_usage, std::move(message), {}, std::move(hint));
  };
  if (!arguments.has("fix")) {
    if (output || in_place || arguments.has("diff"))
      return usage("-o, --in-place and --diff need --fix", "modelexport check --fix --diff MODEL.onnx");
    return {};
  }
  if (output && in_place) return usage("-o and --in-place contradict each other", "leave one of them out");
  if (output && files != 1) return usage("-o takes one file", "repair several files with --in-place");
  if (!output && !in_place && !arguments.has("diff"))
    return usage("where the repaired file goes is not said",
                 "add -o OUT.onnx, --in-place, or --diff to see the plan");
  return {};
}

Status fix_file(cli::Context& context, const std::string& path, const check::Options& options,
                check::Report& report) {
  ME_TRY(const auto source, io::FileSource::open(path));
  ME_TRY(const check::FixPlan plan, check::FixPlan::make(*source, options));
  if (context.arguments.has("diff") && !context.json() && context.arguments.get("format", "text") == "text")
    context.out.write(plan.unchanged() ? path + ": nothing to change\n" : path + "\n" + plan.describe());
  const bool write = context.arguments.has("output") || context.arguments.has("in-place");
  if (!write) {
    report = plan.before();
    return {};
  }
  if (context.arguments.has("in-place")) {
    ME_TRY(const onnx::EditPlan all, plan.combined());
    ME_CHECK(edit_in_place(context, all, *source, path));
  } else {
    ME_CHECK(
        write_copy(context, plan, *source, context.arguments.get("output"), context.arguments.has("force")));
  }
  report = plan.left();
  report.path = path;
  const std::string target = context.arguments.has("in-place") ? path : context.arguments.get("output");
  context.say(plan.unchanged() ? path + ": nothing to fix"
                               : path + ": " + std::to_string(plan.fixed()) + " fixed, wrote " + target);
  return {};
}

}  // namespace modelexport::commands
