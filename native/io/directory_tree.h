// A model directory on disk as a FileTree.
//
// Purpose   Lists files with the kind of link each is; opens only what stays inside the model: files below
// the
//           directory, and the shared cache's blobs when the directory is one of its snapshots.
// Errors    io_not_found, io_not_a_file, io_read; pack_link for links that lead outside.
// Limits    Limits::zip_members files, 32 levels; deeper ones are not listed. Directories that are links are
//           not entered, `.git` is left out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/file_tree.h"

namespace modelexport::io {

class DirectoryTree final : public FileTree {
 public:
  static Result<std::unique_ptr<DirectoryTree>> open(const std::string& path, const Limits& limits);

  [[nodiscard]] std::string name() const override { return path_; }
  [[nodiscard]] const std::vector<components::FileEntry>& list() const override { return entries_; }
  Result<std::string> read(std::string_view path, std::uint64_t limit) const override;
  [[nodiscard]] Result<std::unique_ptr<FileSource>> source(std::string_view path) const override;

 private:
  explicit DirectoryTree(std::string path) : path_(std::move(path)) {}
  Status walk(const std::string& below, int depth, std::uint64_t most);
  Status add(const std::string& relative, int depth, std::uint64_t most);
  [[nodiscard]] components::Link classify_link(const std::string& path, std::uint64_t& size) const;
  [[nodiscard]] bool is_inside(const std::string& real) const;

  std::string path_;
  std::string root_;   ///< real path with a final slash
  std::string blobs_;  ///< the cache's blobs with a final slash, "" if this is no snapshot
  std::vector<components::FileEntry> entries_;
};

}  // namespace modelexport::io
