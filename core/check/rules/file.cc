// Containers and identification: what the file really is.
#include <algorithm>
#include <array>

#include "check/file_kind.h"
#include "check/rules/groups.h"
#include "format/format.h"
#include "wire/scanner.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;

constexpr Rule kEmpty{
    .id = "ME-FILE-001",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file is empty.",
    .why = "It was never written, or a download or copy failed.",
    .fix = "get the file again",
    .example = "a file of 0 bytes",
};
constexpr Rule kLfs{
    .id = "ME-FILE-002",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file is a Git LFS pointer.",
    .why = "The repository was cloned without its large files: this is only their name and size.",
    .fix = "run git lfs pull in the repository, or download the file itself",
    .example = "version https://git-lfs.github.com/spec/v1 …",
};
constexpr Rule kHtml{
    .id = "ME-FILE-003",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file is a web page.",
    .why = "The download gave an error or login page instead of the model.",
    .fix = "download the file again; on the Hub use the 'resolve' link, not 'blob'",
    .example = "<!DOCTYPE html> …",
};
constexpr Rule kText{
    .id = "ME-FILE-004",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file is a text.",
    .why =
        "It may be an error message that was saved as a file, or a model in one of ONNX's text forms (JSON, "
        "prototxt, ONNX text), which runtimes do not read.",
    .fix = "download the file again, or convert the text form with the onnx package",
    .example = "{\"error\": \"Entry not found\"}",
};
constexpr Rule kOtherModel{
    .id = "ME-FILE-005",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file is a model of another format.",
    .why =
        "PyTorch archives, safetensors, GGUF, TFLite, HDF5 and others are not ONNX, whatever their name is.",
    .fix = "export the model: modelexport export ARCHIVE -o OUT",
    .example = "model.pt renamed to model.onnx",
};
constexpr Rule kCompressed{
    .id = "ME-FILE-006",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file is compressed or an archive.",
    .why = "Runtimes open models directly and unpack nothing.",
    .fix = "unpack it first",
    .example = "model.onnx.gz renamed to model.onnx",
};
constexpr Rule kOrt{
    .id = "ME-FILE-007",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "The file is in ONNX Runtime's own format.",
    .why =
        "The name decides how ONNX Runtime reads a path: this format must be called .ort. Other programs do "
        "not "
        "read it at all.",
    .fix = "rename the file to .ort, or use the ONNX file it was made from",
    .example = "model.ort renamed to model.onnx",
};
constexpr Rule kOrtName{
    .id = "ME-FILE-008",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "An ONNX file is called .ort.",
    .why = "ONNX Runtime reads files of that name as its own format and fails.",
    .fix = "rename the file to .onnx",
    .example = "model.onnx renamed to model.ort",
};
constexpr Rule kPart{
    .id = "ME-FILE-009",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file is a part of a model only.",
    .why = "It holds a graph or a tensor without the model around it.",
    .fix = "save the whole ModelProto",
    .example = "a GraphProto saved as .onnx",
};
constexpr Rule kGarbage{
    .id = "ME-FILE-010",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The model has foreign bytes before or behind it.",
    .why =
        "A byte order mark, a length prefix or a piece of another file makes readers fail, or, worse, makes "
        "some "
        "of them accept what others refuse.",
    .fix = "modelexport check --fix removes them",
    .example = "a zero byte behind the model",
    .fixable = true,
};
constexpr Rule kTooLarge{
    .id = "ME-FILE-011",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file is larger than protobuf readers load.",
    .why = "No reader loads an ONNX file of 2^31 - 1 bytes or more.",
    .fix = "keep the weights in a separate file: modelexport export … --weights external",
    .example = "a file of 3 GB with inline weights",
};
constexpr Rule kUnknown{
    .id = "ME-FILE-012",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file is of no known format.",
    .why = "Its bytes are neither an ONNX model nor any format that is known here.",
    .fix = "get the file again and compare checksums",
    .example = "random bytes",
};

constexpr const Rule* kRules[] = {&kEmpty, &kLfs,     &kHtml, &kText,    &kOtherModel, &kCompressed,
                                  &kOrt,   &kOrtName, &kPart, &kGarbage, &kTooLarge,   &kUnknown};

struct Magic {
  std::string_view bytes;
  std::size_t offset;
  const Rule* rule;
  std::string_view what;
};
constexpr Magic kMagics[] = {
    {{"\x1F\x8B", 2}, 0, &kCompressed, "a gzip file"},
    {{"\x28\xB5\x2F\xFD", 4}, 0, &kCompressed, "a zstd file"},
    {{"\xFD\x37zXZ", 5}, 0, &kCompressed, "an xz file"},
    {{"BZh", 3}, 0, &kCompressed, "a bzip2 file"},
    {{"\x04\x22\x4D\x18", 4}, 0, &kCompressed, "an lz4 file"},
    {{"7z\xBC\xAF\x27\x1C", 6}, 0, &kCompressed, "a 7z archive"},
    {{"ustar", 5}, 257, &kCompressed, "a tar archive"},
    {{"\x89HDF\r\n\x1A\n", 8}, 0, &kOtherModel, "an HDF5 file"},
    {{"TFL3", 4}, 4, &kOtherModel, "a TFLite file"},
    {{"\x93NUMPY", 6}, 0, &kOtherModel, "a NumPy array"},
    {{"<?xml", 5}, 0, &kHtml, "an XML page"},
};

std::string head_of(const ByteSource& source) {
  constexpr std::uint64_t most = 512;
  const auto bytes = read_range(source, {0, std::min(most, source.size())}, most);
  return bytes ? std::string(as_text(*bytes)) : std::string();
}

const Rule* rule_for(format::Format format) {
  using format::Format;
  switch (format) {
    case Format::lfs_pointer:
      return &kLfs;
    case Format::html:
      return &kHtml;
    case Format::json:
    case Format::text:
      return &kText;
    case Format::zip:
      return &kCompressed;
    case Format::ort:
      return &kOrt;
    case Format::pt2:
    case Format::torchscript:
    case Format::checkpoint:
    case Format::safetensors:
    case Format::gguf:
      return &kOtherModel;
    case Format::onnx:
    case Format::unknown:
      break;
  }
  return nullptr;
}

std::string what_it_is(const format::Detected& detected) {
  if (detected.zip_error) return "a zip file that cannot be read: " + detected.zip_error->message;
  // Whether a zip is a PyTorch archive is no question here.
  return detected.format == format::Format::zip ? "a zip file"
                                                : std::string(format::describe(detected.format));
}

/// Reports what the file is instead of a model; false if it is nothing known.
bool report_kind(const ByteSource& source, const std::string& head, Findings& findings) {
  for (const Magic& magic : kMagics) {
    if (head.size() < magic.offset + magic.bytes.size()) continue;
    if (head.compare(magic.offset, magic.bytes.size(), magic.bytes) != 0) continue;
    findings.add(*magic.rule, "the file is " + std::string(magic.what));
    return true;
  }
  const auto detected = format::detect_format(source, findings.options().limits);
  if (!detected) return false;
  const Rule* rule = rule_for(detected->format);
  if (rule == nullptr) return false;
  const bool named_ort = source.name().ends_with(".ort");
  Finding& finding = findings.add(*rule, "the file is " + what_it_is(*detected));
  if (rule == &kOrt && named_ort) finding.refused_by = Reader::onnx;
  if (detected->zip_error) finding.hint = "copy or download it again, and compare the size";
  return true;
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// The model behind a byte order mark or a length prefix.
std::optional<ByteRange> model_behind_prefix(const std::string& head, std::uint64_t size) {
  if (head.starts_with("\xEF\xBB\xBF") && size > 3) return ByteRange{3, size - 3};
  if (head.size() > 4 && little_endian(head) == size - 4 && head[4] == 8) return ByteRange{4, size - 4};
  return std::nullopt;
}

/// The top-level fields up to the first broken one, if a graph is among them.
std::optional<ByteRange> model_before_garbage(const ByteSource& source, bool& accepted_by_checker) {
  wire::Window window(source);
  wire::Scanner scanner(window, {0, source.size()});
  wire::Field field;
  bool graph = false;
  bool opset = false;
  while (scanner.next(field)) {
    graph = graph || field.number == 7;
    opset = opset || field.number == 8;
  }
  if (scanner.status() || !graph || !opset) return std::nullopt;
  const Diagnostic& error = scanner.status().error();
  if (error.code != ErrorCode::wire_tag && error.code != ErrorCode::wire_varint) return std::nullopt;
  const std::uint64_t end = error.where.offset.value_or(0);
  const ByteSpan bytes = window.peek(end, 1);
  // The C++ parser stops without error at a tag of 0 and at the end of a group.
  const unsigned first = bytes.empty() ? 1 : std::to_integer<unsigned>(bytes.front());
  accepted_by_checker = first == 0 || (first & 7U) == 4;
  return ByteRange{0, end};
}

std::optional<ByteRange> report_garbage(ByteRange model, const ByteSource& source, Readers refused,
                                        Findings& findings) {
  const bool before = model.offset > 0;
  const std::uint64_t foreign = source.size() - model.size;
  Finding& finding = findings.add(
      kGarbage, std::to_string(foreign) + " foreign bytes " + (before ? "before" : "behind") + " the model",
      nullptr, before ? 0 : model.end());
  finding.refused_by = refused;
  Fix fix;
  fix.keep = model;
  finding.fixes.push_back(std::move(fix));
  return model;
}

}  // namespace

const Group kFileGroup{.rules = kRules};

void check_container(const ByteSource& source, Findings& findings) {
  if (source.size() > wire::max_message_bytes)
    findings.add(kTooLarge, "the file has " + std::to_string(source.size()) + " bytes; readers stop at " +
                                std::to_string(wire::max_message_bytes));
  if (source.name().ends_with(".ort")) findings.add(kOrtName, "an ONNX file is called .ort");
}

std::optional<ByteRange> explain_unreadable(const ByteSource& source, const Diagnostic& error,
                                            Findings& findings) {
  if (source.size() == 0) {
    findings.add(kEmpty, "the file is empty");
    return std::nullopt;
  }
  const std::string head = head_of(source);
  if (const auto model = model_behind_prefix(head, source.size()))
    return report_garbage(*model, source, kBoth, findings);
  bool accepted = false;
  if (const auto model = model_before_garbage(source, accepted))
    return report_garbage(*model, source, accepted ? Readers(Reader::ort) : kBoth, findings);
  if (report_kind(source, head, findings)) return std::nullopt;
  if (error.code == ErrorCode::model_no_graph && head.starts_with('\x0A')) {
    findings.add(kPart, "the file is a part of a model, not a model");
    return std::nullopt;
  }
  // A file that begins as a model is a damaged model; any other is something unknown.
  if (!head.starts_with('\x08') && error.code != ErrorCode::model_no_graph &&
      error.code != ErrorCode::model_limit && error.code != ErrorCode::io_short_read &&
      !error.where.field.starts_with("graph"))
    findings.add(kUnknown, "the file is of no known format");
  findings.add(error);
  return std::nullopt;
}

}  // namespace modelexport::check
