// A package's zip as a model directory: its members are read where they lie, nothing is unpacked to disk.
//
// Purpose   `check PACKAGE.zip`. A zip of a directory (`zip -r m.zip m`) is taken for the directory itself.
// Ownership Borrows the archive and its source.
// Errors    Those of zip::Archive: a deflated member above Limits::inflated_member is zip_limit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "modelexport/components.h"
#include "zip/zip.h"

namespace modelexport::package {

class ZipTree final : public components::SourceTree {
 public:
  ZipTree(const zip::Archive& archive, std::string name, const Limits& limits);

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] const std::vector<components::FileEntry>& list() const override { return entries_; }
  Result<std::string> read(std::string_view path, std::uint64_t limit) const override;
  /// Stored members as ranges of the archive, deflated ones in memory with their checksum verified.
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> open(std::string_view path) const override;

 private:
  [[nodiscard]] Result<const zip::Entry*> find(std::string_view path) const;

  const zip::Archive& archive_;
  std::string name_;
  std::uint64_t most_inflated_;
  std::string root_;  ///< "m/" where everything is in one directory that is the model's, else ""
  std::vector<components::FileEntry> entries_;
};

}  // namespace modelexport::package
