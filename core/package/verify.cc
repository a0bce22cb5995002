#include "package/verify.h"

#include <map>

#include "modelexport/digest.h"

namespace modelexport::package {
namespace {

Diagnostic finding(ErrorCode code, Severity severity, std::string message, const std::string& path,
                   std::string hint) {
  return {code, severity, std::move(message), {.path = path}, std::move(hint)};
}

constexpr const char* kAgain =
    "Copy the file again from where the package came from, or pack the model again.";

/// What is wrong with one listed file, or nothing.
Result<std::optional<Diagnostic>> compare(const ManifestFile& wanted, const components::FileEntry& found,
                                          const components::SourceTree& tree, const VerifyOptions& options,
                                          Progress& progress) {
  using components::Link;
  if (found.link == Link::outside || found.link == Link::broken) {
    return std::optional(finding(ErrorCode::pkg_file_missing, Severity::error,
                                 wanted.path + " is a link that leads out of the package or nowhere.",
                                 wanted.path, "Replace the link by the file."));
  }
  if (found.size != wanted.bytes) {
    return std::optional(finding(ErrorCode::pkg_file_changed, Severity::error,
                                 wanted.path + " has " + std::to_string(found.size) +
                                     " bytes; the manifest says " + std::to_string(wanted.bytes) + ".",
                                 wanted.path, kAgain));
  }
  if (!options.checksums) return std::optional<Diagnostic>();
  ME_TRY(const auto source, tree.open(wanted.path));
  ME_TRY(const std::string digest, hex_digest(DigestKind::sha256, *source, progress));
  if (digest == wanted.sha256) return std::optional<Diagnostic>();
  return std::optional(finding(ErrorCode::pkg_file_changed, Severity::error,
                               wanted.path + " differs from the file that was packed: its SHA-256 is " +
                                   digest + ", the manifest says " + wanted.sha256 + ".",
                               wanted.path, kAgain));
}

}  // namespace

Result<Diagnostics> verify(const Manifest& manifest, const components::SourceTree& tree,
                           const VerifyOptions& options, Progress& progress) {
  std::map<std::string_view, const components::FileEntry*> present;
  for (const components::FileEntry& file : tree.list()) present.emplace(file.path, &file);
  Diagnostics out;
  for (const ManifestFile& wanted : manifest.files) {
    const auto found = present.find(wanted.path);
    if (found == present.end()) {
      out.push_back(finding(ErrorCode::pkg_file_missing, Severity::error, wanted.path + " is missing.",
                            wanted.path, kAgain));
      continue;
    }
    ME_TRY(auto wrong, compare(wanted, *found->second, tree, options, progress));
    if (wrong) out.push_back(std::move(*wrong));
    present.erase(found);
  }
  present.erase(kManifestName);
  for (const auto& [path, file] : present) {
    out.push_back(finding(ErrorCode::pkg_file_unlisted, Severity::info,
                          std::string(path) + " is not part of the package as it was made.",
                          std::string(path), "Loaders may pick it up; remove it if it is not yours."));
  }
  return out;
}

}  // namespace modelexport::package
