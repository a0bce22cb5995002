#include "onnx/message_reader.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "proto/onnx.pb.h"

namespace modelexport::onnx {
namespace {

/// Each takes some hundred bytes of memory here, and none of the largest models has a tenth of them.
constexpr std::uint64_t kMaxInitializers = 500'000;

constexpr std::uint64_t shown_string = 1ULL << 20;
/// Attributes of a node, entries of one metadata list.
constexpr std::uint64_t most_parts = 100'000;

void note_once(std::vector<std::uint32_t>& numbers, std::uint32_t number) {
  if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
}

void set_shape(const proto::TensorShapeProto& shape, ValueView& out) {
  out.has_shape = true;
  for (const auto& dim : shape.dim()) {
    switch (dim.value_case()) {
      case proto::TensorShapeProto::Dimension::kDimValue:
        out.shape.emplace_back(dim.dim_value());
        break;
      case proto::TensorShapeProto::Dimension::kDimParam:
        out.shape.emplace_back(dim.dim_param());
        break;
      case proto::TensorShapeProto::Dimension::VALUE_NOT_SET:
        out.shape.emplace_back();
        break;
    }
  }
}

void set_type(const proto::TypeProto& type, ValueView& out) {
  const auto set_tensor = [&](const auto& tensor, ValueKind kind) {
    out.kind = kind;
    out.elem_type = tensor.elem_type();
    if (tensor.has_shape()) set_shape(tensor.shape(), out);
  };
  switch (type.value_case()) {
    case proto::TypeProto::kTensorType:
      return set_tensor(type.tensor_type(), ValueKind::tensor);
    case proto::TypeProto::kSparseTensorType:
      return set_tensor(type.sparse_tensor_type(), ValueKind::sparse_tensor);
    case proto::TypeProto::kSequenceType:
      out.kind = ValueKind::sequence;
      return;
    case proto::TypeProto::kMapType:
      out.kind = ValueKind::map;
      return;
    case proto::TypeProto::kOpaqueType:
      out.kind = ValueKind::opaque;
      return;
    case proto::TypeProto::kOptionalType:
      out.kind = ValueKind::optional;
      return;
    case proto::TypeProto::VALUE_NOT_SET:
      return;
  }
}

}  // namespace

tl::unexpected<Diagnostic> MessageReader::at(ErrorCode code, std::string message,
                                             std::uint64_t offset) const {
  return fail(code, std::move(message), {window_.source().name(), {}, offset});
}

tl::unexpected<Diagnostic> MessageReader::too_many(std::uint64_t limit, std::uint64_t offset) const {
  return at(ErrorCode::model_limit, "one part of the model has more than " + std::to_string(limit) + " items",
            offset);
}

template <class OnField>
Status MessageReader::scan(const MessageRef& message, const OnField& on) {
  if (message.depth > limits_.depth)
    return at(ErrorCode::wire_depth,
              "messages are nested more than " + std::to_string(limits_.depth) + " deep", message.offset);
  wire::Scanner scanner(window_, message.content());
  wire::Field field;
  while (scanner.next(field)) ME_CHECK(on(field));
  return scanner.status();
}

Status MessageReader::text(const wire::Field& field, std::string& out) {
  if (field.size > limits_.string_bytes)
    return at(ErrorCode::model_limit,
              "a string of " + std::to_string(field.size) + " bytes; the limit is " +
                  std::to_string(limits_.string_bytes),
              field.offset);
  ME_TRY(out, window_.text(field.content()));
  return {};
}

Status MessageReader::append_text(const wire::Field& field, std::vector<std::string>& out) {
  if (out.size() >= limits_.tensors) return too_many(limits_.tensors, field.offset);
  out.emplace_back();
  return text(field, out.back());
}

template <class T>
Status MessageReader::append(const wire::Field& field, std::uint32_t depth, std::vector<T>& out) {
  // An empty message takes two bytes in the file and a few hundred here.
  constexpr std::uint64_t most = std::is_same_v<T, TensorView> ? ~0ULL : most_parts;
  if (out.size() >= most) return too_many(most, field.offset);
  out.emplace_back();
  return read(ref(field, depth), out.back());
}

Status MessageReader::append_integers(const wire::Field& field, std::vector<std::int64_t>& out) {
  const auto add = [&](std::uint64_t value) -> Status {
    if (out.size() >= limits_.rank)
      return at(ErrorCode::tensor_shape,
                "a tensor has more than " + std::to_string(limits_.rank) + " dimensions", field.offset);
    out.push_back(static_cast<std::int64_t>(value));
    return {};
  };
  if (field.type == wire::WireType::varint) return add(field.value);
  if (!field.is_length()) return {};
  if (field.size > limits_.rank * wire::max_varint_bytes)
    return at(ErrorCode::tensor_shape,
              "a tensor has more than " + std::to_string(limits_.rank) + " dimensions", field.offset);
  ME_TRY(const std::string packed, window_.text(field.content()));
  ByteSpan left = as_bytes(packed);
  while (!left.empty()) {
    std::uint64_t value = 0;
    if (!wire::take_varint(left, value))
      return at(ErrorCode::wire_varint, "packed numbers end within a number", field.offset);
    ME_CHECK(add(value));
  }
  return {};
}

Result<std::string> MessageReader::content(const MessageRef& message) {
  if (message.size > limits_.small_message)
    return at(ErrorCode::model_limit,
              "a message of " + std::to_string(message.size) +
                  " bytes; the limit for reading it as a whole is " + std::to_string(limits_.small_message),
              message.offset);
  return window_.text(message.content());
}

Status MessageReader::read(const MessageRef& message, MetadataEntry& out) {
  out.message = message;
  return scan(message, [&](const wire::Field& field) -> Status {
    if (!field.is_length()) return {};
    if (field.number == 1) return text(field, out.key);
    if (field.number == 2) return text(field, out.value);
    return {};
  });
}

Status MessageReader::read(const MessageRef& message, OpsetImport& out) {
  out.message = message;
  return scan(message, [&](const wire::Field& field) -> Status {
    if (field.number == 1 && field.is_length()) return text(field, out.domain);
    if (field.number == 2 && field.type == wire::WireType::varint)
      out.version = static_cast<std::int64_t>(field.value);
    return {};
  });
}

Status MessageReader::note_tensor_data(const wire::Field& field, TensorView& out) {
  note_once(out.data_fields, field.number);
  ++out.data_entries;
  if (field.is_length()) out.data = field.content();
  return {};
}

Status MessageReader::read(const MessageRef& message, TensorView& out) {
  out.message = message;
  std::vector<MetadataEntry> external;
  ME_CHECK(scan(message, [&](const wire::Field& field) -> Status {
    const bool is_number = field.type == wire::WireType::varint;
    switch (field.number) {
      case 1:
        return append_integers(field, out.dims);
      case 2:
        if (is_number) out.data_type = static_cast<std::int32_t>(field.value);
        return {};
      case 3:
        out.segmented = true;
        return {};
      case 4:
      case 5:
      case 6:
      case 7:
      case 9:
      case 10:
      case 11:
        return note_tensor_data(field, out);
      case 8:
        return field.is_length() ? text(field, out.name) : Status{};
      case 13:
        return field.is_length() ? append(field, message.depth, external) : Status{};
      case 14:
        if (is_number) out.data_location = static_cast<std::int32_t>(field.value);
        return {};
      case 16:
        return field.is_length() ? append(field, message.depth, out.metadata) : Status{};
      default:
        return {};
    }
  }));
  if (!external.empty()) out.external = parse_external_data(std::move(external));
  return {};
}

Status MessageReader::read(const MessageRef& message, SparseTensorView& out) {
  out.message = message;
  return scan(message, [&](const wire::Field& field) -> Status {
    if (field.number == 3) return append_integers(field, out.dims);
    if (!field.is_length()) return {};
    if (field.number == 1) return read(ref(field, message.depth), out.values.emplace());
    if (field.number == 2) return read(ref(field, message.depth), out.indices.emplace());
    return {};
  });
}

Status MessageReader::read_attribute_value(const wire::Field& field, std::uint32_t depth,
                                           AttributeView& out) {
  note_once(out.value_fields, field.number);
  switch (field.number) {
    case 2: {
      const auto bits = static_cast<std::uint32_t>(field.value);
      if (field.type == wire::WireType::fixed32) std::memcpy(&out.f, &bits, sizeof(bits));
      return {};
    }
    case 3:
      if (field.type == wire::WireType::varint) out.i = static_cast<std::int64_t>(field.value);
      return {};
    default:
      break;
  }
  if (!field.is_length()) return {};
  switch (field.number) {
    case 4:
      out.string = ref(field, depth);
      out.s.clear();
      return field.size <= shown_string ? text(field, out.s) : Status{};
    case 5:
    case 10:
      out.tensors.push_back(ref(field, depth));
      return {};
    case 6:
    case 11:
      out.graphs.push_back(ref(field, depth));
      return {};
    case 22:
    case 23:
      out.sparse_tensors.push_back(ref(field, depth));
      return {};
    default:
      return {};
  }
}

Status MessageReader::read(const MessageRef& message, AttributeView& out) {
  out.message = message;
  return scan(message, [&](const wire::Field& field) -> Status {
    switch (field.number) {
      case 1:
        return field.is_length() ? text(field, out.name) : Status{};
      case 20:
        if (field.type == wire::WireType::varint) out.type = static_cast<std::int32_t>(field.value);
        return {};
      case 21:
        return field.is_length() ? text(field, out.ref_attr_name) : Status{};
      case 2:
      case 3:
      case 4:
      case 5:
      case 6:
      case 7:
      case 8:
      case 9:
      case 10:
      case 11:
      case 14:
      case 15:
      case 22:
      case 23:
        return read_attribute_value(field, message.depth, out);
      default:
        return {};
    }
  });
}

Status MessageReader::read(const MessageRef& message, NodeView& out) {
  out.message = message;
  return scan(message, [&](const wire::Field& field) -> Status {
    if (!field.is_length()) return {};
    switch (field.number) {
      case 1:
        return append_text(field, out.inputs);
      case 2:
        return append_text(field, out.outputs);
      case 3:
        return text(field, out.name);
      case 4:
        return text(field, out.op_type);
      case 5:
        return append(field, message.depth, out.attributes);
      case 6:
        return text(field, out.doc_string);
      case 7:
        return text(field, out.domain);
      case 8:
        return text(field, out.overload);
      case 9:
        return append(field, message.depth, out.metadata);
      default:
        return {};
    }
  });
}

Status MessageReader::read(const MessageRef& message, ValueView& out) {
  out.message = message;
  ME_TRY(const std::string bytes, content(message));
  proto::ValueInfoProto info;
  if (!info.ParseFromString(bytes))
    return at(ErrorCode::model_content, "a value's name and type cannot be parsed", message.offset);
  out.name = info.name();
  for (const auto& entry : info.metadata_props()) out.metadata.emplace_back(entry.key(), entry.value());
  if (info.type().tensor_type().shape().dim_size() > static_cast<int>(limits_.rank))
    return at(ErrorCode::tensor_shape,
              "a value has more than " + std::to_string(limits_.rank) + " dimensions", message.offset);
  set_type(info.type(), out);
  return {};
}

Status MessageReader::read(const MessageRef& message, FunctionView& out) {
  out.message = message;
  return scan(message, [&](const wire::Field& field) -> Status {
    if (!field.is_length()) return {};
    const auto keep = [&](std::vector<MessageRef>& list) -> Status {
      list.push_back(ref(field, message.depth));
      return {};
    };
    switch (field.number) {
      case 1:
        return text(field, out.name);
      case 4:
        return append_text(field, out.inputs);
      case 5:
        return append_text(field, out.outputs);
      case 6:
        return append_text(field, out.attributes);
      case 7:
        return keep(out.nodes);
      case 9:
        return append(field, message.depth, out.opset_imports);
      case 10:
        return text(field, out.domain);
      case 11:
        return keep(out.attribute_protos);
      case 12:
        return keep(out.value_infos);
      case 13:
        return text(field, out.overload);
      case 14:
        return append(field, message.depth, out.metadata);
      default:
        return {};
    }
  });
}

Status MessageReader::read_graph_field(const wire::Field& field, std::uint32_t depth, GraphView& out) {
  const auto keep = [&](std::vector<MessageRef>& list, std::uint64_t limit) -> Status {
    if (list.size() >= limit) return too_many(limit, field.offset);
    list.push_back(ref(field, depth));
    return {};
  };
  switch (field.number) {
    case 1:
      return keep(out.nodes, limits_.nodes);
    case 2:
      return text(field, out.name);
    case 5:
      if (out.initializers.size() >= kMaxInitializers) return too_many(kMaxInitializers, field.offset);
      return append(field, depth, out.initializers);
    case 10:
      return text(field, out.doc_string);
    case 11:
      return keep(out.inputs, limits_.tensors);
    case 12:
      return keep(out.outputs, limits_.tensors);
    case 13:
      return keep(out.value_infos, limits_.nodes);
    case 14:
      return keep(out.quantization_annotations, limits_.tensors);
    case 15:
      return keep(out.sparse_initializers, limits_.tensors);
    case 16:
      return append(field, depth, out.metadata);
    default:
      return {};
  }
}

Status MessageReader::read(const MessageRef& message, GraphView& out) {
  out.messages.push_back(message);
  return scan(message, [&](const wire::Field& field) -> Status {
    return field.is_length() ? read_graph_field(field, message.depth, out) : Status{};
  });
}

}  // namespace modelexport::onnx
