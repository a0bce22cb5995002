// The module tree of an aten::Graph: parents, what is shown, which modules have operators, their tags.
//
// Purpose   Everything about labels that depends on where modules are registered, not on who called them.
// Errors    none; indices out of range are treated as the root (Graph::validate() is the gate).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modelexport/aten.h"

namespace modelexport::hierarchy {

class ModuleTree {
 public:
  ModuleTree(const aten::Graph& graph, bool torch_modules);

  /// True if `module` is `ancestor` or registered below it.
  [[nodiscard]] bool is_within(std::uint32_t module, std::uint32_t ancestor) const;
  [[nodiscard]] bool visible(std::uint32_t module) const { return nodes_[module].visible; }
  /// Last part of the tag: "BertLayer.0", or an instance path where that would be ambiguous.
  [[nodiscard]] const std::string& label(std::uint32_t module) const { return nodes_[module].label; }
  [[nodiscard]] const std::string& tag(std::uint32_t module) const { return nodes_[module].tag; }
  [[nodiscard]] std::uint64_t tag_bytes() const { return tag_bytes_; }
  /// False if the tags would take more than `limit` bytes; they are not computed then.
  bool make_tags(std::uint64_t limit);

 private:
  struct Node {
    std::uint32_t up = 0;      ///< nearest visible proper ancestor
    std::uint32_t parent = 0;  ///< nearest registered proper ancestor
    std::uint32_t first = 0;   ///< position in order_
    std::uint32_t last = 0;    ///< one past the position of the last module below
    bool visible = false;
    bool live = false;  ///< an operator ran in it or below it
    std::string label;
    std::string tag;
  };
  void link_parents(const aten::Graph& graph);
  void mark_live(const aten::Graph& graph);
  void make_labels(const aten::Graph& graph);

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> order_;  ///< modules in path order: ancestors before what is below them
  std::uint64_t tag_bytes_ = 0;
};

}  // namespace modelexport::hierarchy
