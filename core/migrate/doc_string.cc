#include "migrate/doc_string.h"

#include <algorithm>
#include <array>

#include "json/json.h"
#include "wire/scanner.h"

namespace modelexport::migrate {
namespace {

constexpr std::uint32_t kNodeDocString = 6;
constexpr std::array<std::string_view, 6> kKnown = {"hierarchy_tags",  "hierarchy_path", "hierarchy_method",
                                                    "hierarchy_count", "confidence",     "source"};

}  // namespace

bool says_only(std::string_view doc_string, std::string_view tag, const Limits& limits) {
  const auto value = json::parse(doc_string, limits, "doc_string");
  if (!value || !value->is_object()) return false;
  for (const auto& [key, item] : json::members(*value))
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) return false;
  const json::Json* tags = json::find(*value, "hierarchy_tags");
  if (tags == nullptr) return false;
  return std::all_of(json::elements(*tags).begin(), json::elements(*tags).end(), [&](const json::Json& item) {
    return item.is_string() && hierarchy::normal_tag(item.get_ref<const std::string&>(), limits) == tag;
  });
}

Status clear_doc_string(const onnx::ModelView& model, const NodeRecord& node, onnx::EditBuilder& edit) {
  wire::Scanner scanner(model.window(), node.message.content());
  wire::Field field;
  while (scanner.next(field)) {
    if (field.number != kNodeDocString || !field.is_length()) continue;
    const onnx::MessageRef child{field.offset, field.size, field.header, node.message.depth + 1};
    edit.remove(node.message, child, {node.path() + ".doc_string", node.doc_string, std::nullopt});
  }
  return scanner.status();
}

}  // namespace modelexport::migrate
