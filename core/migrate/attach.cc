#include "migrate/attach.h"

#include <algorithm>
#include <unordered_map>

#include "hierarchy/chain_tags.h"

namespace modelexport::migrate {
namespace {

using hierarchy::Form;
using hierarchy::SidecarTags;

constexpr int kSweeps = 16;

Origin origin_of(Form form) {
  switch (form) {
    case Form::modelexport:
      return Origin::own;
    case Form::attribute:
      return Origin::attribute;
    case Form::doc_string:
      return Origin::doc_string;
    case Form::winml:
      return Origin::winml;
    case Form::dynamo:
      return Origin::dynamo;
    default:
      return Origin::none;
  }
}

const std::string* find(const SidecarTags& table, const std::string& name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

/// The longest common path of two tags; "" if not even the root is common.
std::string common_tag(const std::string& a, const std::string& b) {
  std::size_t end = 0;
  for (std::size_t i = 0; i <= std::min(a.size(), b.size()); ++i) {
    const bool a_ends = i == a.size() || a[i] == '/';
    const bool b_ends = i == b.size() || b[i] == '/';
    if (a_ends && b_ends) end = i;
    if (i == a.size() || i == b.size() || a[i] != b[i]) break;
  }
  return a.substr(0, end);
}

class Attach {
 public:
  Attach(const std::vector<NodeRecord>& nodes, const ModuleTable& modules, const Beside& beside,
         const Limits& limits)
      : nodes_(nodes), modules_(modules), beside_(beside), limits_(limits) {
    out_.tags.resize(nodes.size());
    out_.origins.resize(nodes.size(), Origin::none);
  }

  Attached run() {
    take_own();
    take_chains();
    compare_own();
    if (out_.foreign_sidecar) return std::move(out_);
    const bool table = !beside_.nodes.empty() || !beside_.outputs.empty();
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (open(i) && table) take_sidecar(i);
    const bool any =
        std::any_of(out_.origins.begin(), out_.origins.end(), [](Origin o) { return o != Origin::none; });
    out_.legacy = out_.legacy || (table && any);
    if (!out_.legacy) return std::move(out_);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (open(i) && may_conclude(i)) take_module(i);
    take_neighbours();
    take_owners();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool open(std::size_t i) const { return out_.origins[i] == Origin::none; }

  void set(std::size_t i, std::string tag, Origin origin) {
    out_.tags[i] = std::move(tag);
    out_.origins[i] = origin;
  }

  void take_own() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const NodeRecord& node = nodes_[i];
      if (node.form != Form::none && node.form != Form::dynamo) set(i, node.tag, origin_of(node.form));
      out_.legacy = out_.legacy || !node.tag_attribute.empty() || node.tag_attribute_odd ||
                    !node.tag_doc.empty() || !node.tag_winml.empty() || node.form == Form::dynamo;
      std::string said;
      for (const SharedText* tag : {&node.tag_entry, &node.tag_attribute, &node.tag_attribute_other,
                                    &node.tag_winml, &node.tag_doc}) {
        const std::string normal = hierarchy::normal_tag(tag->str(), limits_);
        if (normal.empty()) continue;
        if (!said.empty() && normal != said) {
          if (out_.two_tags++ == 0) out_.two_tags_example = node.path() + ": " + said + " and " + normal;
          break;
        }
        said = normal;
      }
    }
  }

  void take_chains() {
    std::vector<const std::vector<hierarchy::ChainLink>*> chains;
    bool any = false;
    static const std::vector<hierarchy::ChainLink> kNone;
    for (const NodeRecord& node : nodes_) {
      const bool chain = node.form == Form::dynamo;
      chains.push_back(chain && node.chain != nullptr ? node.chain.get() : &kNone);
      any = any || chain;
    }
    if (!any) return;
    std::vector<std::string> tags = hierarchy::tags_of_chains(chains, limits_);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (!tags[i].empty()) set(i, std::move(tags[i]), Origin::dynamo);
  }

  [[nodiscard]] const std::string* sidecar_tag(const NodeRecord& node, Origin& origin) const {
    origin = Origin::by_name;
    if (const std::string* tag = find(beside_.nodes, node.name)) return tag;
    origin = Origin::by_output;
    for (const std::string& value : node.outputs) {
      if (const std::string* tag = find(beside_.outputs, value)) return tag;
      const std::string name = node_of_value(value);
      if (const std::string* tag = name.empty() ? nullptr : find(beside_.nodes, name)) return tag;
    }
    return nullptr;
  }

  /// Sidecar against the file: does it belong to it at all, and where do they differ.
  void compare_own() {
    if (beside_.nodes.empty()) return;
    std::uint64_t named = 0;
    std::uint64_t matched = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!nodes_[i].in_main_graph()) continue;
      ++named;
      Origin origin;
      const std::string* tag = sidecar_tag(nodes_[i], origin);
      if (tag == nullptr) continue;
      ++matched;
      if (open(i)) continue;
      ++out_.compared;
      if (*tag == out_.tags[i]) continue;
      if (out_.differ++ == 0)
        out_.example = nodes_[i].name + ": " + out_.tags[i] + " in the model, " + *tag + " in the sidecar";
    }
    // Optimisers leave at least some names; names such as /Cast are in every model.
    out_.foreign_sidecar = named != 0 && matched * 4 < named && matched * 4 < beside_.nodes.size();
  }

  void take_sidecar(std::size_t i) {
    Origin origin;
    if (const std::string* tag = sidecar_tag(nodes_[i], origin)) set(i, *tag, origin);
  }

  /// Gaps in files that carry their own tags stay gaps: only bodies, which the predecessor never tagged, and
  /// models whose tags come from elsewhere are completed.
  [[nodiscard]] bool may_conclude(std::size_t i) const { return completes_ || !nodes_[i].in_main_graph(); }

  void take_module(std::size_t i) {
    const NodeRecord& node = nodes_[i];
    if (const auto scope = scope_of_node(node); scope && !scope->empty()) {
      if (const KnownModule* module = modules_.nearest(*scope)) return set(i, module->tag, Origin::by_scope);
    }
    for (const std::string& input : node.inputs) {
      const std::size_t dot = input.rfind('.');
      if (dot == std::string::npos || input.find('/') != std::string::npos) continue;
      if (const KnownModule* module = modules_.nearest(input.substr(0, dot)))
        return set(i, module->tag, Origin::by_weight);
    }
  }

  void take_neighbours() {
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].in_main_graph() && open(i) && may_conclude(i)) missing.push_back(i);
    if (missing.empty()) return;
    std::unordered_map<std::string, std::size_t> producer;
    std::unordered_map<std::string, std::vector<std::size_t>> users;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!nodes_[i].in_main_graph()) continue;
      for (const std::string& value : nodes_[i].outputs) producer.emplace(value, i);
      for (const std::string& value : nodes_[i].inputs) users[value].push_back(i);
    }
    for (int sweep = 0; sweep < kSweeps && !missing.empty(); ++sweep) {
      std::vector<std::size_t> left;
      for (const std::size_t i : missing) {
        std::string tag = around(i, producer, users);
        if (tag.empty()) {
          left.push_back(i);
        } else {
          set(i, std::move(tag), Origin::by_neighbours);
        }
      }
      if (left.size() == missing.size()) break;
      missing = std::move(left);
    }
  }

  /// Common to everybody whose tag is known and who gives to this node or takes from it.
  [[nodiscard]] std::string around(
      std::size_t i, const std::unordered_map<std::string, std::size_t>& producer,
      const std::unordered_map<std::string, std::vector<std::size_t>>& users) const {
    constexpr std::size_t kMostUsers = 64;
    std::string tag;
    bool any = false;
    const auto join = [&](std::size_t other) {
      if (other == i || out_.tags[other].empty()) return;
      tag = any ? common_tag(tag, out_.tags[other]) : out_.tags[other];
      any = true;
    };
    for (const std::string& value : nodes_[i].inputs)
      if (const auto from = producer.find(value); from != producer.end()) join(from->second);
    for (const std::string& value : nodes_[i].outputs) {
      const auto to = users.find(value);
      if (to == users.end()) continue;
      for (std::size_t k = 0; k < to->second.size() && k < kMostUsers; ++k) join(to->second[k]);
    }
    return tag;
  }

  /// Bodies follow the node that holds them, so one pass is enough; functions take what all callers share.
  void take_owners() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const std::size_t owner = nodes_[i].owner;
      if (open(i) && owner != kNoNode && !out_.tags[owner].empty())
        set(i, out_.tags[owner], Origin::by_owner);
    }
  }

  const std::vector<NodeRecord>& nodes_;
  const ModuleTable& modules_;
  const Beside& beside_;
  const Limits& limits_;
  Attached out_;
  bool completes_ = false;

 public:
  /// Tags that come from elsewhere are completed.
  void decide_completion() {
    const auto has = [&](Form form) {
      return std::any_of(nodes_.begin(), nodes_.end(), [&](const NodeRecord& n) { return n.form == form; });
    };
    completes_ = (!beside_.nodes.empty() && !has(Form::modelexport)) || has(Form::winml) || has(Form::dynamo);
  }
};

}  // namespace

Attached attach_tags(const std::vector<NodeRecord>& nodes, const ModuleTable& modules, const Beside& beside,
                     const Limits& limits) {
  Attach attach(nodes, modules, beside, limits);
  attach.decide_completion();
  return attach.run();
}

}  // namespace modelexport::migrate
