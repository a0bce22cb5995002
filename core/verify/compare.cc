#include "verify/compare.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace modelexport::verify {
namespace {

constexpr double kHuge = 1e30;  ///< masks are made of such numbers, results are not

template <class T>
T element(const Tensor& tensor, std::uint64_t index) {
  T value;
  std::memcpy(&value, tensor.data.data() + index * sizeof(T), sizeof value);
  return value;
}

double from_bits(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return static_cast<double>(value);
}

double from_half(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const double sign = (half & 0x8000) != 0 ? -1 : 1;
  const double mantissa = half & 0x3FF;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  if (exponent == 31) return mantissa == 0 ? sign * HUGE_VAL : std::nan("");
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

double real(const Tensor& t, std::uint64_t i) {
  switch (t.dtype) {
    case DType::float32:
      return static_cast<double>(element<float>(t, i));
    case DType::float64:
      return element<double>(t, i);
    case DType::float16:
      return from_half(element<std::uint16_t>(t, i));
    case DType::bfloat16:
      return from_bits(static_cast<std::uint32_t>(element<std::uint16_t>(t, i)) << 16);
    case DType::int64:
      return static_cast<double>(element<std::int64_t>(t, i));
    case DType::int32:
      return element<std::int32_t>(t, i);
    case DType::int16:
      return element<std::int16_t>(t, i);
    case DType::int8:
      return element<std::int8_t>(t, i);
    default:
      return element<std::uint8_t>(t, i);
  }
}

bool is_comparable(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float64 || dtype == DType::float16 ||
         dtype == DType::bfloat16 || dtype == DType::int64 || dtype == DType::int32 ||
         dtype == DType::int16 || dtype == DType::int8 || dtype == DType::uint8 || dtype == DType::boolean;
}

bool same_kind(DType got, DType reference) {
  return got == reference || (is_floating(got) && is_floating(reference));
}

Difference problem(std::string text) { return {false, HUGE_VAL, HUGE_VAL, std::move(text)}; }

std::optional<Difference> not_comparable(const Tensor& got, const Tensor& reference) {
  if (!same_kind(got.dtype, reference.dtype) || got.dims != reference.dims)
    return problem("it is " + describe(got) + ", the archive gives " + describe(reference));
  const auto count = got.count();
  if (!is_comparable(got.dtype) || !is_comparable(reference.dtype) || !count ||
      got.data.size() != *count * dtype_bytes(got.dtype) ||
      reference.data.size() != *count * dtype_bytes(reference.dtype))
    return problem("its elements cannot be compared (" + describe(got) + ")");
  return std::nullopt;
}

}  // namespace

double default_atol(DType dtype) {
  if (dtype == DType::float16) return 2e-2;
  if (dtype == DType::bfloat16) return 6e-2;
  return 5e-4;
}

Difference compare(const Tensor& got, const Tensor& reference, double atol) {
  if (auto wrong = not_comparable(got, reference)) return *wrong;
  Difference out;
  double scale = 0;
  std::uint64_t different = 0;
  std::uint64_t not_numbers = 0;
  const std::uint64_t count = *got.count();
  for (std::uint64_t i = 0; i < count; ++i) {
    const double a = real(got, i);
    const double b = real(reference, i);
    if (std::isnan(a) || std::isnan(b)) {
      not_numbers += std::isnan(a) != std::isnan(b) ? 1 : 0;
      continue;
    }
    if (std::abs(a) >= kHuge && std::abs(b) >= kHuge && (a < 0) == (b < 0)) continue;
    if (a != b) ++different;
    if (std::abs(b) < kHuge) scale = std::max(scale, std::abs(b));
    out.max_abs = std::max(out.max_abs, std::abs(a - b));
  }
  out.max_rel = scale > 0 ? out.max_abs / scale : out.max_abs;
  if (is_floating(got.dtype)) {
    out.within = out.max_abs <= atol * std::max(1.0, scale);
  } else {
    out.within = different == 0;
    if (different > 0)
      out.problem = std::to_string(different) + " of " + std::to_string(count) + " elements differ";
  }
  if (not_numbers > 0) {
    out.within = false;
    out.problem =
        std::to_string(not_numbers) + " of " + std::to_string(count) + " elements are NaN on one side only";
  }
  return out;
}

}  // namespace modelexport::verify
