#include "report/htp_report.h"

#include <algorithm>

#include "report/htp_rows.h"

namespace modelexport::report {
namespace {

using Table = std::vector<std::vector<std::string>>;

/// Text for a cell, a heading or a code block: one line, nothing that is markup.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '`')
      out += '\'';
    else if (static_cast<unsigned char>(c) < ' ')
      out += ' ';
    else
      out += c;
  }
  return out;
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : plain(text)) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

/// The first row is the head.
std::string table_text(const Table& rows) {
  std::vector<std::size_t> width(rows.front().size(), 3);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < width.size(); ++i)
      out += "| " + rows[r][i] + std::string(width[i] - rows[r][i].size(), ' ') + " ";
    out += "|\n";
    if (r != 0) continue;
    for (const std::size_t w : width) out += "| :" + std::string(w - 1, '-') + " ";
    out += "|\n";
  }
  return out + "\n";
}

std::string folded(const std::string& summary, const std::string& lines) {
  return "<details>\n\n<summary>" + summary + "</summary>\n\n```\n" + lines + "```\n\n</details>\n\n";
}

/// The rows as an indented tree; `with_nodes` adds counts and operators.
class TreeText {
 public:
  TreeText(const HtpRows& table, bool with_nodes) : table_(table), with_nodes_(with_nodes) {}

  std::string text() {
    if (table_.rows.empty()) return {};
    line("", 0);
    return std::move(out_);
  }

 private:
  void line(const std::string& indent, std::size_t index) {  // at most kHtpDepth deep
    const HtpRow& row = table_.rows[index];
    out_ += plain(row.class_name);
    if (index != 0) out_ += ": " + plain(row.scope);
    if (with_nodes_) out_ += " (" + std::to_string(row.nodes_total) + " nodes)";
    out_ += "\n";
    std::size_t left = row.children.size() + (with_nodes_ ? row.ops.size() : 0);
    for (const std::size_t child : row.children) {
      const bool last = --left == 0;
      out_ += indent + (last ? "└── " : "├── ");
      line(indent + (last ? "    " : "│   "), child);
    }
    if (!with_nodes_) return;
    for (const auto& [op, found] : row.ops) {
      out_ += indent + (--left == 0 ? "└── " : "├── ") + plain(op);
      out_ += found.first == 1 ? ": " + plain(found.second) : " (" + std::to_string(found.first) + " ops)";
      out_ += "\n";
    }
  }

  const HtpRows& table_;
  bool with_nodes_;
  std::string out_;
};

std::string inputs_table(const onnx::Graph& graph) {
  Table rows = {{"Input Name", "Shape", "Data Type"}};
  for (const auto& input : graph.inputs) {
    std::string shape;
    for (const onnx::Dim& dim : input.shape) {
      if (!shape.empty()) shape += ", ";
      if (const auto* size = std::get_if<std::int64_t>(&dim))
        shape += std::to_string(*size);
      else if (const auto* symbol = std::get_if<std::string>(&dim))
        shape += *symbol;
      else
        shape += "?";
    }
    rows.push_back(
        {cell(input.name), cell("[" + shape + "]"), "torch." + std::string(dtype_name(input.dtype))});
  }
  return table_text(rows);
}

std::string names_text(const std::vector<onnx::ValueInfo>& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "'" : ", '") + plain(value.name) + "'";
  return "[" + out + "]";
}

std::string megabytes(std::uint64_t bytes) {
  return fixed(static_cast<double>(bytes) / (1 << 20), 2) + " MB";
}

std::string first_steps(const HtpFacts& facts, const HtpRows& table) {
  const ExportResult& result = *facts.result;
  std::string out =
      "### ✅ Step 1/6: Model Preparation\n\n- **Model Class**: " + plain(result.model.graph.name) +
      "\n- **Total Modules**: " + grouped(result.facts.modules) +
      "\n- **Total Parameters**: " + grouped(result.facts.parameters) +
      "\n- **Status**: Archive read without running it\n\n";
  out += "### ✅ Step 2/6: Input Generation\n\n- **Method**: ";
  out += facts.inputs_given ? "provided" : "from_archive";
  if (!facts.model_type.empty()) out += "\n- **Model Type**: " + plain(facts.model_type);
  if (!facts.task.empty()) out += "\n- **Detected Task**: " + plain(facts.task);
  out += "\n- **Generated Inputs**:\n\n" + inputs_table(result.model.graph);
  out +=
      "### ✅ Step 3/6: Hierarchy Building\n\n- **Modules Traced**: " + std::to_string(table.modules_traced) +
      "\n- **Execution Steps**: " + std::to_string(2 * result.calls.size()) +
      "\n- **Status**: Module hierarchy taken from the archive's module calls\n\n#### Module Hierarchy "
      "Preview\n\n" +
      folded("Click to expand module hierarchy", TreeText(table, false).text());
  const std::int64_t opset =
      result.model.opset_imports.empty() ? 0 : result.model.opset_imports.front().second;
  out += "### ✅ Step 4/6: ONNX Export\n\n- **Configuration**:\n\n- Opset Version: " + std::to_string(opset) +
         "\n- Constant Folding: True\n- Output Names: " + names_text(result.model.graph.outputs) +
         "\n\n- **Model Size**: " + megabytes(facts.onnx_bytes) + "\n- **Status**: Successfully exported\n\n";
  return out;
}

std::string tagging_step(const HtpFacts& facts, const HtpRows& table) {
  const ExportFacts& counts = facts.result->facts;
  const auto share = [&](std::uint64_t n) {
    return fixed(counts.nodes == 0 ? 0 : 100.0 * static_cast<double>(n) / static_cast<double>(counts.nodes),
                 1) +
           "%";
  };
  std::string out =
      "### ✅ Step 5/6: Node Tagging\n\n- **Total ONNX Nodes**: " + std::to_string(counts.nodes) +
      "\n- **Tagged Nodes**: " + std::to_string(counts.nodes - counts.fallback) + " (" +
      fixed(htp_coverage(counts), 1) + "% coverage)\n- **Tagging Statistics**:\n\n";
  Table rows = {{"Match Type", "Count", "Percentage"}};
  for (const auto& [name, n] : {std::pair<const char*, std::uint64_t>{"Direct Matches", counts.direct},
                                {"Parent Matches", counts.parent},
                                {"Root Own Code", counts.root_own},
                                {"Root Fallbacks", counts.fallback}})
    rows.push_back({name, std::to_string(n), share(n)});
  out += table_text(rows) + "#### Top 20 Nodes by Hierarchy\n\n```\n";
  std::vector<const HtpRow*> order;
  for (const HtpRow& row : table.rows)
    if (row.nodes_direct > 0) order.push_back(&row);
  std::stable_sort(order.begin(), order.end(),
                   [](const HtpRow* a, const HtpRow* b) { return a->nodes_direct > b->nodes_direct; });
  for (std::size_t i = 0; i < order.size() && i < 20; ++i)
    out += (i < 9 ? "  " : " ") + std::to_string(i + 1) + ". " + plain(order[i]->tag) + ": " +
           std::to_string(order[i]->nodes_direct) + " nodes\n";
  out += "```\n\n#### Complete HF Hierarchy with ONNX Nodes\n\n";
  return out + folded("Click to expand complete hierarchy with node counts", TreeText(table, true).text());
}

std::string module_list(const HtpRows& table) {
  Table rows = {{"Execution Order", "Class Name", "Nodes", "Tag", "Scope"}};
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const HtpRow& row = table.rows[i];
    rows.push_back({std::to_string(i), cell(row.class_name),
                    std::to_string(row.nodes_direct) + "/" + std::to_string(row.nodes_total), cell(row.tag),
                    i == 0 ? "[ROOT]" : cell(row.scope)});
  }
  return "## Module Hierarchy\n\n### Module List (Sorted by Execution Order)\n\n" + table_text(rows);
}

std::string mappings(const ExportResult& result) {
  std::vector<const NodeFact*> nodes;
  for (const NodeFact& node : result.nodes) nodes.push_back(&node);
  std::sort(nodes.begin(), nodes.end(),
            [](const NodeFact* a, const NodeFact* b) { return a->name < b->name; });
  std::string lines;
  for (const NodeFact* node : nodes) lines += plain(node->name) + " -> " + plain(node->tag) + "\n";
  return "## Complete Node Mappings\n\n" +
         folded("Click to expand all " + std::to_string(nodes.size()) + " node mappings", lines);
}

std::string summary(const HtpFacts& facts, const HtpRows& table) {
  const ExportFacts& counts = facts.result->facts;
  std::string out =
      "## Export Summary\n\n### Performance Metrics\n\n- **Export Time**: " + fixed(facts.seconds, 2) +
      "s\n- **Archive Reading**: " + fixed(facts.seconds_read, 2) +
      "s\n- **ONNX Conversion**: " + fixed(facts.seconds_lowered, 2) +
      "s\n- **Writing**: " + fixed(facts.seconds_written, 2) + "s\n\n";
  out += "### Coverage Statistics\n\n- **Hierarchy Modules**: " + std::to_string(counts.modules) +
         "\n- **Traced Modules**: " + std::to_string(table.modules_traced) + "/" +
         std::to_string(counts.modules) + "\n- **ONNX Nodes**: " + std::to_string(counts.nodes) +
         "\n- **Tagged Nodes**: " + std::to_string(counts.nodes - counts.fallback) + " (" +
         fixed(htp_coverage(counts), 1) + "%)\n- **Empty Tags**: " + std::to_string(counts.fallback) + "\n\n";
  out += "### Output Files\n\n- **ONNX Model**: `" + plain(facts.onnx_file) + "` (" +
         megabytes(facts.onnx_bytes) + ")\n";
  if (!facts.sidecar_file.empty()) out += "- **Metadata**: `" + plain(facts.sidecar_file) + "`\n";
  if (!facts.report_file.empty()) out += "- **Report**: `" + plain(facts.report_file) + "`\n";
  return out + "\n***\n\n*Generated by HTP Exporter v1.0*\n";
}

}  // namespace

std::string htp_report(const HtpFacts& facts) {
  const HtpRows table = htp_rows(*facts.result);
  std::string out = "# HTP ONNX Export Report\n\n**Generated**: " + facts.started + "\n\n";
  if (!facts.model_name.empty()) out += "**Model**: " + plain(facts.model_name) + "\n\n";
  out += "**Output**: " + plain(facts.onnx_file) +
         "\n\n**Strategy**: HTP (Hierarchical Tracing and Projection)\n\n" +
         "**Export Time**: " + fixed(facts.seconds, 2) + "s\n\n## Export Process\n\n";
  out += first_steps(facts, table) + tagging_step(facts, table);
  out += std::string("### ✅ Step 6/6: Tag Injection\n\n- **Hierarchy Tags**: ") +
         (facts.tags_embedded ? "Embedded in ONNX" : "Only in the sidecar") +
         "\n- **Output File**: " + plain(facts.onnx_file) +
         "\n- **Status**: Export completed successfully\n\n";
  return out + module_list(table) + mappings(*facts.result) + summary(facts, table);
}

}  // namespace modelexport::report
