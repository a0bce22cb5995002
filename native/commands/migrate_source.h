// Sources of migrated models: each is looked up once, also for a shelf of hundreds that share it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "cli/context.h"
#include "commands/source_option.h"
#include "io/file_tree.h"
#include "io/surroundings.h"
#include "modelexport/components.h"

namespace modelexport::commands {

struct MigrateSource {
  source::Source source;
  std::unique_ptr<io::FileTree> tree;    ///< nullptr when nothing can be opened
  components::ComponentPlan components;  ///< empty without tree
  std::string config;                    ///< text of config.json
  std::string note;                      ///< what the user should know
};

class MigrateSources {
 public:
  explicit MigrateSources(cli::Context& context) : context_(context), hub_(context) {}
  /// Errors: those of source::require_usable and of component planning.
  Result<const MigrateSource*> get(const std::string& given, const Limits& limits);
  [[nodiscard]] source::HubProbe& hub() { return hub_; }
  /// Of the models' directories.
  [[nodiscard]] io::DirectoryListings& listings() { return listings_; }

 private:
  Result<MigrateSource> open(const std::string& given, const Limits& limits);

  cli::Context& context_;
  HubSourceProbe hub_;
  io::DirectoryListings listings_;
  std::map<std::string, Result<MigrateSource>> known_;
};

}  // namespace modelexport::commands
