// Collects which data files a model wants, and how much of each.
#include <algorithm>
#include <map>

#include "modelexport/model_view.h"
#include "onnx/message_reader.h"
#include "wire/scanner.h"

namespace modelexport::onnx {
namespace {

class Collector {
 public:
  explicit Collector(const ModelView& model) : model_(model) {}

  Status graph(const GraphView& graph, ExternalScope scope) {
    for (const TensorView& tensor : graph.initializers) ME_CHECK(add(tensor));
    for (const MessageRef& sparse : graph.sparse_initializers) ME_CHECK(add_sparse(sparse));
    return scope == ExternalScope::everything ? nodes(graph.nodes) : Status{};
  }

  Status everything_else() {
    for (const MessageRef& message : model_.header().functions) {
      ME_TRY(const FunctionView function, model_.function(message));
      ME_CHECK(nodes(function.nodes));
    }
    for (const MessageRef& message : model_.header().training_infos) ME_CHECK(training(message));
    return {};
  }

  std::vector<ExternalFile> take() { return std::move(files_); }

 private:
  Status training(const MessageRef& message) {
    wire::Scanner scanner(model_.window(), message.content());
    std::vector<MessageRef> graphs;
    wire::Field field;
    while (scanner.next(field))
      if (field.number <= 2 && field.is_length())  // initialization, algorithm
        graphs.push_back(MessageReader::ref(field, message.depth));
    ME_CHECK(scanner.status());
    for (const MessageRef& part : graphs) {
      ME_TRY(const GraphView inner, model_.subgraph(part));
      ME_CHECK(graph(inner, ExternalScope::everything));
    }
    return {};
  }

  Status nodes(const std::vector<MessageRef>& messages) {
    for (const MessageRef& message : messages) {
      ME_TRY(const NodeView node, model_.node(message));
      for (const AttributeView& attribute : node.attributes) ME_CHECK(add_attribute(attribute));
    }
    return {};
  }

  Status add_attribute(const AttributeView& attribute) {
    for (const MessageRef& message : attribute.tensors) {
      ME_TRY(const TensorView tensor, model_.tensor(message));
      ME_CHECK(add(tensor));
    }
    for (const MessageRef& message : attribute.sparse_tensors) ME_CHECK(add_sparse(message));
    for (const MessageRef& message : attribute.graphs) {
      ME_TRY(const GraphView inner, model_.subgraph(message));
      ME_CHECK(graph(inner, ExternalScope::everything));
    }
    return {};
  }

  Status add_sparse(const MessageRef& message) {
    ME_TRY(const SparseTensorView sparse, model_.sparse_tensor(message));
    if (sparse.values) ME_CHECK(add(*sparse.values));
    if (sparse.indices) ME_CHECK(add(*sparse.indices));
    return {};
  }

  Status add(const TensorView& tensor) {
    if (tensor.data_location != 1) return {};
    const ExternalData none;
    const ExternalData& data = tensor.external ? *tensor.external : none;
    const bool acceptable = check_external_location(data.location).has_value();
    const std::string location = acceptable ? normalized_location(data.location) : data.location;
    ExternalFile& file = file_at(location);
    file.acceptable = acceptable;
    ExternalFile::Use use{tensor.name, tensor.message, data.offset.value_or(0), data.length};
    if (!use.length) use.length = tensor.bytes();
    if (use.length && *use.length <= ~use.offset)
      file.needed = std::max(file.needed, use.offset + *use.length);
    file.uses.push_back(std::move(use));
    return {};
  }

  ExternalFile& file_at(const std::string& location) {
    const auto [it, is_new] = index_.try_emplace(location, files_.size());
    if (is_new) files_.push_back({location, true, 0, {}});
    return files_[it->second];
  }

  const ModelView& model_;
  std::vector<ExternalFile> files_;
  std::map<std::string, std::size_t> index_;  ///< by location
};

}  // namespace

Result<std::vector<ExternalFile>> external_files(const ModelView& model, ExternalScope scope) {
  Collector collector(model);
  ME_CHECK(collector.graph(model.graph(), scope));
  if (scope == ExternalScope::everything) ME_CHECK(collector.everything_else());
  return collector.take();
}

}  // namespace modelexport::onnx
