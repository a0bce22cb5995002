// `inspect`: facts and hierarchy of a file, reading only what is needed.
#include <charconv>

#include "cli/context.h"
#include "commands/check_zip.h"
#include "commands/onnx_file.h"
#include "commands/table.h"
#include "report/inspect_report.h"
#include "result/shell_word.h"

namespace modelexport::commands {
namespace {

Result<std::uint32_t> depth_of(const cli::Arguments& arguments) {
  const std::string text = arguments.get("depth", "4294967295");
  std::uint32_t depth = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), depth);
  if (error == std::errc() && end == text.data() + text.size()) return depth;
  return fail(ErrorCode::cli_usage, "'" + text + "' is no depth", {}, "--depth 2");
}

/// What can be said of a file that is not ONNX.
json::Json other_file(const std::string& path, const OnnxFile& file) {
  json::Json document = json::Json::object();
  document["schema"] = "modelexport/inspect/1";
  document["file"] = path;
  document["format"] = file.format == format::Format::checkpoint ? "unknown" : format::to_string(file.format);
  document["size"] = file.source->size();
  return document;
}

/// The text of the predecessor's sidecar beside the model, "" if there is none.
std::string sidecar_of(const std::string& path, const Limits& limits) {
  const std::string stem = path.ends_with(".onnx") ? path.substr(0, path.size() - 5) : path;
  const auto file = io::FileSource::open(stem + "_htp_metadata.json");
  if (!file) return {};
  return read_text(**file, limits.small_message).value_or("");
}

Result<json::Json> make_document(const std::string& path, const OnnxFile& file, const hierarchy::Tree& tree,
                                 bool nodes) {
  report::InspectOptions options;
  options.file = path;
  options.nodes = nodes;
  options.has_external = [&](std::string_view location, std::uint64_t needed) {
    return has_external_file(path, location, needed);
  };
  return report::inspect_json(*file.view, tree, options);
}

Result<int> run_onnx(cli::Context& context, const std::string& path, const OnnxFile& file,
                     std::uint32_t depth) {
  const cli::Arguments& arguments = context.arguments;
  const std::string sidecar = sidecar_of(path, {});
  ME_TRY(const hierarchy::Tree tree,
         hierarchy::read_hierarchy(*file.view, {.sidecar = sidecar, .nodes = arguments.has("nodes")}));
  ME_TRY(const json::Json document, make_document(path, file, tree, arguments.has("nodes")));
  if (context.json()) {
    context.print(document);
    return 0;
  }
  const bool show_tree = arguments.has("tree") || arguments.has("depth");
  context.out.write(show_tree ? hierarchy::tree_text(tree, depth) : report::inspect_text(document));
  context.out.write(report::nodes_text(document));
  return 0;
}

/// A zip is not looked into; what is in it can be.
void say_members(cli::Context& context, const std::string& path) {
  const auto zip = ModelZip::open(path, {});
  if (zip == nullptr) return;
  std::string names;
  for (const std::string& name : zip->models()) names += (names.empty() ? "" : ", ") + name;
  context.note((zip->is_package() ? "a package with " : "a zip with ") +
               (names.empty() ? "no ONNX file" : names) + "; modelexport check " + shell_word(path) +
               " checks it as it is, to inspect a model unpack it: unzip " + shell_word(path) +
               " -d DIRECTORY");
}

Result<int> run(cli::Context& context) {
  const std::string& path = context.arguments.positional()[0];
  ME_TRY(const std::uint32_t depth, depth_of(context.arguments));
  ME_TRY(const OnnxFile file, open_any_file(path, {}));
  if (file.view != nullptr) {
    auto code = run_onnx(context, path, file, depth);
    if (!code && code.error().where.path.empty()) code.error().where.path = path;
    return code;
  }
  const json::Json document = other_file(path, file);
  if (file.format == format::Format::zip) say_members(context, path);
  if (context.json()) {
    context.print(document);
  } else {
    context.out.write(report::inspect_text(document));
  }
  return 0;
}

constexpr cli::Option kOptions[] = {
    {.name = "tree", .help = "print the module hierarchy"},
    {.name = "depth", .value = "N", .help = "levels of the hierarchy to print"},
    {.name = "nodes", .help = "list every node with its operator, tag and scope"},
};
constexpr cli::Example kExamples[] = {
    {"modelexport inspect model.onnx", "What a file is"},
    {"modelexport inspect model.onnx --tree --depth 3", "Its module hierarchy, three levels deep"},
    {"modelexport inspect model.onnx --json", "Everything for a script"},
};

}  // namespace

constexpr cli::Command kInspect{
    .name = "inspect",
    .arguments = "FILE",
    .summary = "facts and hierarchy of an ONNX file",
    .description =
        "Prints format, producer, inputs, outputs, sizes, source and module hierarchy of an ONNX file. Only "
        "structure is read, never weights, so that files of many GB answer at once.",
    .options = kOptions,
    .option_aliases = {},
    .examples = kExamples,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};

}  // namespace modelexport::commands
