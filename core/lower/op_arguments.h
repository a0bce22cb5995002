// Arguments of an operator that a rewriting pass reads before anything is inferred: values and constants as
// they stand.
#pragma once

#include <string_view>

#include "modelexport/aten.h"

namespace modelexport::lower {

/// None if it is not there.
inline aten::Arg arg_of(const aten::Op& op, std::string_view name) {
  const aten::Arg* found = op.find(name);
  return found == nullptr ? aten::Arg{} : *found;
}

// The constant, or `fallback`.
inline std::int64_t int_of(const aten::Op& op, std::string_view name, std::int64_t fallback) {
  const aten::Arg* found = op.find(name);
  const auto* value = found == nullptr ? nullptr : found->get<std::int64_t>();
  return value == nullptr ? fallback : *value;
}

inline bool flag_of(const aten::Op& op, std::string_view name, bool fallback) {
  const aten::Arg* found = op.find(name);
  if (found == nullptr) return fallback;
  if (const auto* flag = found->get<bool>()) return *flag;
  const auto* number = found->get<std::int64_t>();
  return number == nullptr ? fallback : *number != 0;
}

inline double number_of(const aten::Op& op, std::string_view name, double fallback) {
  const aten::Arg* found = op.find(name);
  if (found == nullptr) return fallback;
  if (const auto* number = found->get<double>()) return *number;
  const auto* whole = found->get<std::int64_t>();
  return whole == nullptr ? fallback : static_cast<double>(*whole);
}

/// nullptr if it is no value of the graph.
inline const aten::Ref* ref_of(const aten::Op& op, std::string_view name) {
  const aten::Arg* found = op.find(name);
  return found == nullptr ? nullptr : found->get<aten::Ref>();
}

}  // namespace modelexport::lower
