#include "package/manifest.h"

#include <algorithm>
#include <map>
#include <set>

#include "components/allow_list.h"

namespace modelexport::package {
namespace {

using json::Json;

constexpr std::string_view kSchema = "modelexport/package/1";
constexpr std::string_view kSchemaFamily = "modelexport/package/";
constexpr std::size_t kSha256Digits = 64;

void put(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}

Json source_json(const ManifestSource& source) {
  Json out = Json::object();
  out["kind"] = source.kind;
  put(out, "hub_id", source.hub_id);
  put(out, "revision", source.revision);
  put(out, "revision_evidence", source.evidence);
  put(out, "path", source.path);
  put(out, "license", source.license);
  return out;
}

Json versions_json(const Manifest& manifest) {
  Json out = Json::object();
  out["modelexport"] = manifest.version;
  if (manifest.captured_with.empty()) return out;
  const Result<Json> captured = json::parse(manifest.captured_with, {}, kManifestName);
  out["captured_with"] = captured ? *captured : Json(manifest.captured_with);
  return out;
}

Json file_json(const ManifestFile& file) {
  Json out = Json::object();
  out["path"] = file.path;
  out["bytes"] = file.bytes;
  out["sha256"] = file.sha256;
  out["from"] = file.from;
  put(out, "reason", file.reason);
  if (!file.edits.empty()) out["edits"] = file.edits;
  return out;
}

tl::unexpected<Diagnostic> invalid(std::string what, std::string field = {}) {
  return fail(ErrorCode::pkg_manifest_invalid, std::move(what),
              {.path = std::string(kManifestName), .field = std::move(field)},
              "Pack the model again: modelexport pack MODEL.onnx -o DIRECTORY");
}

std::string text_of(const Json& object, std::string_view key) {
  return std::string(json::find_string(object, key).value_or(std::string_view{}));
}

std::vector<std::string> texts_of(const Json& object, std::string_view key) {
  std::vector<std::string> out;
  const Json* list = json::find(object, key);
  if (list == nullptr) return out;
  for (const Json& item : json::elements(*list)) {
    if (item.is_string()) out.push_back(item.get_ref<const std::string&>());
  }
  return out;
}

bool is_sha256(std::string_view text) {
  return text.size() == kSha256Digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Result<ManifestFile> read_file(const Json& item, const std::string& where) {
  ManifestFile file;
  file.path = text_of(item, "path");
  if (!components::is_safe_path(file.path)) {
    return invalid("The manifest names '" + file.path + "', which is no path inside a package.", where);
  }
  const auto bytes = json::find_int(item, "bytes");
  if (!bytes || *bytes < 0) return invalid("The manifest gives no size for " + file.path + ".", where);
  file.bytes = static_cast<std::uint64_t>(*bytes);
  file.sha256 = text_of(item, "sha256");
  if (!is_sha256(file.sha256)) return invalid("The manifest gives no SHA-256 for " + file.path + ".", where);
  file.from = text_of(item, "from");
  file.reason = text_of(item, "reason");
  file.edits = texts_of(item, "edits");
  return file;
}

void read_source(const Json& document, ManifestSource& source) {
  const Json* found = json::find(document, "source");
  if (found == nullptr) return;
  source.kind = text_of(*found, "kind");
  source.hub_id = text_of(*found, "hub_id");
  source.revision = text_of(*found, "revision");
  source.evidence = text_of(*found, "revision_evidence");
  source.path = text_of(*found, "path");
  source.license = text_of(*found, "license");
}

}  // namespace

Manifest manifest_of_stamp(const stamp::Entries& entries, std::string_view version) {
  const stamp::Stamp stamp = stamp::read(entries);
  Manifest manifest;
  manifest.source = {std::string(stamp::to_string(stamp.kind)),
                     stamp.hub_id,
                     stamp.revision,
                     stamp.evidence,
                     stamp.original_path,
                     stamp.license};
  manifest.version = std::string(version);
  manifest.task = stamp.task;
  for (const auto& [key, value] : entries) {
    if (key == stamp::kCapturedWith) manifest.captured_with = value;
  }
  return manifest;
}

void describe_components(const components::ComponentPlan& plan, std::vector<ManifestFile>& files) {
  std::map<std::string_view, const components::PlannedFile*> planned;
  for (const components::PlannedFile& file : plan.files) planned.emplace(file.path, &file);
  for (ManifestFile& file : files) {
    const auto found = planned.find(file.path);
    if (found == planned.end()) continue;
    file.from = "source";
    file.reason = found->second->reason;
    file.edits = found->second->edits;
  }
}

Json manifest_json(const Manifest& manifest) {
  Json out = Json::object();
  out["schema"] = kSchema;
  out["source"] = source_json(manifest.source);
  put(out, "task", manifest.task);
  if (!manifest.targets.empty()) out["targets"] = manifest.targets;
  out["versions"] = versions_json(manifest);
  std::vector<const ManifestFile*> sorted;
  for (const ManifestFile& file : manifest.files) sorted.push_back(&file);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->path < b->path; });
  out["files"] = Json::array();
  for (const ManifestFile* file : sorted) out["files"].push_back(file_json(*file));
  return out;
}

std::string manifest_text(const Manifest& manifest) { return json::dump(manifest_json(manifest), 2) + "\n"; }

Result<Manifest> read_manifest(std::string_view text, const Limits& limits) {
  const Result<Json> document = json::parse(text, limits, kManifestName);
  if (!document) return invalid("The manifest is not valid JSON: " + document.error().message);
  const std::string schema = text_of(*document, "schema");
  if (schema.substr(0, kSchemaFamily.size()) != kSchemaFamily) {
    return invalid("The file has the schema '" + schema + "', not " + std::string(kSchema) + ".", "schema");
  }
  Manifest manifest;
  read_source(*document, manifest.source);
  manifest.task = text_of(*document, "task");
  manifest.targets = texts_of(*document, "targets");
  if (const Json* versions = json::find(*document, "versions")) {
    manifest.version = text_of(*versions, "modelexport");
    if (const Json* captured = json::find(*versions, "captured_with")) {
      manifest.captured_with =
          captured->is_string() ? captured->get_ref<const std::string&>() : json::dump(*captured);
    }
  }
  const Json* files = json::find(*document, "files");
  if (files == nullptr || !files->is_array()) return invalid("The manifest lists no files.", "files");
  std::set<std::string> seen;
  for (const Json& item : json::elements(*files)) {
    ME_TRY(ManifestFile file, read_file(item, "files[" + std::to_string(manifest.files.size()) + "]"));
    if (!seen.insert(file.path).second) return invalid("The manifest lists " + file.path + " twice.");
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

}  // namespace modelexport::package
