// Calling an archive's own forward: arguments from named tensors, named tensors from the result.
#pragma once

#include <torch/script.h>

#include <string>

#include "safetensors.h"
#include "signature.h"

namespace modelexport::torchscript {

/// Forward's arguments from tensors named as Graph::inputs (path joined by '.'). Lists and dictionaries
/// without example take what names are there. Throws Failure(torchscript_run) for what is missing.
std::vector<c10::IValue> make_arguments(const std::vector<Parameter>& parameters,
                                        const NamedTensors& tensors);

/// Tensors of a result, named as Graph::outputs (path joined by '.'; "output" for a single tensor).
NamedTensors name_outputs(const c10::IValue& result);

}  // namespace modelexport::torchscript
