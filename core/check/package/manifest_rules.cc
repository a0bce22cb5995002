#include "check/package/manifest_rules.h"

#include <algorithm>

#include "check/package/rules.h"
#include "package/verify.h"

namespace modelexport::check {

namespace package_rules {

constinit const Rule kManifest{
    .id = "ME-PKG-001",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The package's manifest cannot be used.",
    .why = "modelexport.json lists every file with size and SHA-256; without it nothing can be compared.",
    .fix = "pack the model again: modelexport pack MODEL.onnx --source SOURCE -o DIR",
    .example = "modelexport.json cut off in the middle",
};
constinit const Rule kFileMissing{
    .id = "ME-PKG-002",
    .severity = Severity::error,
    .refused_by = {},
    .title = "A file of the package is missing.",
    .why = "The manifest lists it, and loaders may need it.",
    .fix = "copy the file again from where the package came from, or pack the model again",
    .example = "tokenizer.json deleted",
};
constinit const Rule kFileChanged{
    .id = "ME-PKG-003",
    .severity = Severity::error,
    .refused_by = {},
    .title = "A file of the package has changed.",
    .why = "Size or SHA-256 are not what the manifest recorded: the file was edited, or damaged on the way.",
    .fix = "copy the file again from where the package came from, or pack the model again",
    .example = "one flipped bit in model.onnx",
};
constinit const Rule kFileUnlisted{
    .id = "ME-PKG-004",
    .severity = Severity::info,
    .refused_by = {},
    .title = "A file does not belong to the package as it was made.",
    .why = "It was added later; loaders may pick it up.",
    .fix = "remove the file if it is not yours",
    .example = "notes.txt beside model.onnx",
};

}  // namespace package_rules

void check_manifest(const components::SourceTree& tree, Findings& findings) {
  constexpr std::uint64_t kMost = 64ULL << 20;
  const std::string name(package::kManifestName);
  const auto& files = tree.list();
  if (std::none_of(files.begin(), files.end(), [&](const auto& file) { return file.path == name; })) return;
  const auto text = tree.read(name, kMost);
  const auto manifest =
      text ? package::read_manifest(*text, findings.options().limits) : Result<package::Manifest>(fail(text));
  if (!manifest) {
    findings.add(package_rules::kManifest, manifest.error().message).where.path = tree.name() + "/" + name;
    return;
  }
  const auto found = package::verify(*manifest, tree, {}, no_progress());
  if (!found) {
    findings.add(found.error()).where.path = tree.name();
    return;
  }
  for (const Diagnostic& diagnostic : *found)
    findings.add(diagnostic).where.path = tree.name() + "/" + diagnostic.where.path;
}

}  // namespace modelexport::check
