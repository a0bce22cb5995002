// Discrete Fourier transforms: the three operators that all forms are composed of
// (aten/decompose/fourier.cc).
#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {

DType complex_of(DType real) { return real == DType::float64 ? DType::complex128 : DType::complex64; }

void real_to_complex(Infer& r) {
  const Type self = r.type("self");
  const std::vector<std::int64_t> axes = r.dims("dim", self.rank());
  if (r.failed() || axes.empty()) return r.fail("needs a dimension");
  Shape shape = self.shape;
  auto& last = shape[static_cast<std::size_t>(axes.back())];
  if (r.flag("onesided")) last = floor_div(last, 2) + 1;
  r.set(complex_of(self.dtype), std::move(shape));
}

void complex_to_complex(Infer& r) { r.set(r.type("self").dtype, r.type("self").shape); }

void complex_to_real(Infer& r) {
  const Type self = r.type("self");
  const std::vector<std::int64_t> axes = r.dims("dim", self.rank());
  if (r.failed() || axes.empty()) return r.fail("needs a dimension");
  Shape shape = self.shape;
  shape[static_cast<std::size_t>(axes.back())] = r.integer("last_dim_size");
  r.set(self.dtype == DType::complex128 ? DType::float64 : DType::float32, std::move(shape));
}

constexpr InferRule kRules[] = {
    {"aten::_fft_r2c", real_to_complex},
    {"aten::_fft_c2c", complex_to_complex},
    {"aten::_fft_c2r", complex_to_real},
};
}  // namespace

InferTable infer_fourier_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
