#include "reference_kernels.h"

#include <ATen/ATen.h>
#include <torch/library.h>

#include <cmath>
#include <limits>
#include <tuple>

namespace modelexport::torchscript {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

at::Tensor masked_scores(at::Tensor scores, const c10::optional<at::Tensor>& mask, bool causal) {
  if (causal) {
    const auto keep = at::ones({scores.size(-2), scores.size(-1)}, scores.options().dtype(at::kBool)).tril();
    scores = scores.masked_fill(keep.logical_not(), kMinusInfinity);
  }
  if (!mask || !mask->defined()) return scores;
  return mask->scalar_type() == at::kBool ? scores.masked_fill(mask->logical_not(), kMinusInfinity)
                                          : scores + *mask;
}

// The documented eager semantics; grouped-query attention repeats keys and values.
at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                     const c10::optional<at::Tensor>& mask, double dropout, bool causal,
                     c10::optional<double> scale, bool grouped) {
  at::Tensor k = key;
  at::Tensor v = value;
  if (grouped) {
    k = k.repeat_interleave(query.size(-3) / k.size(-3), -3);
    v = v.repeat_interleave(query.size(-3) / v.size(-3), -3);
  }
  const double root = std::sqrt(scale ? *scale : 1.0 / std::sqrt(static_cast<double>(query.size(-1))));
  const auto scores = at::matmul(query * root, (k * root).transpose(-2, -1));
  auto weights = at::softmax(masked_scores(scores, mask, causal), -1);
  // A fully masked row gives zeros, as in current releases.
  if (mask && mask->defined() && mask->scalar_type() == at::kBool) weights = at::nan_to_num(weights, 0.0);
  if (dropout > 0.0) weights = at::dropout(weights, dropout, true);
  return at::matmul(weights, v);
}

at::Tensor rms_norm(const at::Tensor& input, at::IntArrayRef shape, const c10::optional<at::Tensor>& weight,
                    c10::optional<double> eps) {
  std::vector<int64_t> dims;
  for (std::size_t i = 0; i < shape.size(); ++i) dims.push_back(-1 - static_cast<int64_t>(i));
  const bool half = input.scalar_type() == at::kHalf || input.scalar_type() == at::kBFloat16;
  const auto x = half ? input.to(at::kFloat) : input;
  const double epsilon = eps ? *eps
                             : (x.scalar_type() == at::kDouble ? std::numeric_limits<double>::epsilon()
                                                               : std::numeric_limits<float>::epsilon());
  auto result = x * at::rsqrt(x.pow(2).mean(dims, true) + epsilon);
  if (weight && weight->defined()) result = result * *weight;
  return result.to(input.scalar_type());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> batch_norm(const at::Tensor& input,
                                                          const c10::optional<at::Tensor>& weight,
                                                          const c10::optional<at::Tensor>& bias,
                                                          const at::Tensor& mean, const at::Tensor& var,
                                                          double momentum, double eps) {
  return at::native_batch_norm(input, weight, bias, mean, var, false, momentum, eps);
}

at::Tensor safe_softmax(const at::Tensor& self, int64_t dim, c10::optional<at::ScalarType> dtype) {
  return at::nan_to_num(at::softmax(self, dim, dtype), 0.0);
}

void assert_scalar(const at::Scalar& value, c10::string_view message) {
  TORCH_CHECK(value.toBool(), message);
}

}  // namespace

void register_kernel(torch::Library& library, std::string_view name) {
  const auto add = [&](auto kernel) {
    library.impl(std::string(name).c_str(),
                 torch::dispatch(c10::DispatchKey::CompositeImplicitAutograd, kernel));
  };
  if (name == "scaled_dot_product_attention") add(TORCH_FN(attention));
  if (name == "rms_norm") add(TORCH_FN(rms_norm));
  if (name == "_native_batch_norm_legit_no_training") add(TORCH_FN(batch_norm));
  if (name == "_assert_scalar") add(TORCH_FN(assert_scalar));
  if (name == "_safe_softmax") add(TORCH_FN(safe_softmax));
}

}  // namespace modelexport::torchscript
