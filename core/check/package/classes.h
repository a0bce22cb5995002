// What Optimum's classes take and return, and how large it makes an empty cache.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "json/json.h"

namespace modelexport::check {

struct OrtClass {
  std::string_view name;
  std::span<const std::string_view> inputs;   ///< accepted
  std::span<const std::string_view> outputs;  ///< required
};
/// nullptr for classes that take and return anything, or several files.
const OrtClass* find_ort_class(std::string_view name);

struct CacheSizes {
  std::optional<std::int64_t> heads;
  std::optional<std::int64_t> key_size;
  std::optional<std::int64_t> value_size;
};
/// transformers has a configuration class for it, in one of the versions that the table was made from.
bool is_known_model_type(std::string_view model_type);

/// As ORTModelForCausalLM computes them from config.json.
CacheSizes cache_sizes(std::string_view model_type, const json::Json& config);

}  // namespace modelexport::check
