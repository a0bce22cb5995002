// What operators look like: a generated table of every operator that onnx and ONNX Runtime know.
//
// Purpose   Does an operator exist in an operator set, how many inputs and outputs of which types, which
//           attributes. toolchains/generate_op_table.py writes the rows from the two packages.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "modelexport/check.h"

namespace modelexport::check {

struct ParamRow {
  std::uint32_t types;    ///< bit n: tensors of element type n; bit 31: anything else
  std::uint8_t variable;  ///< parameters with the same number have the same type; 255: none
  std::uint8_t option;    ///< 0 single, 1 optional, 2 variadic
  std::uint8_t homogeneous;
};
inline constexpr std::uint8_t kSingle = 0;
inline constexpr std::uint8_t kVariadic = 2;
inline constexpr std::uint8_t kNoVariable = 255;

struct AttributeRow {
  std::uint16_t name;
  std::uint8_t type;  ///< AttributeProto.AttributeType
  std::uint8_t required;
};

struct OpRow {
  std::uint8_t domain;
  std::uint16_t name;
  std::uint8_t since;
  std::uint8_t readers;  ///< bits of Reader: who knows it
  std::uint8_t deprecated;
  std::uint16_t min_inputs, max_inputs, min_outputs, max_outputs;
  std::uint16_t inputs, inputs_count, outputs, outputs_count, attributes, attributes_count;
};

/// The row that `reader` uses for a node whose domain is imported at `version`; nullptr if it knows none.
const OpRow* find_op(std::string_view domain, std::string_view name, std::int64_t version, Reader reader);
/// The lowest version in which a reader knows the operator; 0 if in none.
int first_version(std::string_view domain, std::string_view name, Reader reader);
/// Domains whose operators must be in the table: elsewhere nobody can know them.
bool is_standard_domain(std::string_view domain);
/// Readers have a table for this domain.
bool has_table(std::string_view domain);

std::span<const ParamRow> inputs_of(const OpRow& op);
std::span<const ParamRow> outputs_of(const OpRow& op);
std::span<const AttributeRow> attributes_of(const OpRow& op);
std::string_view name_of(const OpRow& op);
std::string_view name_of(const AttributeRow& attribute);
/// The parameter that the n-th argument is for; nullptr beyond the last.
const ParamRow* param_at(std::span<const ParamRow> params, std::size_t index);

/// "1.23", "1.32": what the table was made from.
std::string_view onnx_table_version();
std::string_view ort_table_version();

}  // namespace modelexport::check
