// Pools: windows, adaptive and global.
#include <algorithm>

#include "lower/constant_size.h"
#include "lower/families.h"
#include "lower/windowed.h"

namespace modelexport::lower {
namespace {

using aten::Type;
using aten::Window;

template <std::size_t N>
void max_pool(Lower& x) {
  const Type& self = x.type(input_name(x));
  const Window w = aten::read_pool(x, N);
  if (x.failed()) return;
  Attributes attributes = {attr("kernel_shape", w.kernel), attr("strides", w.stride),
                           attr("pads", both_sides(w)), attr("dilations", w.dilation)};
  if (w.ceil_mode) attributes.push_back(attr("ceil_mode", std::int64_t{1}));
  const std::string value = batched(x, x.tensor(input_name(x)), self.shape.size(), N);
  const bool with_indices =
      x.op().outputs.size() > 1 && x.op().target.find("with_indices") != std::string::npos;
  if (!with_indices)
    return x.set(unbatched(x, x.emit("MaxPool", {value}, std::move(attributes)), self.shape.size(), N));
  const auto both = x.emit_n("MaxPool", {value}, std::move(attributes), 2);
  x.set(unbatched(x, both[0], self.shape.size(), N));
  // ONNX counts positions over the whole tensor, PyTorch within one channel.
  Shape plane(self.shape.end() - static_cast<std::ptrdiff_t>(N), self.shape.end());
  x.set(unbatched(x, x.emit("Mod", {both[1], x.b.size_scalar(aten::numel(plane))}), self.shape.size(), N), 1);
}

template <std::size_t N>
void avg_pool(Lower& x) {
  const Type& self = x.type(input_name(x));
  Window w = aten::read_pool(x, N);
  if (x.failed()) return;
  const double divisor = x.given("divisor_override") ? x.real("divisor_override") : 0;
  if (divisor != 0 && w.ceil_mode) return x.fail("divisor_override with ceil_mode is not supported");
  const bool padded = std::any_of(w.padding.begin(), w.padding.end(), [](std::int64_t p) { return p != 0; });
  const bool include = divisor != 0 || x.flag("count_include_pad", true);
  Attributes attributes = {attr("kernel_shape", w.kernel), attr("strides", w.stride),
                           attr("pads", both_sides(w))};
  if (padded && include) attributes.push_back(attr("count_include_pad", std::int64_t{1}));
  if (w.ceil_mode) attributes.push_back(attr("ceil_mode", std::int64_t{1}));
  const std::string value = batched(x, x.tensor(input_name(x)), self.shape.size(), N);
  std::string out = x.emit("AveragePool", {value}, std::move(attributes));
  if (divisor != 0) {
    double elements = 1;
    for (const std::int64_t k : w.kernel) elements *= static_cast<double>(k);
    out = x.emit("Mul", {out, x.scalar(self.dtype, elements / divisor)});
  }
  x.set(unbatched(x, out, self.shape.size(), N));
}

/// Weights that average one dimension of `size` into `out` windows (PyTorch's start and end of each).
std::string averaging_matrix(Lower& x, std::int64_t size, std::int64_t out, DType dtype) {
  std::vector<double> weights(static_cast<std::size_t>(size * out), 0.0);
  for (std::int64_t o = 0; o < out; ++o) {
    const std::int64_t start = o * size / out;
    const std::int64_t end = ((o + 1) * size + out - 1) / out;
    for (std::int64_t i = start; i < end; ++i)
      weights[static_cast<std::size_t>(i * out + o)] = 1.0 / static_cast<double>(end - start);
  }
  return x.b.numbers(dtype, {size, out}, weights);
}

/// The same for a size that is known only when the graph runs: window o is [o*size // out, ceil((o+1)*size /
/// out)).
std::string computed_averaging_matrix(Lower& x, const Expr& size, const Expr& out, DType dtype) {
  const std::string rows = counting(x, size, DType::int64, true);
  const std::string windows = counting(x, out, DType::int64, false);
  const std::string n = x.b.size_scalar(size), m = x.b.size_scalar(out);
  const std::string start = x.emit("Div", {x.emit("Mul", {windows, n}), m});
  const std::string next = x.emit("Mul", {x.emit("Add", {windows, x.b.scalar_int(1)}), n});
  const std::string end = x.emit("Div", {x.emit("Add", {next, x.emit("Sub", {m, x.b.scalar_int(1)})}), m});
  const std::string inside =
      x.emit("And", {x.emit("GreaterOrEqual", {rows, start}), x.emit("Less", {rows, end})});
  const std::string length = x.cast(x.emit("Sub", {end, start}), DType::int64, dtype);
  return x.emit("Div", {x.cast(inside, DType::boolean, dtype), length});
}

template <std::size_t N>
std::string average_by_matrix(Lower& x, std::string value, const Shape& from, const Shape& to, DType dtype) {
  const std::size_t rank = from.size();
  for (std::size_t axis = rank - N; axis < rank; ++axis) {
    if (from[axis] == to[axis]) continue;
    const auto size = from[axis].constant(), out = to[axis].constant();
    if (size && out && !can_make(x, *size, *out)) return value;
    value = along_axis(x, value,
                       size && out ? averaging_matrix(x, *size, *out, dtype)
                                   : computed_averaging_matrix(x, from[axis], to[axis], dtype),
                       axis, rank);
  }
  return value;
}

/// Largest elements of uneven windows along one dimension: each window's elements side by side, the last one
/// repeated where a window is shorter.
std::string largest_by_gather(Lower& x, const std::string& value, std::int64_t size, std::int64_t out,
                              std::int64_t axis) {
  std::vector<std::int64_t> places;
  std::int64_t longest = 0;
  const auto start = [&](std::int64_t o) { return o * size / out; };
  const auto end = [&](std::int64_t o) { return ((o + 1) * size + out - 1) / out; };
  for (std::int64_t o = 0; o < out; ++o) longest = std::max(longest, end(o) - start(o));
  for (std::int64_t o = 0; o < out; ++o)
    for (std::int64_t k = 0; k < longest; ++k) places.push_back(std::min(start(o) + k, end(o) - 1));
  const std::string index = x.emit("Reshape", {x.ints(places), x.ints({out, longest})});
  return x.reduce("ReduceMax", x.emit("Gather", {value, index}, {attr("axis", axis)}), {axis + 1}, false);
}

/// Window of an adaptive pool as an ordinary pool where input sizes are multiples of output sizes.
template <std::size_t N>
std::optional<std::vector<std::int64_t>> even_windows(const Shape& from, const Shape& to) {
  std::vector<std::int64_t> kernel;
  for (std::size_t i = 0; i < N; ++i) {
    const auto size = from[from.size() - N + i].constant();
    const auto out = to[to.size() - N + i].constant();
    if (!size || !out || *out == 0 || *size % *out != 0) return std::nullopt;
    kernel.push_back(*size / *out);
  }
  return kernel;
}

template <std::size_t N>
bool is_global(const Shape& to) {
  return std::all_of(to.end() - static_cast<std::ptrdiff_t>(N), to.end(),
                     [](const Expr& e) { return e.is(1); });
}

template <std::size_t N>
void adaptive_avg_pool(Lower& x) {
  const char* name = input_name(x);
  const Shape from = x.type(name).shape;
  const Shape to = x.result().shape;
  const std::size_t rank = from.size();
  std::string value = x.tensor(name);
  if (from == to) return x.set(value);
  if (is_global<N>(to))
    return x.set(unbatched(x, x.emit("GlobalAveragePool", {batched(x, value, rank, N)}), rank, N));
  if (auto kernel = even_windows<N>(from, to))
    return x.set(unbatched(x,
                           x.emit("AveragePool", {batched(x, value, rank, N)},
                                  {attr("kernel_shape", *kernel), attr("strides", *kernel)}),
                           rank, N));
  x.set(average_by_matrix<N>(x, value, from, to, x.result().dtype));
}

template <std::size_t N>
void adaptive_max_pool(Lower& x) {
  const char* name = input_name(x);
  const Shape from = x.type(name).shape;
  const Shape to = x.result().shape;
  const std::size_t rank = from.size();
  const std::string value = batched(x, x.tensor(name), rank, N);
  const bool positions = x.op().outputs.size() > 1;
  if (is_global<N>(to)) {
    x.set(unbatched(x, x.emit("GlobalMaxPool", {value}), rank, N));
    if (!positions) return;
    Shape flat(from.begin(), from.end() - static_cast<std::ptrdiff_t>(N));
    flat.push_back(aten::numel(Shape(from.end() - static_cast<std::ptrdiff_t>(N), from.end())));
    const auto axis = static_cast<std::int64_t>(flat.size()) - 1;
    const std::string found = x.emit("ArgMax", {x.reshape(x.tensor(name), from, flat)},
                                     {attr("axis", axis), attr("keepdims", std::int64_t{0})});
    flat.pop_back();
    return x.set(x.reshape(found, flat, to), 1);
  }
  if (auto kernel = even_windows<N>(from, to))
    return x.set(unbatched(
        x, x.emit("MaxPool", {value}, {attr("kernel_shape", *kernel), attr("strides", *kernel)}), rank, N));
  std::string out = x.tensor(name);
  for (std::size_t i = rank - N; i < rank; ++i) {
    const auto size = from[i].constant(), wanted = to[i].constant();
    if (!size || !wanted)
      return x.fail("the sizes " + from[i].to_string() + " to " + to[i].to_string() + " must be constants",
                    "make the archive with a fixed size of this axis (--static)");
    if (!can_make(x, *size, *wanted)) return;
    if (*size != *wanted) out = largest_by_gather(x, out, *size, *wanted, static_cast<std::int64_t>(i));
  }
  x.set(out);
}

constexpr LowerRule kRules[] = {
    {"aten::max_pool1d", max_pool<1>},
    {"aten::max_pool2d", max_pool<2>},
    {"aten::max_pool3d", max_pool<3>},
    {"aten::max_pool1d_with_indices", max_pool<1>},
    {"aten::max_pool2d_with_indices", max_pool<2>},
    {"aten::max_pool3d_with_indices", max_pool<3>},
    {"aten::avg_pool1d", avg_pool<1>},
    {"aten::avg_pool2d", avg_pool<2>},
    {"aten::avg_pool3d", avg_pool<3>},
    {"aten::adaptive_avg_pool1d", adaptive_avg_pool<1>},
    {"aten::adaptive_avg_pool2d", adaptive_avg_pool<2>},
    {"aten::adaptive_avg_pool3d", adaptive_avg_pool<3>},
    {"aten::_adaptive_avg_pool2d", adaptive_avg_pool<2>},
    {"aten::_adaptive_avg_pool3d", adaptive_avg_pool<3>},
    {"aten::adaptive_max_pool1d", adaptive_max_pool<1>},
    {"aten::adaptive_max_pool2d", adaptive_max_pool<2>},
    {"aten::adaptive_max_pool3d", adaptive_max_pool<3>},
};

}  // namespace

RuleTable pool_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
