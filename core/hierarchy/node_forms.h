// What one node says about its place, in each known form.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelexport/hierarchy.h"

namespace modelexport::hierarchy {

/// A link of a module chain: instance path and dotted class.
using ChainLink = std::pair<std::string, std::string>;

struct NodeForm {
  Form form = Form::none;
  std::string tag;               ///< normalised; for dynamo empty until derived
  std::string scope;             ///< as written, if the form has one
  std::vector<ChainLink> chain;  ///< dynamo: from the root to the innermost module
};
/// The best form that the node itself carries; node names are not looked at.
NodeForm read_node_form(const onnx::NodeView& node, const Limits& limits);

/// "/A/B" without trailing or doubled slashes; "" if it does not start with a slash or is unreasonable.
std::string normal_tag(std::string_view tag, const Limits& limits);
/// "encoder.layer.0" of "/encoder/layer.0/MatMul"; "" for names without scope.
std::string name_scope(std::string_view node_name);
/// "a: X/b: Y/node: op" without its last part.
std::vector<ChainLink> parse_namespace(std::string_view text);
/// The strings of a Python list literal; empty if it is none.
std::vector<std::string> parse_python_strings(std::string_view text);

}  // namespace modelexport::hierarchy
