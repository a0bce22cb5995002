// torch.fft, torch.stft and their windows by three transforms: real to complex, complex to complex, complex
// to real.
#include <algorithm>
#include <cmath>

#include "aten/decompose.h"
#include "aten/fft_norm.h"

namespace modelexport::aten {
namespace {

std::int64_t norm_of(Composer& c, bool inverse) {
  const std::string norm = c.given("norm") ? c.text("norm") : "backward";
  if (norm == "ortho") return fft_by_root_n;
  return (norm == "forward") != inverse ? fft_by_n : fft_unscaled;
}

bool complex_value(const Composer& c, const Arg& x) { return is_complex(c.of(x).dtype); }

Arg floating(Composer& c, const Arg& x) {
  const DType dtype = c.of(x).dtype;
  return is_floating(dtype) || is_complex(dtype) ? x : c.cast(x, DType::float32);
}

/// Cut or filled with zeros at the end of a dimension.
Arg resized(Composer& c, const Arg& x, std::int64_t axis, const Expr& size) {
  const Type type = c.of(x);
  const Expr have = type.shape[static_cast<std::size_t>(axis)];
  if (have == size) return x;
  const bool pairs = complex_value(c, x);
  const Arg parts = pairs ? c.unary("view_as_real", x) : x;
  Shape pad(2 * static_cast<std::size_t>(type.rank() - axis + (pairs ? 1 : 0)), Expr(0));
  pad.back() = size - have;
  const Arg out = c.call("aten::constant_pad_nd", {{"self", parts}, {"pad", c.sizes(pad)}});
  return pairs ? c.unary("view_as_complex", out) : out;
}

Arg forward(Composer& c, const Arg& x, const std::vector<std::int64_t>& axes, std::int64_t norm,
            bool onesided) {
  if (complex_value(c, x))
    return c.call(
        "aten::_fft_c2c",
        {{"self", x}, {"dim", Composer::ints(axes)}, {"normalization", {norm}}, {"forward", {true}}});
  return c.call(
      "aten::_fft_r2c",
      {{"self", x}, {"dim", Composer::ints(axes)}, {"normalization", {norm}}, {"onesided", {onesided}}});
}

Arg as_complex(Composer& c, const Arg& x) {
  if (complex_value(c, x)) return x;
  const Arg zero = c.call("aten::zeros_like", {{"self", x}});
  return c.call("aten::complex", {{"real", x}, {"imag", zero}});
}

struct Plan {
  std::vector<std::int64_t> axes;
  std::vector<Expr> sizes;  ///< empty: as they are
};

/// The dimensions and sizes of an operator over one dimension (n, dim), over two or over any number (s, dim).
enum class Over { one, two, any };
Plan plan_of(Composer& c, std::int64_t rank, Over over) {
  Plan plan;
  if (over == Over::one) {
    plan.axes = {c.wrap(c.static_int("dim", -1), rank)};
    if (c.given("n")) plan.sizes = {c.integer("n")};
    return plan;
  }
  if (c.given("s")) plan.sizes = c.integers("s");
  if (c.given("dim")) {
    plan.axes = c.dims("dim", rank);
  } else {
    const std::int64_t count = over == Over::two     ? 2
                               : !plan.sizes.empty() ? static_cast<std::int64_t>(plan.sizes.size())
                                                     : rank;
    for (std::int64_t axis = rank - count; axis < rank; ++axis) plan.axes.push_back(axis);
  }
  return plan;
}

bool usable(Composer& c, const Plan& plan, std::int64_t rank) {
  if (c.failed()) return false;
  const bool fits = !plan.axes.empty() && (plan.sizes.empty() || plan.sizes.size() == plan.axes.size()) &&
                    std::all_of(plan.axes.begin(), plan.axes.end(),
                                [&](std::int64_t axis) { return axis >= 0 && axis < rank; });
  if (!fits) c.fail("dimensions and sizes do not fit");
  return fits;
}

enum class Kind { forward, inverse, real_forward, real_inverse };

template <Kind kind, Over over>
void transform(Composer& c) {
  Arg x = floating(c, c.given_arg("self"));
  const std::int64_t rank = c.of(x).rank();
  const Plan plan = plan_of(c, rank, over);
  if (!usable(c, plan, rank)) return;
  constexpr bool inverse = kind == Kind::inverse || kind == Kind::real_inverse;
  const std::int64_t norm = norm_of(c, inverse);
  const auto last = static_cast<std::size_t>(plan.axes.back());
  // Of a spectrum of a real signal only the first half is given.
  const Expr length = !plan.sizes.empty() ? plan.sizes.back() : (c.of(x).shape[last] - 1) * 2;
  for (std::size_t i = 0; i < plan.sizes.size(); ++i) {
    const bool half = kind == Kind::real_inverse && i + 1 == plan.sizes.size();
    x = resized(c, x, plan.axes[i], half ? floor_div(length, 2) + 1 : plan.sizes[i]);
  }
  if constexpr (kind == Kind::forward) return c.result(forward(c, x, plan.axes, norm, false));
  if constexpr (kind == Kind::real_forward) return c.result(forward(c, x, plan.axes, norm, true));
  Composer::Args args = {
      {"self", as_complex(c, x)}, {"dim", Composer::ints(plan.axes)}, {"normalization", {norm}}};
  if constexpr (kind == Kind::inverse) {
    args.push_back({"forward", {false}});
    return c.result(c.call("aten::_fft_c2c", std::move(args)));
  }
  args.push_back({"last_dim_size", c.size(length)});
  c.result(c.call("aten::_fft_c2r", std::move(args)));
}

// ---- short-time transforms

/// The window as long as a frame, in its middle.
Arg window_of(Composer& c, const Expr& frame) {
  const Arg window = c.given_arg("window");
  const Expr have = c.of(window).shape[0];
  if (have == frame) return window;
  const Expr left = floor_div(frame - have, 2);
  return c.call("aten::constant_pad_nd", {{"self", window}, {"pad", c.sizes({left, frame - have - left})}});
}

void stft(Composer& c) {
  const Expr frame = c.integer("n_fft");
  const Expr hop = c.given("hop_length") ? c.integer("hop_length") : floor_div(frame, 4);
  Arg x = c.given_arg("self");
  if (c.failed()) return;
  if (!is_floating(c.of(x).dtype)) return c.fail("is supported for real signals");
  if (c.given("window") && c.of(c.given_arg("window")).rank() != 1)
    return c.fail("the window must be a vector");
  const bool single = c.of(x).rank() == 1;
  if (single) x = c.unsqueeze(x, 0);
  if (c.op().find("center") != nullptr && c.flag("center", true)) {
    const Expr half = floor_div(frame, 2);
    x = c.call("aten::pad",
               {{"self", x}, {"pad", c.sizes({half, half})}, {"mode", {c.text("pad_mode", "reflect")}}});
  }
  Arg frames =
      c.call("aten::unfold",
             {{"self", x}, {"dimension", {std::int64_t{1}}}, {"size", c.size(frame)}, {"step", c.size(hop)}});
  if (c.given("window")) frames = c.binary("mul", frames, window_of(c, frame));
  const std::int64_t norm = c.flag("normalized") ? fft_by_root_n : fft_unscaled;
  const Arg spectrum = forward(c, frames, {2}, norm, c.flag("onesided", true));
  Arg out = c.call("aten::transpose",
                   {{"self", spectrum}, {"dim0", {std::int64_t{1}}}, {"dim1", {std::int64_t{2}}}});
  if (single) out = c.call("aten::squeeze", {{"self", out}, {"dim", {std::int64_t{0}}}});
  c.result(c.flag("return_complex") ? out : c.unary("view_as_real", out));
}

/// a - b cos(x) + c cos(2x) over one period, or up to its end.
void cosine_window(Composer& c, double a, double b, double third) {
  const Expr length = c.integer("window_length");
  if (c.failed()) return;
  const DType dtype = c.dtype().value_or(DType::float32);
  if (length.is(1)) return c.result(c.call("aten::ones", {{"size", c.sizes({1})}, {"dtype", {dtype}}}));
  const Expr period = c.flag("periodic", true) ? length : length - 1;
  const Arg turn = c.binary("mul", c.cast(c.arange(length), dtype), {2 * std::acos(-1.0)});
  const Arg angle = c.binary("div", turn, c.size(period));
  Arg window = c.binary("add", c.binary("mul", c.unary("cos", angle), {-b}), {a});
  if (third != 0) {
    const Arg twice = c.unary("cos", c.binary("mul", angle, {2.0}));
    window = c.binary("add", window, c.binary("mul", twice, {third}));
  }
  c.result(window);
}
void hann_window(Composer& c) { cosine_window(c, 0.5, 0.5, 0); }
void hamming_window(Composer& c) { cosine_window(c, c.real("alpha", 0.54), c.real("beta", 0.46), 0); }
void blackman_window(Composer& c) { cosine_window(c, 0.42, 0.5, 0.08); }

constexpr Decomposition kRows[] = {
    {"aten::hann_window", hann_window},
    {"aten::hamming_window", hamming_window},
    {"aten::blackman_window", blackman_window},
    {"aten::fft_fft", transform<Kind::forward, Over::one>},
    {"aten::fft_fft2", transform<Kind::forward, Over::two>},
    {"aten::fft_fftn", transform<Kind::forward, Over::any>},
    {"aten::fft_ifft", transform<Kind::inverse, Over::one>},
    {"aten::fft_ifft2", transform<Kind::inverse, Over::two>},
    {"aten::fft_ifftn", transform<Kind::inverse, Over::any>},
    {"aten::fft_rfft", transform<Kind::real_forward, Over::one>},
    {"aten::fft_rfft2", transform<Kind::real_forward, Over::two>},
    {"aten::fft_rfftn", transform<Kind::real_forward, Over::any>},
    {"aten::fft_irfft", transform<Kind::real_inverse, Over::one>},
    {"aten::fft_irfft2", transform<Kind::real_inverse, Over::two>},
    {"aten::fft_irfftn", transform<Kind::real_inverse, Over::any>},
    {"aten::stft", stft},
};
}  // namespace

DecompositionTable fourier_decompositions() { return {kRows, std::size(kRows)}; }

}  // namespace modelexport::aten
