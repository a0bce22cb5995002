// Input values that models accept: token ids inside the vocabulary, masks that mask a little, images,
// waveforms.
//
// Purpose   Archives record shapes, not values. The name of an input says what it is; how it is used in the
// graph
//           says how large its integers may be.
// Deterministic  Equal names, sizes and bounds give equal values on every machine.
#pragma once

#include <map>

#include "modelexport/aten.h"
#include "modelexport/export.h"
#include "verify/sizes.h"
#include "verify/tensor.h"

namespace modelexport::verify {

/// How many rows the tables have that an input's integers index: 30522 for input_ids of BERT. By position in
/// Graph::inputs; nothing where the graph does not say.
std::vector<std::optional<std::int64_t>> index_bounds(const aten::Graph& graph);

/// Values for all inputs under one assignment, named as in the exported file. nullopt if a size cannot be
/// computed, a dtype cannot be made, or an input would exceed `limit` bytes.
std::optional<Tensors> make_inputs(const std::vector<PortFact>& inputs,
                                   const std::vector<std::optional<std::int64_t>>& bounds, const Sizes& sizes,
                                   std::uint64_t limit);

}  // namespace modelexport::verify
