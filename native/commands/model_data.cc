#include "commands/model_data.h"

#include <sys/stat.h>

#include "io/file_sink.h"
#include "io/real_path.h"

namespace modelexport::commands {
namespace {

/// ".../models--org--name/snapshots/REV[/onnx]" keeps its bytes in ".../models--org--name/blobs/".
std::string blobs_of(const std::string& directory) {
  const std::size_t at = directory.find("/snapshots/");
  return at == std::string::npos ? std::string() : directory.substr(0, at) + "/blobs/";
}

}  // namespace

std::string ModelData::resolve(std::size_t model, const std::string& location) const {
  std::string directory = io::split_path(models_[model]).first;
  if (directory.empty()) directory = ".";
  const std::string root = io::real_path(directory);
  std::string real = io::real_path(io::join_path(directory, location));
  if (root.empty() || real.empty()) return {};
  const std::string blobs = blobs_of(root);
  const bool inside = real.starts_with(root == "/" ? root : root + "/");
  const bool cached = !blobs.empty() && real.starts_with(blobs);
  return inside || cached ? real : std::string();
}

const components::FileEntry* ModelData::in_source(const std::string& location) const {
  if (source_ == nullptr || !location.ends_with(".safetensors")) return nullptr;
  for (const components::FileEntry& file : source_->list())
    if (file.path == location) return &file;
  return nullptr;
}

std::optional<std::uint64_t> ModelData::size(std::size_t model, const std::string& location) const {
  const std::string real = resolve(model, location);
  struct stat info {};
  if (real.empty()) {
    const components::FileEntry* file = in_source(location);
    return file == nullptr ? std::nullopt : std::optional<std::uint64_t>(file->size);
  }
  if (::stat(real.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(info.st_size);
}

Result<std::unique_ptr<io::FileSource>> ModelData::open(std::size_t model,
                                                        const std::string& location) const {
  const std::string real = resolve(model, location);
  const std::string shown = io::join_path(io::split_path(models_[model]).first, location);
  if (real.empty() && in_source(location) != nullptr) return source_->source(location);
  if (real.empty()) return fail(ErrorCode::pack_data, "the data file is gone", {.path = shown});
  return io::FileSource::open(real, shown);
}

}  // namespace modelexport::commands
