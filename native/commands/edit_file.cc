#include "commands/edit_file.h"

#include <sys/stat.h>

#include "io/file_sink.h"
#include "io/in_place.h"

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kMostInPlace = 64 << 10;

bool is_only_name(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1;
}

}  // namespace

Status write_edited(cli::Context& context, const onnx::EditPlan& plan, const io::FileSource& source,
                    const std::string& path, bool force) {
  ME_TRY(const auto sink, io::FileSink::open(path, {.force = force}));
  ME_CHECK(onnx::execute(plan, source, *sink, context.progress));
  ME_CHECK(source.verify_unchanged());
  return sink->finish();
}

Status edit_in_place(cli::Context& context, const onnx::EditPlan& plan, const io::FileSource& source,
                     const std::string& path) {
  if (plan.unchanged()) return {};
  if (is_only_name(path)) {
    if (const auto tail = onnx::in_place_tail(plan, kMostInPlace)) {
      ME_TRY(const Bytes bytes, onnx::tail_bytes(plan, source, *tail));
      ME_CHECK(source.verify_unchanged());
      return io::write_tail(path, tail->offset, bytes, tail->new_size);
    }
  }
  return write_edited(context, plan, source, path, true);
}

}  // namespace modelexport::commands
