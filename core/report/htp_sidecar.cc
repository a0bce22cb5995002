#include "report/htp_sidecar.h"

#include <set>

#include "report/htp_rows.h"

namespace modelexport::report {
namespace {

using json::Json;

double rounded(double value, double unit) {
  return static_cast<double>(static_cast<std::uint64_t>(value * unit + 0.5)) / unit;
}
double megabytes(std::uint64_t bytes) { return rounded(static_cast<double>(bytes) / (1 << 20), 100); }

/// Adds a member whose name is new: operator[] would search for it among all.
void add(Json& object, const std::string& key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(key, std::move(value));
}

/// Leaves out what is not known, as the predecessor does.
void add_known(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

Json inputs_json(const onnx::Graph& graph) {
  Json out = Json::object();
  for (const onnx::ValueInfo& input : graph.inputs) {
    Json shape = Json::array();
    for (const onnx::Dim& dim : input.shape) {
      if (const auto* size = std::get_if<std::int64_t>(&dim))
        shape.push_back(*size);
      else if (const auto* symbol = std::get_if<std::string>(&dim))
        shape.push_back(*symbol);
      else
        shape.push_back(nullptr);
    }
    Json item = Json::object();
    item["shape"] = std::move(shape);
    item["dtype"] = "torch." + std::string(dtype_name(input.dtype));
    add(out, input.name, std::move(item));
  }
  return out;
}

Json output_names(const onnx::Graph& graph) {
  Json out = Json::array();
  for (const auto& output : graph.outputs) out.push_back(output.name);
  return out;
}

std::int64_t opset_of(const onnx::Model& model) {
  return model.opset_imports.empty() ? 0 : model.opset_imports.front().second;
}

Json modules_json(const HtpRows& table) {
  std::vector<Json> made(table.rows.size());
  for (const std::size_t i : table.bottom_up) {
    const HtpRow& row = table.rows[i];
    Json item = Json::object();
    item["class_name"] = row.class_name;
    item["traced_tag"] = row.tag;
    item["scope"] = row.scope;
    item["execution_order"] = i;
    if (!row.children.empty()) {
      Json children = Json::object();
      for (const std::size_t child : row.children)
        add(children, table.rows[child].key, std::move(made[child]));
      item["children"] = std::move(children);
    }
    made[i] = std::move(item);
  }
  return made.empty() ? Json::object() : std::move(made.front());
}

Json model_json(const HtpFacts& facts) {
  const ExportResult& result = *facts.result;
  const std::string& root = result.calls.empty() ? result.model.graph.name : result.calls.front().class_name;
  Json out = Json::object();
  add_known(out, "name_or_path", facts.model_name);
  out["class_name"] = result.model.graph.name;
  out["framework"] = root.starts_with("transformers.") ? "transformers" : "pytorch";
  out["total_modules"] = result.facts.modules;
  out["total_parameters"] = result.facts.parameters;
  return out;
}

Json tracing_json(const HtpFacts& facts, const HtpRows& table) {
  Json out = Json::object();
  out["builder"] = "ArchiveHierarchyBuilder";
  out["modules_traced"] = table.modules_traced;
  out["execution_steps"] = 2 * facts.result->calls.size();
  add_known(out, "model_type", facts.model_type);
  add_known(out, "task", facts.task);
  out["inputs"] = inputs_json(facts.result->model.graph);
  return out;
}

Json tagging_json(const HtpFacts& facts, const HtpRows& table) {
  const ExportFacts& counts = facts.result->facts;
  const std::uint64_t root = table.rows.empty() ? 0 : table.rows.front().nodes_direct;
  Json statistics = Json::object();
  statistics["root_nodes"] = root;
  statistics["scoped_nodes"] = counts.nodes - root;
  statistics["unique_scopes"] = table.scopes;
  statistics["direct_matches"] = counts.direct;
  statistics["parent_matches"] = counts.parent;
  statistics["operation_matches"] = 0;
  statistics["root_own"] = counts.root_own;
  statistics["root_fallbacks"] = counts.fallback;
  Json coverage = Json::object();
  coverage["percentage"] = rounded(htp_coverage(counts), 10);
  coverage["total_onnx_nodes"] = counts.nodes;
  coverage["tagged_nodes"] = counts.nodes - counts.fallback;
  Json out = Json::object();
  out["completed"] = true;
  out["timestamp"] = facts.lowered;
  out["total_nodes"] = counts.nodes;
  out["tagged_nodes_count"] = counts.nodes - counts.fallback;
  out["coverage_percentage"] = rounded(htp_coverage(counts), 10);
  out["statistics"] = std::move(statistics);
  out["coverage"] = std::move(coverage);
  return out;
}

Json steps_json(const HtpFacts& facts, const HtpRows& table) {
  const ExportResult& result = *facts.result;
  Json steps = Json::object();
  Json& model = steps["model_preparation"];
  model["completed"] = true;
  model["timestamp"] = facts.started;
  model["model_class"] = result.model.graph.name;
  model["total_modules"] = result.facts.modules;
  model["total_parameters"] = result.facts.parameters;
  Json& inputs = steps["input_generation"];
  inputs["timestamp"] = facts.read;
  inputs["method"] = facts.inputs_given ? "provided" : "from_archive";
  add_known(inputs, "model_type", facts.model_type);
  add_known(inputs, "task", facts.task);
  inputs["inputs"] = inputs_json(result.model.graph);
  Json& building = steps["hierarchy_building"];
  building["completed"] = true;
  building["timestamp"] = facts.read;
  building["modules_traced"] = table.modules_traced;
  building["execution_steps"] = 2 * result.calls.size();
  Json& written = steps["onnx_export"];
  written["timestamp"] = facts.lowered;
  written["opset_version"] = opset_of(result.model);
  written["do_constant_folding"] = true;
  written["onnx_size_mb"] = megabytes(facts.onnx_bytes);
  written["output_names"] = output_names(result.model.graph);
  steps["node_tagging"] = tagging_json(facts, table);
  Json& injection = steps["tag_injection"];
  injection["timestamp"] = facts.written;
  injection["tags_injected"] = facts.tags_embedded;
  injection["tags_stripped"] = false;
  return steps;
}

Json statistics_json(const HtpFacts& facts, const HtpRows& table) {
  const ExportFacts& counts = facts.result->facts;
  std::set<std::string> types;
  for (const HtpRow& row : table.rows) types.insert(row.class_name);
  Json out = Json::object();
  out["export_time"] = facts.seconds;
  out["hierarchy_modules"] = counts.modules;
  out["traced_modules"] = table.modules_traced;
  out["onnx_nodes"] = counts.nodes;
  out["tagged_nodes"] = counts.nodes - counts.fallback;
  out["empty_tags"] = counts.fallback;
  out["coverage_percentage"] = rounded(htp_coverage(counts), 10);
  out["module_types"] = types;
  return out;
}

}  // namespace

std::string fixed(double value, unsigned decimals) {
  std::uint64_t unit = 1;
  for (unsigned i = 0; i < decimals; ++i) unit *= 10;
  const auto scaled = static_cast<std::uint64_t>(value * static_cast<double>(unit) + 0.5);
  std::string text = std::to_string(scaled / unit);
  if (decimals == 0) return text;
  const std::string rest = std::to_string(scaled % unit);
  return text + "." + std::string(decimals - rest.size(), '0') + rest;
}

double htp_coverage(const ExportFacts& facts) {
  if (facts.nodes == 0) return 100;
  return 100.0 * static_cast<double>(facts.nodes - facts.fallback) / static_cast<double>(facts.nodes);
}

Json htp_sidecar(const HtpFacts& facts) {
  const ExportResult& result = *facts.result;
  const HtpRows table = htp_rows(result);
  Json document = Json::object();
  Json& context = document["export_context"];
  context["timestamp"] = facts.started;
  context["strategy"] = "htp";
  context["version"] = "1.0";
  context["exporter"] = "HTPExporter";
  context["modelexport_version"] = facts.version;
  context["embed_hierarchy_attributes"] = facts.tags_embedded;
  context["export_time_seconds"] = facts.seconds;
  document["model"] = model_json(facts);
  document["tracing"] = tracing_json(facts, table);
  document["modules"] = modules_json(table);
  Json nodes = Json::object();
  for (const NodeFact& node : result.nodes) add(nodes, node.name, node.tag);
  document["nodes"] = std::move(nodes);
  Json& onnx_model = document["outputs"]["onnx_model"];
  onnx_model["path"] = facts.onnx_file;
  onnx_model["size_mb"] = megabytes(facts.onnx_bytes);
  onnx_model["opset_version"] = opset_of(result.model);
  onnx_model["output_names"] = output_names(result.model.graph);
  if (!facts.sidecar_file.empty()) document["outputs"]["metadata"]["path"] = facts.sidecar_file;
  if (!facts.report_file.empty()) document["outputs"]["report"]["path"] = facts.report_file;
  document["report"]["steps"] = steps_json(facts, table);
  document["statistics"] = statistics_json(facts, table);
  return document;
}

}  // namespace modelexport::report
