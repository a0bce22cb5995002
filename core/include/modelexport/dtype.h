// Element types shared by PyTorch archives and ONNX, with both sides' names and numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace modelexport {

/// Numbered as ONNX TensorProto.DataType (onnx.proto), so that a cast is the wire value.
enum class DType : std::uint8_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  complex64 = 14,
  complex128 = 15,
  bfloat16 = 16,
  float8e4m3fn = 17,
  float8e4m3fnuz = 18,
  float8e5m2 = 19,
  float8e5m2fnuz = 20,
};

struct DTypeInfo {
  DType dtype;
  std::string_view name;        ///< numpy/ONNX name as JSON output shows it: "float32", "bool", "bfloat16"
  std::string_view torch_name;  ///< "float", "long" as in "torch.FloatStorage" stems: see pickle
  int c10;                      ///< c10::ScalarType number (TorchScript), -1 if none
  int pt2;                      ///< torch._export.serde.schema.ScalarType number, -1 if none
  std::uint8_t bytes;           ///< bytes of one element; 0 for string
};

/// nullptr for a number that is no known DType.
const DTypeInfo* dtype_info(DType dtype);
std::string_view dtype_name(DType dtype);
std::uint8_t dtype_bytes(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);
std::optional<DType> dtype_from_c10(std::int64_t number);
std::optional<DType> dtype_from_pt2(std::int64_t number);

inline bool is_floating(DType d) {
  return d == DType::float32 || d == DType::float16 || d == DType::float64 || d == DType::bfloat16 ||
         (d >= DType::float8e4m3fn && d <= DType::float8e5m2fnuz);
}
inline bool is_complex(DType d) { return d == DType::complex64 || d == DType::complex128; }
inline bool is_integral(DType d) {  ///< bool excluded
  return (d >= DType::uint8 && d <= DType::int64) || d == DType::uint32 || d == DType::uint64;
}

}  // namespace modelexport
