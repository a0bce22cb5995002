// Module hierarchy: the labels that export writes on nodes, and the readers of every form known in files.
//
// Purpose   label_calls() turns an archive's modules and module calls into tags, scopes and namespaces
//           (design: contract.md §3); read_hierarchy() finds the hierarchy of an existing ONNX file.
// Tag rule  A tag says where the code ran: class names along the calls from the root, torch.nn modules left out,
//           `.index` for a numbered child, the instance path below the parent where siblings share a label.
// Ownership Results own all their text.
// Errors    tag_limit when the labels of a graph would exceed Limits (nested hostile names).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modelexport/aten.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::hierarchy {

inline constexpr std::string_view kTagKey = "hierarchy_tag";
inline constexpr std::string_view kScopeKey = "hierarchy_scope";
inline constexpr std::string_view kNamespaceKey = "namespace";
inline constexpr std::string_view kModulesKey = "hierarchy_modules";

struct LabelOptions {
  bool torch_modules = false;  ///< torch.nn modules get levels of their own (containers never do)
  Limits limits;
};

/// How a node got its tag (contract.md, "Node placement counts").
enum class Placement : std::uint8_t {
  direct,    ///< inside a call of the tagged module itself
  parent,    ///< inside a torch.nn module shown under its owner
  root_own,  ///< code of the root's own forward
};
std::string_view to_string(Placement placement);

struct CallLabel {
  std::string tag;         ///< "/BertModel/BertEncoder/BertLayer.0"
  std::string scope;       ///< "encoder.layer.0", "dropout@2"; "" for the root
  std::string name_space;  ///< ": pkg.BertModel/encoder: pkg.BertEncoder"; see node_namespace()
  Placement placement = Placement::direct;
};

struct ModuleLabel {
  std::string tag;          ///< of the module where it is registered
  std::uint64_t calls = 0;  ///< how often its forward ran
};

struct Labels {
  std::vector<CallLabel> calls;      ///< parallel to Graph::calls
  std::vector<ModuleLabel> modules;  ///< parallel to Graph::modules
  std::string modules_json;          ///< value of the graph's `hierarchy_modules`
};

Result<Labels> label_calls(const aten::Graph& graph, const LabelOptions& options = {});

/// The value of a node's `namespace`: the call's chain and "node name: operator" as last part, as torch writes it.
std::string node_namespace(const CallLabel& label, std::string_view node_name, std::string_view target);

/// Deepest call that encloses both (a call encloses itself): where a node that serves both belongs.
std::uint32_t common_ancestor(const aten::Graph& graph, std::uint32_t a, std::uint32_t b);

/// "BertLayer" of "transformers.models.bert.modeling_bert.BertLayer".
std::string_view short_class(std::string_view dotted);

}  // namespace modelexport::hierarchy
