// Every node of a model, wherever it is: main graph, branches and loops, functions.
//
// Purpose   The predecessor visited the main graph only; migration must not. Nodes come in the order of the
//           file, bodies after the node that holds them, functions last.
// Errors    Those of reading; model_limit for more nodes than Limits allows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hierarchy/node_forms.h"
#include "modelexport/model_view.h"

namespace modelexport::migrate {

inline constexpr std::size_t kNoNode = static_cast<std::size_t>(-1);

/// A text that many nodes have, held once. Converts to what it is.
class SharedText {
 public:
  SharedText() = default;
  SharedText(std::string text)  // NOLINT: a text
      : text_(text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text))) {}
  [[nodiscard]] const std::string& str() const;
  operator const std::string&() const { return str(); }  // NOLINT: a text
  [[nodiscard]] bool empty() const { return text_ == nullptr; }
  friend bool operator==(const SharedText& a, std::string_view b) { return a.str() == b; }

 private:
  std::shared_ptr<const std::string> text_;
};

struct NodeRecord {
  onnx::MessageRef message;
  SharedText around;        ///< path of the graph or function it is in
  std::uint32_t index = 0;  ///< in there
  std::string name;
  SharedText op_type;
  SharedText domain;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  hierarchy::Form form = hierarchy::Form::none;  ///< the best that the node has
  SharedText tag;                                ///< of that form; empty for dynamo until derived
  SharedText scope;                              ///< of that form, if it has one
  std::shared_ptr<const std::vector<hierarchy::ChainLink>>
      chain;                       ///< dynamo: from the root to the innermost module
  SharedText tag_entry;            ///< value of hierarchy_tag in its metadata
  SharedText tag_attribute;        ///< value of the attribute, of several the last
  SharedText tag_attribute_other;  ///< of another such attribute, if it says something else
  SharedText tag_doc;              ///< tag in doc_string
  SharedText tag_winml;            ///< winml.hierarchy.tag
  SharedText doc_string;           ///< only where it holds a tag
  bool tag_attribute_odd = false;  ///< the attribute is there, but is no text
  bool has_scope = false;          ///< hierarchy_scope is there
  std::size_t owner = kNoNode;     ///< the node whose body this is in
  std::size_t function = kNoNode;  ///< index of the function it is in

  [[nodiscard]] bool in_main_graph() const { return owner == kNoNode && function == kNoNode; }
  /// "graph.node[3].attribute[0].g.node[1]"
  [[nodiscard]] std::string path() const { return around.str() + ".node[" + std::to_string(index) + "]"; }
};

/// One after the other, for what does not need them all at once.
Status visit_nodes(const onnx::ModelView& model, const std::function<Status(NodeRecord&&)>& visit);
Result<std::vector<NodeRecord>> read_nodes(const onnx::ModelView& model);

}  // namespace modelexport::migrate
