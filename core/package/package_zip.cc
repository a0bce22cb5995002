#include "package/package_zip.h"

#include <algorithm>

#include "package/file_sums.h"
#include "zip/writer.h"

namespace modelexport::package {
namespace {

constexpr std::uint64_t kWindow = 1 << 20;

class ZipPackage {
 public:
  ZipPackage(const PackagePlan& plan, const Inputs& inputs, ByteSink& sink, Progress& progress)
      : plan_(plan),
        inputs_(inputs),
        writer_(sink),
        progress_(progress),
        total_(2 * total_size(plan)),
        manifest_(plan.manifest) {}

  Result<Manifest> run() {
    for (const PackageFile& file : plan_.files) ME_CHECK(add(file));
    ME_CHECK(writer_.add(std::string(kManifestName), as_bytes(manifest_text(manifest_))));
    ME_CHECK(writer_.finish());
    return std::move(manifest_);
  }

 private:
  Status add(const PackageFile& file) {
    ME_TRY(const auto bytes, FileBytes::open(plan_, file, inputs_));
    ME_TRY(const Sums sums, checksums(*bytes));
    ME_CHECK(writer_.begin(file.path, file.size, sums.crc));
    ME_CHECK(copy(*bytes));
    ME_CHECK(writer_.end());
    manifest_.files.push_back({file.path, file.size, sums.sha256, file.from, file.reason, file.edits});
    return {};
  }

  Result<Sums> checksums(const ByteSource& bytes) {
    FileSums sums(bytes);
    for (;;) {
      ME_TRY(const std::uint64_t read, sums.step());
      if (read == 0) return sums.sums();
      ME_CHECK(report(read));
    }
  }

  Status copy(const ByteSource& bytes) {
    buffer_.resize(static_cast<std::size_t>(std::min(kWindow, bytes.size())));
    for (std::uint64_t at = 0; at < bytes.size(); at += kWindow) {
      const auto n = static_cast<std::size_t>(std::min(kWindow, bytes.size() - at));
      const std::span<std::byte> window = std::span(buffer_).first(n);
      ME_CHECK(bytes.read_at(at, window));
      ME_CHECK(writer_.append(window));
      ME_CHECK(report(n));
    }
    return {};
  }

  Status report(std::uint64_t read) {
    done_ += read;
    progress_.update("packing", done_, total_);
    if (progress_.cancelled()) return fail(ErrorCode::cli_interrupted, "interrupted");
    return {};
  }

  const PackagePlan& plan_;
  const Inputs& inputs_;
  zip::Writer writer_;
  Progress& progress_;
  std::uint64_t done_ = 0;
  std::uint64_t total_;
  Manifest manifest_;
  Bytes buffer_;
};

}  // namespace

Result<Manifest> write_zip(const PackagePlan& plan, const Inputs& inputs, ByteSink& sink,
                           Progress& progress) {
  return ZipPackage(plan, inputs, sink, progress).run();
}

}  // namespace modelexport::package
