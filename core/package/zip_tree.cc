#include "package/zip_tree.h"

#include <algorithm>

#include "package/manifest.h"

namespace modelexport::package {

ZipTree::ZipTree(const zip::Archive& archive, std::string name, const Limits& limits)
    : archive_(archive), name_(std::move(name)), most_inflated_(limits.inflated_member) {
  // "onnx/" alone is no model directory: it is one's part.
  const bool described =
      archive.find_in_root(kManifestName) != nullptr || archive.find_in_root("config.json") != nullptr;
  if (described && !archive.root().empty()) root_ = archive.root() + "/";
  for (const zip::Entry& entry : archive.entries())
    if (!entry.is_directory() && entry.name.starts_with(root_))
      entries_.push_back({entry.name.substr(root_.size()), entry.size, components::Link::none});
  std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
}

Result<const zip::Entry*> ZipTree::find(std::string_view path) const {
  if (const zip::Entry* entry = archive_.find(root_ + std::string(path))) return entry;
  return fail(ErrorCode::io_not_found, "the zip has no such file", {.path = name_ + "/" + std::string(path)});
}

Result<std::string> ZipTree::read(std::string_view path, std::uint64_t limit) const {
  ME_TRY(const zip::Entry* entry, find(path));
  return archive_.read_text(*entry, limit);
}

Result<std::unique_ptr<ByteSource>> ZipTree::open(std::string_view path) const {
  ME_TRY(const zip::Entry* entry, find(path));
  const std::string shown = name_ + "/" + std::string(path);
  if (!entry->deflated) {
    ME_TRY(const ByteRange range, archive_.range(*entry));
    return std::unique_ptr<ByteSource>(std::make_unique<RangeSource>(archive_.source(), range, shown));
  }
  ME_TRY(Bytes bytes, archive_.read(*entry, most_inflated_));
  return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(std::move(bytes), shown));
}

}  // namespace modelexport::package
