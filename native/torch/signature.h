// The program's inputs and outputs: named, typed and flattened to tensors with a path.
#pragma once

#include <torch/script.h>

#include <optional>
#include <string>
#include <vector>

#include "loader.h"
#include "symbol.h"
#include "walker.h"

namespace modelexport::torchscript {

/// One argument of forward as the caller names it, with the archive's example value if there is one.
struct Parameter {
  std::string name;
  c10::TypePtr type;
  c10::optional<c10::IValue> fallback;  ///< default value of the signature
  c10::optional<c10::IValue> example;
};

std::vector<Parameter> forward_parameters(const LoadedArchive& archive);

/// Adds graph.inputs for every parameter (in signature order) and returns forward's arguments.
std::vector<Symbol> make_inputs(const std::vector<Parameter>& parameters, aten::Graph& graph, Walker& walker);

/// Adds graph.outputs for everything forward returns. One tensor alone has the path {}.
void make_outputs(const Symbol& result, aten::Graph& graph);

}  // namespace modelexport::torchscript
