#include "verify/sizes.h"

#include <algorithm>

namespace modelexport::verify {
namespace {

bool is_batch(std::string_view name) { return name.find("batch") != std::string_view::npos; }

std::int64_t clamp(std::int64_t value, const std::string& symbol, const Ranges& ranges) {
  const auto range = ranges.find(symbol);
  if (range == ranges.end()) return value;
  if (range->second.max) value = std::min(value, *range->second.max);
  if (range->second.min) value = std::max(value, *range->second.min);
  return value;
}

std::int64_t smaller(const std::string& symbol, std::int64_t size) {
  if (is_batch(symbol)) return size == 1 ? 2 : 1;
  return size < 4 ? size : size - size / 3;
}
std::int64_t larger(const std::string& symbol, std::int64_t size) {
  return is_batch(symbol) ? size + 1 : size + std::max<std::int64_t>(1, size / 4);
}
std::int64_t cautious(const std::string& symbol, std::int64_t size) {
  if (is_batch(symbol)) return size + 1;
  return size < 4 ? size : size - size / 4;
}

std::vector<std::string> all_symbols(const std::vector<PortFact>& inputs) {
  std::vector<std::string> out;
  for (const PortFact& input : inputs)
    for (const Expr& size : input.shape)
      for (const std::string& symbol : size.symbols())
        if (std::find(out.begin(), out.end(), symbol) == out.end()) out.push_back(symbol);
  return out;
}

std::optional<std::int64_t> example_of(const std::string& symbol, const std::vector<PortFact>& inputs) {
  for (const PortFact& input : inputs) {
    if (!input.example || input.example->size() != input.shape.size()) continue;
    for (std::size_t axis = 0; axis < input.shape.size(); ++axis)
      if (input.shape[axis].as_symbol() == symbol) return (*input.example)[axis];
  }
  return std::nullopt;
}

}  // namespace

Ranges named_ranges(const std::vector<std::vector<Expr>>& archive_shapes, const std::vector<PortFact>& inputs,
                    const Ranges& archive_ranges) {
  Ranges out;
  for (std::size_t i = 0; i < std::min(archive_shapes.size(), inputs.size()); ++i) {
    if (archive_shapes[i].size() != inputs[i].shape.size()) continue;
    for (std::size_t axis = 0; axis < archive_shapes[i].size(); ++axis) {
      const auto raw = archive_shapes[i][axis].as_symbol();
      const auto name = inputs[i].shape[axis].as_symbol();
      const auto range = raw ? archive_ranges.find(*raw) : archive_ranges.end();
      if (!name || range == archive_ranges.end()) continue;
      Range& merged = out[*name];  // two symbols of the archive may have one name
      if (const auto& max = range->second.max) merged.max = std::min(*max, merged.max.value_or(*max));
      if (const auto& min = range->second.min; min && *min > 2)
        merged.min = std::max(*min, merged.min.value_or(*min));
    }
  }
  return out;
}

SizePlan plan_sizes(const std::vector<PortFact>& inputs, const Ranges& ranges) {
  SizePlan plan;
  for (const std::string& symbol : all_symbols(inputs)) {
    const std::int64_t fallback = clamp(is_batch(symbol) ? 2 : 8, symbol, ranges);
    const std::int64_t size = example_of(symbol, inputs).value_or(fallback);
    plan.example[symbol] = size;
    plan.smaller[symbol] = clamp(smaller(symbol, size), symbol, ranges);
    plan.larger[symbol] = clamp(larger(symbol, size), symbol, ranges);
    plan.cautious[symbol] = clamp(cautious(symbol, size), symbol, ranges);
  }
  return plan;
}

std::optional<std::vector<std::int64_t>> dims_at(const std::vector<Expr>& shape, const Sizes& sizes) {
  std::vector<std::int64_t> out;
  for (const Expr& size : shape) {
    const auto value = size.evaluate(sizes);
    if (!value || *value < 0) return std::nullopt;
    out.push_back(*value);
  }
  return out;
}

std::string to_string(const Sizes& sizes) {
  std::string text;
  for (const auto& [symbol, size] : sizes)
    text += (text.empty() ? "" : ", ") + symbol + "=" + std::to_string(size);
  return text;
}

}  // namespace modelexport::verify
