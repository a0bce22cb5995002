#include "lower/expand_fused.h"

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "lower/op_arguments.h"
#include "lower/rewriting.h"

namespace modelexport::lower {
namespace {

using aten::Arg;
using aten::ArgList;
using aten::Graph;
using aten::NamedArg;
using aten::Op;
using aten::Ref;
using aten::ValueId;

class Expander : private Rewriting {
 public:
  explicit Expander(Graph& graph) : Rewriting(graph, "fused") {}

  std::vector<Op> rewrite(const std::vector<Op>& ops) {
    std::vector<Op> out;
    for (const Op& op : ops) {
      std::vector<Op>* outer = std::exchange(out_, &out);
      like_ = &op;
      if (!expand(op)) keep(op);
      out_ = outer;
    }
    return out;
  }

 private:
  bool expand(const Op& op) {
    if (op.target == "aten::_native_multi_head_attention") return attention_operator(op);
    if (op.target == "aten::_transformer_encoder_layer_fwd") return encoder_layer(op);
    if (op.target == "aten::_nested_tensor_from_mask") return open_nested(op);
    if (op.target == "aten::nested_to_padded_tensor" || op.target == "aten::to_padded_tensor")
      return close_nested(op);
    return false;
  }

  void keep(const Op& op) {
    Op kept = op;
    for (auto& block : kept.blocks) block.ops = rewrite(block.ops);
    like_ = &op;
    // What an operator makes of a padded tensor is padded in the same way.
    if (!op.args.empty() && op.outputs.size() == 1)
      if (const auto* ref = op.args[0].value.get<Ref>(); ref != nullptr && padding_.count(ref->value) != 0)
        padding_[op.outputs[0]] = padding_.at(ref->value);
    out_->push_back(std::move(kept));
  }

  Arg linear(const Arg& x, const Arg& weight, const Arg& bias, ValueId result = aten::kNoValue) {
    return emit("aten::linear", "", {{"input", x}, {"weight", weight}, {"bias", bias}}, result);
  }

  Arg add(const Arg& a, const Arg& b, ValueId result = aten::kNoValue) {
    return emit("aten::add", "Tensor", {{"self", a}, {"other", b}, {"alpha", {std::int64_t{1}}}}, result);
  }

  Arg transpose(const Arg& x, std::int64_t a, std::int64_t b) {
    return emit("aten::transpose", "int", {{"self", x}, {"dim0", {a}}, {"dim1", {b}}});
  }

  /// (N, L, H*D)'s part -> (N, H, L, D).
  Arg heads(const Arg& packed, std::int64_t part, std::int64_t width, std::int64_t count) {
    const Arg own = emit("aten::slice", "Tensor",
                         {{"self", packed},
                          {"dim", {std::int64_t{2}}},
                          {"start", {part * width}},
                          {"end", {(part + 1) * width}},
                          {"step", {std::int64_t{1}}}});
    const Arg split =
        emit("aten::unflatten", "int",
             {{"self", own}, {"dim", {std::int64_t{2}}}, {"sizes", {ArgList{{count}, {width / count}}}}});
    return transpose(split, 1, 2);
  }

  /// Where attention is allowed; the mask of these operators says where it is not, as bool or as -inf.
  Arg allowed(const Arg& mask, std::int64_t mask_type) {
    if (mask.is_none()) return {};
    Arg open = emit("aten::logical_not", "", {{"self", mask}});
    constexpr std::int64_t kPadding = 1;  // (N, L)
    if (mask_type == kPadding)
      for (int i = 0; i < 2; ++i)
        open = emit("aten::unsqueeze", "", {{"self", open}, {"dim", {std::int64_t{1}}}});
    return open;
  }

  Arg attention(const Arg& x, const Op& op, const Arg& open, Arg* weights, ValueId result) {
    const std::int64_t width = int_of(op, "embed_dim", 0);
    const std::int64_t count = int_of(op, "num_head", int_of(op, "num_heads", 1));
    const Arg packed = linear(x, arg_of(op, "qkv_weight"), arg_of(op, "qkv_bias"));
    const Arg query = heads(packed, 0, width, count);
    const Arg key = heads(packed, 1, width, count);
    const Arg value = heads(packed, 2, width, count);
    const Arg mixed = emit("aten::scaled_dot_product_attention", "",
                           {{"query", query},
                            {"key", key},
                            {"value", value},
                            {"attn_mask", open},
                            {"dropout_p", {0.0}},
                            {"is_causal", {false}}});
    if (weights != nullptr) *weights = scores(query, key, open, width / count);
    const Arg merged = emit(
        "aten::flatten", "using_ints",
        {{"self", transpose(mixed, 1, 2)}, {"start_dim", {std::int64_t{2}}}, {"end_dim", {std::int64_t{3}}}});
    return linear(merged, arg_of(op, "proj_weight"), arg_of(op, "proj_bias"), result);
  }

  Arg scores(const Arg& query, const Arg& key, const Arg& open, std::int64_t width) {
    Arg found = emit("aten::matmul", "", {{"self", query}, {"other", transpose(key, 2, 3)}});
    found = emit("aten::mul", "Scalar",
                 {{"self", found}, {"other", {1.0 / std::sqrt(static_cast<double>(width))}}});
    if (!open.is_none()) {
      const Arg closed = emit("aten::logical_not", "", {{"self", open}});
      found =
          emit("aten::masked_fill", "Scalar",
               {{"self", found}, {"mask", closed}, {"value", {-std::numeric_limits<double>::infinity()}}});
    }
    return emit("aten::softmax", "int", {{"self", found}, {"dim", {std::int64_t{-1}}}, {"dtype", {}}});
  }

  bool attention_operator(const Op& op) {
    const Ref* query = ref_of(op, "query");
    const Ref* key = ref_of(op, "key");
    const Ref* value = ref_of(op, "value");
    const bool self =
        query != nullptr && key != nullptr && value != nullptr && *query == *key && *key == *value;
    if (!self || op.outputs.size() != 2 || int_of(op, "embed_dim", 0) <= 0) return false;
    const Arg open = mask_for(op, *query);
    Arg weights;
    const bool wanted = flag_of(op, "need_weights", true);
    attention({*query}, op, open, wanted ? &weights : nullptr, op.outputs[0]);
    if (!wanted) {  // PyTorch returns an undefined tensor
      emit("prim::Constant", "", {}, op.outputs[1]);
    } else if (flag_of(op, "average_attn_weights", true)) {
      emit("aten::mean", "dim",
           {{"self", weights}, {"dim", {ArgList{{std::int64_t{1}}}}}, {"keepdim", {false}}, {"dtype", {}}},
           op.outputs[1]);
    } else {
      emit("aten::alias", "", {{"self", weights}}, op.outputs[1]);
    }
    return true;
  }

  Arg layer_norm(const Arg& x, const Op& op, const char* which, ValueId result = aten::kNoValue) {
    return emit("aten::layer_norm", "",
                {{"input", x},
                 {"normalized_shape", {ArgList{{int_of(op, "embed_dim", 0)}}}},
                 {"weight", arg_of(op, std::string("norm_weight_") + which)},
                 {"bias", arg_of(op, std::string("norm_bias_") + which)},
                 {"eps", {number_of(op, "eps", 1e-5)}},
                 {"cudnn_enable", {false}}},
                result);
  }

  bool encoder_layer(const Op& op) {
    const Ref* src = ref_of(op, "src");
    if (src == nullptr || op.outputs.size() != 1 || int_of(op, "embed_dim", 0) <= 0) return false;
    const bool first = flag_of(op, "norm_first", false);
    const Arg x{*src};
    const Arg open = mask_for(op, *src);
    const Arg attended = attention(first ? layer_norm(x, op, "1") : x, op, open, nullptr, aten::kNoValue);
    Arg middle = add(attended, x);
    if (!first) middle = layer_norm(middle, op, "1");
    Arg wide = linear(first ? layer_norm(middle, op, "2") : middle, arg_of(op, "ffn_weight_1"),
                      arg_of(op, "ffn_bias_1"));
    if (flag_of(op, "use_gelu", false))
      wide = emit("aten::gelu", "", {{"self", wide}, {"approximate", {std::string("none")}}});
    else
      wide = emit("aten::relu", "", {{"self", wide}});
    const Arg narrow = linear(wide, arg_of(op, "ffn_weight_2"), arg_of(op, "ffn_bias_2"));
    if (first) {
      add(narrow, middle, op.outputs[0]);
    } else {
      layer_norm(add(narrow, middle), op, "2", op.outputs[0]);
    }
    if (const auto padded = padding_.find(src->value); padded != padding_.end())
      padding_[op.outputs[0]] = padded->second;
    return true;
  }

  Arg mask_for(const Op& op, const Ref& input) {
    const auto padded = padding_.find(input.value);
    if (padded == padding_.end()) return allowed(arg_of(op, "mask"), int_of(op, "mask_type", 2));
    Arg open{padded->second};
    for (int i = 0; i < 2; ++i)
      open = emit("aten::unsqueeze", "", {{"self", open}, {"dim", {std::int64_t{1}}}});
    return open;
  }

  /// The tensor stays padded; its mask is used where the nested tensor would have left rows out.
  bool open_nested(const Op& op) {
    const Ref* tensor = ref_of(op, "t");
    const Ref* mask = ref_of(op, "mask");
    if (tensor == nullptr || mask == nullptr || op.outputs.size() != 1) return false;
    emit("aten::alias", "", {{"self", {*tensor}}}, op.outputs[0]);
    padding_[op.outputs[0]] = *mask;
    return true;
  }

  bool close_nested(const Op& op) {
    const Ref* self = ref_of(op, "self");
    if (self == nullptr || padding_.count(self->value) == 0 || op.outputs.size() != 1) return false;
    Arg closed = emit("aten::logical_not", "", {{"self", {padding_.at(self->value)}}});
    closed = emit("aten::unsqueeze", "", {{"self", closed}, {"dim", {std::int64_t{2}}}});
    emit("aten::masked_fill", "Scalar",
         {{"self", {*self}}, {"mask", closed}, {"value", {number_of(op, "padding", 0)}}}, op.outputs[0]);
    return true;
  }

  std::map<ValueId, Ref> padding_;  ///< value -> mask of its rows that count
};

}  // namespace

void expand_fused(Graph& graph) {
  const std::vector<Op> ops = std::move(graph.ops);
  graph.ops.clear();
  graph.ops = Expander(graph).rewrite(ops);
}

}  // namespace modelexport::lower
