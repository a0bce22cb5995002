// A small model made of the parts of a large one that were looked at: facts before everything was walked.
//
// Purpose   A file of gigabytes behind an address tells what it is by its first and its last bytes: producer,
//           nodes and their tags come first, inputs, outputs, opset and stamp last. In between lie the
//           weights, where every header costs a request. A sketch leaves out what was not reached, and large
//           weights in any case; whoever reads ModelView can read it.
// Rule      Everything in the sketch is in the file, in the same order. What is missing is said. The fields
//           after the weights are found backwards from the graph's end, by their framing: `complete` sketches
//           do not depend on that.
// Limits    `head` + `tail` bytes of reading, one jump for each of `jumps` large tensors beyond.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "modelexport/edit_plan.h"

namespace modelexport::onnx {

struct SketchOptions {
  std::uint64_t head = 256U << 10;  ///< read on from the beginning as far as this
  std::uint64_t tail = 192U << 10;  ///< looked at before the graph's end
  std::uint64_t jumps = 0;          ///< large tensors whose headers are visited beyond `head`
};

struct Sketch {
  EditPlan plan;                     ///< the sketch's bytes: PlannedSource
  bool complete = false;             ///< every initializer was visited
  bool nodes = false;                ///< every node is in it
  bool tail = false;                 ///< what follows the weights is in it
  std::uint64_t reached = 0;         ///< byte up to which the graph was walked
  std::vector<std::uint64_t> large;  ///< where the large tensors begin that were visited
};

/// Nothing when a sketch would save nothing: a small file, or one that is built otherwise.
Result<std::optional<Sketch>> sketch(const ByteSource& source, const SketchOptions& options,
                                     const Limits& limits);

}  // namespace modelexport::onnx
