#include "migrate/shelf.h"

#include <algorithm>

namespace modelexport::migrate {
namespace {

using json::Json;

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// One field of a CSV line; quotes are doubled inside quotes. False when a quote is not closed.
bool take_field(std::string_view& line, std::string& out) {
  out.clear();
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  if (line.empty() || line.front() != '"') {
    const std::size_t end = std::min(line.find(','), line.size());
    out = std::string(line.substr(0, end));
    while (!out.empty() && out.back() == ' ') out.pop_back();
    line.remove_prefix(std::min(end + 1, line.size()));
    return true;
  }
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] != '"') {
      out += line[i];
    } else if (i + 1 < line.size() && line[i + 1] == '"') {
      out += line[i++];
    } else {
      line.remove_prefix(std::min(line.find(',', i), line.size() - 1) + 1);
      return true;
    }
  }
  return false;
}

std::string text_at(const Json& object, std::string_view key) {
  return std::string(json::find_string(object, key).value_or(std::string_view{}));
}

bool flag_at(const Json& object, std::string_view key) {
  const Json* found = json::find(object, key);
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

tl::unexpected<Diagnostic> invalid(const std::string& name, std::string what) {
  return fail(ErrorCode::migrate_plan_invalid, "the plan cannot be used: " + std::move(what), {.path = name},
              "modelexport migrate PATH --plan-out FILE makes one");
}

Result<PlannedFile> read_file(const Json& item, const json::Path& at) {
  PlannedFile file;
  ME_TRY(const std::string_view path, json::get_string(item, "path", at));
  file.path = std::string(path);
  ME_TRY(const std::int64_t size, json::get_int(item, "size", at));
  ME_TRY(const std::string_view sha256, json::get_string(item, "sha256", at));
  file.identity = {static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0)), std::string(sha256)};
  file.source = text_at(item, "source");
  file.skip = flag_at(item, "skip");
  file.repairable = text_at(item, "repairable");
  ME_TRY(const Json* steps, json::get_array(item, "steps", at));
  for (const Json& step : json::elements(*steps)) {
    ME_TRY(const std::string_view rule, json::get_string(step, "rule", at));
    if (check::find_rule(rule) == nullptr)
      return json::field_error(at, "names the unknown rule " + std::string(rule));
    file.steps.push_back({std::string(rule), text_at(step, "action")});
  }
  return file;
}

}  // namespace

Result<std::vector<SourceRow>> read_sources(std::string_view text, const std::string& name) {
  std::vector<SourceRow> rows;
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    std::string_view line = next_line(text);
    if (line.find_first_not_of(" \t") == std::string_view::npos || line.front() == '#') continue;
    SourceRow row;
    const bool read = take_field(line, row.pattern) && take_field(line, row.source);
    if (rows.empty() && row.pattern == "pattern" && row.source == "source") continue;
    if (!read || row.pattern.empty() || row.source.empty())
      return fail(ErrorCode::migrate_sources, "line " + std::to_string(number) + " is not PATTERN,SOURCE",
                  {.path = name}, "for example: models/bert*.onnx,google-bert/bert-base-uncased");
    rows.push_back(std::move(row));
  }
  return rows;
}

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string source_for(const std::vector<SourceRow>& rows, const std::string& path) {
  const std::string name = path.substr(path.find_last_of('/') + 1);
  for (const SourceRow& row : rows)
    if (matches(row.pattern, path) || matches(row.pattern, name)) return row.source;
  return {};
}

PlannedFile planned_file(const Migration& migration, const std::string& path, FileIdentity identity,
                         const std::string& source) {
  PlannedFile file;
  file.path = path;
  file.identity = std::move(identity);
  file.form = std::string(hierarchy::to_string(migration.form));
  file.class_name = migration.class_name;
  file.repairable = std::string(to_string(migration.repairable));
  file.reason = migration.reason;
  file.source = source;
  file.steps = migration.steps;
  return file;
}

Json shelf_json(const ShelfPlan& plan) {
  Json document = Json::object();
  document["schema"] = "modelexport/migrate-plan/1";
  document["options"] = {
      {"rename_inputs", plan.rename_inputs}, {"dynamic", plan.dynamic}, {"in_place", plan.in_place}};
  document["output"] = text_or_null(plan.output);
  document["roots"] = plan.roots;
  document["files"] = Json::array();
  for (const PlannedFile& file : plan.files) {
    Json item = {{"path", file.path},
                 {"size", file.identity.size},
                 {"sha256", file.identity.sha256},
                 {"form", file.form},
                 {"class", text_or_null(file.class_name)},
                 {"repairable", file.repairable},
                 {"reason", text_or_null(file.reason)},
                 {"source", text_or_null(file.source)},
                 {"skip", file.skip},
                 {"steps", Json::array()}};
    for (const Step& step : file.steps)
      item["steps"].push_back({{"rule", step.rule}, {"action", step.action}});
    document["files"].push_back(std::move(item));
  }
  return document;
}

Result<ShelfPlan> read_shelf(std::string_view text, const std::string& name, const Limits& limits) {
  const auto document = json::parse(text, limits, name);
  if (!document) return invalid(name, document.error().message);
  if (text_at(*document, "schema") != "modelexport/migrate-plan/1") return invalid(name, "it is none");
  ShelfPlan plan;
  if (const Json* options = json::find(*document, "options")) {
    plan.rename_inputs = flag_at(*options, "rename_inputs");
    plan.dynamic = flag_at(*options, "dynamic");
    plan.in_place = flag_at(*options, "in_place");
  }
  plan.output = text_at(*document, "output");
  if (const Json* roots = json::find(*document, "roots"))
    for (const Json& root : json::elements(*roots))
      if (root.is_string()) plan.roots.push_back(root.get<std::string>());
  const auto files = json::get_array(*document, "files");
  if (!files) return invalid(name, files.error().message);
  const json::Path list{nullptr, "files"};
  std::uint64_t index = 0;
  for (const Json& item : json::elements(**files)) {
    auto file = read_file(item, json::Path{&list, {}, index++});
    if (!file) return invalid(name, file.error().message);
    plan.files.push_back(std::move(*file));
  }
  return plan;
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i != 0) line += ',';
    if (fields[i].find_first_of(",\"\n\r") == std::string::npos) {
      line += fields[i];
      continue;
    }
    line += '"';
    for (const char c : fields[i]) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + "\n";
}

}  // namespace modelexport::migrate
