// Builds a Tree: modules by tag, nodes and weights counted where they belong.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "modelexport/hierarchy.h"

namespace modelexport::hierarchy {

class TreeBuilder {
 public:
  explicit TreeBuilder(std::string root_tag);

  /// Index of the module with this tag; creates it and what is above it. "" is the root.
  std::uint32_t module(const std::string& tag);
  TreeModule& at(std::uint32_t index) { return modules_[index]; }
  void add_node(std::uint32_t module, const std::string& op, const std::string& scope);
  void add_weights(std::uint32_t module, std::uint64_t elements, std::uint64_t bytes);
  [[nodiscard]] std::uint32_t common(std::uint32_t a, std::uint32_t b) const;

  /// Completes scopes from what is below: files without a module list say only where operators are.
  void infer_scopes();
  /// Scopes as the tags say them, for tags that are made of instance paths.
  void scopes_from_tags();
  /// Adds up, orders and moves everything into `tree`; node places keep pointing at their modules.
  void finish(Tree& tree);

 private:
  void sum_up();

  std::vector<TreeModule> modules_;
  std::vector<std::map<std::string, std::uint64_t>> ops_;
  std::vector<char> scope_known_;
  std::unordered_map<std::string, std::uint32_t> by_tag_;
};

}  // namespace modelexport::hierarchy
