// Python's arithmetic on sizes and numbers, as torch.export keeps it ("operator::add", "math::floor"):
// libtorch has no operators of these names.
#pragma once

#include <torch/script.h>

#include <optional>
#include <string>
#include <vector>

namespace modelexport::torchscript {

/// The result, or nothing if `target` is no such operator. Throws for operands it cannot take.
std::optional<c10::IValue> run_scalar_operator(const std::string& target,
                                               const std::vector<c10::IValue>& operands);

}  // namespace modelexport::torchscript
