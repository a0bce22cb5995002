#include "hierarchy/input_names.h"

#include <algorithm>
#include <array>

namespace modelexport::hierarchy {
namespace {

constexpr std::array kNamed = {
    NamedInput{"input_ids", false, 1, 3},         NamedInput{"attention_mask", false, 1, 4},
    NamedInput{"token_type_ids", false, 1, 3},    NamedInput{"position_ids", false, 1, 3},
    NamedInput{"decoder_input_ids", false, 1, 3}, NamedInput{"decoder_attention_mask", false, 1, 4},
    NamedInput{"pixel_values", true, 3, 6},       NamedInput{"input_values", true, 2, 3},
    NamedInput{"input_features", true, 2, 4},
};

bool is_floating(std::int32_t type) { return type == 1 || type == 10 || type == 11 || type == 16; }

}  // namespace

const NamedInput* find_named_input(std::string_view name) {
  const auto* found =
      std::find_if(kNamed.begin(), kNamed.end(), [&](const NamedInput& entry) { return entry.name == name; });
  return found == kNamed.end() ? nullptr : found;
}

bool fits(const NamedInput& named, const onnx::ValueView& value) {
  if (!value.has_shape || value.elem_type == 0) return true;  // nothing is known that could contradict
  const std::size_t rank = value.shape.size();
  const bool mask = named.name.ends_with("mask");
  const bool type = mask || is_floating(value.elem_type) == named.floating;
  return type && rank >= named.least_rank && rank <= named.most_rank;
}

bool contradicts_name(const onnx::ValueView& value) {
  const NamedInput* named = find_named_input(value.name);
  return named != nullptr && !fits(*named, value);
}

std::string type_text(const onnx::ValueView& value) {
  std::string text(onnx::data_type_name(value.elem_type));
  text += '[';
  for (std::size_t i = 0; i < value.shape.size(); ++i) {
    if (i != 0) text += ',';
    const onnx::Dim& dim = value.shape[i];
    if (const auto* size = std::get_if<std::int64_t>(&dim)) text += std::to_string(*size);
    if (const auto* symbol = std::get_if<std::string>(&dim)) text += *symbol;
    if (std::holds_alternative<std::monostate>(dim)) text += '?';
  }
  return text + ']';
}

}  // namespace modelexport::hierarchy
