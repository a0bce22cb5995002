#include "commands/export_request.h"

#include <tuple>

#include "convert/graph_options.h"
#include "io/file_sink.h"
#include "result/shell_word.h"

namespace modelexport::commands {
namespace {

constexpr std::string_view kDefaultName = "model.onnx";

/// The options that describe the graph, by name.
options::OptionValues option_values(const cli::Arguments& arguments) {
  options::OptionValues values;
  for (const char* name :
       {"opset", "input", "dynamic", "static", "output-name", "task", "hierarchy", "torch-modules"})
    if (arguments.has(name)) values[name] = arguments.all(name);
  return values;
}

/// --target: OUT is what pack writes.
Status parse_targets(const cli::Arguments& arguments, ExportRequest& request) {
  if (!arguments.has("target")) return {};
  request.targets = arguments.get("target");
  request.packed = arguments.get("output");
  if (!request.package)
    return fail(ErrorCode::cli_usage, "--target makes a package, which is a directory or a zip", {},
                "-o DIRECTORY, or -o FILE.zip");
  if (request.sidecar || request.report)
    return fail(ErrorCode::cli_usage, "--sidecar and --report are not part of a package", {},
                "export without --target, then: modelexport pack OUT/model.onnx -t " + request.targets +
                    " -o PACKAGE");
  if (std::string_view(request.packed).ends_with(".zip"))
    request.out_directory.resize(request.packed.size() - 4);
  return {};
}

}  // namespace

Result<ExportRequest> parse_export_request(const cli::Arguments& arguments, const Limits& limits) {
  if (!arguments.has("output")) {
    return fail(ErrorCode::cli_usage, "no output is named", {},
                "modelexport export " + shell_word(arguments.positional()[0]) + " -o OUT");
  }
  ExportRequest request;
  ME_TRY(request.options, convert::parse_export_options(option_values(arguments)));
  request.options.producer_version = MODELEXPORT_VERSION;
  request.options.limits = limits;
  const bool weights_from = !arguments.all("weights-from").empty();
  const std::string weights = arguments.get("weights", weights_from ? "reference" : "auto");
  if (weights_from && weights != "reference") {
    return fail(ErrorCode::cli_usage, "--weights-from and --weights " + weights + " contradict each other",
                {}, "--weights reference --weights-from FILE.safetensors");
  }
  ME_TRY(request.write.weights, convert::parse_weight_mode(weights == "hub" ? "reference" : weights));
  request.hub_weights = weights == "hub";
  request.options.reference_weights = request.write.weights == onnx::WeightMode::reference;
  const std::string out = arguments.get("output");
  if (out == "-")
    return fail(ErrorCode::cli_usage, "the result cannot be written to standard output", {},
                "name a file: -o model.onnx");
  request.package = !std::string_view(out).ends_with(".onnx");
  if (request.package) {
    request.out_directory = out;
    request.out_name = kDefaultName;
  } else {
    std::tie(request.out_directory, request.out_name) = io::split_path(out);
  }
  request.source = arguments.get("source");
  request.sidecar = arguments.has("sidecar");
  request.report = arguments.has("report");
  ME_CHECK(parse_targets(arguments, request));
  return request;
}

}  // namespace modelexport::commands
