#include "schemas.h"

#include <torch/csrc/jit/runtime/operator.h>
#include <torch/library.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <set>

#include "aten/schema.h"
#include "failure.h"
#include "reference_kernels.h"

namespace modelexport::torchscript {
namespace {

struct MissingOperator {
  const char* space;
  const char* name;
  const char* schema;
};

// Signatures as newer releases publish them, SymInt written as int. Loading needs only the signature;
// register_kernels() adds what archives commonly run.
constexpr MissingOperator kMissing[] = {
    {"aten", "scaled_dot_product_attention",
     "(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool "
     "is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor"},
    {"aten", "rms_norm",
     "(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor"},
    {"aten", "_fused_rms_norm",
     "(Tensor input, int[] normalized_shape, Tensor? weight, float? eps) -> (Tensor, Tensor)"},
    {"aten", "_grouped_mm",
     "(Tensor self, Tensor mat2, Tensor? offs=None, Tensor? bias=None, ScalarType? out_dtype=None) -> "
     "Tensor"},
    {"aten", "grouped_mm",
     "(Tensor self, Tensor mat2, *, Tensor? offs=None, Tensor? bias=None, ScalarType? out_dtype=None) -> "
     "Tensor"},
    {"aten", "nonzero_static", "(Tensor self, *, int size, int fill_value=-1) -> Tensor"},
    {"aten", "_native_batch_norm_legit_no_training",
     "(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, float momentum, "
     "float eps) -> (Tensor, Tensor, Tensor)"},
    {"aten", "_safe_softmax", "(Tensor self, int dim, ScalarType? dtype=None) -> Tensor"},
    {"aten", "_scaled_dot_product_flash_attention_for_cpu",
     "(Tensor query, Tensor key, Tensor value, float dropout_p=0.0, bool is_causal=False, *, Tensor? "
     "attn_mask=None, float? scale=None) -> (Tensor output, Tensor logsumexp)"},
    {"aten", "_scaled_dot_product_efficient_attention",
     "(Tensor query, Tensor key, Tensor value, Tensor? attn_bias, bool compute_log_sumexp, float "
     "dropout_p=0.0, bool is_causal=False, *, float? scale=None) -> (Tensor output, Tensor log_sumexp, "
     "Tensor "
     "philox_seed, Tensor philox_offset)"},
    {"aten", "_scaled_dot_product_attention_math",
     "(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool "
     "is_causal=False, Tensor? dropout_mask=None, *, float? scale=None, bool enable_gqa=False) -> (Tensor, "
     "Tensor)"},
    {"aten", "_functional_assert_async.msg", "(Tensor self, str assert_msg, Tensor dep_token) -> Tensor"},
    {"aten", "_assert_scalar", "(Scalar self, str assert_msg) -> ()"},
    {"aten", "_assert_tensor_metadata",
     "(Tensor a, int[]? size=None, int[]? stride=None, ScalarType? dtype=None, *, Device? device=None, "
     "Layout? layout=None) -> ()"},
    {"aten", "_upsample_lanczos2d_aa",
     "(Tensor self, int[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None) -> "
     "Tensor"},
    {"aten", "_upsample_lanczos2d_aa.vec",
     "(Tensor input, int[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor"},
    {"aten", "_unsafe_index.Tensor", "(Tensor self, Tensor?[] indices) -> Tensor"},
    {"aten", "lift_fresh_copy", "(Tensor self) -> Tensor"},
    {"torchvision", "nms", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"},
    {"torchvision", "roi_align",
     "(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, int "
     "sampling_ratio, bool aligned) -> Tensor"},
    {"torchvision", "roi_pool",
     "(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width) -> (Tensor, "
     "Tensor)"},
    {"torchvision", "deform_conv2d",
     "(Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, int stride_h, int stride_w, int "
     "pad_h, int pad_w, int dilation_h, int dilation_w, int groups, int offset_groups, bool use_mask) -> "
     "Tensor"},
};

bool is_known(const std::string& name) {
  return !torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(name)).empty();
}

}  // namespace

void register_missing_operators() {
  static std::vector<std::unique_ptr<torch::Library>>* libraries = nullptr;
  if (libraries != nullptr) return;
  libraries = new std::vector<std::unique_ptr<torch::Library>>;  // lives as long as the process
  std::set<std::string> ours;  // an operator's further overloads follow its first one
  for (const MissingOperator& missing : kMissing) {
    const std::string_view name(missing.name);
    const std::string without_overload(name.substr(0, name.find('.')));
    const std::string full = std::string(missing.space) + "::" + without_overload;
    if (ours.count(full) == 0 && is_known(full)) continue;
    ours.insert(full);
    auto library = std::make_unique<torch::Library>(torch::Library::FRAGMENT, missing.space, c10::nullopt,
                                                    __FILE__, __LINE__);
    library->def((std::string(missing.name) + missing.schema).c_str());
    if (missing.space == std::string_view("aten")) register_kernel(*library, missing.name);
    libraries->push_back(std::move(library));
  }
}

namespace {

std::set<std::string>& placeholders() {
  static std::set<std::string> names;
  return names;
}

/// Only plain names go into a signature: they come from the archive.
bool is_operator_name(const std::string& name) {
  const std::size_t colons = name.find("::");
  if (colons == std::string::npos || colons == 0 || colons + 2 == name.size()) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
  });
}

}  // namespace

bool register_placeholders(const std::vector<UnknownOperator>& unknown) {
  for (const UnknownOperator& op : unknown) {
    if (!is_operator_name(op.name)) return false;
    const auto published = aten::find_schema(op.name, "");
    const std::string schema = published ? std::string(*published) : op.name + "(...) -> Tensor";
    if (!published) placeholders().insert(op.name);
    const std::string name = op.name;
    torch::jit::registerOperator(torch::jit::Operator(
        schema,
        [name](torch::jit::Stack&) {
          throw Failure(ErrorCode::torchscript_run, name + " is unknown to this libtorch and cannot be run");
        },
        c10::AliasAnalysisKind::CONSERVATIVE));
  }
  return true;
}

bool is_placeholder(const std::string& name) { return placeholders().count(name) != 0; }

}  // namespace modelexport::torchscript
