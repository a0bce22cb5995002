// `stamp`: read, set, remove the metadata that say where a model comes from.
#include "modelexport/stamp.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "cli/context.h"
#include "commands/hub_source.h"
#include "commands/hub_weights.h"
#include "commands/onnx_file.h"
#include "commands/source_option.h"
#include "commands/source_tree.h"
#include "commands/table.h"
#include "commands/task_option.h"
#include "io/file_sink.h"
#include "io/in_place.h"
#include "modelexport/edit_plan.h"
#include "report/graph_shape.h"
#include "stamp/evidence.h"

namespace modelexport::commands {
namespace {

stamp::Entries entries_of(const onnx::ModelView& model) {
  stamp::Entries entries;
  for (const onnx::MetadataEntry& entry : model.header().metadata)
    entries.emplace_back(entry.key, entry.value);
  return entries;
}

bool wants_source(const cli::Arguments& arguments) {
  return arguments.has("source") || arguments.has("revision") || arguments.has("verify-weights");
}

bool wants_change(const cli::Arguments& arguments) {
  return arguments.has("set") || arguments.has("remove") || wants_source(arguments);
}

/// The source of --source, else the one that the stamp names, at --revision where that is given.
Result<source::Source> wanted_source(cli::Context& context, const stamp::Entries& old) {
  source::Source source;
  if (context.arguments.has("source")) {
    source = classify_source(context, context.arguments.get("source"));
  } else {
    ME_TRY(source, stamped_source(context, stamp::read(old), context.arguments.positional()[0]));
    if (context.arguments.has("revision")) {
      ME_TRY(const auto hub, make_hub(context));
      ME_CHECK(complete_commit(context, *hub, source));
    }
  }
  ME_CHECK(pin_source(context, source));
  return source;
}

Status warn_about_fit(cli::Context& context, const OnnxFile& file, source::Source& source) {
  ME_TRY(const std::string config, hub_config(context, source, {}));
  if (config.empty()) return {};
  const stamp::GraphShape shape = report::graph_shape(*file.view);
  for (const Diagnostic& found : stamp::check_fit(config, shape, source.repo_id + "@" + source.commit, {}))
    context.warn(found);
  return {};
}

Result<stamp::Entries> with_source(cli::Context& context, const OnnxFile& file, const stamp::Entries& old) {
  ME_TRY(source::Source source, wanted_source(context, old));
  stamp::MakeOptions options;
  if (context.arguments.has("verify-weights")) {
    if (source.kind != source::Kind::hub) {
      return fail(ErrorCode::cli_usage, "--verify-weights needs a Hub source", {.field = source.input},
                  "modelexport stamp MODEL.onnx --source ID@COMMIT --verify-weights --in-place");
    }
    ME_CHECK(verify_weights(context, file, source, {}));
    options.weights_match = true;
  }
  ME_CHECK(warn_about_fit(context, file, source));
  options.version = MODELEXPORT_VERSION;
  options.task = context.arguments.get("task");
  options.keep_paths = context.arguments.has("keep-paths");
  options.allow_unpinned = context.arguments.has("allow-unpinned");
  if (options.task.empty()) options.task = stamp::read(old).task;
  if (options.task.empty()) options.task = source.hub.task;
  ME_TRY(stamp::Made made, stamp::make(&source, nullptr, options));
  stamp::keep_what_is_known(old, made);
  for (const Diagnostic& warning : made.warnings) context.warn(warning);
  for (const auto& entry : old)  // what the capture recorded stays true
    if (entry.first == stamp::kCapturedWith) made.entries.push_back(entry);
  return stamp::replace(old, made.entries);
}

Result<stamp::Entries> changed_entries(cli::Context& context, const OnnxFile& file,
                                       const stamp::Entries& old) {
  stamp::Entries entries = old;
  if (wants_source(context.arguments)) {
    ME_TRY(entries, with_source(context, file, old));
  }
  stamp::Entries set;
  for (const std::string& text : context.arguments.all("set")) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::cli_usage, "--set '" + text + "' has no KEY=VALUE", {},
                  "--set hf_task=text-classification");
    }
    set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  stamp::Entries edited = stamp::edit(entries, set, context.arguments.all("remove"));
  stamp::settle_evidence(entries, set, edited);
  return edited;
}

/// What was in order before must not become contradictory, unless the user insists.
Status check_result(cli::Context& context, const stamp::Entries& old, const stamp::Entries& entries) {
  const Diagnostics before = stamp::check(old);
  for (const Diagnostic& found : stamp::check(entries)) {
    const bool known = std::any_of(before.begin(), before.end(), [&](const Diagnostic& d) {
      return d.code == found.code && d.message == found.message;
    });
    if (known) continue;
    Diagnostic named = found;
    named.where.path = context.arguments.positional()[0];
    if (named.severity == Severity::error && !context.arguments.has("force")) return fail(named);
    context.warn(named);
  }
  return {};
}

Result<onnx::EditPlan> make_plan(const onnx::ModelView& view, const stamp::Entries& old,
                                 const stamp::Entries& entries) {
  onnx::EditBuilder edit(view);
  std::set<std::string_view> kept;
  for (const auto& [key, value] : entries) kept.insert(key);
  for (const auto& [key, value] : old) {
    if (kept.count(key) == 0) edit.remove_metadata(key);
  }
  for (const auto& [key, value] : entries) edit.set_metadata(key, value);
  return edit.build();
}

void print_entries(cli::Context& context, const stamp::Entries& entries) {
  for (const auto& [key, value] : entries) context.out.line(key + " = " + value);
}

struct Written {
  bool in_place = false;
  std::uint64_t bytes = 0;
  std::string output;  ///< "" if nothing was written
};

void print_result(cli::Context& context, const stamp::Entries& entries, const Written& written) {
  if (!context.json()) return;
  json::Json document = json::Json::object();
  document["schema"] = "modelexport/stamp/1";
  document["metadata"] = json::Json::array();
  for (const auto& [key, value] : entries) document["metadata"].push_back({{"key", key}, {"value", value}});
  document["in_place"] = written.in_place;
  document["bytes_written"] = written.bytes;
  document["output"] = written.output.empty() ? json::Json() : json::Json(written.output);
  context.print(document);
}

Result<Written> write_copy(cli::Context& context, const onnx::EditPlan& plan, const OnnxFile& file,
                           const std::string& path, bool force) {
  ME_TRY(const auto sink, io::FileSink::open(path, {.force = force}));
  ME_CHECK(onnx::execute(plan, *file.source, *sink, context.progress));
  ME_CHECK(file.source->verify_unchanged());
  ME_CHECK(sink->finish());
  return Written{false, plan.output_size, path};
}

Result<Written> write_in_place(cli::Context& context, const onnx::EditPlan& plan, const OnnxFile& file,
                               const std::string& path) {
  if (plan.unchanged()) return Written{true, 0, path};
  const auto tail = onnx::in_place_tail(plan);
  if (!tail) {
    context.note("the metadata lie before the weights in this file: it is written anew instead of in place");
    return write_copy(context, plan, file, path, true);
  }
  ME_TRY(const Bytes bytes, onnx::tail_bytes(plan, *file.source, *tail));
  ME_CHECK(file.source->verify_unchanged());
  ME_CHECK(io::write_tail(path, tail->offset, bytes, tail->new_size));
  return Written{true, bytes.size(), path};
}

Result<Written> write(cli::Context& context, const onnx::EditPlan& plan, const OnnxFile& file,
                      const std::string& path) {
  const std::string output = context.arguments.get("output");
  if (context.arguments.has("in-place")) return write_in_place(context, plan, file, path);
  const bool external =
      std::any_of(file.view->graph().initializers.begin(), file.view->graph().initializers.end(),
                  [](const onnx::TensorView& tensor) { return tensor.external.has_value(); });
  if (external && io::split_path(output).first != io::split_path(path).first) {
    context.note("the model's weights are in separate files, which are not copied: put them beside " +
                 output);
  }
  return write_copy(context, plan, file, output, context.arguments.has("force"));
}

Status check_usage(const cli::Arguments& arguments, const std::string& path) {
  if (!wants_change(arguments) || arguments.has("dry-run")) return {};
  if (arguments.has("output") && arguments.has("in-place")) {
    return fail(ErrorCode::cli_usage, "-o and --in-place contradict each other", {}, "leave one of them out");
  }
  if (arguments.has("output") || arguments.has("in-place")) return {};
  return fail(ErrorCode::cli_usage, "where the changed file goes is not said", {.path = path},
              "add -o OUT.onnx, --in-place, or --dry-run to see the changes");
}

Result<int> run(cli::Context& context) {
  const std::string& path = context.arguments.positional()[0];
  ME_CHECK(check_usage(context.arguments, path));
  warn_about_task(context);
  ME_TRY(const OnnxFile file, open_onnx_file(path, {}));
  const stamp::Entries old = entries_of(*file.view);
  if (!wants_change(context.arguments)) {
    if (!context.json()) print_entries(context, old);
    print_result(context, old, {});
    return 0;
  }
  ME_TRY(const stamp::Entries entries, changed_entries(context, file, old));
  ME_CHECK(check_result(context, old, entries));
  ME_TRY(const onnx::EditPlan plan, make_plan(*file.view, old, entries));
  Written written;
  if (context.arguments.has("dry-run")) {
    if (!context.json()) context.out.write(plan.unchanged() ? "nothing to change\n" : onnx::describe(plan));
  } else {
    ME_TRY(written, write(context, plan, file, path));
    const bool unchanged = plan.unchanged() && written.in_place;
    context.say((unchanged ? "unchanged: " : "wrote ") + written.output);
  }
  print_result(context, entries, written);
  return 0;
}

constexpr cli::Option kOptions[] = {
    {.name = "source", .letter = 's', .value = "SOURCE", .help = "stamp with this model directory or Hub id"},
    kSourceRevision,
    {.name = "task", .value = "TASK", .help = "task to write with --source"},
    {.name = "set", .value = "KEY=VALUE", .help = "set a metadata entry", .repeated = true},
    {.name = "remove", .value = "KEY", .help = "remove a metadata entry", .repeated = true},
    {.name = "output", .letter = 'o', .value = "OUT", .help = "write the changed file here"},
    {.name = "in-place",
     .letter = 'i',
     .help = "change the file itself; only its tail is written where possible"},
    {.name = "keep-paths", .help = "keep an absolute source path"},
    {.name = "allow-unpinned", .help = "stamp a Hub source also when its commit is not known"},
    {.name = "force", .letter = 'f', .help = "replace an existing output; write contradictory metadata"},
    {.name = "dry-run", .letter = 'n', .help = "print the changes, and stop"},
    {.name = "verify-weights",
     .help = "compare the weights with the commit's safetensors, and stamp the result"},
};
constexpr cli::OptionAlias kAliases[] = {{"model", "source"}};
constexpr cli::Example kExamples[] = {
    {"modelexport stamp model.onnx", "The metadata of a file"},
    {"modelexport stamp model.onnx --source org/name@COMMIT --in-place", "Say which Hub model it is"},
    {"modelexport stamp model.onnx --set hf_task=fill-mask --remove note -o new.onnx",
     "Edit entries in a copy"},
};

}  // namespace

constexpr cli::Command kStamp{
    .name = "stamp",
    .arguments = "MODEL.onnx",
    .summary = "read, set, remove model metadata",
    .description =
        "Reads or edits the metadata of an ONNX file; without changes it prints them. Only the metadata are "
        "written anew: weights and graph keep their bytes. --in-place writes nothing but the end of the "
        "file where its layout allows that.",
    .options = kOptions,
    .option_aliases = kAliases,
    .examples = kExamples,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};

}  // namespace modelexport::commands
