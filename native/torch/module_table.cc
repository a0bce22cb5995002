#include "module_table.h"

#include "failure.h"

namespace modelexport::torchscript {

std::string demangle(const std::string& qualified_name) {
  std::string result;
  std::size_t at = 0;
  while (at <= qualified_name.size()) {
    const std::size_t dot = std::min(qualified_name.find('.', at), qualified_name.size());
    const std::string part = qualified_name.substr(at, dot - at);
    const bool added = part.rfind("___torch_mangle_", 0) == 0 || part == "__torch__";
    if (!added) result += (result.empty() ? "" : ".") + part;
    at = dot + 1;
  }
  return result;
}

ModuleTable::ModuleTable(aten::Graph& graph, TensorTable& tensors, const torch::jit::Module& root)
    : graph_(graph), tensors_(tensors) {
  visit(root._ivalue(), "", 0);
}

void ModuleTable::visit(const c10::intrusive_ptr<c10::ivalue::Object>& object, const std::string& path,
                        unsigned depth) {
  // A module under two names is listed once, but both names of its tensors count: hence the own limit.
  if (depth > Limits{}.depth || ++visited_ > Limits{}.tensors)
    throw Failure(ErrorCode::torchscript_unsupported, "The module tree is too deep or too large",
                  {.field = path});
  const auto type = object->type();
  if (index_.emplace(object.get(), static_cast<std::uint32_t>(graph_.modules.size())).second)
    graph_.modules.push_back({path, demangle(type->name() ? type->name()->qualifiedName() : "")});
  const std::string prefix = path.empty() ? "" : path + ".";
  for (std::size_t i = 0; i < type->numAttributes(); ++i) {
    const c10::IValue value = object->getSlot(i);
    if (!value.isTensor() || !value.toTensor().defined()) continue;
    const auto kind = type->is_parameter(i) ? aten::TensorKind::parameter
                      : type->is_buffer(i)  ? aten::TensorKind::buffer
                                            : aten::TensorKind::constant;
    tensors_.add_named(prefix + type->getAttributeName(i), value.toTensor(), kind);
  }
  for (std::size_t i = 0; i < type->numAttributes(); ++i) {
    const c10::IValue value = object->getSlot(i);
    if (value.isModule()) visit(value.toObject(), prefix + type->getAttributeName(i), depth + 1);
  }
}

std::uint32_t ModuleTable::index_of(const c10::ivalue::Object& object) const {
  const auto found = index_.find(&object);
  if (found == index_.end())
    throw Failure(ErrorCode::torchscript_unsupported,
                  "A method of an object that is no module is called: " + demangle(object.name()));
  return found->second;
}

}  // namespace modelexport::torchscript
