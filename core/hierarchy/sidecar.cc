#include "hierarchy/sidecar.h"

#include "hierarchy/node_forms.h"
#include "json/json.h"

namespace modelexport::hierarchy {
namespace {

using json::Json;

std::string tag_of(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  for (const char* key : {"hierarchy_tag", "tag", "primary_path"}) {
    if (const auto text = json::find_string(value, key)) return std::string(*text);
  }
  const Json* tags = json::find(value, "tags");
  if (tags == nullptr || json::elements(*tags).empty()) return {};
  const Json& first = json::elements(*tags).front();
  return first.is_string() ? first.get_ref<const std::string&>() : std::string();
}

void add_table(const Json* table, const Limits& limits, SidecarTags& out) {
  if (table == nullptr) return;
  for (const auto& [name, value] : json::members(*table)) {
    std::string tag = normal_tag(tag_of(value), limits);
    if (!tag.empty()) out.emplace(name, std::move(tag));
  }
}

}  // namespace

std::span<const std::string_view> sidecar_endings() {
  static constexpr std::string_view kEndings[] = {"_htp_metadata.json", "_htp_integrated_metadata.json",
                                                  "_hierarchy.json"};
  return kEndings;
}

Result<SidecarTags> read_sidecar(std::string_view text, const Limits& limits) {
  ME_TRY(const Json document, json::parse(text, limits, "sidecar"));
  SidecarTags out;
  for (const char* key : {"nodes", "tagged_nodes", "node_tags"})
    add_table(json::find(document, key), limits, out);
  if (const Json* data = json::find(document, "export_data"))
    add_table(json::find(*data, "tagged_nodes"), limits, out);
  return out;
}

}  // namespace modelexport::hierarchy
