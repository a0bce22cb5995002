// The wire format of the whole file: fields, encodings and texts that readers treat differently.
//
// Purpose   Reads every tag of every message that the specification names (tensor data are skipped), so that
//           damage anywhere in the file is found, also where nothing else looks.
#include <algorithm>
#include <array>

#include "check/rules/groups.h"
#include "onnx/message_reader.h"
#include "onnx/schema.h"
#include "wire/scanner.h"

namespace modelexport::check {
namespace {

using onnx::MessageKind;

constexpr Rule kUnknown{
    .id = "ME-WIRE-010",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The file has fields that the specification does not know.",
    .why = "Readers keep or skip them. A later version of ONNX may give the number another meaning.",
    .fix = "nothing needs to be done",
    .example = "field 1000 in the model",
};
constexpr Rule kWireType{
    .id = "ME-WIRE-011",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A field has another wire type than the specification says.",
    .why =
        "C++ readers take it as an unknown field, so its value is lost; JavaScript readers lose their place "
        "and "
        "misread what follows.",
    .fix = "export the model again",
    .example = "producer_name as a number",
};
constexpr Rule kPadding{
    .id = "ME-WIRE-012",
    .severity = Severity::info,
    .refused_by = {},
    .title = "A number is encoded with more bytes than it needs.",
    .why =
        "Readers accept that; equal models no longer have equal bytes, which checksums and signatures "
        "notice.",
    .fix = "nothing needs to be done",
    .example = "a length of 5 in five bytes",
};
constexpr Rule kUtf8{
    .id = "ME-WIRE-013",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A text is not valid UTF-8.",
    .why =
        "C++ readers do not look, Python fails when it reads the text, other readers show replacement "
        "characters.",
    .fix = "export the model again",
    .example = "producer_name = \\xff\\xfe",
};
constexpr Rule kNul{
    .id = "ME-WIRE-014",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A text contains a NUL.",
    .why = "Programs written in C stop reading there, so different programs see different texts.",
    .fix = "export the model again",
    .example = "name = a\\0b",
};
constexpr Rule kTwice{
    .id = "ME-WIRE-015",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A field that can be there once is there several times.",
    .why = "C++ readers take the last value and merge messages; JavaScript readers replace messages.",
    .fix = "export the model again",
    .example = "ir_version twice",
};
constexpr Rule kOneof{
    .id = "ME-WIRE-016",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A type or dimension has two values that exclude each other.",
    .why = "Readers take the last one.",
    .fix = "export the model again",
    .example = "dim_value and dim_param in one dimension",
};
constexpr Rule kNewer{
    .id = "ME-WIRE-017",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The file has fields that are newer than its IR version.",
    .why = "Known readers do not mind; a strict one may ignore the fields.",
    .fix = "nothing needs to be done",
    .example = "functions in a file of IR version 7",
};

constexpr const Rule* kRules[] = {&kUnknown, &kWireType, &kPadding, &kUtf8, &kNul, &kTwice, &kOneof, &kNewer};

/// UTF-8 in pieces.
class Utf8 {
 public:
  void add(ByteSpan bytes) {
    for (const std::byte b : bytes) add(std::to_integer<unsigned>(b));
  }
  [[nodiscard]] bool valid() const { return valid_ && left_ == 0; }
  [[nodiscard]] bool nul() const { return nul_; }

 private:
  void add(unsigned c) {
    if (left_ > 0) {
      if (c < least_ || c > most_) valid_ = false;
      least_ = 0x80;
      most_ = 0xBF;
      --left_;
      return;
    }
    nul_ = nul_ || c == 0;
    if (c < 0x80) return;
    if (c < 0xC2 || c > 0xF4) {
      valid_ = false;
      return;
    }
    left_ = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    // No overlong forms, no surrogates, nothing above U+10FFFF.
    least_ = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    most_ = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
  }
  unsigned left_ = 0;
  unsigned least_ = 0x80;
  unsigned most_ = 0xBF;
  bool valid_ = true;
  bool nul_ = false;
};

class WireWalk {
 public:
  explicit WireWalk(ModelContext& model) : model_(model), window_(model.model.window()) {}

  void run() { message(MessageKind::model, model_.model.root().content(), nullptr, 0); }

 private:
  using Counts = std::array<std::uint32_t, 27>;

  void message(MessageKind kind, ByteRange content, const Place* place, std::uint32_t depth) {
    if (depth > model_.model.limits().depth) {
      fail(
          Diagnostic{ErrorCode::wire_depth,
                     Severity::error,
                     "messages are nested more than " + std::to_string(model_.model.limits().depth) + " deep",
                     {{}, place ? place->text() : "", content.offset},
                     {}},
          place);
      return;
    }
    Counts counts{};
    wire::Scanner scanner(window_, content);
    wire::Field field;
    while (!failed_ && scanner.next(field)) one(kind, field, place, depth, counts);
    if (!failed_ && !scanner.status()) fail(scanner.status().error(), place);
    if (kind == MessageKind::type || kind == MessageKind::dimension)
      check_oneof(kind, counts, content, place);
  }

  /// One broken message makes readers refuse the whole file: nothing after it counts.
  void fail(Diagnostic diagnostic, const Place* place) {
    failed_ = true;
    if (diagnostic.where.field.empty() && place) diagnostic.where.field = place->text();
    model_.findings.add(diagnostic);
  }

  void one(MessageKind kind, const wire::Field& field, const Place* parent, std::uint32_t depth,
           Counts& counts) {
    const onnx::FieldInfo* info = onnx::find_field(kind, field.number);
    if (info == nullptr) {
      const Place place{parent, "(unknown field)"};
      report(kUnknown, "field " + std::to_string(field.number) + " is not known", place, field);
      return;
    }
    const std::uint32_t index = counts[field.number]++;
    const Place place{parent, info->name, info->repeated ? index : Place::kNoIndex};
    if (!field.canonical)
      report(kPadding, "a number of " + std::string(info->name) + " has padding", place, field);
    if (!onnx::accepts_wire_type(*info, field.type)) {
      report(kWireType,
             std::string(info->name) + " has wire type " + std::to_string(static_cast<unsigned>(field.type)) +
                 " instead of " + std::to_string(static_cast<unsigned>(info->wire)),
             place, field);
      return;
    }
    // The graph in pieces has a rule of its own.
    if (!info->repeated && index == 1 && info->child != MessageKind::graph)
      report(kTwice, std::string(info->name) + " is there several times", place, field);
    check_newer(*info, place, field);
    if (!field.is_length()) return;
    if (info->text) check_text(*info, place, field);
    if (info->child != MessageKind::none) message(info->child, field.content(), &place, depth + 1);
  }

  /// Metadata are harmless in every IR version, and this program writes them at IR 8.
  void check_newer(const onnx::FieldInfo& info, const Place& place, const wire::Field& field) {
    if (model_.ir < 3 || info.ir <= model_.ir || info.name == "metadata_props") return;
    if (info.child == MessageKind::none && info.name != "overload") return;
    report(kNewer,
           std::string(info.name) + " came with IR version " + std::to_string(info.ir) + ", the file has " +
               std::to_string(model_.ir),
           place, field);
  }

  void check_text(const onnx::FieldInfo& info, const Place& place, const wire::Field& field) {
    if (field.size > model_.model.limits().string_bytes) return;
    Utf8 text;
    for (std::uint64_t at = field.content().offset; at < field.content().end();) {
      const ByteSpan bytes = window_.peek(at, 1);
      if (bytes.empty()) return;
      const auto usable = std::min<std::uint64_t>(bytes.size(), field.content().end() - at);
      text.add(bytes.first(static_cast<std::size_t>(usable)));
      at += usable;
    }
    if (!text.valid()) report(kUtf8, std::string(info.name) + " is not valid UTF-8", place, field);
    if (text.nul()) report(kNul, std::string(info.name) + " contains a NUL", place, field);
  }

  void check_oneof(MessageKind kind, const Counts& counts, ByteRange content, const Place* place) {
    unsigned values = 0;
    for (const std::uint32_t number : {1U, 2U, 4U, 5U, 7U, 8U, 9U})
      values += counts[number] > 0 && onnx::find_field(kind, number) != nullptr ? 1 : 0;
    if (values < 2 || place == nullptr) return;
    model_.report(kOneof, "values that exclude each other", *place, content.offset);
  }

  void report(const Rule& rule, std::string message, const Place& place, const wire::Field& field) {
    model_.report(rule, std::move(message), place, field.offset);
  }

  ModelContext& model_;
  wire::Window& window_;
  bool failed_ = false;
};

void check_model(ModelContext& model) { WireWalk(model).run(); }

}  // namespace

const Group kWireGroup{.rules = kRules, .model = check_model};

}  // namespace modelexport::check
