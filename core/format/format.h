// What kind of file this is, judged by its content and never by its name.
//
// Purpose   `inspect` reports the format; commands that need one kind say what they were given instead.
// Reads     A few hundred bytes, and a zip's directory.
// Errors    detect_format fails only when reading fails. A damaged zip is Format::zip with `zip_error` set.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "modelexport/bytes.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::format {

enum class Format : std::uint8_t {
  onnx,
  ort,
  pt2,
  torchscript,
  checkpoint,  ///< torch.save of tensors: a zip without code, or the pickle of old versions
  safetensors,
  gguf,
  zip,
  lfs_pointer,
  html,
  json,
  text,
  unknown,
};

struct Detected {
  Format format = Format::unknown;
  std::optional<Diagnostic> zip_error;  ///< why a file that starts as a zip is not a readable one
};

Result<Detected> detect_format(const ByteSource& source, const Limits& limits);

/// The word of contract.md: "lfs-pointer". A checkpoint is "zip" or "unknown" there; here "checkpoint".
std::string_view to_string(Format format);
/// "a Git LFS pointer, not the file itself": for messages that start with "the input is".
std::string_view describe(Format format);

/// Ok for torchscript and pt2; else the error that says what the file is and how to get an archive.
Status require_archive(const Detected& detected, const ByteSource& source);
/// Ok for onnx; else the error that says what the file is.
Status require_onnx(const Detected& detected, const ByteSource& source);

}  // namespace modelexport::format
