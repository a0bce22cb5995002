// Tuples, lists and dictionaries: they exist only while walking.
#include <algorithm>

#include "walker.h"

namespace modelexport::torchscript {
namespace {

std::int64_t clamp_index(std::int64_t index, std::int64_t size) {
  return std::clamp<std::int64_t>(index < 0 ? index + size : index, 0, size);
}

std::optional<std::int64_t> int_of(const Symbol& symbol) {
  const auto* constant = constant_of(symbol);
  if (constant == nullptr || !constant->isInt()) return std::nullopt;
  return constant->toInt();
}

}  // namespace

std::shared_ptr<Container> Walker::new_container(Container::Kind kind) {
  auto container = std::make_shared<Container>();
  container->kind = kind;
  container->block_depth = block_depth_;
  return container;
}

void Walker::on_tuple_construct(Node* node) {
  auto tuple = new_container(Container::Kind::tuple);
  for (const auto* input : node->inputs()) tuple->items.push_back(at(input));
  const auto type = node->output()->type()->cast<c10::TupleType>();
  if (type && type->schema())
    for (const auto& field : type->schema()->arguments()) tuple->fields.push_back(field.name());
  bind(node->output(), tuple);
}

void Walker::on_list_construct(Node* node) {
  auto list = new_container(Container::Kind::list);
  for (const auto* input : node->inputs()) list->items.push_back(at(input));
  bind(node->output(), list);
}

void Walker::on_dict_construct(Node* node) {
  auto dict = new_container(Container::Kind::dict);
  for (std::size_t i = 0; i + 1 < node->inputs().size(); i += 2) {
    const auto* key = constant_of(at(node->input(i)));
    if (key == nullptr) unsupported(node, "A dictionary has keys that are computed");
    dict->keys.push_back(*key);
    dict->items.push_back(at(node->input(i + 1)));
  }
  bind(node->output(), dict);
}

void Walker::on_unpack(Node* node) {
  const Container* container = container_of(at(node->input()));
  if (container == nullptr && value_of(at(node->input())) != nullptr)
    return emit(node, {{"list", to_arg(at(node->input()), false)}});
  if (container == nullptr || container->items.size() != node->outputs().size())
    unsupported(node, "A list or tuple of another length than expected is unpacked");
  const auto items = container->items;
  for (std::size_t i = 0; i < items.size(); ++i) bind(node->output(i), items[i]);
}

void Walker::on_tuple_index(Node* node) {
  const Container* container = container_of(at(node->input(0)));
  const auto index = int_of(at(node->input(1)));
  if (container == nullptr || !index) unsupported(node, "A tuple is indexed by a computed number");
  const auto size = static_cast<std::int64_t>(container->items.size());
  const std::int64_t i = *index < 0 ? *index + size : *index;
  if (i < 0 || i >= size) unsupported(node, "A tuple is indexed beyond its end");
  bind(node->output(), Symbol(container->items[static_cast<std::size_t>(i)]));
}

void Walker::on_tuple_slice(Node* node) {
  const Container* container = container_of(at(node->input()));
  if (container == nullptr) unsupported(node, "A slice of something that is no tuple");
  const auto size = static_cast<std::int64_t>(container->items.size());
  auto slice = new_container(Container::Kind::tuple);
  const std::int64_t begin = clamp_index(node->i(c10::attr::beg), size);
  const std::int64_t end = clamp_index(node->i(c10::attr::end), size);
  for (std::int64_t i = begin; i < end; ++i)
    slice->items.push_back(container->items[static_cast<std::size_t>(i)]);
  bind(node->output(), slice);
}

// A list changed in a branch that may or may not run has no known length afterwards.
void Walker::change(Container& container, Node* node) {
  if (container.block_depth < block_depth_)
    unsupported(node, "A list or dictionary is changed inside a branch or loop that depends on the input");
}

bool Walker::on_list_method(Node* node) {
  if (node->inputs().empty()) return false;
  Container* list = container_of(at(node->input(0)));
  if (list == nullptr || list->kind == Container::Kind::dict) return false;
  const std::string method = node->kind().toUnqualString();
  const auto size = static_cast<std::int64_t>(list->items.size());
  const auto argument = [&](std::size_t i) -> const Symbol& { return at(node->input(i)); };
  const auto count = node->inputs().size();
  if (method == "__getitem__" || method == "_set_item" || method == "pop") {
    const auto index = count > 1 ? int_of(argument(1)) : std::optional<std::int64_t>(-1);
    if (!index) return false;
    const std::int64_t i = *index < 0 ? *index + size : *index;
    if (i < 0 || i >= size) unsupported(node, "A list is indexed beyond its end");
    const Symbol item = list->items[static_cast<std::size_t>(i)];
    if (method != "__getitem__") change(*list, node);
    if (method == "_set_item") list->items[static_cast<std::size_t>(i)] = argument(2);
    if (method == "pop") list->items.erase(list->items.begin() + i);
    if (!node->outputs().empty()) bind(node->output(0), method == "_set_item" ? argument(0) : item);
    return true;
  }
  if (method == "append" || method == "extend" || method == "add_") {
    const Container* other = container_of(argument(1));
    if (method != "append" && other == nullptr) return false;
    change(*list, node);
    const std::vector<Symbol> added = method == "append" ? std::vector<Symbol>{argument(1)} : other->items;
    list->items.insert(list->items.end(), added.begin(), added.end());
    if (!node->outputs().empty()) bind(node->output(0), Symbol(argument(0)));
    return true;
  }
  if (method == "len") {
    bind(node->output(), c10::IValue(size));
    return true;
  }
  if (list->kind != Container::Kind::list || node->outputs().size() != 1 ||
      node->output()->type()->kind() != c10::TypeKind::ListType ||
      (method != "add" && method != "list" && method != "copy" && method != "slice"))
    return false;
  auto result = new_container(Container::Kind::list);
  result->items = list->items;
  if (method == "add") {
    const Container* other = container_of(argument(1));
    if (other == nullptr) return false;
    result->items.insert(result->items.end(), other->items.begin(), other->items.end());
  }
  if (method == "slice") {
    const auto step = count > 3 ? int_of(argument(3)) : std::optional<std::int64_t>(1);
    const auto begin = is_none(argument(1)) ? std::optional<std::int64_t>(0) : int_of(argument(1));
    const auto end = is_none(argument(2)) ? std::optional<std::int64_t>(size) : int_of(argument(2));
    if (!begin || !end || !step || *step < 1) return false;
    result->items.clear();
    for (std::int64_t i = clamp_index(*begin, size); i < clamp_index(*end, size); i += *step)
      result->items.push_back(list->items[static_cast<std::size_t>(i)]);
  }
  bind(node->output(), result);
  return true;
}

bool Walker::on_dict_method(Node* node) {
  if (node->inputs().empty()) return false;
  Container* dict = container_of(at(node->input(0)));
  if (dict == nullptr || dict->kind != Container::Kind::dict) return false;
  const std::string method = node->kind().toUnqualString();
  if (method == "len") {
    bind(node->output(), c10::IValue(static_cast<std::int64_t>(dict->items.size())));
    return true;
  }
  if (method == "keys" || method == "values" || method == "items") {
    auto list = new_container(Container::Kind::list);
    for (std::size_t i = 0; i < dict->items.size(); ++i) {
      auto pair = new_container(Container::Kind::tuple);
      pair->items = {dict->keys[i], dict->items[i]};
      list->items.push_back(method == "keys"     ? pair->items[0]
                            : method == "values" ? pair->items[1]
                                                 : Symbol(pair));
    }
    bind(node->output(), list);
    return true;
  }
  const auto* key = node->inputs().size() > 1 ? constant_of(at(node->input(1))) : nullptr;
  if (key == nullptr) unsupported(node, "A dictionary is used with a computed key, or in an unknown way");
  const std::int64_t found = find_key(*dict, *key);
  if (method == "__contains__") {
    bind(node->output(), c10::IValue(found >= 0));
  } else if (method == "_set_item") {
    change(*dict, node);
    if (found < 0) {
      dict->keys.push_back(*key);
      dict->items.push_back(at(node->input(2)));
    } else {
      dict->items[static_cast<std::size_t>(found)] = at(node->input(2));
    }
  } else if (method == "__getitem__" && found >= 0) {
    bind(node->output(), Symbol(dict->items[static_cast<std::size_t>(found)]));
  } else if (method == "get") {
    bind(node->output(), found >= 0                  ? Symbol(dict->items[static_cast<std::size_t>(found)])
                         : node->inputs().size() > 2 ? Symbol(at(node->input(2)))
                                                     : none_symbol());
  } else {
    unsupported(node, "A dictionary has no such key, or is used in an unknown way: " + method);
  }
  return true;
}

}  // namespace modelexport::torchscript
