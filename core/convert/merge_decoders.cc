#include "convert/merge_decoders.h"

#include <algorithm>
#include <map>
#include <set>

namespace modelexport::convert {
namespace {

using onnx::Dim;
using onnx::Graph;
using onnx::Initializer;
using onnx::ValueInfo;
using Names = std::map<std::string, std::string>;

constexpr std::uint64_t kWindow = 1 << 20;

Result<bool> same_range(const onnx::StoredTensor& a, const onnx::StoredTensor& b) {
  if (a.source == b.source && a.storage == b.storage) return true;
  Bytes left(std::min(kWindow, a.storage.size)), right(left.size());
  for (std::uint64_t done = 0; done < a.storage.size; done += left.size()) {
    const std::uint64_t size = std::min<std::uint64_t>(left.size(), a.storage.size - done);
    ME_CHECK(a.source->read_at(a.storage.offset + done, std::span(left).first(size)));
    ME_CHECK(b.source->read_at(b.storage.offset + done, std::span(right).first(size)));
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(size), right.begin()))
      return false;
  }
  return true;
}

/// Tensors that are stored in different ways count as different, whatever their elements.
Result<bool> same_tensor(const Initializer& a, const Initializer& b) {
  if (a.dtype != b.dtype || a.dims != b.dims || a.data.index() != b.data.index()) return false;
  if (const auto* literal = std::get_if<Bytes>(&a.data)) return *literal == std::get<Bytes>(b.data);
  const auto& left = std::get<onnx::StoredTensor>(a.data);
  const auto& right = std::get<onnx::StoredTensor>(b.data);
  if (left.strides != right.strides || left.storage_offset != right.storage_offset ||
      left.storage.size != right.storage.size)
    return false;
  return same_range(left, right);
}

std::string renamed(const Names& names, const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

void rename_values(Graph& graph, const Names& names) {
  for (onnx::Node& node : graph.nodes) {
    for (std::string& input : node.inputs) input = renamed(names, input);
    for (std::string& output : node.outputs) output = renamed(names, output);
    for (onnx::Attribute& attribute : node.attributes) {
      auto* inner = std::get_if<std::shared_ptr<Graph>>(&attribute.value);
      if (inner == nullptr || *inner == nullptr) continue;
      *inner = std::make_shared<Graph>(**inner);
      rename_values(**inner, names);
    }
  }
  for (auto* list : {&graph.outputs, &graph.value_infos})
    for (ValueInfo& value : *list) value.name = renamed(names, value.name);
}

const ValueInfo* find(const std::vector<ValueInfo>& values, const std::string& name) {
  const auto found =
      std::find_if(values.begin(), values.end(), [&](const ValueInfo& value) { return value.name == name; });
  return found == values.end() ? nullptr : &*found;
}

tl::unexpected<Diagnostic> unfit(std::string message) {
  return fail(
      ErrorCode::model_value, std::move(message), {},
      "decoder_model and decoder_with_past_model of one model, made with the same options, can be merged");
}

/// What holds for both: a size that they share, else the first one's symbol.
Dim joined(const Dim& a, const Dim& b) {
  if (a == b || std::holds_alternative<std::string>(a)) return a;
  return std::holds_alternative<std::string>(b) ? b : Dim();
}

Status join_value(ValueInfo& into, const ValueInfo& other) {
  if (into.dtype != other.dtype || into.shape.size() != other.shape.size())
    return unfit("'" + into.name + "' has another type in the cached decoder");
  for (std::size_t i = 0; i < into.shape.size(); ++i) into.shape[i] = joined(into.shape[i], other.shape[i]);
  return {};
}

class Merger {
 public:
  Merger(const onnx::Model& first, const onnx::Model& cached) : first_(first), cached_(cached) {}

  Result<onnx::Model> run() {
    model_ = first_;
    model_.ir_version = std::max(first_.ir_version, cached_.ir_version);
    ME_CHECK(join_opsets());
    Graph& graph = model_.graph;
    graph.name = "merged";
    graph.nodes.clear();
    graph.value_infos.clear();
    ME_CHECK(join_inputs());
    ME_CHECK(join_outputs());
    ME_TRY(const Names conflicts, join_weights());
    Graph with_past = cached_.graph;
    with_past.initializers.clear();
    rename_values(with_past, conflicts);
    graph.nodes.push_back(
        choice(branch(first_.graph, "first step"), branch(std::move(with_past), "cached step")));
    return std::move(model_);
  }

 private:
  Status join_opsets() {
    for (const auto& import : cached_.opset_imports) {
      const auto same = std::find_if(model_.opset_imports.begin(), model_.opset_imports.end(),
                                     [&](const auto& other) { return other.first == import.first; });
      if (same == model_.opset_imports.end())
        model_.opset_imports.push_back(import);
      else if (same->second != import.second)
        return unfit("the decoders have different opsets");
    }
    return {};
  }

  Status join_inputs() {
    for (const ValueInfo& input : cached_.graph.inputs) {
      auto& inputs = model_.graph.inputs;
      const auto same =
          std::find_if(inputs.begin(), inputs.end(), [&](const auto& own) { return own.name == input.name; });
      if (same != inputs.end()) {
        ME_CHECK(join_value(*same, input));
        continue;
      }
      inputs.push_back(input);
      if (!input.name.starts_with("past_key_values.") || input.shape.size() != 4) continue;
      inputs.back().shape[1] = "num_heads";
      inputs.back().shape[3] = "head_dim";
    }
    if (find(model_.graph.inputs, kUseCacheBranch) != nullptr)
      return unfit("a decoder already has the input " + std::string(kUseCacheBranch));
    model_.graph.inputs.push_back({kUseCacheBranch, DType::boolean, {std::int64_t{1}}});
    return {};
  }

  Status join_outputs() {
    for (ValueInfo& output : model_.graph.outputs) {
      if (const ValueInfo* other = find(cached_.graph.outputs, output.name)) {
        ME_CHECK(join_value(output, *other));
      } else if (!output.shape.empty()) {
        output.shape[0] = Dim();  // empty in the cached branch
      }
    }
    for (const ValueInfo& output : cached_.graph.outputs)
      if (find(model_.graph.outputs, output.name) == nullptr)
        return unfit("the cached decoder's output '" + output.name + "' is none of the first step's");
    return {};
  }

  /// Adds the cached decoder's weights that the first does not have; new names for those that differ.
  Result<Names> join_weights() {
    std::map<std::string, std::size_t> have;
    auto& weights = model_.graph.initializers;
    for (std::size_t i = 0; i < weights.size(); ++i) have[weights[i].name] = i;
    Names conflicts;
    for (const Initializer& tensor : cached_.graph.initializers) {
      const auto found = have.find(tensor.name);
      bool same = found != have.end();
      if (same) {
        ME_TRY(same, same_tensor(weights[found->second], tensor));
        if (same) continue;
      }
      Initializer added = tensor;
      if (found != have.end()) {
        while (have.count(added.name) != 0) added.name += "_cached";
        conflicts[tensor.name] = added.name;
      }
      have[added.name] = weights.size();
      weights.push_back(std::move(added));
    }
    return conflicts;
  }

  /// The graph as a subgraph: no inputs, no weights, no name of the graph around it.
  std::shared_ptr<Graph> branch(Graph graph, const std::string& name) {
    const std::string suffix = name.substr(0, name.find(' '));
    std::set<std::string> outer;
    for (const ValueInfo& input : model_.graph.inputs) outer.insert(input.name);
    for (const ValueInfo& output : model_.graph.outputs) outer.insert(output.name);
    for (const Initializer& tensor : model_.graph.initializers) outer.insert(tensor.name);
    graph.name = name;
    graph.inputs.clear();
    graph.initializers.clear();
    graph.metadata.clear();
    Names own;
    for (const onnx::Node& node : graph.nodes)
      for (const std::string& output : node.outputs)
        if (outer.count(output) != 0) own[output] = output + "/" + suffix;
    rename_values(graph, own);
    std::vector<ValueInfo> outputs;
    for (const ValueInfo& wanted : model_.graph.outputs) {
      const ValueInfo* made = find(graph.outputs, renamed(own, wanted.name));
      outputs.push_back(made != nullptr ? *made : nothing(graph, wanted, suffix));
    }
    graph.outputs = std::move(outputs);
    return std::make_shared<Graph>(std::move(graph));
  }

  /// An empty tensor in the place of an output that this branch does not compute.
  static ValueInfo nothing(Graph& graph, const ValueInfo& wanted, const std::string& suffix) {
    Initializer empty;
    empty.dtype = wanted.dtype;
    ValueInfo value{wanted.name + "/" + suffix, wanted.dtype, {}};
    for (std::size_t i = 0; i < wanted.shape.size(); ++i) {
      const auto* size = std::get_if<std::int64_t>(&wanted.shape[i]);
      empty.dims.push_back(i == 0 ? 0 : size == nullptr ? 1 : *size);
      value.shape.emplace_back(empty.dims.back());
    }
    empty.data = Bytes();
    onnx::Node node;
    node.name = "/" + value.name;
    node.op_type = "Constant";
    node.outputs = {value.name};
    node.attributes.push_back({"value", std::move(empty)});
    graph.nodes.push_back(std::move(node));
    return value;
  }

  onnx::Node choice(std::shared_ptr<Graph> first, std::shared_ptr<Graph> cached) const {
    onnx::Node node;
    node.name = "/If";
    node.op_type = "If";
    node.inputs = {kUseCacheBranch};
    for (const ValueInfo& output : model_.graph.outputs) node.outputs.push_back(output.name);
    node.attributes.push_back({"then_branch", std::move(cached)});
    node.attributes.push_back({"else_branch", std::move(first)});
    return node;
  }

  const onnx::Model& first_;
  const onnx::Model& cached_;
  onnx::Model model_;
};

}  // namespace

Result<onnx::Model> merge_decoders(const onnx::Model& first, const onnx::Model& cached) {
  return Merger(first, cached).run();
}

}  // namespace modelexport::convert
