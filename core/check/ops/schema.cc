#include "check/ops/schema.h"

#include <algorithm>
#include <tuple>

namespace modelexport::check {
namespace {

#include "check/ops/op_table.inc"

auto key_of(const OpRow& op) { return std::make_tuple(kDomains[op.domain], kNames[op.name]); }

/// Rows of one operator, oldest first. The table is sorted by domain, name and version.
std::span<const OpRow> versions(std::string_view domain, std::string_view name) {
  if (domain == "ai.onnx") domain = {};
  const auto key = std::make_tuple(domain, name);
  const auto first = std::lower_bound(std::begin(kOps), std::end(kOps), key,
                                      [](const OpRow& op, const auto& k) { return key_of(op) < k; });
  auto last = first;
  while (last != std::end(kOps) && key_of(*last) == key) ++last;
  return {first, last};
}

bool knows(const OpRow& op, Reader reader) { return (op.readers & static_cast<std::uint8_t>(reader)) != 0; }

}  // namespace

const OpRow* find_op(std::string_view domain, std::string_view name, std::int64_t version, Reader reader) {
  const OpRow* found = nullptr;
  for (const OpRow& op : versions(domain, name))
    if (knows(op, reader) && op.since <= version) found = &op;
  return found;
}

int first_version(std::string_view domain, std::string_view name, Reader reader) {
  for (const OpRow& op : versions(domain, name))
    if (knows(op, reader)) return op.since;
  return 0;
}

bool is_standard_domain(std::string_view domain) {
  return domain.empty() || domain == "ai.onnx" || domain == "ai.onnx.ml" || domain == "ai.onnx.training";
}

bool has_table(std::string_view domain) {
  return domain == "ai.onnx" ||
         std::find(std::begin(kDomains), std::end(kDomains), domain) != std::end(kDomains);
}

std::span<const ParamRow> inputs_of(const OpRow& op) {
  return std::span(kParams).subspan(op.inputs, op.inputs_count);
}
std::span<const ParamRow> outputs_of(const OpRow& op) {
  return std::span(kParams).subspan(op.outputs, op.outputs_count);
}
std::span<const AttributeRow> attributes_of(const OpRow& op) {
  return std::span(kAttributes).subspan(op.attributes, op.attributes_count);
}
std::string_view name_of(const OpRow& op) { return kNames[op.name]; }
std::string_view name_of(const AttributeRow& attribute) { return kNames[attribute.name]; }

const ParamRow* param_at(std::span<const ParamRow> params, std::size_t index) {
  if (index < params.size()) return &params[index];
  return !params.empty() && params.back().option == kVariadic ? &params.back() : nullptr;
}

std::string_view onnx_table_version() { return kOnnxVersion; }
std::string_view ort_table_version() { return kOrtVersion; }

}  // namespace modelexport::check
