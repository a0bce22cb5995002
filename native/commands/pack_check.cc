#include "commands/pack_check.h"

#include <algorithm>

#include "modelexport/check_package.h"
#include "modelexport/components.h"

namespace modelexport::commands {
namespace {

/// The files of a plan as if they lay in a directory. Without the manifest, which is written last.
class PlannedTree final : public components::SourceTree {
 public:
  PlannedTree(const package::PackagePlan& plan, const package::Inputs& inputs, std::string name)
      : plan_(plan), inputs_(inputs), name_(std::move(name)) {
    for (const package::PackageFile& file : plan.files) files_.push_back({file.path, file.size});
  }
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] const std::vector<components::FileEntry>& list() const override { return files_; }
  Result<std::string> read(std::string_view path, std::uint64_t limit) const override {
    ME_TRY(const auto bytes, open(path));
    if (bytes->size() > limit)
      return fail(ErrorCode::io_read, "the file is too large to be read", {.path = std::string(path)});
    std::string text(static_cast<std::size_t>(bytes->size()), '\0');
    ME_CHECK(bytes->read_at(0, std::as_writable_bytes(std::span(text))));
    return text;
  }
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> open(std::string_view path) const override {
    const auto file = std::find_if(plan_.files.begin(), plan_.files.end(),
                                   [&](const package::PackageFile& one) { return one.path == path; });
    if (file == plan_.files.end())
      return fail(ErrorCode::io_read, "the plan has no such file", {.path = std::string(path)});
    ME_TRY(auto bytes, package::FileBytes::open(plan_, *file, inputs_));
    return std::unique_ptr<ByteSource>(std::move(bytes));
  }

 private:
  const package::PackagePlan& plan_;
  const package::Inputs& inputs_;
  std::string name_;
  std::vector<components::FileEntry> files_;
};

}  // namespace

check::Report check_planned(const package::PackagePlan& plan, const package::Inputs& inputs,
                            const std::string& directory, check::Readers readers, const Limits& limits) {
  const PlannedTree tree(plan, inputs, directory);
  std::vector<check::PackageModel> models;
  for (const package::PackageFile& file : plan.files) {
    if (!file.path.ends_with(".onnx")) continue;
    const auto source = tree.open(file.path);
    if (!source) continue;
    auto model = check::read_package_model(**source, file.path, limits);
    if (model) models.push_back(std::move(*model));
  }
  check::Options options;
  options.readers = readers;
  options.limits = limits;
  return check::check_package(tree, models, options);
}

}  // namespace modelexport::commands
