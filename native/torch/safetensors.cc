#include "safetensors.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "failure.h"

namespace modelexport::torchscript {
namespace {

struct TypeName {
  const char* name;
  at::ScalarType type;
};
constexpr TypeName kTypes[] = {{"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16},
                               {"I64", at::kLong},   {"I32", at::kInt},   {"I16", at::kShort}, {"I8", at::kChar},
                               {"U8", at::kByte},    {"BOOL", at::kBool}};

at::ScalarType type_named(const std::string& name) {
  for (const TypeName& type : kTypes)
    if (name == type.name) return type.type;
  throw Failure(ErrorCode::torchscript_run, "Unknown dtype in a tensor file: " + name);
}

const char* name_of(at::ScalarType type) {
  for (const TypeName& entry : kTypes)
    if (entry.type == type) return entry.name;
  throw Failure(ErrorCode::torchscript_run, std::string("Tensors of this type cannot be stored: ") + c10::toString(type));
}

at::Tensor parse_tensor(const nlohmann::json& entry, const std::string& data) {
  const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
  const auto begin = entry.at("data_offsets").at(0).get<std::uint64_t>();
  const auto end = entry.at("data_offsets").at(1).get<std::uint64_t>();
  at::Tensor tensor = at::empty(shape, type_named(entry.at("dtype").get<std::string>()));
  if (begin > end || end > data.size() || end - begin != tensor.nbytes())
    throw Failure(ErrorCode::torchscript_run, "A tensor of the file lies outside of it");
  std::memcpy(tensor.data_ptr(), data.data() + begin, end - begin);
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
  NamedTensors result;
  try {
    const auto header = nlohmann::ordered_json::parse(all.substr(8, length));
    const std::string data = all.substr(8 + length);
    for (const auto& [name, entry] : header.items())
      if (name != "__metadata__") result.emplace_back(name, parse_tensor(entry, data));
  } catch (const nlohmann::json::exception&) {
    throw Failure(ErrorCode::torchscript_run, "The header of the tensor file is damaged", {.path = path});
  }
  return result;
}

void write_tensors(const std::string& path, const NamedTensors& tensors) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", name_of(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, offset + tensor.nbytes()}}};
    offset += tensor.nbytes();
  }
  std::string text = header.dump();
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
