#include "report/export_report.h"

#include <algorithm>

#include "components/json_members.h"
#include "report/source_text.h"
#include "result/shell_word.h"
#include "source/source_json.h"

namespace modelexport::report {
namespace {

using json::Json;

Json shape_json(const std::vector<onnx::Dim>& shape) {
  Json dims = Json::array();
  for (const onnx::Dim& dim : shape) {
    if (const auto* size = std::get_if<std::int64_t>(&dim)) {
      dims.push_back(*size);
    } else if (const auto* symbol = std::get_if<std::string>(&dim)) {
      dims.push_back(*symbol);
    } else {
      dims.push_back(nullptr);
    }
  }
  return dims;
}

Json values_json(const std::vector<onnx::ValueInfo>& values) {
  Json list = Json::array();
  for (const onnx::ValueInfo& value : values) {
    Json item = Json::object();
    item["name"] = value.name;
    item["dtype"] = dtype_name(value.dtype);
    item["shape"] = shape_json(value.shape);
    list.push_back(std::move(item));
  }
  return list;
}

std::string values_text(const std::vector<onnx::ValueInfo>& values) {
  std::string text;
  for (const onnx::ValueInfo& value : values) {
    std::string dims;
    for (const onnx::Dim& dim : value.shape) {
      if (!dims.empty()) dims += ", ";
      if (const auto* size = std::get_if<std::int64_t>(&dim)) {
        dims += std::to_string(*size);
      } else if (const auto* symbol = std::get_if<std::string>(&dim)) {
        dims += *symbol;
      } else {
        dims += "?";
      }
    }
    text += (text.empty() ? "" : ", ") + value.name + ": " + std::string(dtype_name(value.dtype)) + "[" +
            dims + "]";
  }
  return text;
}

std::int64_t default_opset(const onnx::Model& model) {
  for (const auto& [domain, version] : model.opset_imports) {
    if (domain.empty()) return version;
  }
  return 0;
}

std::string_view mode_name(onnx::WeightMode mode) {
  switch (mode) {
    case onnx::WeightMode::external:
      return "external";
    case onnx::WeightMode::reference:
      return "reference";
    case onnx::WeightMode::automatic:
      return "auto";
    case onnx::WeightMode::inlined:
      break;
  }
  return "inline";
}

Json hierarchy_json(const HierarchyCounts& counts) {
  Json object = Json::object();
  object["modules"] = counts.modules;
  object["called"] = counts.called;
  object["nodes_tagged"] = counts.nodes_tagged;
  object["direct"] = counts.direct;
  object["parent"] = counts.parent;
  object["root_own"] = counts.root_own;
  object["fallback"] = counts.fallback;
  return object;
}

Json unknown_source() {
  Json source = Json::object();
  source["kind"] = "unknown";
  return source;
}

Json weights_json(const ExportReport& report) {
  Json weights = Json::object();
  weights["mode"] = report.hub_name.empty() ? mode_name(report.written.weights) : "hub";
  weights["bytes"] = report.written.weight_bytes;
  weights["file"] = report.data_file.empty() ? Json() : Json(report.data_file);
  return weights;
}

/// One decimal, without printf or locale.
std::string one_decimal(double value) {
  const auto tenths = static_cast<std::uint64_t>(value * 10 + 0.5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

/// "1,234,567".
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return one_decimal(value) + " " + std::string(kUnits[unit]);
}

Json export_json(const ExportReport& report) {
  Json document = Json::object();
  document["schema"] = "modelexport/export/1";
  document["output"] = report.output;
  document["opset"] = default_opset(*report.model);
  document["ir_version"] = report.model->ir_version;
  document["nodes"] = report.model->graph.nodes.size();
  document["initializers"] = report.model->graph.initializers.size();
  document["parameters"] = report.parameters;
  document["weights"] = weights_json(report);
  document["inputs"] = values_json(report.model->graph.inputs);
  document["outputs"] = values_json(report.model->graph.outputs);
  document["hierarchy"] = hierarchy_json(report.hierarchy);
  document["source"] = report.source ? source::source_json(*report.source) : unknown_source();
  document["components"] = report.components;
  if (!report.sidecar.empty()) document["sidecar"] = report.sidecar;
  if (!report.report.empty()) document["report"] = report.report;
  document["verified"] = verified_json(report.verified);
  document["seconds"] = report.seconds;
  document["peak_rss_bytes"] = report.peak_rss_bytes;
  document["loader"] = report.loader.empty() ? Json() : Json(report.loader);
  return document;
}

std::string export_text(const ExportReport& report) {
  const onnx::Graph& graph = report.model->graph;
  const HierarchyCounts& counts = report.hierarchy;
  std::string text = "wrote " + report.output + " (" + size_text(report.written.model_bytes) + ")";
  const bool refers = report.written.weights == onnx::WeightMode::reference;
  if (!report.data_file.empty() && !refers)
    text += " and " + report.data_file + " (" + size_text(report.written.data_bytes) + ")";
  text += "\n  graph       " + grouped(graph.nodes.size()) + " nodes, " + grouped(graph.initializers.size()) +
          " initializers, " + grouped(report.parameters) + " parameters, opset " +
          std::to_string(default_opset(*report.model)) + ", IR " + std::to_string(report.model->ir_version);
  text += "\n  inputs      " + values_text(graph.inputs);
  text += "\n  outputs     " + values_text(graph.outputs);
  if (refers && !report.data_file.empty()) {
    text += "\n  weights     in " + report.data_file;
    if (!report.hub_name.empty())
      text += " of " + report.hub_name + "; modelexport load " + shell_word(report.output) +
              " -o DIRECTORY brings them";
  }
  if (counts.nodes_tagged > 0) {
    text += "\n  hierarchy   " + grouped(counts.modules) + " modules (" + grouped(counts.called) +
            " called), " + grouped(counts.nodes_tagged) + " nodes tagged";
    if (counts.fallback > 0) text += ", " + grouped(counts.fallback) + " of unknown place";
  }
  text += "\n  source      " + (report.source ? source_line(*report.source) : std::string("unknown"));
  if (!report.components.empty()) text += "\n  components  " + joined(report.components);
  if (!report.load_command.empty()) {
    text += "\n  components  on the Hub; for a directory that loaders open: " + report.load_command +
            ", or export with --target optimum";
  }
  if (!report.sidecar.empty()) text += "\n  sidecar     " + report.sidecar;
  if (!report.report.empty()) text += "\n  report      " + report.report;
  text += "\n  verified    " + verified_text(report.verified);
  text += "\n  took        " + one_decimal(report.seconds) + " s, " + size_text(report.peak_rss_bytes) +
          " peak memory";
  if (!report.loader.empty()) text += "\n\n" + report.loader;
  return text;
}

std::string loader_snippet(const LoaderFacts& facts) {
  if (facts.ort_class.empty()) return {};
  const std::string directory = components::json_quoted(facts.directory);
  std::string options = directory;
  if (facts.file_name != "model.onnx") options += ", file_name=" + components::json_quoted(facts.file_name);
  if (facts.ort_class == "ORTModelForCausalLM" && !std::string_view(facts.task).ends_with("-with-past")) {
    options += ", use_cache=False, use_io_binding=False";
  }
  std::string text = "from optimum.onnxruntime import " + facts.ort_class + "\n";
  text += "model = " + facts.ort_class + ".from_pretrained(" + options + ")";
  struct Loader {
    std::string_view component, name, transformers_class;
  };
  static constexpr Loader kLoaders[] = {
      {"processor", "processor", "AutoProcessor"},
      {"tokenizer", "tokenizer", "AutoTokenizer"},
      {"image_processor", "image_processor", "AutoImageProcessor"},
      {"feature_extractor", "feature_extractor", "AutoFeatureExtractor"},
  };
  for (const Loader& loader : kLoaders) {
    if (!contains(facts.preprocessors, loader.component)) continue;
    text += "\nfrom transformers import " + std::string(loader.transformers_class) + "\n" +
            std::string(loader.name) + " = " + std::string(loader.transformers_class) + ".from_pretrained(" +
            directory + ")";
    if (loader.component == "processor") break;  // it holds the others
  }
  return text;
}

}  // namespace modelexport::report
