#include "convert/archive_record.h"

#include "zip/zip.h"

namespace modelexport::convert {
namespace {

constexpr std::uint64_t kRecordLimit = 1 << 20;

}  // namespace

Result<std::optional<std::string>> read_record_text(const ByteSource& archive, const Limits& limits) {
  ME_TRY(const zip::Archive zip, zip::Archive::open(archive, limits));
  const zip::Entry* entry = zip.find_in_root("extra/modelexport.json");
  if (entry == nullptr) return std::optional<std::string>();
  ME_TRY(std::string text, zip.read_text(*entry, kRecordLimit));
  return std::optional<std::string>(std::move(text));
}

Result<Stamped> stamp_export(const StampRequest& request) {
  const bool recorded = request.record != nullptr && !request.record->task.empty();
  stamp::MakeOptions options;
  options.version = request.version;
  options.task = request.task;
  options.keep_paths = request.keep_paths;
  options.allow_unpinned = request.allow_unpinned;
  if (options.task.empty() && !recorded) options.task = request.source_task;
  ME_TRY(stamp::Made made, stamp::make(request.source, request.record, options));
  Stamped stamped;
  stamped.task = !request.task.empty() ? request.task : recorded ? request.record->task : options.task;
  stamped.entries = std::move(made.entries);
  stamped.warnings = std::move(made.warnings);
  return stamped;
}

}  // namespace modelexport::convert
