// The names that pickles may use, and what "calling" them means for data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pickle/pickle.h"

namespace modelexport::pickle {

/// May this name occur at all?
bool is_known_global(std::string_view name);
/// Names of TorchScript classes: records of attributes, nothing else.
bool is_torchscript_class(std::string_view name);
/// Functions whose data is their first argument: they only name its type.
bool gives_first_argument(std::string_view name);
/// "torch.FloatStorage" → float32, "torch.UntypedStorage" → uint8.
std::optional<DType> storage_dtype(std::string_view name);

/// The value that REDUCE of a known name with these arguments gives; nothing if the arguments do not fit.
std::optional<Value> call(const Pickle& pickle, std::string_view name, const std::vector<Id>& arguments,
                          const Limits& limits);

/// The storage that a persistent id ("storage", class, key, device, size) names.
std::optional<Storage> storage_from_id(const Pickle& pickle, Id id);

}  // namespace modelexport::pickle
