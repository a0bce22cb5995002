#include "pickle/machine.h"

#include "pickle/globals.h"
#include "pickle/opcodes.h"

namespace modelexport::pickle {
namespace {

constexpr std::size_t kMaxName = 4096;

/// Heap bytes of one value.
std::uint64_t heap_bytes(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  if (const auto* global = std::get_if<Global>(&value)) return global->name.size();
  if (const auto* object = std::get_if<Object>(&value)) return object->class_name.size();
  if (const auto* storage = std::get_if<Storage>(&value)) return storage->key.size();
  if (const auto* tensor = std::get_if<TensorRef>(&value)) return 16 * tensor->sizes.size();
  if (const auto* sequence = std::get_if<Sequence>(&value)) return sizeof(Id) * sequence->items.size();
  if (const auto* dict = std::get_if<Dict>(&value)) return 2 * sizeof(Id) * dict->items.size();
  return 0;
}

}  // namespace

bool Machine::refused(ErrorCode code, std::string what, std::string hint) {
  error_ = Diagnostic{code, Severity::error, std::move(what), {{}, name_, op_at_}, std::move(hint)};
  return false;
}

bool Machine::malformed(std::string what) {
  return refused(ErrorCode::pickle_malformed, std::move(what), "Save or download the archive again");
}

bool Machine::bytes(std::uint64_t count, ByteSpan* out) {
  if (count > bytes_.size() - at_) return malformed("the pickle ends early");
  *out = bytes_.subspan(at_, static_cast<std::size_t>(count));
  at_ += static_cast<std::size_t>(count);
  return true;
}

bool Machine::number(int count, std::uint64_t* out) {
  ByteSpan part;
  if (!bytes(static_cast<std::uint64_t>(count), &part)) return false;
  *out = 0;
  for (std::size_t i = part.size(); i-- > 0;) *out = *out << 8 | std::to_integer<std::uint64_t>(part[i]);
  return true;
}

bool Machine::line(std::string* out) {
  const std::string_view rest = as_text(bytes_.subspan(at_));
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return malformed("the pickle ends early");
  *out = std::string(rest.substr(0, end));
  at_ += end + 1;
  return true;
}

bool Machine::new_value(Value value, Id* id) {
  // Every value costs at least one opcode, so pickle_ops bounds their number; but operations on shared values
  // copy, so that few opcodes could hold much.
  held_ += heap_bytes(value);
  if (held_ > limits_.inflated_member) {
    return refused(ErrorCode::pickle_limit,
                   "the values of the pickle need too much memory (limit inflated_member)");
  }
  *id = static_cast<Id>(pickle_.values.size());
  pickle_.values.push_back(std::move(value));
  return true;
}

bool Machine::push(Value value) {
  Id id = kNone;
  return new_value(std::move(value), &id) && push_id(id);
}

bool Machine::push_id(Id id) {
  stack_.push_back(id);
  return true;
}

bool Machine::top(Id* id) {
  if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back())) {
    return malformed("the stack is empty");
  }
  *id = stack_.back();
  return true;
}

bool Machine::pop(Id* id) {
  if (!top(id)) return false;
  stack_.pop_back();
  return true;
}

bool Machine::pop_mark(std::vector<Id>* items) {
  if (marks_.empty()) return malformed("there is no mark");
  items->assign(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
  stack_.resize(marks_.back());
  marks_.pop_back();
  return true;
}

Result<Pickle> Machine::run() {
  pickle_.values.emplace_back(None{});
  for (std::uint64_t count = 0; !stopped_; ++count) {
    op_at_ = at_;
    if (count >= limits_.pickle_ops) {
      refused(ErrorCode::pickle_limit, "the pickle has more than " + std::to_string(limits_.pickle_ops) +
                                           " operations (limit pickle_ops)");
      return fail(std::move(*error_));
    }
    std::uint64_t op = 0;
    if (!number(1, &op) || !step(static_cast<std::uint8_t>(op))) return fail(std::move(*error_));
  }
  return std::move(pickle_);
}

bool Machine::step(std::uint8_t op) {
  std::uint64_t skipped = 0;
  switch (op) {
    case kProto:
      return number(1, &skipped) && (skipped <= 5 || malformed("unknown pickle protocol"));
    case kFrame:
      return number(8, &skipped);
    case kStop:
      stopped_ = true;
      if (!pop(&pickle_.root)) return false;
      if (!stack_.empty() || !marks_.empty()) return malformed("values are left over at the end");
      return at_ == bytes_.size() || malformed("there is data after the end");
    case kPop: {
      Id id = kNone;
      return pop(&id);
    }
    case kDup: {
      Id id = kNone;
      return top(&id) && push_id(id);
    }
    case kNoneOp:
      return push_id(kNone);
    case kNewTrue:
      return push(true);
    case kNewFalse:
      return push(false);
    default:
      return step_number(op);
  }
}

bool Machine::step_number(std::uint8_t op) {
  std::uint64_t n = 0;
  switch (op) {
    case kBinInt:
      return number(4, &n) && push(static_cast<std::int64_t>(static_cast<std::int32_t>(n)));
    case kBinInt1:
      return number(1, &n) && push(static_cast<std::int64_t>(n));
    case kBinInt2:
      return number(2, &n) && push(static_cast<std::int64_t>(n));
    case kLong1:
      return number(1, &n) && push_long(n);
    case kLong4:
      return number(4, &n) && push_long(n);
    case kBinFloat: {
      ByteSpan part;
      if (!bytes(8, &part)) return false;
      for (const std::byte b : part) n = n << 8 | std::to_integer<std::uint64_t>(b);  // big-endian
      double value = 0;
      static_assert(sizeof value == sizeof n);
      __builtin_memcpy(&value, &n, sizeof value);
      return push(value);
    }
    default:
      return step_string(op);
  }
}

/// Little-endian two's complement of any length; PyTorch writes up to 8 bytes.
bool Machine::push_long(std::uint64_t count) {
  ByteSpan part;
  if (!bytes(count, &part)) return false;
  if (count > 8) return malformed("an integer has more than 64 bits");
  std::uint64_t n = 0;
  for (std::size_t i = part.size(); i-- > 0;) n = n << 8 | std::to_integer<std::uint64_t>(part[i]);
  if (count > 0 && count < 8 && (n >> (8 * count - 1) & 1) != 0) n |= ~std::uint64_t{0} << (8 * count);
  return push(static_cast<std::int64_t>(n));
}

bool Machine::push_text(std::uint64_t count) {
  if (count > limits_.string_bytes) {
    return refused(ErrorCode::pickle_limit,
                   "a string has " + std::to_string(count) + " bytes (limit string_bytes)");
  }
  ByteSpan part;
  return bytes(count, &part) && push(std::string(as_text(part)));
}

bool Machine::step_string(std::uint8_t op) {
  std::uint64_t n = 0;
  switch (op) {
    case kShortBinUnicode:
    case kShortBinString:
    case kShortBinBytes:
      return number(1, &n) && push_text(n);
    case kBinUnicode:
    case kBinString:
    case kBinBytes:
      return number(4, &n) && push_text(n);
    case kBinUnicode8:
    case kBinBytes8:
      return number(8, &n) && push_text(n);
    default:
      return step_memo(op);
  }
}

bool Machine::put(std::uint64_t index) {
  Id id = kNone;
  if (!top(&id)) return false;
  memo_[index] = id;
  return true;
}

bool Machine::get(std::uint64_t index) {
  const auto at = memo_.find(index);
  return at != memo_.end() ? push_id(at->second) : malformed("an unknown reference");
}

bool Machine::step_memo(std::uint8_t op) {
  std::uint64_t n = 0;
  switch (op) {
    case kBinPut:
      return number(1, &n) && put(n);
    case kLongBinPut:
      return number(4, &n) && put(n);
    case kMemoize:
      return put(memo_.size());
    case kBinGet:
      return number(1, &n) && get(n);
    case kLongBinGet:
      return number(4, &n) && get(n);
    default:
      return step_container(op);
  }
}

bool Machine::push_tuple(std::size_t count) {
  Sequence tuple;
  tuple.items.resize(count);
  for (std::size_t i = count; i-- > 0;) {
    if (!pop(&tuple.items[i])) return false;
  }
  return push(std::move(tuple));
}

bool Machine::append_items(const std::vector<Id>& items) {
  Id id = kNone;
  if (!top(&id)) return false;
  auto* list = std::get_if<Sequence>(&pickle_.values[id]);
  if (list == nullptr || !list->list) return malformed("items are appended to something that is no list");
  list->items.insert(list->items.end(), items.begin(), items.end());
  return true;
}

bool Machine::set_items(const std::vector<Id>& items) {
  Id id = kNone;
  if (!top(&id)) return false;
  auto* dict = std::get_if<Dict>(&pickle_.values[id]);
  if (dict == nullptr || items.size() % 2 != 0) return malformed("keys and values do not fit a dictionary");
  for (std::size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
  return true;
}

bool Machine::step_container(std::uint8_t op) {
  std::vector<Id> items;
  switch (op) {
    case kMark:
      marks_.push_back(stack_.size());
      return true;
    case kPopMark:
      return pop_mark(&items);
    case kEmptyTuple:
      return push(Sequence{});
    case kTuple1:
      return push_tuple(1);
    case kTuple2:
      return push_tuple(2);
    case kTuple3:
      return push_tuple(3);
    case kTuple:
      return pop_mark(&items) && push(Sequence{std::move(items), false});
    case kEmptyList:
      return push(Sequence{{}, true});
    case kList:
      return pop_mark(&items) && push(Sequence{std::move(items), true});
    case kAppend:
      items.resize(1);
      return pop(items.data()) && append_items(items);
    case kAppends:
      return pop_mark(&items) && append_items(items);
    case kEmptyDict:
      return push(Dict{});
    case kDict:
      return pop_mark(&items) && push(Dict{}) && set_items(items);
    case kSetItem:
      items.resize(2);
      return pop(&items[1]) && pop(items.data()) && set_items(items);
    case kSetItems:
      return pop_mark(&items) && set_items(items);
    default:
      return step_object(op);
  }
}

bool Machine::step_object(std::uint8_t op) {
  switch (op) {
    case kGlobal: {
      std::string module;
      std::string name;
      return line(&module) && line(&name) && push_global(std::move(module), name);
    }
    case kStackGlobal:
      return stack_global();
    case kReduce:
      return reduce();
    case kNewObj:
      return new_object();
    case kBuild:
      return build();
    case kBinPersId:
      return persistent_id();
    default:
      return refused(ErrorCode::pickle_refused,
                     "the pickle uses opcode " + std::to_string(op) + ", which PyTorch does not write");
  }
}

bool Machine::push_global(std::string module, const std::string& name) {
  if (module.size() + name.size() > kMaxName) return malformed("a name is too long");
  std::string full = std::move(module) + "." + name;
  if (is_known_global(full)) return push(Global{std::move(full)});
  return refused(
      ErrorCode::pickle_refused, "the pickle asks for `" + full.substr(0, 200) + "`",
      "Nothing was run. If you trust the file, load it with PyTorch and save it with torch.jit.save or "
      "torch.export.save");
}

bool Machine::stack_global() {
  Id name_id = kNone;
  Id module_id = kNone;
  if (!pop(&name_id) || !pop(&module_id)) return false;
  const auto* module = pickle_.get<std::string>(module_id);
  const auto* name = pickle_.get<std::string>(name_id);
  if (module == nullptr || name == nullptr) return malformed("a name is not a string");
  return push_global(*module, std::string(*name));
}

bool Machine::reduce() {
  Id arguments_id = kNone;
  Id function_id = kNone;
  if (!pop(&arguments_id) || !pop(&function_id)) return false;
  const auto* arguments = pickle_.get<Sequence>(arguments_id);
  const auto* function = pickle_.get<Global>(function_id);
  if (arguments == nullptr || function == nullptr)
    return malformed("something that is no function is called");
  if (gives_first_argument(function->name)) {
    return !arguments->items.empty() ? push_id(arguments->items[0]) : malformed("an argument is missing");
  }
  auto value = call(pickle_, function->name, arguments->items, limits_);
  if (!value) return malformed("the arguments of `" + function->name + "` do not fit");
  return push(std::move(*value));
}

bool Machine::new_object() {
  Id arguments_id = kNone;
  Id class_id = kNone;
  if (!pop(&arguments_id) || !pop(&class_id)) return false;
  const auto* type = pickle_.get<Global>(class_id);
  if (type == nullptr || !is_torchscript_class(type->name))
    return malformed("an object of no TorchScript class");
  return push(Object{type->name, kNone});
}

bool Machine::build() {
  Id state = kNone;
  Id object_id = kNone;
  if (!pop(&state) || !top(&object_id)) return false;
  if (auto* object = std::get_if<Object>(&pickle_.values[object_id])) {
    object->state = state;
    return true;
  }
  // torch.save adds attributes such as _metadata to a state_dict: they are no entries.
  if (std::holds_alternative<Dict>(pickle_.values[object_id])) return true;
  return malformed("state is given to something that has none");
}

bool Machine::persistent_id() {
  Id id = kNone;
  if (!pop(&id)) return false;
  auto storage = storage_from_id(pickle_, id);
  return storage ? push(std::move(*storage)) : malformed("a storage reference is not as expected");
}

Id Pickle::find(const Dict& dict, std::string_view key) const {
  for (const auto& [k, v] : dict.items) {
    const auto* text = get<std::string>(k);
    if (text != nullptr && *text == key) return v;
  }
  return kNone;
}

Result<Pickle> read(ByteSpan bytes, const Limits& limits, const std::string& name) {
  return Machine(bytes, limits, name).run();
}

}  // namespace modelexport::pickle
