#include "report/check_report.h"

namespace modelexport::report {
namespace {

using check::Finding;
using json::Json;

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json finding_json(const std::string& path, const Finding& finding) {
  Json item = Json::object();
  item["rule"] = finding.rule->id;
  item["severity"] = to_string(finding.severity);
  item["refused_by"] = Json::array();
  for (const std::string_view reader : check::names(finding.refused_by)) item["refused_by"].push_back(reader);
  item["message"] = finding.message;
  Json where = Json::object();
  where["path"] = finding.where.path.empty() ? path : finding.where.path;
  where["field"] = text_or_null(finding.where.field);
  where["offset"] = finding.where.offset ? Json(*finding.where.offset) : Json();
  if (!finding.node.empty()) where["node"] = finding.node;
  if (!finding.module.empty()) where["module"] = finding.module;
  item["where"] = std::move(where);
  item["hint"] = text_or_null(finding.hint);
  item["fixable"] = finding.fixable();
  if (finding.unsafe) item["unsafe"] = true;
  if (finding.more > 0) item["more"] = finding.more;
  return item;
}

std::string_view verdict_text(check::Verdict verdict) {
  switch (verdict) {
    case check::Verdict::ok:
      return "ok";
    case check::Verdict::findings:
      return "findings";
    case check::Verdict::unreadable:
      break;
  }
  return "unreadable";
}

Json file_json(const check::Report& file) {
  Json item = Json::object();
  item["path"] = file.path;
  item["kind"] = file.kind;
  item["verdict"] = verdict_text(file.verdict);
  item["findings"] = Json::array();
  for (const Finding& finding : file.findings) item["findings"].push_back(finding_json(file.path, finding));
  if (file.failed)
    item["error"] = {{"code", error_info(file.failed->code).id}, {"message", file.failed->message}};
  return item;
}

}  // namespace

CheckTotals check_totals(std::span<const check::Report> files) {
  CheckTotals totals;
  for (const check::Report& file : files) {
    totals.errors += file.count(Severity::error);
    totals.warnings += file.count(Severity::warning);
    totals.infos += file.count(Severity::info);
    for (const Finding& finding : file.findings) totals.fixable += finding.fixable() ? 1 + finding.more : 0;
  }
  return totals;
}

Json check_json(std::span<const check::Report> files) {
  Json document = Json::object();
  document["schema"] = "modelexport/check/1";
  document["versions"] = Json::object();
  for (const auto& [name, version] : check::table_versions())
    document["versions"][std::string(name)] = version;
  document["files"] = Json::array();
  for (const check::Report& file : files) document["files"].push_back(file_json(file));
  const CheckTotals totals = check_totals(files);
  document["summary"] = {{"files", files.size()},
                         {"errors", totals.errors},
                         {"warnings", totals.warnings},
                         {"infos", totals.infos}};
  return document;
}

Json rule_json(const check::Rule& rule) {
  Json item = Json::object();
  item["code"] = rule.id;
  item["title"] = rule.title;
  item["explanation"] = rule.why;
  item["severity"] = to_string(rule.severity);
  item["refused_by"] = Json::array();
  for (const std::string_view reader : check::names(rule.refused_by)) item["refused_by"].push_back(reader);
  item["fix"] = rule.fix;
  item["example"] = rule.example;
  item["fixable"] = rule.fixable;
  item["unsafe"] = rule.unsafe;
  return item;
}

namespace {

std::string readers_text(const check::Rule& rule) {
  std::string out;
  for (const std::string_view reader : check::names(rule.refused_by))
    out += (out.empty() ? "" : ", ") + std::string(reader);
  return out.empty() ? "nobody that is known" : out;
}

}  // namespace

std::string rule_text(const check::Rule& rule) {
  std::string out;
  out += std::string(rule.why) + "\n\n";
  out += "Refused by:  " + readers_text(rule) + (rule.unsafe ? "; unsafe to open" : "") + "\n";
  out += "What to do:  " + std::string(rule.fix) + "\n";
  out += "Example:     " + std::string(rule.example) + "\n";
  out += rule.fixable ? "check --fix: yes\n" : "check --fix: no\n";
  return out;
}

std::string rules_page() {
  std::string out =
      "# Rules of `modelexport check`\n\n"
      "Made from the program's own table (`modelexport generate rules`). A finding is an error where a "
      "reader "
      "named by `--for` refuses the file for it, or where opening the file is unsafe; else it is a warning "
      "or "
      "an information as the table says.\n";
  std::string area;
  for (const check::Rule* rule : check::all_rules()) {
    const std::string name(rule->id.substr(3, rule->id.rfind('-') - 3));
    if (name != area) out += "\n## " + name + "\n";
    area = name;
    out += "\n### " + std::string(rule->id) + "\n\n**" + std::string(rule->title) + "**\n\n" +
           std::string(rule->why) + "\n\n- Refused by: " + readers_text(*rule) +
           (rule->unsafe ? "; unsafe to open" : "") + "\n- What to do: " + std::string(rule->fix) +
           "\n- Example: `" + std::string(rule->example) +
           "`\n- `check --fix`: " + (rule->fixable ? "yes" : "no") + "\n";
  }
  return out;
}

}  // namespace modelexport::report
