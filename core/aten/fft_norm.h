// The normalization of aten::_fft_r2c, _fft_c2c and _fft_c2r, as a number in their arguments.
//
// Source    PyTorch's fft_norm_mode (ATen/native/SpectralOpsUtils.h).
#pragma once

#include <cstdint>

namespace modelexport::aten {

enum FftNorm : std::int64_t { fft_unscaled = 0, fft_by_root_n = 1, fft_by_n = 2 };

}  // namespace modelexport::aten
