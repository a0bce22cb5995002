#include "migrate/rename.h"

#include <algorithm>
#include <set>

#include "hierarchy/input_names.h"
#include "wire/scanner.h"
#include "wire/writer.h"

namespace modelexport::migrate {
namespace {

using onnx::ValueView;

constexpr std::uint32_t kNodeInput = 1;
constexpr std::uint32_t kValueName = 1;

tl::unexpected<Diagnostic> unclear(std::string why) {
  return fail(ErrorCode::migrate_rename, "the inputs cannot be renamed: " + std::move(why),
              {.field = "graph.input"}, "leave --rename-inputs out and feed the inputs by their type");
}

/// Values that are looked up in a weight, as token ids are.
bool is_looked_up(const std::string& value, const std::vector<NodeRecord>& nodes,
                  const std::set<std::string_view>& weights) {
  std::set<std::string> same = {value};  // the value itself and what only changes its type or shape
  for (const NodeRecord& node : nodes) {
    if (!node.in_main_graph() || node.inputs.empty()) continue;
    const bool passes = node.op_type == "Cast" || node.op_type == "Reshape" || node.op_type == "Identity";
    if (passes && same.count(node.inputs[0]) != 0) same.insert(node.outputs.begin(), node.outputs.end());
    if (node.op_type == "Gather" && node.inputs.size() == 2 && same.count(node.inputs[1]) != 0 &&
        weights.count(node.inputs[0]) != 0)
      return true;
  }
  return false;
}

class Assign {
 public:
  Assign(const onnx::ModelView& model, const std::vector<NodeRecord>& nodes) : model_(model), nodes_(nodes) {
    for (const onnx::TensorView& tensor : model.graph().initializers) weights_.insert(tensor.name);
  }

  Result<std::vector<Renaming>> run() {
    for (const onnx::MessageRef& message : model_.graph().inputs) {
      ME_TRY(ValueView value, model_.value(message));
      if (weights_.count(value.name) == 0) inputs_.push_back(std::move(value));
    }
    to_.resize(inputs_.size());
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const bool known = hierarchy::find_named_input(inputs_[i].name) != nullptr;
      if (known && !hierarchy::contradicts_name(inputs_[i])) continue;
      if (known) open_.push_back(i);
    }
    if (open_.empty()) return std::vector<Renaming>{};
    ME_CHECK(assign());
    std::vector<Renaming> out;
    for (const std::size_t i : open_) out.push_back({inputs_[i].name, to_[i]});
    return out;
  }

 private:
  /// The names of the inputs that are wrong are dealt out among these inputs anew.
  Status assign() {
    std::vector<std::string> names;
    for (const std::size_t i : open_) names.push_back(inputs_[i].name);
    for (const std::string& name : names) {
      const hierarchy::NamedInput& named = *hierarchy::find_named_input(name);
      std::vector<std::size_t> fitting;
      for (const std::size_t i : open_)
        if (to_[i].empty() && hierarchy::fits(named, inputs_[i])) fitting.push_back(i);
      if (fitting.size() != 1)
        return unclear("'" + name + "' fits " + (fitting.empty() ? "none" : "several") + " of them");
      to_[fitting.front()] = name;
    }
    for (std::size_t k = 0; k < open_.size(); ++k) ME_CHECK(confirm(open_[k]));
    return {};
  }

  /// Token ids must be used as such, and no other input of that kind may be the better candidate.
  Status confirm(std::size_t i) {
    if (to_[i] != "input_ids" && to_[i] != "decoder_input_ids") return {};
    if (is_looked_up(inputs_[i].name, nodes_, weights_)) return {};
    return unclear("'" + inputs_[i].name + "' would become " + to_[i] +
                   ", but is not looked up in an embedding");
  }

  const onnx::ModelView& model_;
  const std::vector<NodeRecord>& nodes_;
  std::set<std::string_view> weights_;
  std::vector<ValueView> inputs_;
  std::vector<std::size_t> open_;
  std::vector<std::string> to_;
};

const std::string* new_name(const std::vector<Renaming>& renamings, std::string_view name) {
  for (const Renaming& renaming : renamings)
    if (renaming.from == name) return &renaming.to;
  return nullptr;
}

/// Replaces text fields `number` of a message.
Status rename_fields(const onnx::ModelView& model, const onnx::MessageRef& message, std::uint32_t number,
                     const std::string& path, const std::vector<Renaming>& renamings,
                     onnx::EditBuilder& edit) {
  wire::Scanner scanner(model.window(), message.content());
  wire::Field field;
  std::uint64_t index = 0;
  std::vector<onnx::MessageRef> children;
  while (scanner.next(field))
    if (field.number == number && field.is_length())
      children.push_back({field.offset, field.size, field.header, message.depth + 1});
  ME_CHECK(scanner.status());
  for (const onnx::MessageRef& child : children) {
    ME_TRY(const std::string name, model.content(child));
    const std::string* to = new_name(renamings, name);
    if (to != nullptr)
      edit.replace(message, child, number, *to, {path + "[" + std::to_string(index) + "]", name, *to});
    ++index;
  }
  return {};
}

}  // namespace

Result<std::vector<Renaming>> find_renamings(const onnx::ModelView& model,
                                             const std::vector<NodeRecord>& nodes) {
  return Assign(model, nodes).run();
}

Status rename_inputs(const onnx::ModelView& model, const std::vector<NodeRecord>& nodes,
                     onnx::EditBuilder& edit, std::vector<Step>& steps) {
  ME_TRY(const std::vector<Renaming> renamings, find_renamings(model, nodes));
  if (renamings.empty()) return {};
  // A value of the same name that a body or node defines would be another one.
  for (const NodeRecord& node : nodes)
    for (const std::string& output : node.outputs)
      if (!node.in_main_graph() && new_name(renamings, output) != nullptr)
        return unclear("a branch or loop has a value of its own called '" + output + "'");
  for (const onnx::MessageRef& message : model.graph().inputs)
    ME_CHECK(rename_fields(model, message, kValueName, "graph.input.name", renamings, edit));
  for (const onnx::MessageRef& message : model.graph().value_infos)
    ME_CHECK(rename_fields(model, message, kValueName, "graph.value_info.name", renamings, edit));
  for (const onnx::MessageRef& message : model.graph().outputs)
    ME_CHECK(rename_fields(model, message, kValueName, "graph.output.name", renamings, edit));
  for (const NodeRecord& node : nodes) {
    const bool uses = std::any_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& name) {
      return new_name(renamings, name) != nullptr;
    });
    if (uses && node.function == kNoNode)
      ME_CHECK(rename_fields(model, node.message, kNodeInput, node.path() + ".input", renamings, edit));
  }
  std::string text;
  for (const Renaming& renaming : renamings)
    text += (text.empty() ? "" : ", ") + renaming.from + " -> " + renaming.to;
  steps.push_back({"ME-LEGACY-009", "inputs renamed by type, rank and use: " + text});
  return {};
}

}  // namespace modelexport::migrate
