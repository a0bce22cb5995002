// Sizes and types of tensors as a view reports them.
#include <algorithm>

#include "modelexport/model_view.h"
#include "onnx/message_reader.h"
#include "onnx/strided_copy.h"

namespace modelexport::onnx {
namespace {

struct TypeRow {
  std::string_view name;
  std::uint8_t bits;
  std::uint8_t ir;
};

/// By TensorProto.DataType number.
constexpr TypeRow types[] = {
    {"", 0, 0},
    {"float32", 32, 3},
    {"uint8", 8, 3},
    {"int8", 8, 3},
    {"uint16", 16, 3},
    {"int16", 16, 3},
    {"int32", 32, 3},
    {"int64", 64, 3},
    {"string", 0, 3},
    {"bool", 8, 3},
    {"float16", 16, 3},
    {"float64", 64, 3},
    {"uint32", 32, 3},
    {"uint64", 64, 3},
    {"complex64", 64, 3},
    {"complex128", 128, 3},
    {"bfloat16", 16, 4},
    {"float8e4m3fn", 8, 9},
    {"float8e4m3fnuz", 8, 9},
    {"float8e5m2", 8, 9},
    {"float8e5m2fnuz", 8, 9},
    {"uint4", 4, 10},
    {"int4", 4, 10},
    {"float4e2m1", 4, 11},
    {"float8e8m0", 8, 12},
    {"uint2", 2, 13},
    {"int2", 2, 13},
    {"float6e2m3", 6, 14},
    {"float6e3m2", 6, 14},
};

const TypeRow& row(std::int32_t number) {
  const bool known = number > 0 && static_cast<std::size_t>(number) < std::size(types);
  return types[known ? number : 0];
}

/// Plain decimal, no sign, no blanks, within 63 bits.
std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value >> 63) return std::nullopt;
  return value;
}

}  // namespace

std::string_view data_type_name(std::int32_t data_type) { return row(data_type).name; }
unsigned data_type_bits(std::int32_t data_type) { return row(data_type).bits; }
int data_type_ir(std::int32_t data_type) { return row(data_type).ir; }

std::optional<std::uint64_t> TensorView::elements() const { return element_count(dims); }

std::optional<std::uint64_t> TensorView::bytes() const {
  const auto count = elements();
  const unsigned bits = data_type_bits(data_type);
  if (!count || bits == 0) return std::nullopt;
  // Types of 6 bits come in groups of four elements in three bytes; others below a byte share bytes.
  return bits == 6 ? (*count + 3) / 4 * 3 : *count / 8 * bits + (*count % 8 * bits + 7) / 8;
}

ExternalData parse_external_data(std::vector<MetadataEntry> entries) {
  ExternalData out;
  int locations = 0;
  const auto number = [&out](const std::string& text, std::optional<std::uint64_t>& value) {
    if (value) out.valid = false;
    value = parse_decimal(text);
    if (!value) out.valid = false;
  };
  for (const MetadataEntry& entry : entries) {
    if (entry.key == "location") {
      out.location = entry.value;
      ++locations;
    } else if (entry.key == "offset") {
      number(entry.value, out.offset);
    } else if (entry.key == "length") {
      number(entry.value, out.length);
    }
  }
  if (locations != 1) out.valid = false;
  out.entries = std::move(entries);
  return out;
}

}  // namespace modelexport::onnx
