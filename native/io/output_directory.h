// Several output files that belong together: all appear, or none does.
//
// Purpose   contract.md §1. A directory that does not exist yet is built as a sibling and renamed once. In an
//           existing one each file is renamed into place in the order of creation, the main file last.
//           Collisions are found by plan() before anything is written; a file that already holds exactly the
//           planned bytes is no collision and is left alone.
// Order     open → plan for every file → create/fill/finish each → commit. Dropped without commit = no trace.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/linked_view.h"
#include "io/staged_file.h"
#include "modelexport/bytes.h"
#include "modelexport/digest.h"

namespace modelexport::io {

/// A file of the output as it is after commit(): written, or found identical.
struct OutputFile {
  std::string name;
  std::uint64_t size = 0;
  std::string sha256;
};

class OutputDirectory {
 public:
  /// `path` may be "" for the current directory. Missing parents are created at commit-safe points and
  /// removed again if nothing is committed.
  static Result<std::unique_ptr<OutputDirectory>> open(const std::string& path, bool force);
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;
  ~OutputDirectory();

  /// From now on files are hashed while they are written (or found identical): see files().
  void record_digests() { recording_ = true; }
  /// What was finished or kept so far, by name. Empty without record_digests().
  [[nodiscard]] std::vector<OutputFile> files() const;

  /// A file whose bytes are not known yet: an existing one is a collision unless `force`.
  Status plan(const std::string& name);
  /// A file whose bytes are known: an existing identical one is kept and need not be created (returns false).
  Result<bool> plan_bytes(const std::string& name, const ByteSource& bytes);

  /// A sink for a planned file; its finish() makes the file ready for commit(). `main` files appear last.
  Result<std::unique_ptr<ByteSink>> create(const std::string& name, bool main = false);
  /// The finished files of these names under their final names in a directory of their own, for a reader that
  /// must see them before they appear; `others` (existing files of the output directory) beside them. Destroy
  /// it before commit(). Fails where the file system has no hard links.
  Result<std::unique_ptr<LinkedView>> view(const std::vector<std::string>& names,
                                           const std::vector<std::string>& others);
  Status commit();

  /// The file may replace an existing one, also without `force`.
  void allow_replacing(const std::string& name) { replaceable_.insert(name); }
  /// A file of an earlier output that commit() removes, after everything else is in place.
  void remove_at_commit(const std::string& name) { removals_.push_back(name); }

  [[nodiscard]] bool exists_already() const { return existing_; }
  [[nodiscard]] std::string path_of(const std::string& name) const;

 private:
  class Sink;
  struct Entry {
    std::unique_ptr<StagedFile> file;
    bool main = false;
    bool ready = false;
    std::optional<Digest> digest;
  };
  OutputDirectory(std::string path, bool force) : path_(std::move(path)), force_(force) {}
  Status make_directories();
  Status make_subdirectories(const std::string& root, const std::string& name);
  Status commit_new();
  Status commit_existing();
  void discard();

  std::string path_;
  bool force_;
  bool existing_ = false;
  bool committed_ = false;
  std::string building_;  ///< sibling directory under construction, "" if none
  TemporaryPath building_registration_;
  std::vector<std::string> made_parents_;         ///< created by us, outermost first
  std::vector<std::string> made_subdirectories_;  ///< below the output directory, outermost first
  std::map<std::string, Entry> files_;
  bool recording_ = false;
  std::map<std::string, OutputFile> kept_;  ///< found identical
  std::set<std::string> replaceable_;
  std::vector<std::string> removals_;
};

}  // namespace modelexport::io
