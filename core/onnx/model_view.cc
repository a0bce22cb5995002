#include "modelexport/model_view.h"

#include <utility>

#include "onnx/message_reader.h"
#include "onnx/schema.h"
#include "result/shell_word.h"
#include "wire/window.h"

namespace modelexport::onnx {
namespace {

// Far above what models have; what is read here stays in memory and is copied into reports.
constexpr std::size_t kMaxOpsets = 10'000;
constexpr std::size_t kMaxMetadata = 100'000;
constexpr std::uint64_t kMaxMetadataBytes = 32ULL << 20;

/// Reads one top-level field into the header.
class HeaderReader {
 public:
  HeaderReader(wire::Window& window, const Limits& limits, ModelHeader& out)
      : reader_(window, limits), window_(window), limits_(limits), out_(out) {}

  Status read(const wire::Field& field) {
    if (out_.fields.size() >= limits_.nodes) return too_many("top-level fields", limits_.nodes, field);
    const MessageRef message = MessageReader::ref(field, 0);
    out_.fields.push_back({field.number, static_cast<std::uint8_t>(field.type), message, field.value});
    if (field.type == wire::WireType::varint) {
      if (field.number == 1) out_.ir_version = static_cast<std::int64_t>(field.value);
      if (field.number == 5) out_.model_version = static_cast<std::int64_t>(field.value);
    }
    return field.is_length() ? read_framed(field, message) : Status{};
  }

 private:
  Status too_many(const char* what, std::uint64_t limit, const wire::Field& field) const {
    return fail(ErrorCode::model_limit, "the model has more than " + std::to_string(limit) + " " + what,
                {window_.source().name(), {}, field.offset});
  }

  Status read_framed(const wire::Field& field, const MessageRef& message) {
    switch (field.number) {
      case 2:
        return reader_.text(field, out_.producer_name);
      case 3:
        return reader_.text(field, out_.producer_version);
      case 4:
        return reader_.text(field, out_.domain);
      case 6:
        return reader_.text(field, out_.doc_string);
      case 7:
        out_.graph_fields.push_back(message);
        return {};
      case 8:
        if (out_.opset_imports.size() >= kMaxOpsets) return too_many("opset imports", kMaxOpsets, field);
        return reader_.read(message, out_.opset_imports.emplace_back());
      case 14:
        metadata_bytes_ += field.size;
        if (out_.metadata.size() >= kMaxMetadata) return too_many("metadata entries", kMaxMetadata, field);
        if (metadata_bytes_ > kMaxMetadataBytes)
          return too_many("bytes of metadata", kMaxMetadataBytes, field);
        return reader_.read(message, out_.metadata.emplace_back());
      case 20:
        out_.training_infos.push_back(message);
        return {};
      case 25:
        out_.functions.push_back(message);
        return {};
      default:
        return {};
    }
  }

  MessageReader reader_;
  wire::Window& window_;
  const Limits& limits_;
  ModelHeader& out_;
  std::uint64_t metadata_bytes_ = 0;
};

template <class View>
Result<View> read_one(wire::Window& window, const Limits& limits, const MessageRef& message) {
  View view;
  ME_CHECK(MessageReader(window, limits).read(message, view));
  return view;
}

}  // namespace

ModelView::ModelView(const ByteSource& source, const Limits& limits)
    : source_(&source), limits_(limits), window_(std::make_unique<wire::Window>(source)) {}
ModelView::ModelView(ModelView&&) noexcept = default;
ModelView& ModelView::operator=(ModelView&&) noexcept = default;
ModelView::~ModelView() = default;

Status ModelView::read_header() {
  wire::Scanner scanner(*window_, root().content());
  HeaderReader reader(*window_, limits_, header_);
  MessageReader graph_reader(*window_, limits_);
  wire::Field field;
  while (scanner.next(field)) {
    ME_CHECK(reader.read(field));
    // Right away, while the window is there: each jump costs a request.
    if (field.number == 7 && field.is_length())
      ME_CHECK(graph_reader.read(header_.graph_fields.back(), graph_));
  }
  return scanner.status();
}

Result<ModelView> ModelView::open(const ByteSource& source, const Limits& limits) {
  ModelView view(source, limits);
  if (auto status = view.read_header(); !status) {
    Diagnostic error = std::move(status).error();
    if (error.where.field.empty() && error.where.offset)
      error.where.field = view.path_at(*error.where.offset);
    return fail(std::move(error));
  }
  if (view.header_.graph_fields.empty())
    return fail(ErrorCode::model_no_graph, "the file holds no ONNX graph", {source.name(), {}, {}},
                "Check what the file is, and whether its download was complete: modelexport inspect " +
                    shell_word(source.name()));
  return view;
}

ReadStats ModelView::read_stats() const { return {window_->bytes_read(), window_->requests()}; }

Result<NodeView> ModelView::node(const MessageRef& message) const {
  return read_one<NodeView>(*window_, limits_, message);
}
Result<ValueView> ModelView::value(const MessageRef& message) const {
  return read_one<ValueView>(*window_, limits_, message);
}
Result<TensorView> ModelView::tensor(const MessageRef& message) const {
  return read_one<TensorView>(*window_, limits_, message);
}
Result<SparseTensorView> ModelView::sparse_tensor(const MessageRef& message) const {
  return read_one<SparseTensorView>(*window_, limits_, message);
}
Result<GraphView> ModelView::subgraph(const MessageRef& message) const {
  return read_one<GraphView>(*window_, limits_, message);
}
Result<FunctionView> ModelView::function(const MessageRef& message) const {
  return read_one<FunctionView>(*window_, limits_, message);
}
Result<std::string> ModelView::content(const MessageRef& message) const {
  return MessageReader(*window_, limits_).content(message);
}

const std::string* ModelView::find_metadata(std::string_view key) const {
  const std::string* found = nullptr;
  for (const MetadataEntry& entry : header_.metadata)
    if (entry.key == key) found = &entry.value;
  return found;
}

std::string ModelView::path_at(std::uint64_t offset) const {
  // A window of its own: the shared one may hold an error, and this is not a read the user asked for.
  wire::Window window(*source_);
  std::string path;
  MessageKind kind = MessageKind::model;
  ByteRange range = root().content();
  for (std::uint32_t depth = 0; depth < limits_.depth && kind != MessageKind::none; ++depth) {
    wire::Scanner scanner(window, range);
    std::vector<std::pair<std::uint32_t, std::uint64_t>> counts;
    wire::Field field;
    bool found = false;
    std::uint64_t index = 0;
    while (!found && scanner.next(field)) {
      auto it = counts.begin();
      while (it != counts.end() && it->first != field.number) ++it;
      if (it == counts.end() && counts.size() < 64) it = counts.insert(it, {field.number, 0});
      index = it == counts.end() ? 0 : it->second++;
      found = offset >= field.offset && offset < field.whole().end();
    }
    if (!found) break;
    const FieldInfo* info = find_field(kind, field.number);
    if (!path.empty()) path.push_back('.');
    path += info ? std::string(info->name) : "field_" + std::to_string(field.number);
    if (info && info->repeated) path += "[" + std::to_string(index) + "]";
    kind = info && field.is_length() ? info->child : MessageKind::none;
    if (offset < field.content().offset) break;
    range = field.content();
  }
  return path;
}

}  // namespace modelexport::onnx
