// What the elementwise families share: operands by position in a common dtype, and dtypes that ONNX Runtime's
// CPU kernels lack.
#pragma once

#include "aten/infer/content.h"
#include "lower/lower.h"

namespace modelexport::lower {

/// An operand by position, cast to `dtype` (undefined: as it is).
std::string operand(Lower& l, std::size_t position, DType dtype = DType::undefined);
aten::Type operand_type(const Lower& l, std::size_t position);
/// The operand as a constant number, if it is one.
std::optional<double> constant_operand(const Lower& l, std::size_t position);

/// The dtype to compute in: small integers have few kernels and go through int32.
DType widened(DType dtype);
/// Emits a node whose operands and result are in `widened(dtype)`, and casts back.
std::string emit_wide(Lower& l, const std::string& op_type, std::vector<std::string> values, DType dtype,
                      Attributes attributes = {});
/// Emits a node that exists for float32 only (float16 is the runtime's own matter).
std::string emit_float(Lower& l, const std::string& op_type, std::vector<std::string> values, DType dtype,
                       Attributes attributes = {});
/// Where; bool has no kernel and goes through uint8.
std::string emit_where(Lower& l, const std::string& condition, const std::string& yes, const std::string& no,
                       DType dtype);
/// IsInf of one or both signs.
std::string emit_infinity_test(Lower& l, const std::string& value, DType dtype, bool positive, bool negative);

std::string emit_arc_tangent(Lower& l, const std::string& y, const std::string& x, DType dtype);
void lower_complex_arithmetic(Lower& l, aten::Arith kind);

/// Binary arithmetic of the operator's first two arguments (max.other and min.other use it too).
void lower_arithmetic(Lower& l, aten::Arith kind);

}  // namespace modelexport::lower
