#include "pt2/shapes.h"

#include <algorithm>

#include "pt2/srepr.h"

namespace modelexport::pt2 {

using json::Json;

Result<Size> read_size(const Json& sym_int, const Limits& limits, const json::Path& at) {
  if (const auto number = json::find_int(sym_int, "as_int")) return Size{Expr(*number), *number};
  ME_TRY(const Json* as_expr, json::get_object(sym_int, "as_expr", at));
  const json::Path here{&at, "as_expr"};
  ME_TRY(const std::string_view text, json::get_string(*as_expr, "expr_str", here));
  auto expr = parse_srepr(text, limits);
  if (!expr) {
    Diagnostic error = std::move(expr).error();
    error.where.field = here.text();
    return fail(std::move(error));
  }
  Size size{std::move(*expr), std::nullopt};
  if (const Json* hint = json::find(*as_expr, "hint")) size.example = json::find_int(*hint, "as_int");
  return size;
}

Result<TensorMeta> read_tensor_meta(const Json& meta, const Limits& limits, const json::Path& at) {
  TensorMeta result;
  ME_TRY(const std::int64_t number, json::get_int(meta, "dtype", at));
  const auto dtype = dtype_from_pt2(number);
  if (!dtype) return json::field_error(at, "has the unknown dtype " + std::to_string(number));
  result.dtype = *dtype;
  ME_TRY(const Json* sizes, json::get_array(meta, "sizes", at));
  const json::Path here{&at, "sizes"};
  const auto& items = json::elements(*sizes);
  if (items.size() > limits.rank) return json::field_error(here, "has too many dimensions");
  constexpr std::int64_t kMaxElements = std::int64_t{1} << 48;  // more than any machine holds
  std::int64_t elements = 1;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const json::Path place{&here, {}, i};
    ME_TRY(Size size, read_size(items[i], limits, place));
    if (const auto fixed = size.expr.constant()) {
      if (*fixed < 0) return json::field_error(place, "is negative");
      if (*fixed > 0 && elements > kMaxElements / *fixed) return json::field_error(place, "is too large");
      elements *= std::max<std::int64_t>(1, *fixed);
    }
    result.sizes.push_back(std::move(size));
  }
  return result;
}

MetaTable::MetaTable(const Json* object) {
  if (object == nullptr) return;
  for (const auto& [name, value] : json::members(*object)) by_name_.emplace(name, &value);
}

const Json* MetaTable::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at != by_name_.end() ? at->second : nullptr;
}

}  // namespace modelexport::pt2
