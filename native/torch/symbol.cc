#include "symbol.h"

namespace modelexport::torchscript {

std::int64_t find_key(const Container& dict, const c10::IValue& key) {
  for (std::size_t i = 0; i < dict.keys.size(); ++i) {
    const c10::IValue& own = dict.keys[i];
    if (own.isString() && key.isString() ? own.toStringRef() == key.toStringRef()
                                         : own.isInt() && key.isInt() && own.toInt() == key.toInt())
      return static_cast<std::int64_t>(i);
  }
  return -1;
}

c10::optional<c10::IValue> fold_to_ivalue(const Symbol& symbol, const c10::TypePtr& type) {
  if (const auto* constant = constant_of(symbol)) return *constant;
  const Container* container = container_of(symbol);
  if (container == nullptr || container->kind != Container::Kind::list) return c10::nullopt;
  auto list_type = type;
  if (const auto optional = list_type->cast<c10::OptionalType>()) list_type = optional->getElementType();
  if (list_type->kind() != c10::TypeKind::ListType) return c10::nullopt;
  const auto element = list_type->containedType(0);
  c10::impl::GenericList list(element);
  for (const Symbol& item : container->items) {
    const auto folded = fold_to_ivalue(item, element);
    if (!folded) return c10::nullopt;
    list.push_back(*folded);
  }
  return c10::IValue(std::move(list));
}

}  // namespace modelexport::torchscript
