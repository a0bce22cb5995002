#include "safetensors.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "failure.h"
#include "json/json.h"

namespace modelexport::torchscript {
namespace {

struct TypeName {
  const char* name;
  at::ScalarType type;
};
constexpr TypeName kTypes[] = {{"F64", at::kDouble},    {"F32", at::kFloat}, {"F16", at::kHalf},
                               {"BF16", at::kBFloat16}, {"I64", at::kLong},  {"I32", at::kInt},
                               {"I16", at::kShort},     {"I8", at::kChar},   {"U8", at::kByte},
                               {"BOOL", at::kBool}};

at::ScalarType type_named(const std::string& name) {
  for (const TypeName& type : kTypes)
    if (name == type.name) return type.type;
  throw Failure(ErrorCode::torchscript_run, "Unknown dtype in a tensor file: " + name);
}

const char* name_of(at::ScalarType type) {
  for (const TypeName& entry : kTypes)
    if (entry.type == type) return entry.name;
  throw Failure(ErrorCode::torchscript_run,
                std::string("Tensors of this type cannot be stored: ") + c10::toString(type));
}

std::vector<std::int64_t> ints(const json::Json& object, std::string_view key) {
  std::vector<std::int64_t> result;
  for (const json::Json& item : json::elements(*value_or_throw(json::get_array(object, key))))
    result.push_back(value_or_throw(json::as_int(item)));
  return result;
}

at::Tensor parse_tensor(const json::Json& entry, std::string_view data) {
  const auto range = ints(entry, "data_offsets");
  const auto type = type_named(std::string(value_or_throw(json::get_string(entry, "dtype"))));
  at::Tensor tensor = at::empty(ints(entry, "shape"), type);
  if (range.size() != 2 || range[0] < 0 || range[1] < range[0] ||
      static_cast<std::uint64_t>(range[1]) > data.size() ||
      static_cast<std::uint64_t>(range[1] - range[0]) != tensor.nbytes())
    throw Failure(ErrorCode::torchscript_run, "A tensor of the file lies outside of it");
  std::memcpy(tensor.data_ptr(), data.data() + range[0], tensor.nbytes());
  return tensor;
}

}  // namespace

NamedTensors read_tensors(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Failure(ErrorCode::io_not_found, "The tensor file cannot be opened", {.path = path});
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  std::uint64_t length = 0;
  if (all.size() >= 8) std::memcpy(&length, all.data(), 8);
  if (all.size() < 8 || length > all.size() - 8)
    throw Failure(ErrorCode::torchscript_run, "The tensor file has no complete header", {.path = path});
  const std::string_view text(all);
  const auto header = value_or_throw(json::parse(text.substr(8, length), Limits{}, path));
  NamedTensors result;
  for (const auto& [name, entry] : json::members(header))
    if (name != "__metadata__") result.emplace_back(name, parse_tensor(entry, text.substr(8 + length)));
  return result;
}

void write_tensors(const std::string& path, NamedTensors tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  json::Json header = json::Json::object();
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    json::Json& entry = header[name] = json::Json::object();
    entry["dtype"] = name_of(tensor.scalar_type());
    entry["shape"] = tensor.sizes().vec();
    entry["data_offsets"] = {offset, offset + tensor.nbytes()};
    offset += tensor.nbytes();
  }
  std::string text = json::dump(header);
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(&length), 8);
  out << text;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor dense = tensor.contiguous();
    out.write(static_cast<const char*>(dense.data_ptr()), static_cast<std::streamsize>(dense.nbytes()));
  }
  out.close();
  if (!out) throw Failure(ErrorCode::io_write, "The tensor file cannot be written", {.path = path});
}

}  // namespace modelexport::torchscript
