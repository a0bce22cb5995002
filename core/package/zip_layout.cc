#include "package/zip_layout.h"

#include "zip/writer.h"

namespace modelexport::package {
namespace {

/// What the writer writes, as literal pieces between the files' own.
class PieceSink final : public ByteSink {
 public:
  Status append(ByteSpan bytes) override {
    add(std::string(as_text(bytes)));
    return {};
  }
  using ByteSink::append;
  Status finish() override { return {}; }

  void add(const Piece& piece) {
    if (const auto* range = std::get_if<InputRange>(&piece)) {
      layout_.size += range->range.size;
      if (range->range.size > 0) layout_.pieces.push_back(piece);
      return;
    }
    const std::string& text = std::get<std::string>(piece);
    layout_.size += text.size();
    if (!layout_.pieces.empty() && std::holds_alternative<std::string>(layout_.pieces.back())) {
      std::get<std::string>(layout_.pieces.back()) += text;
    } else if (!text.empty()) {
      layout_.pieces.push_back(piece);
    }
  }
  ZipLayout take() { return std::move(layout_); }

 private:
  ZipLayout layout_;
};

}  // namespace

Result<ZipLayout> layout_zip(const PackagePlan& plan, std::span<const Sums> sums) {
  if (sums.size() != plan.files.size()) return fail(ErrorCode::internal, "a file has no checksum");
  PieceSink sink;
  zip::Writer writer(sink);
  Manifest manifest = plan.manifest;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const PackageFile& file = plan.files[i];
    ME_CHECK(writer.leave_room(file.path, file.size, sums[i].crc));
    for (const Piece& piece : file.pieces) sink.add(piece);
    manifest.files.push_back({file.path, file.size, sums[i].sha256, file.from, file.reason, file.edits});
  }
  ME_CHECK(writer.add(std::string(kManifestName), as_bytes(manifest_text(manifest))));
  ME_CHECK(writer.finish());
  ZipLayout layout = sink.take();
  layout.manifest = std::move(manifest);
  return layout;
}

}  // namespace modelexport::package
