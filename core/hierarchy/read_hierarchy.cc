// read_hierarchy: one pass over the nodes, then the best form present decides.
#include <algorithm>
#include <unordered_map>

#include "hierarchy/chain_tags.h"
#include "hierarchy/node_forms.h"
#include "hierarchy/sidecar.h"
#include "hierarchy/tree_builder.h"
#include "json/json.h"
#include "modelexport/hierarchy.h"

namespace modelexport::hierarchy {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

struct ScannedNode {
  std::string name;
  std::string op;
  NodeForm form;
  std::vector<std::uint32_t> weights;  ///< indices of initializers it uses
  onnx::MessageRef message;
};

class Reader {
 public:
  Reader(const onnx::ModelView& model, const ReadOptions& options) : model_(model), options_(options) {}

  Result<Tree> run() {
    const auto& initializers = model_.graph().initializers;
    for (std::uint32_t i = 0; i < initializers.size(); ++i) by_name_.emplace(initializers[i].name, i);
    ME_CHECK(scan(model_.graph().nodes));
    ME_CHECK(choose_form());
    derive();
    return build();
  }

 private:
  Status scan(const std::vector<onnx::MessageRef>& nodes) {
    std::vector<onnx::MessageRef> open(nodes.rbegin(), nodes.rend());
    while (!open.empty()) {
      const onnx::MessageRef message = open.back();
      open.pop_back();
      if (nodes_.size() >= model_.limits().nodes) {
        return fail(ErrorCode::tag_limit,
                    "The model has more than " + std::to_string(nodes_.size()) + " nodes.");
      }
      ME_TRY(const onnx::NodeView node, model_.node(message));
      add(node);
      for (const onnx::AttributeView& attribute : node.attributes) {
        for (const onnx::MessageRef& graph : attribute.graphs) {
          if (graph.depth > model_.limits().depth) continue;
          ME_TRY(const onnx::GraphView body, model_.subgraph(graph));
          open.insert(open.end(), body.nodes.rbegin(), body.nodes.rend());
        }
      }
    }
    return {};
  }

  void add(const onnx::NodeView& node) {
    ScannedNode scanned;
    scanned.name = node.name;
    scanned.op = node.domain.empty() ? node.op_type : node.domain + "." + node.op_type;
    scanned.form = read_node_form(node, model_.limits());
    scanned.message = node.message;
    for (const std::string& input : node.inputs) {
      if (const auto found = by_name_.find(input); found != by_name_.end())
        scanned.weights.push_back(found->second);
    }
    nodes_.push_back(std::move(scanned));
  }

  /// The most explicit form that any node has. Sidecars only count for files without own tags.
  Status choose_form() {
    for (const Form form : {Form::modelexport, Form::winml, Form::attribute, Form::doc_string}) {
      if (has(form)) {
        tree_.form = form;
        return {};
      }
    }
    if (!options_.sidecar.empty()) {
      ME_TRY(const SidecarTags tags, read_sidecar(options_.sidecar, model_.limits()));
      for (ScannedNode& node : nodes_) {
        const auto found = tags.find(node.name);
        if (found == tags.end()) continue;
        node.form.form = Form::sidecar;
        node.form.tag = found->second;
        tree_.form = Form::sidecar;
      }
      if (tree_.form == Form::sidecar) return {};
    }
    if (has(Form::dynamo)) {
      tree_.form = Form::dynamo;
    } else if (std::any_of(nodes_.begin(), nodes_.end(),
                           [](const ScannedNode& node) { return !name_scope(node.name).empty(); })) {
      tree_.form = Form::node_names;
    }
    tree_.derived = tree_.form == Form::dynamo || tree_.form == Form::node_names;
    return {};
  }

  [[nodiscard]] bool has(Form form) const {
    return std::any_of(nodes_.begin(), nodes_.end(),
                       [&](const ScannedNode& n) { return n.form.form == form; });
  }

  void derive() {
    if (tree_.form == Form::dynamo) derive_from_chains();
    for (ScannedNode& node : nodes_) {
      if (tree_.form == Form::node_names) {
        node.form.scope = name_scope(node.name);
        node.form.form = node.form.scope.empty() ? Form::none : Form::node_names;
        node.form.tag = names_tag(node.name);
      } else if (node.form.scope.empty() && tree_.form != Form::modelexport) {
        node.form.scope = name_scope(node.name);
      }
    }
  }

  [[nodiscard]] std::string graph_tag() const {
    std::string name = model_.graph().name.empty() ? "model" : model_.graph().name;
    std::replace(name.begin(), name.end(), '/', '.');
    return "/" + name;
  }

  [[nodiscard]] std::string names_tag(const std::string& name) const {
    const std::size_t last = name.rfind('/');
    if (last == std::string::npos || last == 0) return {};
    const std::string scope = name.substr(0, last);
    return normal_tag(graph_tag() + (scope.front() == '/' ? "" : "/") + scope, model_.limits());
  }

  void derive_from_chains() {
    std::vector<const std::vector<ChainLink>*> chains;
    for (const ScannedNode& node : nodes_) chains.push_back(&node.form.chain);
    std::vector<std::string> tags = tags_of_chains(chains, model_.limits());
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (!tags[i].empty()) nodes_[i].form.tag = std::move(tags[i]);
  }

  /// First part of the first tag: the root module's class.
  [[nodiscard]] std::string root_tag() const {
    for (const ScannedNode& node : nodes_) {
      if (node.form.tag.empty() || node.form.form != tree_.form) continue;
      return node.form.tag.substr(0, node.form.tag.find('/', 1));
    }
    return graph_tag();
  }

  /// Modules of the file's own list: names, classes, and those without nodes.
  void add_listed_modules(TreeBuilder& builder) {
    const onnx::MetadataEntry* entry = nullptr;
    for (const onnx::MetadataEntry& item : model_.graph().metadata) {
      if (item.key == kModulesKey) entry = &item;
    }
    if (entry == nullptr || tree_.form != Form::modelexport) return;
    const Result<json::Json> list = json::parse(entry->value, model_.limits(), kModulesKey);
    if (!list) return;
    std::vector<char> named;
    for (const json::Json& item : json::elements(*list)) {
      const std::string tag =
          normal_tag(json::find_string(item, "tag").value_or(std::string_view{}), model_.limits());
      if (tag.empty()) continue;
      const std::uint32_t index = builder.module(tag);
      if (index >= named.size()) named.resize(index + 1, 0);
      if (named[index] != 0) continue;  // torch.nn modules share their owner's tag and come after it
      named[index] = 1;
      builder.at(index).scope = std::string(json::find_string(item, "path").value_or(std::string_view{}));
      const auto class_name = json::find_string(item, "class");
      if (class_name) builder.at(index).class_name = std::string(*class_name);
    }
    listed_ = true;
  }

  Result<Tree> build() {
    TreeBuilder builder(root_tag());
    add_listed_modules(builder);
    const auto& initializers = model_.graph().initializers;
    std::vector<std::uint32_t> users(initializers.size(), kNone);
    for (ScannedNode& node : nodes_) {
      const bool tagged = node.form.form == tree_.form && !node.form.tag.empty();
      const std::uint32_t module = tagged ? builder.module(node.form.tag) : 0;
      tree_.nodes_tagged += tagged ? 1 : 0;
      builder.add_node(module, node.op, listed_ ? std::string() : node.form.scope);
      for (const std::uint32_t weight : node.weights) {
        users[weight] = users[weight] == kNone ? module : builder.common(users[weight], module);
      }
      if (!options_.nodes) continue;
      tree_.nodes.push_back({std::move(node.name), std::move(node.op), std::move(node.form.scope), module,
                             tagged, node.message});
    }
    for (std::size_t i = 0; i < users.size(); ++i) {
      builder.add_weights(users[i] == kNone ? 0 : users[i], initializers[i].elements().value_or(0),
                          initializers[i].bytes().value_or(initializers[i].data.size));
    }
    // Parts of names may have dots of their own ("layer_._0"), which a scope cannot be taken apart at.
    if (tree_.form == Form::node_names) {
      builder.scopes_from_tags();
    } else if (!listed_) {
      builder.infer_scopes();
    }
    builder.finish(tree_);
    return std::move(tree_);
  }

  const onnx::ModelView& model_;
  const ReadOptions& options_;
  Tree tree_;
  bool listed_ = false;
  std::vector<ScannedNode> nodes_;
  std::unordered_map<std::string, std::uint32_t> by_name_;
};

}  // namespace

std::string_view to_string(Form form) {
  switch (form) {
    case Form::none:
      return "none";
    case Form::modelexport:
      return "modelexport";
    case Form::attribute:
      return "attribute";
    case Form::doc_string:
      return "doc_string";
    case Form::sidecar:
      return "sidecar";
    case Form::dynamo:
      return "dynamo";
    case Form::winml:
      return "winml";
    case Form::node_names:
      return "node-names";
  }
  return "none";
}

Result<Tree> read_hierarchy(const onnx::ModelView& model, const ReadOptions& options) {
  return Reader(model, options).run();
}

}  // namespace modelexport::hierarchy
