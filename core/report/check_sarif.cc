// Check reports as SARIF 2.1.0; the rules' metadata come from the table.
#include <map>

#include "report/check_report.h"

namespace modelexport::report {
namespace {

using check::Finding;
using json::Json;

std::string_view level_of(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

/// A relative or absolute path as a URI reference.
std::string uri(std::string_view path) {
  constexpr char digits[] = "0123456789ABCDEF";
  constexpr std::string_view plain = "/-._~!$&'()*+,;=@";
  std::string out;
  for (const char c : path) {
    const auto u = static_cast<unsigned char>(c);
    const bool word = (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z');
    if (word || plain.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out += {'%', digits[u >> 4], digits[u & 15]};
    }
  }
  return path.starts_with('/') ? "file://" + out : out;
}

Json rule_item(const check::Rule& rule) {
  const std::string help = std::string(rule.why) + "\n\nWhat to do: " + std::string(rule.fix) +
                           "\n\nExample: " + std::string(rule.example);
  Json item = Json::object();
  item["id"] = rule.id;
  item["shortDescription"] = {{"text", rule.title}};
  item["fullDescription"] = {{"text", rule.why}};
  item["help"] = {{"text", help}};
  item["defaultConfiguration"] = {
      {"level", level_of(rule.refused_by.empty() ? rule.severity : Severity::error)}};
  item["properties"] = {{"tags", Json::array({rule.id.substr(3, rule.id.rfind('-') - 3)})},
                        {"fixable", rule.fixable}};
  return item;
}

Json location(const std::string& path, const Finding& finding) {
  Json physical = Json::object();
  physical["artifactLocation"] = {{"uri", uri(finding.where.path.empty() ? path : finding.where.path)}};
  if (finding.where.offset) physical["region"] = {{"byteOffset", *finding.where.offset}, {"byteLength", 1}};
  Json item = Json::object();
  item["physicalLocation"] = std::move(physical);
  Json logical = Json::array();
  if (!finding.where.field.empty())
    logical.push_back({{"fullyQualifiedName", finding.where.field}, {"kind", "member"}});
  if (!finding.module.empty())
    logical.push_back({{"fullyQualifiedName", finding.module}, {"kind", "module"}});
  if (!logical.empty()) item["logicalLocations"] = std::move(logical);
  return item;
}

Json result(const std::string& path, const Finding& finding, std::size_t index) {
  Json item = Json::object();
  item["ruleId"] = finding.rule->id;
  item["ruleIndex"] = index;
  item["level"] = level_of(finding.severity);
  std::string text = finding.message;
  if (finding.more > 0) text += " (and " + std::to_string(finding.more) + " more)";
  item["message"] = {{"text", text}};
  item["locations"] = Json::array({location(path, finding)});
  item["partialFingerprints"] = {{"place/v1", std::string(finding.rule->id) + ":" + finding.where.field}};
  return item;
}

}  // namespace

Json check_sarif(std::span<const check::Report> files, std::string_view version) {
  Json rules = Json::array();
  std::map<std::string_view, std::size_t> index;
  for (const check::Rule* rule : check::all_rules()) {
    index.emplace(rule->id, rules.size());
    rules.push_back(rule_item(*rule));
  }
  Json results = Json::array();
  Json notifications = Json::array();
  for (const check::Report& file : files) {
    for (const Finding& finding : file.findings)
      results.push_back(result(file.path, finding, index[finding.rule->id]));
    if (file.failed)
      notifications.push_back(
          {{"level", "error"}, {"message", {{"text", file.path + ": " + file.failed->message}}}});
  }
  Json run = Json::object();
  run["tool"] = {{"driver", {{"name", "modelexport"}, {"version", version}, {"rules", std::move(rules)}}}};
  run["invocations"] = Json::array(
      {{{"executionSuccessful", notifications.empty()}, {"toolExecutionNotifications", notifications}}});
  run["columnKind"] = "unicodeCodePoints";
  run["results"] = std::move(results);
  Json document = Json::object();
  document["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  document["version"] = "2.1.0";
  document["runs"] = Json::array({std::move(run)});
  return document;
}

}  // namespace modelexport::report
