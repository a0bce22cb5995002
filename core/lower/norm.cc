// Normalisations, softmax and dropout (which is nothing outside training).
#include <cmath>

#include "lower/constant_size.h"
#include "lower/families.h"

namespace modelexport::lower {
namespace {

using aten::Type;

/// A constant of this shape filled with one number.
std::string filled(Lower& x, DType dtype, const Shape& shape, double value) {
  std::vector<std::int64_t> dims;
  std::int64_t count = 1;
  for (const Expr& size : shape) {
    dims.push_back(size.constant().value_or(-1));
    if (dims.back() < 0 || dims.back() > (1 << 20)) {
      x.fail("normalised sizes must be constants");
      return "";
    }
    if (!can_make(x, count, dims.back())) return "";
    count *= dims.back();
  }
  return x.b.filled(dtype, dims, value);
}

void layer_norm(Lower& x) {
  const Type& input = x.type("input");
  const auto normalized = x.integers("normalized_shape");
  const auto axis = -static_cast<std::int64_t>(normalized.size());
  const Shape shape(normalized.begin(), normalized.end());
  std::vector<std::string> inputs = {x.tensor("input")};
  inputs.push_back(x.given("weight") ? x.tensor("weight", input.dtype) : filled(x, input.dtype, shape, 1));
  // Without a bias ONNX Runtime's offline optimizer fails: it takes the third input for granted.
  inputs.push_back(x.given("bias") ? x.tensor("bias", input.dtype) : filled(x, input.dtype, shape, 0));
  x.set(x.emit("LayerNormalization", std::move(inputs),
               {attr("axis", axis), attr_f("epsilon", static_cast<float>(x.real("eps", 1e-5)))}));
}

/// The default epsilon is that of the type which the mean is computed in, not of the input's.
double epsilon_of(DType compute) { return std::ldexp(1.0, compute == DType::float64 ? -52 : -23); }

void rms_norm(Lower& x) {
  const Type& input = x.type("input");
  const auto count = static_cast<std::int64_t>(x.integers("normalized_shape").size());
  std::vector<std::int64_t> axes;
  for (std::int64_t i = -count; i < 0; ++i) axes.push_back(i);
  // Mean of squares in float32, as PyTorch computes it.
  const DType compute = input.dtype == DType::float64 ? DType::float64 : DType::float32;
  const double eps = x.given("eps") ? x.real("eps") : epsilon_of(compute);
  const std::string value = x.tensor("input", compute);
  const std::string mean = x.reduce("ReduceMean", x.emit("Mul", {value, value}), axes, true);
  const std::string root = x.emit("Sqrt", {x.emit("Add", {mean, x.scalar(compute, eps)})});
  std::string out = x.emit("Div", {value, root});
  if (x.given("weight")) out = x.emit("Mul", {out, x.tensor("weight", compute)});
  x.set(x.cast(out, compute, input.dtype));
}

/// A scale or bias of one number per channel; constants where the archive has none.
std::string channel(Lower& x, const char* name, const Type& input, double otherwise) {
  if (x.given(name)) return x.tensor(name);
  return filled(x, input.dtype, {input.shape.size() > 1 ? input.shape[1] : Expr(1)}, otherwise);
}

/// Per-channel scale and bias of shape (C) applied to (N, C, ...).
std::string affine(Lower& x, std::string value, std::size_t rank) {
  std::vector<std::int64_t> axes;
  for (std::size_t i = 1; i + 1 < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (x.given("weight")) value = x.emit("Mul", {value, x.unsqueeze(x.tensor("weight"), axes)});
  if (x.given("bias")) value = x.emit("Add", {value, x.unsqueeze(x.tensor("bias"), axes)});
  return value;
}

/// Without running statistics those of the batch count; weights are standardised in this way before a
/// convolution.
void batch_statistics(Lower& x, const char* name) {
  const Type& input = x.type(name);
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 0; i < input.rank(); ++i)
    if (i != 1) axes.push_back(i);
  const std::string value = x.tensor(name);
  const std::string centered = x.emit("Sub", {value, x.reduce("ReduceMean", value, axes, true)});
  const std::string variance = x.reduce("ReduceMean", x.emit("Mul", {centered, centered}), axes, true);
  const std::string shifted = x.emit("Add", {variance, x.scalar(input.dtype, x.real("eps", 1e-5))});
  x.set(affine(x, x.emit("Div", {centered, x.emit("Sqrt", {shifted})}), input.shape.size()));
}

void batch_norm(Lower& x) {
  const char* name = x.op().find("self") != nullptr ? "self" : "input";
  if (!x.given("running_mean")) return batch_statistics(x, name);
  if (x.flag("training")) return x.fail("is in training mode", "call model.eval() before making the archive");
  std::vector<std::string> inputs = {x.tensor(name), channel(x, "weight", x.type(name), 1),
                                     channel(x, "bias", x.type(name), 0), x.tensor("running_mean"),
                                     x.tensor("running_var")};
  x.set(x.emit("BatchNormalization", std::move(inputs),
               {attr_f("epsilon", static_cast<float>(x.real("eps", 1e-5)))}));
}

void group_norm(Lower& x) {
  const char* name = x.op().find("input") != nullptr ? "input" : "self";
  const Type& input = x.type(name);
  const std::int64_t groups =
      x.op().find("num_groups") != nullptr ? x.static_int("num_groups") : x.static_int("group");
  if (x.failed() || input.rank() < 2) return;
  const auto eps = static_cast<float>(x.real("eps", 1e-5));
  // Groups become the channels of an InstanceNormalization.
  const std::string joined = x.emit("Reshape", {x.tensor(name), x.ints({0, groups, -1})});
  const std::string normal =
      x.emit("InstanceNormalization",
             {joined, x.b.filled(input.dtype, {groups}, 1), x.b.filled(input.dtype, {groups}, 0)},
             {attr_f("epsilon", eps)});
  const Shape flat = {input.shape[0], groups, -1};
  x.set(affine(x, x.reshape(normal, flat, input.shape), input.shape.size()));
}

void instance_norm(Lower& x) {
  const Type& input = x.type("input");
  if (!x.flag("use_input_stats", true)) {
    return x.set(x.emit("BatchNormalization",
                        {x.tensor("input"), channel(x, "weight", input, 1), channel(x, "bias", input, 0),
                         x.tensor("running_mean"), x.tensor("running_var")},
                        {attr_f("epsilon", static_cast<float>(x.real("eps", 1e-5)))}));
  }
  x.set(x.emit("InstanceNormalization",
               {x.tensor("input"), channel(x, "weight", input, 1), channel(x, "bias", input, 0)},
               {attr_f("epsilon", static_cast<float>(x.real("eps", 1e-5)))}));
}

void softmax_as(Lower& x, const char* op_type) {
  const Type& self = x.type("self");
  const DType dtype = x.result().dtype;
  // PyTorch casts before it computes, which matters for half precision.
  const std::string value = x.tensor("self", dtype);
  if (self.shape.empty())
    return x.set(x.squeeze(x.emit(op_type, {x.unsqueeze(value, {0})}, {attr("axis", std::int64_t{0})}), {0}));
  std::int64_t axis = x.dim("dim", self.rank());
  if (axis == self.rank() - 1) axis = -1;  // the form that attention fusions look for
  x.set(x.emit(op_type, {value}, {attr("axis", axis)}));
}
void softmax(Lower& x) { softmax_as(x, "Softmax"); }
void log_softmax(Lower& x) { softmax_as(x, "LogSoftmax"); }

void dropout(Lower& x) {
  const char* name = x.op().find("input") != nullptr ? "input" : "self";
  if (x.flag("train") || x.flag("training"))
    return x.fail("is in training mode", "call model.eval() before making the archive");
  x.set(x.tensor(name));
}

/// w = g * v / norm(v), the norm over all dimensions but `dim`.
void weight_norm(Lower& x) {
  const Type& v = x.type("v");
  const std::int64_t dim = x.static_int("dim", 0);
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 0; i < v.rank(); ++i)
    if (i != dim) axes.push_back(i);
  const std::string value = x.tensor("v");
  // Not ReduceL2: the shape inference of ONNX Runtime's offline optimizer fails on what follows one.
  const std::string norm = x.emit("Sqrt", {x.reduce("ReduceSum", x.emit("Mul", {value, value}), axes, true)});
  x.set(x.emit("Mul", {value, x.emit("Div", {x.tensor("g"), norm})}));
}

constexpr LowerRule kRules[] = {
    {"aten::layer_norm", layer_norm},
    {"aten::native_layer_norm", layer_norm},
    {"aten::rms_norm", rms_norm},
    {"aten::_fused_rms_norm", rms_norm},
    {"aten::batch_norm", batch_norm},
    {"aten::_native_batch_norm_legit_no_training", batch_norm},
    {"aten::native_batch_norm", batch_norm},
    {"aten::group_norm", group_norm},
    {"aten::native_group_norm", group_norm},
    {"aten::instance_norm", instance_norm},
    {"aten::softmax", softmax},
    {"aten::_softmax", softmax},
    {"aten::log_softmax", log_softmax},
    {"aten::_log_softmax", log_softmax},
    {"aten::dropout", dropout},
    {"aten::native_dropout", dropout},
    {"aten::feature_dropout", dropout},
    {"aten::alpha_dropout", dropout},
    {"aten::feature_alpha_dropout", dropout},
    {"aten::_weight_norm", weight_norm},
    {"aten::_weight_norm_interface", weight_norm},
};

}  // namespace

RuleTable norm_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
