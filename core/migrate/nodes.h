// Every node of a model, wherever it is: main graph, branches and loops, functions.
//
// Purpose   The predecessor visited the main graph only; migration must not. Nodes come in the order of the
//           file, bodies after the node that holds them, functions last.
// Errors    Those of reading; model_limit for more nodes than Limits allows.
#pragma once

#include <string>
#include <vector>

#include "hierarchy/node_forms.h"
#include "modelexport/model_view.h"

namespace modelexport::migrate {

inline constexpr std::size_t kNoNode = static_cast<std::size_t>(-1);

struct NodeRecord {
  onnx::MessageRef message;
  std::string path;  ///< "graph.node[3].attribute[0].g.node[1]"
  std::string name;
  std::string op_type;
  std::string domain;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  hierarchy::NodeForm form;        ///< the best form that the node has
  std::string tag_entry;           ///< value of hierarchy_tag in its metadata
  std::string tag_attribute;       ///< value of the attribute
  std::string tag_doc;             ///< tag in doc_string
  std::string tag_winml;           ///< winml.hierarchy.tag
  bool tag_attribute_odd = false;  ///< the attribute is there, but is no text
  bool has_scope = false;          ///< hierarchy_scope is there
  std::string doc_string;          ///< only where it holds a tag
  std::size_t owner = kNoNode;     ///< the node whose body this is in
  std::size_t function = kNoNode;  ///< index of the function it is in

  [[nodiscard]] bool in_main_graph() const { return owner == kNoNode && function == kNoNode; }
};

Result<std::vector<NodeRecord>> read_nodes(const onnx::ModelView& model);

}  // namespace modelexport::migrate
