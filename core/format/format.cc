#include "format/format.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "result/shell_word.h"
#include "zip/zip.h"

namespace modelexport::format {
namespace {

constexpr std::uint64_t kHead = 512;

bool starts_with_no_case(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  return std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(), [](char want, char have) {
    return want == static_cast<char>(std::tolower(static_cast<unsigned char>(have)));
  });
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool is_safetensors(std::string_view head, std::uint64_t size) {
  if (head.size() < 9 || head[8] != '{') return false;
  const std::uint64_t header = little_endian(head);
  return header >= 2 && header <= size - 8;
}

/// Pickle protocol 2 or later, as torch.save wrote before it used zip files.
bool is_pickle(std::string_view head) {
  return head.size() > 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5;
}

bool is_text(std::string_view head) {
  return !head.empty() && std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

/// Reads one varint of a protobuf message; false at the end of the file or after ten bytes.
bool read_varint(const ByteSource& source, std::uint64_t& at, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    std::array<std::byte, 1> byte{};
    if (!source.read_at(at, byte)) return false;
    ++at;
    const auto bits = static_cast<std::uint64_t>(byte[0]);
    value |= (bits & 0x7f) << (shift < 64 ? shift : 63);
    if ((bits & 0x80) == 0) return true;
  }
  return false;
}

/// The wire type of each top-level field of ModelProto; -1 for numbers that it does not have.
int model_field_type(std::uint64_t field) {
  switch (field) {
    case 1:
    case 5:
      return 0;
    case 2:
    case 3:
    case 4:
    case 6:
    case 7:
    case 8:
    case 14:
    case 20:
    case 25:
    case 26:
      return 2;
    default:
      return -1;
  }
}

/// Walks the top-level fields of what could be a ModelProto: all must be ModelProto's, up to the graph.
bool is_onnx(const ByteSource& source) {
  constexpr int kMostFields = 4096;
  std::uint64_t at = 0;
  bool ir_version = false;
  for (int i = 0; i < kMostFields && at < source.size(); ++i) {
    std::uint64_t tag = 0;
    std::uint64_t value = 0;
    if (!read_varint(source, at, tag) || model_field_type(tag >> 3) != static_cast<int>(tag & 7))
      return false;
    if (!read_varint(source, at, value)) return false;
    if (tag >> 3 == 1) ir_version = value >= 1 && value < 1000;
    if (tag >> 3 == 7) return true;
    if ((tag & 7) == 2) {
      if (value > source.size() - at) return ir_version;  // cut off, but it began as one
      at += value;
    }
  }
  return ir_version;
}

Format zip_kind(const zip::Archive& archive) {
  const auto has = [&](std::string_view name) {
    return archive.find_in_root(name) != nullptr || archive.find(name) != nullptr;
  };
  if (has("archive_format") || has("serialized_exported_program.json") || has("models/model.json"))
    return Format::pt2;
  if (has("constants.pkl") && has("data.pkl")) return Format::torchscript;
  if (has("data.pkl")) return Format::checkpoint;
  return Format::zip;
}

Detected detect_zip(const ByteSource& source, const Limits& limits) {
  auto archive = zip::Archive::open(source, limits);
  if (!archive) return {Format::zip, archive.error()};
  return {zip_kind(*archive), std::nullopt};
}

Format detect_other(const ByteSource& source, std::string_view head) {
  if (head.size() >= 4 && head.substr(0, 4) == "GGUF") return Format::gguf;
  if (head.size() >= 8 && head.substr(4, 4) == "ORTM") return Format::ort;
  if (is_safetensors(head, source.size())) return Format::safetensors;
  if (is_pickle(head)) return Format::checkpoint;
  if (is_onnx(source)) return Format::onnx;
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  const std::string_view text = start == std::string_view::npos ? head : head.substr(start);
  if (starts_with_no_case(text, "version https://git-lfs")) return Format::lfs_pointer;
  if (starts_with_no_case(text, "<!doctype html") || starts_with_no_case(text, "<html")) return Format::html;
  if (!is_text(head)) return Format::unknown;
  return text.starts_with('{') || text.starts_with('[') ? Format::json : Format::text;
}

constexpr std::string_view kMakeArchive =
    "make an archive in PyTorch: python3 -m modelexport.capture MODEL_DIR_OR_HUB_ID -o model.pt";

tl::unexpected<Diagnostic> empty_error(const ByteSource& source) {
  return fail(ErrorCode::io_empty, "the file is empty", {.path = source.name()},
              "copy, download or make it again");
}

std::string hint_for(Format format, const std::string& name) {
  switch (format) {
    case Format::onnx:
      return "it is exported already; look at it with: modelexport inspect " + shell_word(name);
    case Format::lfs_pointer:
      return "fetch the file itself: git lfs pull";
    case Format::html:
      return "the download gave an error page; download the file again";
    default:
      return std::string(kMakeArchive);
  }
}

}  // namespace

Result<Detected> detect_format(const ByteSource& source, const Limits& limits) {
  Bytes head(static_cast<std::size_t>(std::min(kHead, source.size())));
  ME_CHECK(source.read_at(0, head));
  if (zip::looks_like_zip(head)) return detect_zip(source, limits);
  return Detected{detect_other(source, as_text(head)), std::nullopt};
}

std::string_view to_string(Format format) {
  static constexpr std::string_view kNames[] = {"onnx",        "ort",  "pt2",    "torchscript", "checkpoint",
                                                "safetensors", "gguf", "zip",    "lfs-pointer", "html",
                                                "json",        "text", "unknown"};
  return kNames[static_cast<std::size_t>(format)];
}

std::string_view describe(Format format) {
  static constexpr std::string_view kTexts[] = {
      "an ONNX file",
      "an ONNX Runtime (.ort) file",
      "a torch.export archive",
      "a TorchScript archive",
      "a PyTorch checkpoint (a state_dict or pickled module): weights without a program",
      "a safetensors file: weights without a program",
      "a GGUF file",
      "a zip file, but no PyTorch archive",
      "a Git LFS pointer, not the file itself",
      "an HTML page",
      "a JSON text",
      "a text file",
      "of no known format",
  };
  return kTexts[static_cast<std::size_t>(format)];
}

Status require_archive(const Detected& detected, const ByteSource& source) {
  const Where where{.path = source.name()};
  if (source.size() == 0) return empty_error(source);
  if (detected.zip_error) {
    if (detected.zip_error->code != ErrorCode::zip_not_an_archive) return fail(*detected.zip_error);
    return fail(ErrorCode::input_truncated, "the file starts as a zip archive, but its end is missing", where,
                "copy or download it again, and compare the size");
  }
  const std::string message = "the input is " + std::string(describe(detected.format));
  switch (detected.format) {
    case Format::torchscript:
    case Format::pt2:
      return {};
    case Format::checkpoint:
    case Format::safetensors:
      return fail(ErrorCode::input_state_dict, message, where, std::string(kMakeArchive));
    case Format::zip:
      return fail(ErrorCode::input_not_pytorch, message, where, std::string(kMakeArchive));
    default:
      return fail(ErrorCode::input_wrong_format, message, where, hint_for(detected.format, source.name()));
  }
}

Status require_onnx(const Detected& detected, const ByteSource& source) {
  if (source.size() == 0) return empty_error(source);
  if (detected.format == Format::onnx) return {};
  const bool archive = detected.format == Format::torchscript || detected.format == Format::pt2;
  if (detected.format == Format::zip) {  // whether it is PyTorch's is no question here
    return fail(ErrorCode::input_wrong_format, "the input is a zip file, not ONNX", {.path = source.name()},
                "unpack it, and name the .onnx file: unzip " + shell_word(source.name()) + " -d DIRECTORY");
  }
  return fail(ErrorCode::input_wrong_format,
              "the input is " + std::string(describe(detected.format)) + ", not ONNX",
              {.path = source.name()},
              archive ? "export it first: modelexport export " + shell_word(source.name()) + " -o OUT"
                      : "name an .onnx file");
}

}  // namespace modelexport::format
