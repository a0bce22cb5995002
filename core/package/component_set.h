// The component files of a package while targets edit them.
//
// Purpose   Each edit is listed with its reason, everything else of a file keeps its bytes; files that a
//           target adds are told from copies.
// Ownership Borrows the source tree; owns texts of edited files only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "modelexport/components.h"

namespace modelexport::package {

class ComponentSet {
 public:
  ComponentSet(const components::ComponentPlan& plan, const components::SourceTree& tree);

  [[nodiscard]] bool has(std::string_view path) const { return files_.find(path) != files_.end(); }
  /// Present text of a small file, with earlier edits.
  [[nodiscard]] Result<std::string> text(std::string_view path) const;
  /// The same, parsed; null for files that Python alone can read.
  [[nodiscard]] Result<json::Json> document(std::string_view path, const Limits& limits) const;
  void replace(std::string_view path, std::string text, std::string edit);
  /// Sets one member of a JSON file's root; no edit if it has that value already.
  Status set_member(std::string_view path, std::string_view key, std::string_view json_value,
                    std::string edit);
  /// A file that the source does not have.
  void add(std::string path, std::string text, std::string reason);

  struct File {
    components::PlannedFile planned;
    bool made = false;
  };
  [[nodiscard]] const std::map<std::string, File, std::less<>>& files() const { return files_; }

 private:
  const components::SourceTree& tree_;
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace modelexport::package
