#include "commands/read_archive.h"

#include "pickle/pickle.h"
#include "pt2/pt2.h"
#include "zip/zip.h"

namespace modelexport::commands {
namespace {

/// libtorch believes a pickle's lengths and allocates gigabytes for bytes that are not there. What no reader
/// can read is found here first; what else a program may hold is the worker's to judge.
Status check_pickle(const ByteSource& archive, const Limits& limits) {
  ME_TRY(const zip::Archive zip, zip::Archive::open(archive, limits));
  const zip::Entry* entry = zip.find_in_root("data.pkl");
  if (entry == nullptr) return {};
  ME_TRY(const Bytes bytes, zip.read(*entry, limits.inflated_member));
  const auto read = pickle::read(bytes, limits, entry->name);
  if (read || read.error().code == ErrorCode::pickle_refused) return {};
  Diagnostic error = read.error();
  if (error.where.path.empty()) error.where.path = archive.name();
  return fail(std::move(error));
}

}  // namespace

Result<WorkerGraph> read_archive(cli::Context& context, format::Format format, const ByteSource& archive,
                                 const std::string& path, const Limits& limits) {
  if (format == format::Format::torchscript) {
    ME_CHECK(check_pickle(archive, limits));
    return run_torch_worker(context, path, limits);
  }
  WorkerGraph made;
  pt2::Pt2Types types;
  ME_TRY(made.graph, pt2::read_pt2(archive, limits, &types));
  for (const auto& [symbol, range] : types.ranges) made.ranges[symbol] = {range.min, range.max};
  return made;
}

}  // namespace modelexport::commands
