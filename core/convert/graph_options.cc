#include "convert/graph_options.h"

#include <charconv>

namespace modelexport::convert {
namespace {

using options::all;
using options::get;
using options::has;
using options::OptionValues;

constexpr std::string_view kInputForm =
    "--input NAME:DTYPE[D0,D1,...] or NAME:DTYPE:D0xD1, e.g. input_ids:int64:2x16";
constexpr std::string_view kAxisForm = "--dynamic NAME:AXIS=SYMBOL, e.g. input_ids:1=sequence_length";

tl::unexpected<Diagnostic> bad(std::string message, std::string_view form) {
  return fail(ErrorCode::exp_bad_input_option, std::move(message), {}, std::string(form));
}

template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

Result<std::vector<std::int64_t>> parse_shape(std::string_view text, char separator, std::string_view whole) {
  std::vector<std::int64_t> shape;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    std::string_view part = text.substr(0, end);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    std::int64_t size = 0;
    if (!parse_number(part, size) || size < 0) {
      return bad("'" + std::string(part) + "' is no size in --input '" + std::string(whole) + "'",
                 kInputForm);
    }
    shape.push_back(size);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return shape;
}

/// Names that users know from PyTorch or C beside those of ONNX.
std::optional<DType> dtype_named(std::string_view name) {
  if (name == "float") return DType::float32;
  if (name == "double") return DType::float64;
  if (name == "half") return DType::float16;
  if (name == "long") return DType::int64;
  if (name == "int") return DType::int32;
  return dtype_from_name(name);
}

Status parse_opset(const OptionValues& values, ExportOptions& options) {
  if (!has(values, "opset")) return {};
  const std::string text = get(values, "opset");
  if (parse_number(std::string_view(text), options.opset) && options.opset >= 17 && options.opset <= 21)
    return {};
  return fail(ErrorCode::cli_usage, "'" + text + "' is no opset that can be written", {},
              "--opset 17 to --opset 21");
}

Result<HierarchyMode> parse_hierarchy(const std::string& name) {
  if (name == "full") return HierarchyMode::full;
  if (name == "tag") return HierarchyMode::tag;
  if (name == "none") return HierarchyMode::none;
  return fail(ErrorCode::cli_usage, "'" + name + "' is no form of the hierarchy", {}, "full, tag or none");
}

}  // namespace

Result<InputSpec> parse_input_spec(std::string_view text) {
  const std::string whole(text);
  // Names may contain colons (rarely), dtypes and shapes never: split at the last one that leaves a dtype.
  std::string_view shape;
  char separator = ',';
  std::string_view head = text;
  if (text.ends_with(']')) {
    const std::size_t open = text.rfind('[');
    if (open == std::string_view::npos) return bad("--input '" + whole + "' is not understood", kInputForm);
    shape = text.substr(open + 1, text.size() - open - 2);
    head = text.substr(0, open);
  } else {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
      return bad("--input '" + whole + "' is not understood", kInputForm);
    shape = text.substr(colon + 1);
    head = text.substr(0, colon);
    separator = 'x';
  }
  const std::size_t colon = head.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return bad("--input '" + whole + "' is not understood: name, dtype and shape are needed", kInputForm);
  }
  InputSpec spec;
  spec.name = head.substr(0, colon);
  const std::string_view type = head.substr(colon + 1);
  const auto dtype = dtype_named(type);
  if (!dtype) {
    return bad("'" + std::string(type) + "' is no dtype in --input '" + whole + "'",
               "dtypes: float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, bool");
  }
  spec.dtype = *dtype;
  ME_TRY(spec.shape, parse_shape(shape, separator, whole));
  return spec;
}

Result<AxisSpec> parse_axis_spec(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  const std::size_t colon = text.rfind(':', equals);
  AxisSpec spec;
  if (equals == std::string_view::npos || colon == std::string_view::npos || colon == 0 ||
      equals + 1 == text.size() || !parse_number(text.substr(colon + 1, equals - colon - 1), spec.axis) ||
      spec.axis < 0) {
    return bad("--dynamic '" + std::string(text) + "' is not understood", kAxisForm);
  }
  spec.input = text.substr(0, colon);
  spec.symbol = text.substr(equals + 1);
  return spec;
}

Result<ExportOptions> parse_export_options(const OptionValues& values) {
  ExportOptions options;
  ME_CHECK(parse_opset(values, options));
  for (const std::string& text : all(values, "input")) {
    ME_TRY(InputSpec spec, parse_input_spec(text));
    options.inputs.push_back(std::move(spec));
  }
  for (const std::string& text : all(values, "dynamic")) {
    ME_TRY(AxisSpec spec, parse_axis_spec(text));
    options.dynamic.push_back(std::move(spec));
  }
  options.static_shapes = has(values, "static");
  options.output_names = all(values, "output-name");
  options.task = get(values, "task");
  ME_TRY(options.hierarchy, parse_hierarchy(get(values, "hierarchy", "full")));
  options.torch_modules = has(values, "torch-modules");
  return options;
}

Result<onnx::WeightMode> parse_weight_mode(std::string_view name) {
  if (name == "auto" || name.empty()) return onnx::WeightMode::automatic;
  if (name == "inline") return onnx::WeightMode::inlined;
  if (name == "external") return onnx::WeightMode::external;
  if (name == "reference") return onnx::WeightMode::reference;
  if (name == "hub") {
    return fail(ErrorCode::cli_not_supported_yet, "'--weights hub' is not supported by this version", {},
                "use --weights inline, external or reference");
  }
  return fail(ErrorCode::cli_usage, "'" + std::string(name) + "' is no place for weights", {},
              "auto, inline, external or reference");
}

}  // namespace modelexport::convert
