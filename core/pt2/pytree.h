// Names of a program's inputs and outputs: PyTorch's pytree specs as paths of leaves.
//
// Form      "[1, {type, context, children_spec}]": 1 is the version; a leaf has type null; `context` is JSON
// text
//           again, for dictionaries and model outputs the list of keys.
// Errors    json_*, pt2_malformed. Limits: Limits::depth, tensors (leaves).
// Source    torch/utils/_pytree.py (treespec_dumps).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::pt2 {

struct Leaf {
  std::vector<std::string> path;
};

/// Leaves in order. `fields` are treespec_namedtuple_fields (or null): names of namedtuples' members.
Result<std::vector<Leaf>> parse_treespec(std::string_view text, const json::Json* fields,
                                         const Limits& limits);

/// Leaves of an input spec, ((args...), {kwargs...}): positional arguments take the names of forward's
/// parameters.
Result<std::vector<Leaf>> parse_input_spec(std::string_view text,
                                           const std::vector<std::string>& argument_names,
                                           const json::Json* fields, const Limits& limits);

}  // namespace modelexport::pt2
