#include "pt2/weights.h"

#include "pickle/pickle.h"
#include "pickle/tensor_range.h"

namespace modelexport::pt2 {
namespace {

using json::Json;

tl::unexpected<Diagnostic> malformed(std::string what, std::string field) {
  return fail(ErrorCode::pt2_malformed, std::move(what), {{}, std::move(field), std::nullopt});
}

/// Static SymInts: [{"as_int": 8}, ...].
Result<std::vector<std::int64_t>> static_ints(const Json& array, std::uint32_t rank, const json::Path& at) {
  const auto& items = json::elements(array);
  if (items.size() > rank) return json::field_error(at, "has too many dimensions");
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < items.size(); ++i) {
    ME_TRY(const std::int64_t number, json::get_int(items[i], "as_int", {&at, {}, i}));
    numbers.push_back(number);
  }
  return numbers;
}

Result<aten::Tensor> tensor_from_meta(const Json& meta, const std::string& name, const Limits& limits) {
  const json::Path at{nullptr, name};
  aten::Tensor tensor;
  tensor.name = name;
  tensor.kind = aten::TensorKind::buffer;
  ME_TRY(const std::int64_t number, json::get_int(meta, "dtype", at));
  const auto dtype = dtype_from_pt2(number);
  if (!dtype) return json::field_error(at, "has the unknown dtype " + std::to_string(number));
  tensor.dtype = *dtype;
  ME_TRY(const Json* sizes, json::get_array(meta, "sizes", at));
  ME_TRY(tensor.sizes, static_ints(*sizes, limits.rank, {&at, "sizes"}));
  ME_TRY(const Json* strides, json::get_array(meta, "strides", at));
  ME_TRY(tensor.strides, static_ints(*strides, limits.rank, {&at, "strides"}));
  if (const Json* offset = json::find(meta, "storage_offset")) {
    ME_TRY(tensor.storage_offset, json::get_int(*offset, "as_int", {&at, "storage_offset"}));
  }
  return tensor;
}

/// Tensors of a torch.save archive that is a stored member: the pickled dictionary's, or the single one.
class SavedReader {
 public:
  SavedReader(const zip::Archive& outer, const zip::Entry& entry, const Limits& limits)
      : outer_(outer), entry_(entry), limits_(limits) {}

  Result<std::vector<aten::Tensor>> read(const std::string& single_name) {
    ME_TRY(const ByteRange range, outer_.range(entry_));
    const RangeSource source(outer_.source(), range, outer_.source().name());
    ME_TRY(const zip::Archive inner, zip::Archive::open(source, limits_));
    ME_TRY(const zip::Entry* data, inner.require("data.pkl"));
    ME_TRY(const Bytes bytes, inner.read(*data, limits_.inflated_member));
    ME_TRY(const pickle::Pickle pickle, pickle::read(bytes, limits_, entry_.name + "/data.pkl"));
    std::vector<aten::Tensor> tensors;
    if (const auto* ref = pickle.get<pickle::TensorRef>(pickle.root)) {
      ME_TRY(aten::Tensor tensor, pickle::locate(pickle, *ref, inner, "data", single_name));
      tensors.push_back(std::move(tensor));
    } else if (const auto* dict = pickle.get<pickle::Dict>(pickle.root)) {
      for (const auto& [key, value] : dict->items) {
        const auto* name = pickle.get<std::string>(key);
        const auto* item = pickle.get<pickle::TensorRef>(value);
        if (name == nullptr || item == nullptr) continue;  // custom objects are refused where they are used
        ME_TRY(aten::Tensor tensor, pickle::locate(pickle, *item, inner, "data", *name));
        tensors.push_back(std::move(tensor));
      }
    } else {
      return malformed("the member holds no tensors", entry_.name);
    }
    for (aten::Tensor& tensor : tensors) tensor.storage.offset += range.offset;
    return tensors;
  }

 private:
  const zip::Archive& outer_;
  const zip::Entry& entry_;
  const Limits& limits_;
};

}  // namespace

Status WeightTable::add(aten::Tensor tensor, const Limits& limits) {
  if (tensors_.size() >= limits.tensors) return malformed("the archive has too many tensors", tensor.name);
  if (!by_name_.emplace(tensor.name, tensors_.size()).second) return {};  // weights win over constants
  by_identity_[pickle::identity_of(tensor)].push_back(tensor.name);
  tensors_.push_back(std::move(tensor));
  return {};
}

Status WeightTable::read_config(const zip::Archive& archive, const Json& document,
                                const std::string& directory, const Limits& limits) {
  ME_TRY(const Json* config, json::get_object(document, "config"));
  const json::Path root{nullptr, "config"};
  for (const auto& [name, payload] : json::members(*config)) {
    const json::Path at{&root, name};
    ME_TRY(const std::string_view path_name, json::get_string(payload, "path_name", at));
    const Json* meta = json::find(payload, "tensor_meta");
    if (meta == nullptr || meta->is_null()) continue;  // custom or opaque object: refused where it is used
    ME_TRY(const zip::Entry* entry, archive.require(directory + std::string(path_name)));
    const Json* use_pickle = json::find(payload, "use_pickle");
    if (use_pickle != nullptr && *use_pickle == true) {
      ME_TRY(std::vector<aten::Tensor> saved, SavedReader(archive, *entry, limits).read(name));
      for (aten::Tensor& tensor : saved) ME_CHECK(add(std::move(tensor), limits));
      continue;
    }
    ME_TRY(aten::Tensor tensor, tensor_from_meta(*meta, name, limits));
    ME_TRY(tensor.storage, archive.range(*entry));
    if (!pickle::view_fits(tensor)) {
      return malformed(entry->size == 0 ? "tensor `" + name + "` was saved without its values (fake tensor)"
                                        : "tensor `" + name + "` reaches beyond its storage of " +
                                              std::to_string(entry->size) + " bytes",
                       entry->name);
    }
    ME_CHECK(add(std::move(tensor), limits));
  }
  return {};
}

Status WeightTable::read_saved(const zip::Archive& archive, const zip::Entry& entry, const Limits& limits) {
  if (entry.size == 0) return {};
  ME_TRY(std::vector<aten::Tensor> saved, SavedReader(archive, entry, limits).read(entry.name));
  for (aten::Tensor& tensor : saved) ME_CHECK(add(std::move(tensor), limits));
  return {};
}

Result<WeightTable> WeightTable::read(const zip::Archive& archive, const std::string& model,
                                      const Limits& limits) {
  WeightTable table;
  const std::string weights = "data/weights/";
  const std::string constants = "data/constants/";
  struct Place {
    std::string member;
    std::string directory;  ///< of raw members; empty: a torch.save archive
  };
  const Place places[] = {
      {weights + model + "_weights_config.json", weights},
      {weights + model + "_model_param_config.json", weights},
      {weights + model + ".pt", {}},
      {"serialized_state_dict.pt", {}},
      {constants + model + "_constants_config.json", constants},
      {constants + model + "_model_constants_config.json", constants},
      {constants + model + ".pt", {}},
      {"serialized_constants.pt", {}},
  };
  for (const Place& place : places) {
    const zip::Entry* entry = archive.find_in_root(place.member);
    if (entry == nullptr) continue;
    if (place.directory.empty()) {
      ME_CHECK(table.read_saved(archive, *entry, limits));
      continue;
    }
    ME_TRY(const std::string text, archive.read_text(*entry, limits.json_bytes));
    ME_TRY(const Json document, json::parse(text, limits, entry->name));
    ME_CHECK(table.read_config(archive, document, place.directory, limits));
  }
  return table;
}

const aten::Tensor* WeightTable::find(const std::string& name) const {
  const auto at = by_name_.find(name);
  return at != by_name_.end() ? &tensors_[at->second] : nullptr;
}

const std::vector<std::string>& WeightTable::names_of(const aten::Tensor& tensor) const {
  static const std::vector<std::string> none;
  const auto at = by_identity_.find(pickle::identity_of(tensor));
  return at != by_identity_.end() ? at->second : none;
}

}  // namespace modelexport::pt2
