// Signatures and defaults of ATen operators: a generated table (schema_table.inc, made by
// toolchains/generate_aten_schema.py from an installed PyTorch).
#pragma once

#include <optional>
#include <string_view>

#include "modelexport/aten.h"

namespace modelexport::aten {

/// The schema text of an operator ("aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) ->
/// Tensor"), or nullopt. The in-place name falls back to the functional one.
std::optional<std::string_view> find_schema(std::string_view target, std::string_view overload);
/// The default of one argument, or nullopt if it has none (or the operator is unknown).
std::optional<Arg> schema_default(std::string_view target, std::string_view overload,
                                  std::string_view argument);

}  // namespace modelexport::aten
