// Activation functions, in the forms that ONNX Runtime's fusions recognise.
#include "lower/families.h"
#include "lower/pointwise.h"

namespace modelexport::lower {
namespace {

void lower_relu(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string value = operand(l, 0);
  if (is_floating(dtype)) return l.set(l.emit("Relu", {value}));
  l.set(emit_wide(l, "Max", {value, l.b.scalar_int(0, dtype)}, dtype));
}

void lower_hardtanh(Lower& l) {
  const DType dtype = l.result().dtype;
  const bool six = l.op().target == "aten::relu6";
  const double low = six ? 0 : l.real("min_val", -1);
  const double high = six ? 6 : l.real("max_val", 1);
  l.set(emit_wide(l, "Clip", {operand(l, 0), l.scalar(dtype, low), l.scalar(dtype, high)}, dtype));
}

std::string exact_gelu(Lower& l, const std::string& x, DType dtype) {
  // float32's square root of 2, so that float64 and float32 divide by the same number as the fusions expect.
  const std::string scaled =
      l.emit("Div", {x, l.scalar(dtype, dtype == DType::float64 ? 1.4142135623730951 : 1.41421354F)});
  const std::string shifted = l.emit("Add", {emit_float(l, "Erf", {scaled}, dtype), l.scalar(dtype, 1)});
  return l.emit("Mul", {l.emit("Mul", {x, shifted}), l.scalar(dtype, 0.5)});
}

std::string tanh_gelu(Lower& l, const std::string& x, DType dtype) {
  const std::string cube = l.emit("Mul", {l.emit("Pow", {x, l.scalar(dtype, 3)}), l.scalar(dtype, 0.044715)});
  const std::string inner = l.emit("Mul", {l.emit("Add", {x, cube}), l.scalar(dtype, 0.7978845608028654)});
  const std::string shifted = l.emit("Add", {l.emit("Tanh", {inner}), l.scalar(dtype, 1)});
  return l.emit("Mul", {l.emit("Mul", {x, l.scalar(dtype, 0.5)}), shifted});
}

void lower_gelu(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string x = operand(l, 0);
  const std::string approximate = l.text("approximate", "none");
  if (l.b.opset() >= 20)
    return l.set(emit_float(l, "Gelu", {x}, dtype, {attr_s("approximate", approximate)}));
  l.set(approximate == "tanh" ? tanh_gelu(l, x, dtype) : exact_gelu(l, x, dtype));
}

void lower_silu(Lower& l) {
  const std::string x = operand(l, 0);
  l.set(l.emit("Mul", {x, l.emit("Sigmoid", {x})}));
}

void lower_mish(Lower& l) {
  const std::string x = operand(l, 0);
  if (l.b.opset() >= 18) return l.set(emit_float(l, "Mish", {x}, l.result().dtype));
  l.set(l.emit("Mul", {x, l.emit("Tanh", {l.emit("Softplus", {x})})}));
}

std::string hard_sigmoid(Lower& l, const std::string& x) {
  return emit_float(l, "HardSigmoid", {x}, l.result().dtype,
                    {attr_f("alpha", 1.0F / 6.0F), attr_f("beta", 0.5F)});
}
void lower_hardsigmoid(Lower& l) { l.set(hard_sigmoid(l, operand(l, 0))); }
void lower_hardswish(Lower& l) { l.set(emit_float(l, "HardSwish", {operand(l, 0)}, l.result().dtype)); }

void lower_elu(Lower& l) {
  const DType dtype = l.result().dtype;
  const double scale = l.real("scale", 1);
  if (l.real("input_scale", 1) != 1) return l.fail("has an input_scale other than 1");
  std::string out =
      emit_float(l, "Elu", {operand(l, 0)}, dtype, {attr_f("alpha", static_cast<float>(l.real("alpha", 1)))});
  l.set(scale == 1 ? out : l.emit("Mul", {out, l.scalar(dtype, scale)}));
}
void lower_celu(Lower& l) {  // ONNX has it for float32 only
  const auto alpha = static_cast<float>(l.real("alpha", 1));
  l.set(l.cast(l.emit("Celu", {operand(l, 0, DType::float32)}, {attr_f("alpha", alpha)}), DType::float32,
               l.result().dtype));
}
void lower_selu(Lower& l) { l.set(emit_float(l, "Selu", {operand(l, 0)}, l.result().dtype)); }
void lower_leaky_relu(Lower& l) {
  const float slope = static_cast<float>(l.real("negative_slope", 0.01));
  l.set(emit_float(l, "LeakyRelu", {operand(l, 0)}, l.result().dtype, {attr_f("alpha", slope)}));
}
void lower_rrelu(Lower& l) {
  if (l.flag("training")) return l.fail("is in training mode", "call model.eval() before export");
  const float slope = static_cast<float>((l.real("lower", 0.125) + l.real("upper", 1.0 / 3)) / 2);
  l.set(emit_float(l, "LeakyRelu", {operand(l, 0)}, l.result().dtype, {attr_f("alpha", slope)}));
}

void lower_prelu(Lower& l) {
  const aten::Type self = operand_type(l, 0);
  const aten::Type weight = operand_type(l, 1);
  std::string slope = operand(l, 1);
  // One slope per channel: dimension 1 of self, while ONNX broadcasts from the right.
  if (self.rank() > 2 && weight.rank() == 1 && !weight.shape[0].is(1)) {
    std::vector<std::int64_t> axes;
    for (std::int64_t i = 1; i < self.rank() - 1; ++i) axes.push_back(i);
    slope = l.unsqueeze(slope, axes);
  }
  l.set(emit_float(l, "PRelu", {operand(l, 0), slope}, l.result().dtype));
}

void lower_softplus(Lower& l) {
  const DType dtype = l.result().dtype;
  const double beta = l.real("beta", 1);
  const double threshold = l.real("threshold", 20);
  const std::string x = operand(l, 0);
  const std::string factor = l.scalar(dtype, beta);
  const std::string scaled = beta == 1 ? x : l.emit("Mul", {x, factor});
  std::string out = l.emit("Softplus", {scaled});
  if (beta != 1) out = l.emit("Div", {out, factor});
  // From 20 on the function is the identity in every dtype of a network.
  if (threshold < 20)
    out = l.emit("Where", {l.emit("Greater", {scaled, l.scalar(dtype, threshold)}), x, out});
  l.set(out);
}
void lower_log_sigmoid(Lower& l) {
  l.set(l.emit("Neg", {l.emit("Softplus", {l.emit("Neg", {operand(l, 0)})})}));
}

void lower_shrink(Lower& l) {
  const float lambda = static_cast<float>(l.real("lambd", 0.5));
  const bool soft = l.op().target == "aten::softshrink";
  l.set(emit_float(l, "Shrink", {operand(l, 0)}, l.result().dtype,
                   {attr_f("lambd", lambda), attr_f("bias", soft ? lambda : 0.0F)}));
}

void lower_threshold(Lower& l) {
  const DType dtype = l.result().dtype;
  const std::string x = operand(l, 0);
  l.set(emit_where(l, l.emit("Greater", {x, l.tensor("threshold", dtype)}), x, l.tensor("value", dtype),
                   dtype));
}

void lower_glu(Lower& l) {
  const aten::Type self = operand_type(l, 0);
  Attributes attributes = {attr("axis", l.dim("dim", self.rank()))};
  if (l.b.opset() >= 18) attributes.push_back(attr("num_outputs", std::int64_t{2}));
  const auto halves = l.emit_n("Split", {operand(l, 0)}, attributes, 2);
  l.set(l.emit("Mul", {halves[0], l.emit("Sigmoid", {halves[1]})}));
}

constexpr LowerRule kRules[] = {
    {"aten::relu", lower_relu},
    {"aten::relu6", lower_hardtanh},
    {"aten::hardtanh", lower_hardtanh},
    {"aten::gelu", lower_gelu},
    {"aten::silu", lower_silu},
    {"aten::mish", lower_mish},
    {"aten::hardsigmoid", lower_hardsigmoid},
    {"aten::hardswish", lower_hardswish},
    {"aten::elu", lower_elu},
    {"aten::celu", lower_celu},
    {"aten::selu", lower_selu},
    {"aten::leaky_relu", lower_leaky_relu},
    {"aten::rrelu", lower_rrelu},
    {"aten::prelu", lower_prelu},
    {"aten::_prelu_kernel", lower_prelu},
    {"aten::softplus", lower_softplus},
    {"aten::log_sigmoid", lower_log_sigmoid},
    {"aten::hardshrink", lower_shrink},
    {"aten::softshrink", lower_shrink},
    {"aten::threshold", lower_threshold},
    {"aten::glu", lower_glu},
};
}  // namespace

RuleTable activation_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
