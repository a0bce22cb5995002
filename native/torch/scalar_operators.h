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

/// An int, bool or float as a rank-0 tensor: int64, bool or float64.
at::Tensor tensor_of_number(const c10::IValue& value);

/// A bool, or a tensor of one element, as a condition.
bool is_true(const c10::IValue& value);

}  // namespace modelexport::torchscript
