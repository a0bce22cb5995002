// What the walker knows of a TorchScript value: constants, graph values, modules, containers.
//
// Purpose   Tuples, lists of known length and dictionaries exist only while walking; the aten::Graph has
//           none of them but argument lists and outputs with a path.
// Ownership Containers are shared: TorchScript lists are references, so append() through one name shows
//           through all others.
#pragma once

#include <torch/script.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "modelexport/aten.h"

namespace modelexport::torchscript {

struct Container;

struct ModuleRef {
  c10::intrusive_ptr<c10::ivalue::Object> object;
};

/// A scripted function as a value (prim::CallFunction takes it as its first input).
struct FunctionRef {
  torch::jit::Function* function = nullptr;
};

/// A constant (never a tensor and never a container), a graph value, a module, a function or a container.
using Symbol = std::variant<c10::IValue, aten::ValueId, ModuleRef, FunctionRef, std::shared_ptr<Container>>;

struct Container {
  enum class Kind { tuple, list, dict };
  Kind kind = Kind::tuple;
  std::vector<Symbol> items;
  std::vector<c10::IValue> keys;    ///< of a dict, in insertion order
  std::vector<std::string> fields;  ///< of a named tuple
  int block_depth = 0;              ///< depth of control flow where it was made
};

inline Symbol none_symbol() { return c10::IValue(); }
inline const c10::IValue* constant_of(const Symbol& symbol) { return std::get_if<c10::IValue>(&symbol); }
inline const aten::ValueId* value_of(const Symbol& symbol) { return std::get_if<aten::ValueId>(&symbol); }
inline Container* container_of(const Symbol& symbol) {
  const auto* found = std::get_if<std::shared_ptr<Container>>(&symbol);
  return found == nullptr ? nullptr : found->get();
}
inline bool is_none(const Symbol& symbol) {
  const auto* constant = constant_of(symbol);
  return constant != nullptr && constant->isNone();
}

/// Position of a key in a dict container, or -1.
std::int64_t find_key(const Container& dict, const c10::IValue& key);

/// The constant as an IValue of the given type, containers included; nothing if some part is no constant.
c10::optional<c10::IValue> fold_to_ivalue(const Symbol& symbol, const c10::TypePtr& type);

}  // namespace modelexport::torchscript
