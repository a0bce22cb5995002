#include "report/inspect_file.h"

#include "format/format.h"

namespace modelexport::report {
namespace {

using format::Format;

Status require_known(const format::Detected& detected, const ByteSource& source) {
  switch (detected.format) {
    case Format::lfs_pointer:
    case Format::html:
    case Format::json:
    case Format::text:
    case Format::unknown:
      return format::require_onnx(detected, source);
    default:
      return detected.zip_error ? format::require_archive(detected, source) : Status{};
  }
}

json::Json other_document(const ByteSource& source, Format format, const InspectOptions& options) {
  json::Json document = json::Json::object();
  document["schema"] = "modelexport/inspect/1";
  document["file"] = options.file;
  document["format"] = format::to_string(format == Format::checkpoint ? Format::unknown : format);
  document["size"] = source.size();
  return document;
}

Result<json::Json> inspect(const ByteSource& source, const InspectOptions& options, const Limits& limits) {
  ME_TRY(const format::Detected detected, format::detect_format(source, limits));
  ME_CHECK(require_known(detected, source));
  if (detected.format != Format::onnx) return other_document(source, detected.format, options);
  ME_TRY(const onnx::ModelView model, onnx::ModelView::open(source, limits));
  ME_TRY(const hierarchy::Tree tree,
         hierarchy::read_hierarchy(model, {.sidecar = {}, .nodes = options.nodes}));
  return inspect_json(model, tree, options);
}

}  // namespace

Result<json::Json> inspect_file(const ByteSource& source, const InspectOptions& options,
                                const Limits& limits) {
  auto document = inspect(source, options, limits);
  if (!document && document.error().where.path.empty()) document.error().where.path = options.file;
  return document;
}

}  // namespace modelexport::report
