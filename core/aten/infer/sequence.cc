// Recurrent layers and their single steps.
#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {

/// The states: one tensor, or hidden and cell state.
std::vector<Type> states(Infer& r) {
  const Type hx = r.type("hx");
  return hx.kind == Type::Kind::list ? hx.items : std::vector<Type>{hx};
}

void infer_layers(Infer& r) {
  const std::vector<Type> hx = states(r);
  const Type input = r.type("input");
  if (r.op().find("batch_sizes") != nullptr || input.rank() < 2)
    return r.fail("packed sequences are not supported", "run the recurrent layer on the padded tensor");
  if (hx.empty() || hx[0].shape.empty()) return r.fail("has no initial state");
  Shape out = input.shape;
  out.back() = hx[0].shape.back() * (r.flag("bidirectional") ? 2 : 1);
  r.set(input.dtype, std::move(out));
  for (std::size_t i = 0; i < hx.size(); ++i) r.set(input.dtype, hx[i].shape, i + 1);
}

void infer_cell(Infer& r) {
  const std::vector<Type> hx = states(r);
  for (std::size_t i = 0; i < hx.size(); ++i) r.set(r.type("input").dtype, hx[i].shape, i);
}

constexpr InferRule kRules[] = {
    {"aten::lstm", infer_layers},        {"aten::gru", infer_layers},
    {"aten::rnn_tanh", infer_layers},    {"aten::rnn_relu", infer_layers},
    {"aten::lstm_cell", infer_cell},     {"aten::gru_cell", infer_cell},
    {"aten::rnn_tanh_cell", infer_cell}, {"aten::rnn_relu_cell", infer_cell},
};
}  // namespace

InferTable infer_sequence_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
