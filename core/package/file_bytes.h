// The bytes of a planned file, as a source: what both the directory and the zip are written from.
//
// Ownership A FileBytes owns the inputs it opened and borrows the plan.
// Errors    io_short_read when an input is smaller than planned; those of opening inputs.
#pragma once

#include <map>
#include <memory>

#include "package/plan.h"

namespace modelexport::package {

/// Opens the inputs of a plan: files natively, Blobs in the browser, memory in tests.
class Inputs {
 public:
  virtual ~Inputs() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<ByteSource>> open(const InputFile& file) const = 0;
};

class FileBytes final : public ByteSource {
 public:
  static Result<std::unique_ptr<FileBytes>> open(const PackagePlan& plan, const PackageFile& file,
                                                 const Inputs& inputs);
  [[nodiscard]] std::uint64_t size() const override { return file_.size; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] std::string name() const override { return file_.path; }

 private:
  explicit FileBytes(const PackageFile& file);

  const PackageFile& file_;
  std::vector<std::uint64_t> starts_;  ///< offset of each piece
  std::map<std::size_t, std::unique_ptr<ByteSource>> inputs_;
};

}  // namespace modelexport::package
