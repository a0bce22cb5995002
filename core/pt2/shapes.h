// Sizes and dtypes that the exported program states for its values.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/json.h"
#include "modelexport/dtype.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"
#include "modelexport/symbolic.h"

namespace modelexport::pt2 {

/// One size: its expression and the example's value, as far as stated.
struct Size {
  Expr expr;
  std::optional<std::int64_t> example;
};

/// {"as_int": 8} or {"as_expr": {"expr_str": …, "hint": {"as_int": 2}}}.
Result<Size> read_size(const json::Json& sym_int, const Limits& limits, const json::Path& at);

struct TensorMeta {
  DType dtype = DType::undefined;
  std::vector<Size> sizes;
};
Result<TensorMeta> read_tensor_meta(const json::Json& meta, const Limits& limits, const json::Path& at);

/// A table of values by name (tensor_values, sym_int_values): objects are searched linearly, these are wide.
class MetaTable {
 public:
  explicit MetaTable(const json::Json* object);
  [[nodiscard]] const json::Json* find(std::string_view name) const;

 private:
  std::unordered_map<std::string_view, const json::Json*> by_name_;
};

}  // namespace modelexport::pt2
