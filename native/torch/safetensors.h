// Named tensors in a file: what `run` reads its inputs from and writes its outputs to.
//
// Format    safetensors: 8-byte little-endian length, JSON header {name: {dtype, shape, data_offsets}}, data.
// Errors    Throws Failure(torchscript_run, io_*).
#pragma once

#include <torch/script.h>

#include <string>
#include <utility>
#include <vector>

namespace modelexport::torchscript {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

NamedTensors read_tensors(const std::string& path);
/// Sorted by name, so that equal results give equal files.
void write_tensors(const std::string& path, NamedTensors tensors);

}  // namespace modelexport::torchscript
