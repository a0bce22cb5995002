#include "migrate/migration_json.h"

namespace modelexport::migrate {
namespace {

using json::Json;

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json from_json(const Migration& migration) {
  Json from = Json::object();
  from["form"] = std::string(hierarchy::to_string(migration.form));
  from["nodes"] = Json::object();
  for (const auto& [form, count] : migration.forms)
    from["nodes"][std::string(hierarchy::to_string(form))] = count;
  from["class"] = text_or_null(migration.class_name);
  from["sidecar"] = text_or_null(migration.sidecar);
  from["named_source"] = text_or_null(migration.proposed);
  return from;
}

Json hierarchy_json(const Migration& migration) {
  Json out = {{"nodes", migration.nodes}, {"tagged", migration.tagged}, {"tags", migration.tags}};
  const Placement& placement = migration.placement;
  if (placement.basis.empty()) {
    out["placement"] = nullptr;
    return out;
  }
  out["placement"] = {{"direct", placement.direct},
                      {"parent", placement.parent},
                      {"root", placement.root},
                      {"root_in_module", placement.hidden},
                      {"basis", placement.basis}};
  return out;
}

}  // namespace

Json migration_json(const Migration& migration, const std::string& path, const std::string& to) {
  Json file = Json::object();
  file["path"] = path;
  file["from"] = from_json(migration);
  file["steps"] = Json::array();
  for (const Step& step : migration.steps)
    file["steps"].push_back({{"rule", step.rule}, {"action", step.action}});
  file["to"] = to.empty() ? Json() : Json{{"path", to}};
  file["unchanged"] = migration.unchanged();
  file["notes"] = Json::array();
  for (const Note& note : migration.notes)
    file["notes"].push_back({{"rule", note.rule},
                             {"severity", std::string(to_string(note.severity))},
                             {"message", note.message},
                             {"hint", note.hint}});
  file["hierarchy"] = hierarchy_json(migration);
  file["loader"] = {{"task", text_or_null(migration.loader.task)},
                    {"class", text_or_null(migration.loader.ort_class)},
                    {"problem", text_or_null(migration.loader.problem)}};
  file["repairable"] = std::string(to_string(migration.repairable));
  file["reason"] = text_or_null(migration.reason);
  file["errors"] = {{"before", migration.errors_before}, {"left", Json::array()}};
  for (const check::Finding& finding : migration.errors_left)
    file["errors"]["left"].push_back({{"rule", std::string(finding.rule->id)}, {"message", finding.message}});
  return file;
}

std::string form_text(const Migration& migration) {
  std::string text;
  for (const auto& [form, count] : migration.forms) {
    const bool weak = form == hierarchy::Form::none || form == hierarchy::Form::node_names;
    if (weak && !text.empty()) break;
    text += (text.empty() ? "" : ", ") + std::string(hierarchy::to_string(form)) + " (" +
            counted(count, "node") + ")";
  }
  return text.empty() ? "none" : text;
}

}  // namespace modelexport::migrate
