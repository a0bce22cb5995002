#include "verify/tensor.h"

#include <algorithm>

#include "json/json.h"
#include "safetensors/safetensors.h"

namespace modelexport::verify {

std::optional<std::uint64_t> Tensor::count() const {
  std::uint64_t out = 1;
  for (const std::int64_t dim : dims)
    if (dim < 0 || __builtin_mul_overflow(out, static_cast<std::uint64_t>(dim), &out)) return std::nullopt;
  return out;
}

std::string describe(const Tensor& tensor) {
  std::string text;
  for (const std::int64_t dim : tensor.dims) text += (text.empty() ? "" : ", ") + std::to_string(dim);
  return std::string(dtype_name(tensor.dtype)) + "[" + text + "]";
}

const Tensor* find(const Tensors& tensors, std::string_view name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const Tensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

Bytes to_safetensors(const Tensors& tensors) {
  json::Json header = json::Json::object();
  std::uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    json::Json& entry = header[tensor.name] = json::Json::object();
    entry["dtype"] = safetensors::type_name(tensor.dtype);
    entry["shape"] = tensor.dims;
    entry["data_offsets"] = {offset, offset + tensor.data.size()};
    offset += tensor.data.size();
  }
  std::string text = json::dump(header);
  text.append((8 - text.size() % 8) % 8, ' ');
  Bytes out;
  for (unsigned shift = 0; shift < 64; shift += 8)
    out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(text.size()) >> shift));
  const ByteSpan bytes = as_bytes(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
  for (const Tensor& tensor : tensors) out.insert(out.end(), tensor.data.begin(), tensor.data.end());
  return out;
}

Result<Tensors> from_safetensors(const ByteSource& file, std::uint64_t limit, const Limits& limits) {
  ME_TRY(const auto entries, safetensors::read_header(file, limits));
  Tensors out;
  for (const auto& [name, entry] : entries) {
    ME_TRY(Bytes data, read_range(file, entry.range, limit));
    limit -= data.size();
    out.push_back({name, entry.dtype, entry.dims, std::move(data)});
  }
  std::sort(out.begin(), out.end(), [](const Tensor& a, const Tensor& b) { return a.name < b.name; });
  return out;
}

}  // namespace modelexport::verify
