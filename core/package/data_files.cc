#include "package/data_files.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "wire/writer.h"

namespace modelexport::package {
namespace {

constexpr std::uint32_t kExternalData = 13;  // TensorProto.external_data
constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kLarge = 1ULL << 20;

std::string entry(std::string_view key, std::string_view value) {
  std::string out;
  wire::put_bytes(out, 1, key);
  wire::put_bytes(out, 2, value);
  return out;
}

tl::unexpected<Diagnostic> data_error(const onnx::ModelView& model, std::string what, std::string hint) {
  return fail(ErrorCode::pack_data, std::move(what), {.path = model.source().name()}, std::move(hint));
}

Status check_file(const onnx::ModelView& model, const onnx::ExternalFile& file,
                  std::optional<std::uint64_t> size) {
  if (!file.acceptable) {
    return data_error(model, "The model keeps weights at '" + file.location + "', which loaders refuse.",
                      "Put the file beside the model and name it there by a plain file name.");
  }
  if (!size) {
    return data_error(model, "The data file " + file.location + " of the model is missing.",
                      "Put it beside the model; it is part of it.");
  }
  const bool fits = std::all_of(file.uses.begin(), file.uses.end(), [&](const auto& use) {
    return use.offset <= *size && use.length.value_or(0) <= *size - use.offset;
  });
  if (!fits || *size < file.needed) {
    return data_error(model,
                      "The data file " + file.location + " has " + std::to_string(*size) +
                          " bytes, but the model needs " + std::to_string(file.needed) + ".",
                      "It was cut off; get the model again.");
  }
  return {};
}

class Gatherer {
 public:
  Gatherer(const onnx::ModelView& model, const std::string& new_name, onnx::EditBuilder& edit)
      : model_(model), new_name_(new_name), edit_(edit) {}

  /// Everything stays where it is in the file; only its name may change.
  Status copy_whole(const onnx::ExternalFile& file, std::uint64_t size) {
    out_.locations = {file.location};
    out_.whole = true;
    out_.size = size;
    out_.pieces.emplace_back(InputRange{0, {0, size}});
    for (const onnx::ExternalFile::Use& use : file.uses) ME_CHECK(rewrite(use, use.offset));
    return {};
  }

  Status gather(const std::vector<onnx::ExternalFile>& files) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      out_.locations.push_back(files[i].location);
      for (const onnx::ExternalFile::Use& use : files[i].uses) {
        if (!use.length) {
          return data_error(model_, "The size of the tensor " + use.tensor + " is not known.",
                            "Its shape or type cannot be read; export the model again.");
        }
        ME_CHECK(rewrite(use, place(i, use.offset, *use.length)));
      }
    }
    return {};
  }

  GatheredData take() { return std::move(out_); }

 private:
  std::uint64_t place(std::size_t input, std::uint64_t offset, std::uint64_t length) {
    const auto [found, is_new] = placed_.try_emplace(std::tuple(input, offset, length), 0);
    if (!is_new) return found->second;
    const std::uint64_t step = length >= kLarge ? kPage : kAlignment;
    const std::uint64_t start = (out_.size + step - 1) / step * step;
    if (start > out_.size) out_.pieces.emplace_back(std::string(start - out_.size, '\0'));
    out_.pieces.emplace_back(InputRange{input, {offset, length}});
    out_.size = start + length;
    found->second = start;
    return start;
  }

  /// Entries in the order that the tensor has them; what is missing is added.
  Status rewrite(const onnx::ExternalFile::Use& use, std::uint64_t offset) {
    ME_TRY(const onnx::TensorView tensor, model_.tensor(use.message));
    if (!tensor.external || !tensor.external->valid) {
      return data_error(model_,
                        "The external data of the tensor " + use.tensor + " is not described validly.",
                        "It needs one location, and offset and length as plain numbers; export it again.");
    }
    const bool moved = offset != use.offset;
    bool has_offset = false;
    for (const onnx::MetadataEntry& old : tensor.external->entries) {
      std::string value = old.value;
      if (old.key == "location") value = new_name_;
      if (old.key == "offset" && moved) value = std::to_string(offset);
      has_offset = has_offset || old.key == "offset";
      if (value == old.value) continue;
      edit_.replace(tensor.message, old.message, kExternalData, entry(old.key, value),
                    {path_of(use, old.key), old.value, value});
    }
    if (moved && !has_offset) {
      const std::string value = std::to_string(offset);
      edit_.insert(tensor.message, kExternalData, entry("offset", value),
                   {path_of(use, "offset"), std::nullopt, value});
    }
    return {};
  }

  static std::string path_of(const onnx::ExternalFile::Use& use, const std::string& key) {
    return "initializer[" + use.tensor + "].external_data." + key;
  }

  const onnx::ModelView& model_;
  const std::string& new_name_;
  onnx::EditBuilder& edit_;
  GatheredData out_;
  std::map<std::tuple<std::size_t, std::uint64_t, std::uint64_t>, std::uint64_t> placed_;
};

/// Bytes of a file that the model uses; overlapping ranges counted once.
std::uint64_t used_bytes(const onnx::ExternalFile& file) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const onnx::ExternalFile::Use& use : file.uses)
    ranges.emplace_back(use.offset, use.length.value_or(0));
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t used = 0;
  std::uint64_t end = 0;
  for (const auto& [offset, length] : ranges) {
    const std::uint64_t from = std::max(offset, end);
    if (offset + length > from) used += offset + length - from;
    end = std::max(end, offset + length);
  }
  return used;
}

bool worth_copying(const onnx::ExternalFile& file, std::uint64_t size) {
  const bool known =
      std::all_of(file.uses.begin(), file.uses.end(), [](const auto& use) { return use.length.has_value(); });
  return !known || size - std::min(size, used_bytes(file)) <= size / 10;
}

}  // namespace

Result<std::optional<GatheredData>> gather_data(const onnx::ModelView& model, std::size_t index,
                                                const DataSizes& sizes, const std::string& new_name,
                                                onnx::EditBuilder& edit) {
  ME_TRY(const auto files, onnx::external_files(model, onnx::ExternalScope::everything));
  if (files.empty()) return std::optional<GatheredData>();
  std::uint64_t first_size = 0;
  for (const onnx::ExternalFile& file : files) {
    const auto size = file.acceptable ? sizes.size(index, file.location) : std::nullopt;
    ME_CHECK(check_file(model, file, size));
    if (&file == &files.front()) first_size = *size;
  }
  Gatherer gatherer(model, new_name, edit);
  if (files.size() == 1 && worth_copying(files.front(), first_size)) {
    ME_CHECK(gatherer.copy_whole(files.front(), first_size));
  } else {
    ME_CHECK(gatherer.gather(files));
  }
  return std::optional<GatheredData>(gatherer.take());
}

}  // namespace modelexport::package
