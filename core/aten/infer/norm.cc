// Shapes of normalisations, softmax and dropout: all keep the input's shape.
#include "aten/infer/families.h"

namespace modelexport::aten {
namespace {

void like_input(Infer& x) {
  const char* name = x.op().find("self") != nullptr ? "self" : "input";
  Type out = Type::tensor(x.type(name).dtype, x.type(name).shape);
  if (auto dtype = x.dtype("dtype")) out.dtype = *dtype;
  x.set(out);
  // Statistics of the native forms are not used when a model runs.
  for (std::size_t i = 1; i < x.op().outputs.size(); ++i) x.set(Type::none(), i);
}

void weight_norm(Infer& x) {
  x.set(x.type("v").dtype, x.type("v").shape);
  for (std::size_t i = 1; i < x.op().outputs.size(); ++i) x.set(Type::none(), i);
}

void softmax_half(Infer& x) {
  const Type& self = x.type("self");
  const bool to_float = x.flag("half_to_float");
  x.set(to_float ? DType::float32 : self.dtype, self.shape);
}

constexpr InferRule kRules[] = {
    {"aten::layer_norm", like_input},
    {"aten::native_layer_norm", like_input},
    {"aten::rms_norm", like_input},
    {"aten::_fused_rms_norm", like_input},
    {"aten::batch_norm", like_input},
    {"aten::_native_batch_norm_legit_no_training", like_input},
    {"aten::native_batch_norm", like_input},
    {"aten::group_norm", like_input},
    {"aten::native_group_norm", like_input},
    {"aten::instance_norm", like_input},
    {"aten::softmax", like_input},
    {"aten::_softmax", softmax_half},
    {"aten::log_softmax", like_input},
    {"aten::_log_softmax", softmax_half},
    {"aten::dropout", like_input},
    {"aten::native_dropout", like_input},
    {"aten::feature_dropout", like_input},
    {"aten::alpha_dropout", like_input},
    {"aten::feature_alpha_dropout", like_input},
    {"aten::_weight_norm", weight_norm},
    {"aten::_weight_norm_interface", weight_norm},
};

}  // namespace

InferTable infer_norm_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::aten
