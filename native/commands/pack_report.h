// What `pack` prints: the plan of --dry-run, the summary, and the JSON of contract.md §2.
#pragma once

#include <string>

#include "cli/progress_bar.h"
#include "commands/pack_source.h"
#include "package/plan_package.h"

namespace modelexport::commands {

struct PackReport {
  const package::PackagePlan* plan = nullptr;
  const package::PackOptions* options = nullptr;
  const package::Manifest* written = nullptr;
  const PackSource* source = nullptr;
  std::string output;
  bool zip = false;
};

json::Json plan_json(const PackReport& report);
std::string plan_text(const PackReport& report);
json::Json pack_json(const PackReport& report);
std::string pack_text(const PackReport& report);

/// Copies with one bar for all files.
class PackProgress {
 public:
  PackProgress(Progress& progress, std::uint64_t total) : progress_(progress), total_(total) {}
  Status copy(const ByteSource& from, ByteSink& to);

 private:
  Progress& progress_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  Bytes buffer_;
};

}  // namespace modelexport::commands
