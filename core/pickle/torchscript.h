// What a TorchScript archive says without running it: modules, tensors, example inputs, the capture's record.
//
// Purpose   Weights as byte ranges of the archive, the module tree with class names, shapes of the traced
// example.
//           The code of the archive is not read here: the worker does that.
// Errors    zip_no_member, pickle_*, torchscript_malformed (a tensor outside its storage, a cycle),
// zip_unsupported
//           (compressed tensors).
// Limits    Limits::tensors, depth, nodes (modules), inflated_member.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "modelexport/aten.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"
#include "zip/zip.h"

namespace modelexport::pickle {

/// An attribute of a module that is no tensor and no module: bool, integer, float or string.
using Scalar = std::variant<bool, std::int64_t, double, std::string>;

struct ScriptModule {
  std::string path;        ///< "" for the root
  std::string class_name;  ///< "torch.nn.modules.linear.Linear": without __torch__ and ___torch_mangle_N
  std::string first_path;  ///< of the same instance where it occurs first; equals `path` unless it is shared
  std::vector<std::pair<std::string, Scalar>> scalars;  ///< `training` and the like, in archive order
};

struct ModuleData {
  std::vector<ScriptModule> modules;  ///< pre-order, [0] is the root
  /// Pre-order of first occurrence. `kind` is buffer for all: the pickle does not tell. Tied tensors (same
  /// storage, offset, sizes, strides) are one entry with aliases.
  std::vector<aten::Tensor> tensors;
};

/// Example inputs of the traced forward; a nested container has `items` (and `keys` for a dictionary).
struct TracedInput {
  enum class Kind : std::uint8_t { tensor, list, tuple, dict, other };
  Kind kind = Kind::other;
  DType dtype = DType::undefined;
  std::vector<std::int64_t> sizes;
  std::vector<std::string> keys;
  std::vector<TracedInput> items;
};

/// True for torch.jit.save archives (not torch.save of a state_dict, not .pt2).
bool looks_like_torchscript(const zip::Archive& archive);

Result<ModuleData> read_module_tensors(const zip::Archive& archive, const Limits& limits);

/// Arguments of `forward` in order; nothing if the archive has none (older PyTorch, scripted modules).
Result<std::optional<std::vector<TracedInput>>> read_traced_inputs(const zip::Archive& archive,
                                                                   const Limits& limits);

/// Text of the extra file `modelexport.json`; the same place in .pt2 archives.
Result<std::optional<std::string>> read_record(const zip::Archive& archive, const Limits& limits);

/// "__torch__.a.___torch_mangle_3.B" → "a.B".
std::string demangle_class(std::string_view name);

}  // namespace modelexport::pickle
