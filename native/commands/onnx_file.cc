#include "commands/onnx_file.h"

#include <sys/stat.h>

#include <cstdlib>

#include "io/file_sink.h"
#include "io/staged_file.h"

namespace modelexport::commands {
namespace {

bool is_remote(std::string_view path) {
  return path.starts_with("hf://") || path.starts_with("http://") || path.starts_with("https://");
}

Status require_readable_kind(const format::Detected& detected, const ByteSource& source) {
  using format::Format;
  switch (detected.format) {
    case Format::lfs_pointer:
    case Format::html:
    case Format::json:
    case Format::text:
    case Format::unknown:
      return format::require_onnx(detected, source);
    default:
      break;
  }
  return detected.zip_error ? format::require_archive(detected, source) : Status{};
}

}  // namespace

Result<OnnxFile> open_any_file(const std::string& path, const Limits& limits) {
  if (is_remote(path)) {
    return fail(ErrorCode::cli_not_supported_yet, "this version reads local files only", {.path = path},
                "download the file first");
  }
  OnnxFile file;
  ME_TRY(file.source, io::FileSource::open(path));
  ME_TRY(const format::Detected detected, format::detect_format(*file.source, limits));
  ME_CHECK(require_readable_kind(detected, *file.source));
  file.format = detected.format;
  if (file.format == format::Format::onnx) {
    auto view = onnx::ModelView::open(*file.source, limits);
    if (!view) {
      if (view.error().where.path.empty()) view.error().where.path = path;
      return fail(view);
    }
    file.view = std::make_unique<onnx::ModelView>(std::move(*view));
  }
  return file;
}

Result<OnnxFile> open_onnx_file(const std::string& path, const Limits& limits) {
  ME_TRY(OnnxFile file, open_any_file(path, limits));
  if (file.view == nullptr) ME_CHECK(format::require_onnx({file.format, std::nullopt}, *file.source));
  return file;
}

bool has_external_file(const std::string& model_path, std::string_view location, std::uint64_t needed) {
  std::string directory = io::split_path(model_path).first;
  if (directory.empty()) directory = ".";
  const std::string path = io::join_path(directory, std::string(location));
  char* root = ::realpath(directory.c_str(), nullptr);
  char* real = ::realpath(path.c_str(), nullptr);
  // A link that leads outside the model's directory counts as missing: runtimes refuse it.
  const bool inside =
      root != nullptr && real != nullptr &&
      std::string_view(real).starts_with(std::string_view(root) == "/" ? "/" : std::string(root) + "/");
  std::free(root);
  std::free(real);
  struct stat info {};
  return inside && ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         static_cast<std::uint64_t>(info.st_size) >= needed;
}

}  // namespace modelexport::commands
