// One model of `migrate`: planned, shown, then written with what belongs beside it.
//
// Purpose   plan() reads only. write() makes a new file (with its data and components in the output
// directory)
//           or changes the file itself, which leaves what it replaced as a small undo plan beside it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "commands/migrate_source.h"
#include "io/file_source.h"
#include "io/surroundings.h"
#include "migrate/migrate.h"
#include "migrate/undo.h"

namespace modelexport::commands {

struct MigrateSettings {
  bool rename_inputs = false;
  bool dynamic = false;
  bool in_place = false;
  bool force = false;
  bool dry_run = false;
  Limits limits;
};

class MigrateJob {
 public:
  /// `output` is the file to write, "" for in-place and for plans only.
  MigrateJob(std::string path, std::string source, std::string output, migrate::Rules rules)
      : path_(std::move(path)),
        source_name_(std::move(source)),
        output_(std::move(output)),
        rules_(std::move(rules)) {}

  Status plan(cli::Context& context, MigrateSources& sources, const MigrateSettings& settings);
  /// Errors before anything is written: an output that exists and is different.
  Status check_output(const MigrateSettings& settings) const;
  Status write(cli::Context& context, const MigrateSettings& settings);
  /// Nothing of the model stays in memory but what is shown.
  void release();

  void fail_with(Diagnostic diagnostic) { failed_ = std::move(diagnostic); }
  void mark_done() { already_done_ = true; }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& source_name() const { return source_name_; }
  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] const std::string& written() const { return written_; }
  [[nodiscard]] bool already_done() const { return already_done_; }
  [[nodiscard]] const std::optional<Diagnostic>& failed() const { return failed_; }
  [[nodiscard]] const migrate::Migration& migration() const { return migration_; }
  /// Size and checksum of the file as it is.
  [[nodiscard]] Result<migrate::FileIdentity> identity(cli::Context& context) const;

 private:
  void plan_components(const MigrateSource& source);
  [[nodiscard]] std::string directory() const;  ///< that components go to
  using Added = std::vector<std::pair<std::string, migrate::FileIdentity>>;
  Status write_undo(cli::Context& context, const Added& added);
  /// `added` receives what was not there before.
  Status write_components(cli::Context& context, const std::string& directory, bool replace,
                          Added* added = nullptr);
  Status write_copy(cli::Context& context, const MigrateSettings& settings);
  Status copy_data(cli::Context& context, const std::string& directory, bool force);

  std::string path_;
  std::string source_name_;
  std::string output_;
  migrate::Rules rules_;
  std::unique_ptr<io::FileSource> file_;
  const MigrateSource* source_ = nullptr;
  std::vector<const components::PlannedFile*> components_;  ///< to write
  migrate::Migration migration_;
  std::string written_;
  bool already_done_ = false;
  std::optional<Diagnostic> failed_;
};

/// `migrate --undo`: the original of a file that --in-place changed.
Status undo_migration(cli::Context& context, const std::string& path);

}  // namespace modelexport::commands
