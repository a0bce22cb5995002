// Tensors that are in the file: type, shape, and exactly the data that these ask for.
#include <algorithm>
#include <array>

#include "check/rules/groups.h"
#include "wire/window.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;
constexpr std::int32_t kString = 8;
constexpr std::int32_t kExternal = 1;
/// Packed numbers are counted by reading them; above this they are believed.
constexpr std::uint64_t kMostCounted = 64ULL << 20;

constexpr Rule kNoType{
    .id = "ME-TENSOR-010",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A tensor has no element type.",
    .why = "Without it the data mean nothing.",
    .fix = "export the model again",
    .example = "initializer { name: \"W\" dims: 4 raw_data: \"…\" }",
};
constexpr Rule kBadType{
    .id = "ME-TENSOR-011",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A tensor has an unknown element type.",
    .why = "The number names no element type of the known IR versions.",
    .fix = "export the model again",
    .example = "data_type: 99",
};
constexpr Rule kDims{
    .id = "ME-TENSOR-012",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A dimension is negative or the number of elements overflows.",
    .why = "Programs that multiply such dimensions without care read or write outside of their buffers.",
    .fix = "export the model again",
    .example = "dims: 4294967296 dims: 4294967296",
    .unsafe = true,
};
constexpr Rule kNoData{
    .id = "ME-TENSOR-013",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A tensor has no data.",
    .why = "Type and shape are there, the elements are not.",
    .fix = "get the file again, or export the model again",
    .example = "initializer { name: \"W\" dims: 4 data_type: 1 }",
};
constexpr Rule kTwoFields{
    .id = "ME-TENSOR-014",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "A tensor has its data in two fields.",
    .why = "Readers take one of them; which one is not defined.",
    .fix = "export the model again",
    .example = "raw_data and float_data in one tensor",
};
constexpr Rule kShort{
    .id = "ME-TENSOR-015",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A tensor has less data than its shape asks for.",
    .why = "Readers would read past the end of the data.",
    .fix = "get the file again, or export the model again",
    .example = "dims: 4, 4 of float with 60 bytes of raw_data",
};
constexpr Rule kLong{
    .id = "ME-TENSOR-016",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A tensor has more data than its shape asks for.",
    .why = "Shape and data contradict each other. ONNX Runtime refuses that, onnx.checker does not look.",
    .fix = "export the model again",
    .example = "dims: 4, 4 of float with 68 bytes of raw_data",
};
constexpr Rule kWrongField{
    .id = "ME-TENSOR-017",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A tensor has its data in a field of another type.",
    .why = "Each element type has one typed field: float values are in float_data or raw_data, nowhere else.",
    .fix = "export the model again",
    .example = "data_type: 1 with int32_data",
};
constexpr Rule kStringRaw{
    .id = "ME-TENSOR-018",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A tensor of strings has raw data.",
    .why = "Strings have no fixed width; they belong into string_data.",
    .fix = "export the model again",
    .example = "data_type: STRING with raw_data",
};
constexpr Rule kEmptyWithData{
    .id = "ME-TENSOR-019",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "A tensor without elements has data.",
    .why = "Shape and data contradict each other.",
    .fix = "export the model again",
    .example = "dims: 0 with raw_data",
};
constexpr Rule kSegment{
    .id = "ME-TENSOR-020",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A tensor claims to be a part of a larger one.",
    .why = "No reader puts segments together; they take the part for the whole.",
    .fix = "export the model again",
    .example = "segment { begin: 0 end: 4 }",
};

constexpr const Rule* kRules[] = {&kNoType, &kBadType,    &kDims,      &kNoData,        &kTwoFields, &kShort,
                                  &kLong,   &kWrongField, &kStringRaw, &kEmptyWithData, &kSegment};

/// The typed field of an element type; 0 for unknown types.
std::uint32_t typed_field(std::int32_t type) {
  switch (type) {
    case 1:
    case 14:
      return 4;
    case 8:
      return 6;
    case 7:
      return 7;
    case 11:
    case 15:
      return 10;
    case 12:
    case 13:
      return 11;
    default:
      return onnx::data_type_bits(type) != 0 ? 5 : 0;
  }
}

std::uint64_t per_byte(std::uint64_t bits) { return bits < 8 ? 8 / bits : 1; }

/// Entries of the typed field that hold `elements`.
std::uint64_t entries_for(std::int32_t type, std::uint64_t elements) {
  const std::uint64_t bits = onnx::data_type_bits(type);
  if (type == 14 || type == 15) return elements * 2;
  if (bits == 4 || bits == 2) return (elements + per_byte(bits) - 1) / per_byte(bits);
  return elements;
}

/// Varints in a packed field: bytes without continuation bit.
std::optional<std::uint64_t> count_varints(const onnx::ModelView& model, ByteRange range) {
  if (range.size > kMostCounted) return std::nullopt;
  std::uint64_t count = 0;
  for (std::uint64_t at = range.offset; at < range.end();) {
    const ByteSpan bytes = model.window().peek(at, 1);
    if (bytes.empty()) return std::nullopt;
    const auto usable = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), range.end() - at));
    for (const std::byte byte : bytes.first(usable))
      if ((std::to_integer<unsigned>(byte) & 0x80U) == 0) ++count;
    at += usable;
  }
  return count;
}

/// Entries in the tensor's only data field; nothing if that would take too long.
std::optional<std::uint64_t> count_entries(const onnx::ModelView& model, const onnx::TensorView& tensor) {
  const std::uint32_t field = tensor.data_fields.front();
  const bool packed = tensor.data.size != 0 && field != 6;
  if (!packed || tensor.data_entries > 1) return tensor.data_entries;
  if (field == 4) return tensor.data.size / 4;
  if (field == 10) return tensor.data.size / 8;
  return count_varints(model, tensor.data);
}

std::string name_of(const TensorContext& context) {
  return context.tensor.name.empty() ? "a tensor without name" : "tensor " + in_quotes(context.tensor.name);
}

/// onnx.checker looks at attribute tensors also inside ONNX Runtime.
Readers also_in_attributes(const TensorContext& context, const Rule& rule) {
  if (context.role == TensorRole::attribute && rule.refused_by.has(Reader::onnx)) return kBoth;
  return context.readers(rule.refused_by);
}

void report(const TensorContext& context, const Rule& rule, const std::string& message) {
  context.report(rule, message).refused_by = also_in_attributes(context, rule);
}

void check_amount(const TensorContext& context, std::uint64_t elements) {
  const onnx::TensorView& tensor = context.tensor;
  const std::uint32_t field = tensor.data_fields.front();
  if (field == 9) {
    if (tensor.data_type == kString)
      return report(context, kStringRaw, name_of(context) + " of strings has raw data");
    const auto bytes = tensor.bytes();
    if (!bytes || *bytes == tensor.data.size) return;
    const std::string text = name_of(context) + " has " + std::to_string(tensor.data.size) +
                             " bytes, its shape asks for " + std::to_string(*bytes);
    return report(context, tensor.data.size < *bytes ? kShort : kLong, text);
  }
  if (field != typed_field(tensor.data_type)) {
    // The checker knows no fields of types that it does not know.
    if (typed_field(tensor.data_type) != 0)
      report(context, kWrongField, name_of(context) + " has its data in a field of another type");
    return;
  }
  const auto entries = count_entries(context.model.model, tensor);
  const std::uint64_t wanted = entries_for(tensor.data_type, elements);
  if (!entries || *entries == wanted) return;
  const bool less = *entries < wanted;
  Finding& finding =
      context.report(less ? kShort : kLong, name_of(context) + " has " + std::to_string(*entries) +
                                                " values, its shape asks for " + std::to_string(wanted));
  // The checker looks for missing values only, and counts narrow types generously.
  const bool counted = less && onnx::data_type_bits(tensor.data_type) >= 8;
  finding.refused_by = counted ? also_in_attributes(context, kShort) : context.readers(Reader::ort);
}

void report_two_fields(const TensorContext& context) {
  Finding& finding = context.report(kTwoFields, name_of(context) + " has its data in several fields");
  finding.refused_by = also_in_attributes(context, kTwoFields);
  // Constants become initializers, and of those ONNX Runtime takes one field; only strings must not have two.
  if (context.node != nullptr && becomes_initializer(*context.node)) finding.refused_by = Reader::onnx;
  if (context.tensor.data_type == kString) finding.refused_by = kBoth;
}

void check_inline(const TensorContext& context, std::uint64_t elements) {
  const onnx::TensorView& tensor = context.tensor;
  std::vector<std::uint32_t> fields = tensor.data_fields;
  // An empty raw_data is no data.
  if (tensor.data_entries == 1 && tensor.data.size == 0 && fields.front() == 9) fields.clear();
  if (elements == 0) {
    if (!fields.empty()) report(context, kEmptyWithData, name_of(context) + " has no elements, but data");
    return;
  }
  if (fields.empty()) return report(context, kNoData, name_of(context) + " has no data");
  if (fields.size() > 1) return report_two_fields(context);
  check_amount(context, elements);
}

void check_tensor(TensorContext& context) {
  const onnx::TensorView& tensor = context.tensor;
  if (tensor.data_type == 0) {
    // ONNX Runtime looks at the types of unused initializers, too.
    context.report(kNoType, name_of(context) + " has no element type").refused_by = kBoth;
    return;
  }
  if (onnx::data_type_name(tensor.data_type).empty())
    context
        .report(kBadType, name_of(context) + " has element type " + std::to_string(tensor.data_type) +
                              ", which does not exist")
        .refused_by = Reader::ort;
  if (tensor.segmented)
    context.report(kSegment, name_of(context) + " is a segment of a larger tensor").refused_by = {};
  const auto elements = tensor.elements();
  if (!elements) return report(context, kDims, "the dimensions of " + name_of(context) + " are not possible");
  if (tensor.data_location != kExternal) check_inline(context, *elements);
}

}  // namespace

const Group kTensorsGroup{.rules = kRules, .tensor = check_tensor};

}  // namespace modelexport::check
