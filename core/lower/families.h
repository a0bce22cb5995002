// The lowering families: each file lower/<family>.cc gives one table.
#pragma once

#include <cstddef>

#include "lower/lower.h"

namespace modelexport::lower {

struct RuleTable {
  const LowerRule* rules;
  std::size_t size;
};

RuleTable scalar_rules();       ///< numbers and lists: NumToTensor, Int, item, ListUnpack, operator::add ...
RuleTable elementwise_rules();  ///< arithmetic, comparison, logic, casts, where
RuleTable unary_rules();        ///< functions of one tensor
RuleTable complex_rules();      ///< view_as_complex, polar, conj ...
RuleTable activation_rules();   ///< relu, gelu, silu ...
RuleTable creation_rules();     ///< arange, full, zeros, ones, *_like, eye, tril/triu, one_hot ...
RuleTable view_rules();  ///< view, reshape, permute, slice, select, expand, cat, split, squeeze, roll ...
RuleTable
index_rules();  ///< index, index_put, gather, scatter, embedding, nonzero, *_scatter of functionalise
RuleTable linear_rules();  ///< linear, matmul, addmm, einsum, attention
RuleTable norm_rules();    ///< layer_norm, batch_norm, group_norm, rms_norm, softmax, dropout
RuleTable conv_rules();    ///< convolution, padding, patches
RuleTable pool_rules();
RuleTable resize_rules();    ///< interpolation, grid_sample
RuleTable reduce_rules();    ///< sum, mean, max, argmax, cumsum, topk, sort, var, norm ...
RuleTable sequence_rules();  ///< lstm, gru, rnn
RuleTable control_rules();   ///< prim::If, prim::Loop
RuleTable fourier_rules();   ///< discrete Fourier transforms

/// The dtype of the two parts of a complex number; float64 stays what it is.
DType part_dtype(DType dtype);
/// The rule for an operator with a complex operand (lower/complex.cc), or nullptr.
const LowerRule* find_complex_rule(std::string_view target);

}  // namespace modelexport::lower
