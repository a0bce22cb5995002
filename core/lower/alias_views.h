// Which operators give views of their first argument, and how a change of the view is written back.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "modelexport/aten.h"

namespace modelexport::lower {

enum class ViewKind : std::uint8_t {
  none,      ///< a tensor of its own
  same,      ///< all elements in place: detach, dropout in inference, a slice of everything
  reshaped,  ///< elements in order, other sizes: view, squeeze, expand to the same number of elements
  moved,     ///< dimensions exchanged: transpose, permute
  slice,
  select,
  diagonal,
  parts,   ///< a list of views: unbind, split, chunk
  opaque,  ///< a view that cannot be written back: unfold, as_strided, real
};

ViewKind view_kind(const aten::Op& op);
/// reshape, flatten and contiguous give a view only of a tensor whose elements lie in order.
bool copies_unless_ordered(const aten::Op& op);
/// True if the view's elements still lie in order, given that its source's do.
bool keeps_order(const aten::Op& op, ViewKind kind);
/// "aten::add" for "aten::add_" and "aten::__or__" for "aten::__ior__"; nothing if the operator changes no
/// argument.
std::optional<std::string> functional_name(const aten::Op& op);
/// True if the functional form may promote: its result is cast back to the changed tensor's dtype.
bool may_promote(const std::string& functional);

/// Adds helper operators to the graph while a write-back is built.
struct Emitter {
  std::function<aten::ValueId(aten::Op)> emit;  ///< emits an operator with one new output
};
/// The value of `parent` after `changed` replaced its view; `view` is the operator that made it, `part` the
/// position in its list of views.
aten::ValueId write_back(const Emitter& emitter, const aten::Op& view, std::size_t part, aten::ValueId parent,
                         aten::ValueId changed);
/// Target of write-backs that do not exist; an error if it is needed.
inline constexpr const char* kUnwritable = "modelexport::unwritable";

}  // namespace modelexport::lower
