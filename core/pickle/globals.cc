#include "pickle/globals.h"

#include <algorithm>
#include <array>

namespace modelexport::pickle {
namespace {

constexpr std::string_view kRebuildTensor2 = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kRebuildTensor3 = "torch._utils._rebuild_tensor_v3";
constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";
constexpr std::string_view kOrderedDict = "collections.OrderedDict";

constexpr std::array<std::string_view, 7> kIdentity = {"torch.jit._pickle.restore_type_tag",
                                                       "torch.jit._pickle.build_intlist",
                                                       "torch.jit._pickle.build_doublelist",
                                                       "torch.jit._pickle.build_boollist",
                                                       "torch.jit._pickle.build_tensorlist",
                                                       "torch.Size",
                                                       "torch.device"};

/// "torch.float32" as _rebuild_tensor_v3 names dtypes: PyTorch's names, which differ from ours for fp8.
std::optional<DType> dtype_global(std::string_view name) {
  if (!name.starts_with("torch.")) return std::nullopt;
  name.remove_prefix(6);
  if (!name.starts_with("float8_")) return dtype_from_name(name);
  for (int i = 1; const DTypeInfo* info = dtype_info(static_cast<DType>(i)); ++i) {
    if (info->torch_name == name) return info->dtype;
  }
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> integers(const Pickle& pickle, Id id, std::uint32_t rank) {
  const auto* sequence = pickle.get<Sequence>(id);
  if (sequence == nullptr || sequence->items.size() > rank) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const Id item : sequence->items) {
    const auto* number = pickle.get<std::int64_t>(item);
    if (number == nullptr || *number < 0) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

/// (storage, storage_offset, size, stride, requires_grad, backward_hooks[, dtype])
std::optional<Value> rebuild_tensor(const Pickle& pickle, const std::vector<Id>& arguments, bool with_dtype,
                                    const Limits& limits) {
  if (arguments.size() < (with_dtype ? 7U : 4U)) return std::nullopt;
  const auto* storage = pickle.get<Storage>(arguments[0]);
  const auto* offset = pickle.get<std::int64_t>(arguments[1]);
  auto sizes = integers(pickle, arguments[2], limits.rank);
  auto strides = integers(pickle, arguments[3], limits.rank);
  if (storage == nullptr || offset == nullptr || *offset < 0 || !sizes || !strides ||
      sizes->size() != strides->size()) {
    return std::nullopt;
  }
  DType dtype = storage->dtype;
  if (with_dtype) {
    const auto* name = pickle.get<Global>(arguments[6]);
    const auto named = name != nullptr ? dtype_global(name->name) : std::nullopt;
    if (!named) return std::nullopt;
    dtype = *named;
  }
  return TensorRef{arguments[0], dtype, *offset, std::move(*sizes), std::move(*strides), false};
}

std::optional<Value> ordered_dict(const Pickle& pickle, const std::vector<Id>& arguments) {
  Dict dict;
  if (arguments.empty()) return dict;
  const auto* pairs = pickle.get<Sequence>(arguments[0]);
  if (pairs == nullptr) return std::nullopt;
  for (const Id item : pairs->items) {
    const auto* pair = pickle.get<Sequence>(item);
    if (pair == nullptr || pair->items.size() != 2) return std::nullopt;
    dict.items.emplace_back(pair->items[0], pair->items[1]);
  }
  return dict;
}

}  // namespace

bool gives_first_argument(std::string_view name) {
  return std::find(kIdentity.begin(), kIdentity.end(), name) != kIdentity.end();
}

bool is_torchscript_class(std::string_view name) { return name.starts_with("__torch__."); }

std::optional<DType> storage_dtype(std::string_view name) {
  if (name == "torch.UntypedStorage" || name == "torch.storage.UntypedStorage") return DType::uint8;
  if (!name.starts_with("torch.") || !name.ends_with("Storage")) return std::nullopt;
  std::string stem(name.substr(6, name.size() - 13));
  std::transform(stem.begin(), stem.end(), stem.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (int i = 1; const DTypeInfo* info = dtype_info(static_cast<DType>(i)); ++i) {
    if (!stem.empty() && info->torch_name == stem) return info->dtype;
  }
  return std::nullopt;
}

bool is_known_global(std::string_view name) {
  return name == kRebuildTensor2 || name == kRebuildTensor3 || name == kRebuildParameter ||
         name == kOrderedDict || gives_first_argument(name) || is_torchscript_class(name) ||
         storage_dtype(name) || dtype_global(name);
}

std::optional<Value> call(const Pickle& pickle, std::string_view name, const std::vector<Id>& arguments,
                          const Limits& limits) {
  if (name == kRebuildTensor2) return rebuild_tensor(pickle, arguments, false, limits);
  if (name == kRebuildTensor3) return rebuild_tensor(pickle, arguments, true, limits);
  if (name == kOrderedDict) return ordered_dict(pickle, arguments);
  if (is_torchscript_class(name)) return Object{std::string(name), kNone};
  if (arguments.empty()) return std::nullopt;
  if (name == kRebuildParameter) {
    const auto* tensor = pickle.get<TensorRef>(arguments[0]);
    if (tensor == nullptr) return std::nullopt;
    TensorRef parameter = *tensor;
    parameter.parameter = true;
    return parameter;
  }
  return std::nullopt;
}

std::optional<Storage> storage_from_id(const Pickle& pickle, Id id) {
  const auto* tuple = pickle.get<Sequence>(id);
  if (tuple == nullptr || tuple->items.size() < 5) return std::nullopt;
  const auto* tag = pickle.get<std::string>(tuple->items[0]);
  const auto* type = pickle.get<Global>(tuple->items[1]);
  const auto* key = pickle.get<std::string>(tuple->items[2]);
  const auto* size = pickle.get<std::int64_t>(tuple->items[4]);
  if (tag == nullptr || *tag != "storage" || type == nullptr || key == nullptr || size == nullptr ||
      *size < 0) {
    return std::nullopt;
  }
  const auto dtype = storage_dtype(type->name);
  if (!dtype) return std::nullopt;
  return Storage{*key, *dtype, *size};
}

}  // namespace modelexport::pickle
