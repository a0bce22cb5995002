#include "commands/package_manifest.h"

#include <algorithm>

#include "io/file_source.h"
#include "modelexport/digest.h"

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kMostBytes = 64ULL << 20;

bool is_unchanged(const std::string& path, const package::ManifestFile& file) {
  const auto source = io::FileSource::open(path);
  if (!source || (*source)->size() != file.bytes) return false;
  const auto digest = hex_digest(DigestKind::sha256, **source, no_progress());
  return digest && *digest == file.sha256;
}

}  // namespace

std::optional<package::Manifest> read_manifest_in(const std::string& directory) {
  const auto source = io::FileSource::open(io::join_path(directory, std::string(package::kManifestName)));
  if (!source) return std::nullopt;
  const auto text = read_text(**source, kMostBytes);
  if (!text) return std::nullopt;
  auto manifest = package::read_manifest(*text, {});
  if (!manifest) return std::nullopt;
  return std::move(*manifest);
}

Status PackageManifest::plan(io::OutputDirectory& out, const std::string& directory, bool force) {
  directory_ = directory;
  force_ = force;
  out.record_digests();
  const std::string name(package::kManifestName);
  if (auto old = read_manifest_in(directory)) {
    old_ = std::move(*old);
    out.allow_replacing(name);
  }
  return out.plan(name);
}

Status PackageManifest::keep_or_remove(io::OutputDirectory& out, const std::set<std::string>& written,
                                       package::Manifest& manifest) const {
  for (const package::ManifestFile& file : old_.files) {
    if (written.count(file.path) != 0) continue;
    if (!is_unchanged(out.path_of(file.path), file)) continue;
    if (force_) {
      out.remove_at_commit(file.path);
    } else {
      manifest.files.push_back(file);
    }
  }
  return {};
}

Result<package::Manifest> PackageManifest::write(io::OutputDirectory& out, package::Manifest manifest) {
  std::vector<package::ManifestFile> described = std::move(manifest.files);
  manifest.files.clear();
  std::set<std::string> written;
  const auto description = [&](const std::string& name) {
    const auto found =
        std::find_if(described.begin(), described.end(), [&](const auto& file) { return file.path == name; });
    if (found == described.end()) return package::ManifestFile{};
    package::ManifestFile file = std::move(*found);
    described.erase(found);
    return file;
  };
  for (const io::OutputFile& file : out.files()) {
    package::ManifestFile entry = description(file.name);
    entry.path = file.name;
    entry.bytes = file.size;
    entry.sha256 = file.sha256;
    written.insert(file.name);
    manifest.files.push_back(std::move(entry));
  }
  // What is left was not written here but belongs to the package (weights that the model refers to).
  for (package::ManifestFile& file : described) {
    if (file.sha256.empty()) continue;
    written.insert(file.path);
    manifest.files.push_back(std::move(file));
  }
  ME_CHECK(keep_or_remove(out, written, manifest));
  const std::string name(package::kManifestName);
  ME_TRY(const auto sink, out.create(name));
  ME_CHECK(sink->append(package::manifest_text(manifest)));
  ME_CHECK(sink->finish());
  return manifest;
}

}  // namespace modelexport::commands
