// Which tag each node gets, and how that is known.
//
// Rule      What a node carries itself wins, in the order in which inspect reads it. Where that is nothing:
// the
//           sidecar by node name, then by the name of a value that the node writes; then the module that its
//           own name or its weights lie in, as far as such modules are known; then what all its neighbours
//           have in common; inside a branch or loop the tag of the node around it. What none of these decide
//           stays without tag. Two answers of one rank are a contradiction and reported.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "migrate/scopes.h"

namespace modelexport::migrate {

enum class Origin : std::uint8_t {
  none,
  own,         ///< hierarchy_tag of the node's metadata, already there
  attribute,   ///< moved by the rules of check
  doc_string,  ///< the same
  winml,
  dynamo,
  by_name,    ///< sidecar, node name
  by_output,  ///< sidecar, name of a value
  by_scope,   ///< module that the node's name lies in
  by_weight,  ///< module whose weight it uses
  by_neighbours,
  by_owner,  ///< node around the branch, loop or function
};

struct Attached {
  std::vector<std::string> tags;  ///< per node; "" none
  std::vector<Origin> origins;
  std::uint64_t compared = 0;  ///< nodes that have a tag of their own and one in the sidecar
  std::uint64_t differ = 0;    ///< of these, with another one
  std::string example;         ///< one that differs
  std::uint64_t two_tags = 0;  ///< nodes that carry two different tags
  std::string two_tags_example;
  bool foreign_sidecar = false;  ///< the sidecar is of another model
  bool legacy = false;           ///< something of an earlier form is there
};

/// `nodes` as they are before any change.
Attached attach_tags(const std::vector<NodeRecord>& nodes, const ModuleTable& modules, const Beside& beside,
                     const Limits& limits);

}  // namespace modelexport::migrate
