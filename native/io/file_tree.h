// A model's files that can be opened, not only listed: a directory on disk, or a repository of the Hub.
//
// Purpose   What copies files (export, pack) works on this; where they come from is the tree's business.
// Errors    source() fails as the tree's own class says; a Hub tree may have to download first.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/file_source.h"
#include "modelexport/components.h"

namespace modelexport::io {

class FileTree : public components::SourceTree {
 public:
  /// A listed file as a source, for copying.
  [[nodiscard]] virtual Result<std::unique_ptr<FileSource>> source(std::string_view path) const = 0;
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> open(std::string_view path) const override {
    ME_TRY(auto file, source(path));
    return std::unique_ptr<ByteSource>(std::move(file));
  }
  /// Makes files available at once (one pass of downloads with one progress) before source() is called for
  /// each. Trees that have everything do nothing.
  virtual Status prepare(const std::vector<std::string>& /*paths*/, Progress& /*progress*/) const {
    return {};
  }
  /// The SHA-256 of a file where it is known without reading it (a Hub's large files: LFS, Xet); "" for
  /// others.
  [[nodiscard]] virtual std::string sha256(std::string_view /*path*/) const { return {}; }
  /// Where a file's bytes come from: "local", "cache" or "hub" (downloaded by this run).
  [[nodiscard]] virtual std::string_view origin(std::string_view /*path*/) const { return "local"; }
};

}  // namespace modelexport::io
