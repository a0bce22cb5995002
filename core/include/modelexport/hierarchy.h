// Module hierarchy: the labels that export writes on nodes, and the readers of every form known in files.
//
// Purpose   label_calls() turns an archive's modules and module calls into tags, scopes and namespaces
//           (design: contract.md §3); read_hierarchy() finds the hierarchy of an existing ONNX file.
// Tag rule  A tag says where the code ran: class names along the calls from the root, torch.nn modules left
// out,
//           `.index` for a numbered child, the instance path below the parent where siblings share a label.
// Ownership Results own all their text.
// Errors    tag_limit when the labels of a graph would exceed Limits (nested hostile names).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelexport/aten.h"
#include "modelexport/limits.h"
#include "modelexport/model_view.h"
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

/// The value of a node's `namespace`: the call's chain and "node name: operator" as last part, as torch
/// writes it.
std::string node_namespace(const CallLabel& label, std::string_view node_name, std::string_view target);

/// Deepest call that encloses both (a call encloses itself): where a node that serves both belongs.
std::uint32_t common_ancestor(const aten::Graph& graph, std::uint32_t a, std::uint32_t b);

/// "BertLayer" of "transformers.models.bert.modeling_bert.BertLayer".
std::string_view short_class(std::string_view dotted);

// --- Reading the hierarchy of an ONNX file
// ------------------------------------------------------------------

/// Where a file's hierarchy is written (contract.md, vocabulary of `inspect`).
enum class Form : std::uint8_t {
  none,
  modelexport,  ///< node metadata hierarchy_tag
  attribute,    ///< the predecessor's node attribute hierarchy_tag
  doc_string,   ///< JSON in the nodes' doc_string
  sidecar,      ///< X_htp_metadata.json and its older relatives
  dynamo,       ///< node metadata of torch's exporter; tags are derived from it
  winml,        ///< node metadata winml.hierarchy.tag
  node_names,   ///< scoped node names; labels are attribute names, classes are unknown
};
std::string_view to_string(Form form);

/// A module of the tree with what is in it. Weights belong to the deepest module that has all their users.
struct TreeModule {
  std::string tag;
  std::string class_name;  ///< "" unknown
  std::string scope;
  std::uint32_t parent = 0;  ///< index; a root is its own parent
  std::uint32_t depth = 0;
  std::uint64_t nodes_direct = 0;
  std::uint64_t nodes_total = 0;
  std::uint64_t parameters_direct = 0;  ///< elements of initializers
  std::uint64_t parameters_total = 0;
  std::uint64_t bytes_direct = 0;
  std::uint64_t bytes_total = 0;
  std::vector<std::pair<std::string, std::uint64_t>> ops;  ///< operators in and below it, by name
};

struct NodePlace {
  std::string name;
  std::string op;
  std::string scope;         ///< "" unknown or root
  std::uint32_t module = 0;  ///< index into Tree::modules
  bool tagged = false;       ///< false: placed at the root for lack of a tag
  onnx::MessageRef message;  ///< the node in the file
};

struct Tree {
  Form form = Form::none;
  bool derived = false;             ///< tags are conclusions (dynamo, node names), not what the file says
  std::vector<TreeModule> modules;  ///< pre-order; [0] is the root; never empty
  std::vector<NodePlace> nodes;  ///< only with ReadOptions::nodes; subgraphs follow the node they belong to
  std::uint64_t nodes_tagged = 0;
};

struct ReadOptions {
  std::string_view sidecar;  ///< text of a sidecar JSON, if there is one; the file's own tags win
  bool nodes = false;        ///< list every node's place
};

/// Reads all nodes of the main graph and its subgraphs, no weights.
Result<Tree> read_hierarchy(const onnx::ModelView& model, const ReadOptions& options = {});

/// The tree as indented text, at most `max_depth` levels below the root.
std::string tree_text(const Tree& tree, std::uint32_t max_depth = 0xFFFFFFFF);

}  // namespace modelexport::hierarchy
