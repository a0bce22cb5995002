#include "package/model_leaks.h"

#include "components/leaks.h"
#include "modelexport/stamp.h"
#include "result/shell_word.h"
#include "wire/scanner.h"

namespace modelexport::package {
namespace {

constexpr std::uint32_t kDocString = 6;  // NodeProto.doc_string

class Cleaner {
 public:
  Cleaner(const onnx::ModelView& model, onnx::EditBuilder& edit) : model_(model), edit_(edit) {}

  Status run() {
    ME_CHECK(nodes(model_.graph().nodes));
    for (const onnx::MessageRef& message : model_.header().functions) {
      ME_TRY(const onnx::FunctionView function, model_.function(message));
      ME_CHECK(nodes(function.nodes));
    }
    return {};
  }
  [[nodiscard]] std::size_t docs() const { return docs_; }
  [[nodiscard]] std::size_t entries() const { return entries_; }

 private:
  Status nodes(const std::vector<onnx::MessageRef>& messages) {
    for (const onnx::MessageRef& message : messages) ME_CHECK(node(message));
    return {};
  }

  Status node(const onnx::MessageRef& message) {
    ME_TRY(const onnx::NodeView node, model_.node(message));
    const std::string path = "node[" + node.name + "]";
    if (components::names_home(node.doc_string)) ME_CHECK(remove_doc(node, path));
    for (const onnx::MetadataEntry& entry : node.metadata) {
      if (!components::names_home(entry.value)) continue;
      edit_.remove_metadata({onnx::MetadataOwner::Kind::node, message, path}, entry.key);
      ++entries_;
    }
    for (const onnx::AttributeView& attribute : node.attributes) {
      for (const onnx::MessageRef& graph : attribute.graphs) {
        ME_TRY(const onnx::GraphView inner, model_.subgraph(graph));
        ME_CHECK(nodes(inner.nodes));
      }
    }
    return {};
  }

  Status remove_doc(const onnx::NodeView& node, const std::string& path) {
    wire::Scanner scanner(model_.window(), node.message.content());
    wire::Field field;
    while (scanner.next(field)) {
      if (field.number != kDocString || !field.is_length()) continue;
      const onnx::MessageRef child{field.offset, field.size, field.header, node.message.depth + 1};
      edit_.remove(node.message, child, {path + ".doc_string", node.doc_string, std::nullopt});
    }
    ++docs_;
    return scanner.status();
  }

  const onnx::ModelView& model_;
  onnx::EditBuilder& edit_;
  std::size_t docs_ = 0;
  std::size_t entries_ = 0;
};

void add_line(std::size_t count, std::string_view what, std::vector<std::string>& edits) {
  if (count == 0) return;
  edits.push_back(std::string(what) + " of " + std::to_string(count) + (count == 1 ? " node" : " nodes") +
                  ": removed, paths of the exporting machine are in it");
}

}  // namespace

Status clean_model(const onnx::ModelView& model, onnx::EditBuilder& edit, std::vector<std::string>& edits,
                   Diagnostics& warnings) {
  Cleaner cleaner(model, edit);
  ME_CHECK(cleaner.run());
  add_line(cleaner.docs(), "doc_string", edits);
  add_line(cleaner.entries(), "metadata", edits);
  for (const onnx::MetadataEntry& entry : model.header().metadata) {
    if (entry.key == stamp::kOriginalPath || !components::names_home(entry.value)) continue;
    Where where;
    where.path = model.source().name();
    where.field = "metadata_props[" + entry.key + "]";
    warnings.push_back({ErrorCode::pack_leak, Severity::warning,
                        "The metadata entry '" + entry.key +
                            "' shows a path of the machine the file was made on; it was left.",
                        std::move(where),
                        "modelexport stamp MODEL.onnx --remove " + shell_word(entry.key) + " --in-place"});
  }
  return {};
}

}  // namespace modelexport::package
