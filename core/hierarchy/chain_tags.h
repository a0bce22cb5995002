// Tags from the module chains that torch's exporter writes on nodes.
#pragma once

#include <string>
#include <vector>

#include "hierarchy/node_forms.h"

namespace modelexport::hierarchy {

/// One tag per chain, by the rules that export uses; "" for an empty chain, and for all if the labels would
/// exceed the limits. The chains of a whole file belong into one call: siblings decide about each other.
std::vector<std::string> tags_of_chains(const std::vector<const std::vector<ChainLink>*>& chains,
                                        const Limits& limits);

}  // namespace modelexport::hierarchy
