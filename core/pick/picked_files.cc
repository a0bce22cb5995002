#include "pick/picked_files.h"

namespace modelexport::pick {
namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

std::unique_ptr<ByteSource> view_of(const PickedFile& file) {
  return std::make_unique<RangeSource>(*file.bytes, ByteRange{0, file.bytes->size()}, file.path);
}

class PickedTree final : public components::SourceTree {
 public:
  PickedTree(std::string name, const PickedFiles& files,
             const std::map<std::string, std::size_t, std::less<>>& paths)
      : name_(std::move(name)), files_(files), paths_(paths) {
    for (const auto& [path, index] : paths)
      entries_.push_back({path, files.files()[index].bytes->size(), components::Link::none});
  }
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] const std::vector<components::FileEntry>& list() const override { return entries_; }
  Result<std::string> read(std::string_view path, std::uint64_t limit) const override {
    ME_TRY(const auto file, open(path));
    return read_text(*file, limit);
  }
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> open(std::string_view path) const override {
    const auto found = paths_.find(path);
    if (found != paths_.end()) return view_of(files_.files()[found->second]);
    return fail(ErrorCode::io_not_found, "the file is not among those that were given",
                {.path = std::string(path)});
  }

 private:
  std::string name_;
  const PickedFiles& files_;
  const std::map<std::string, std::size_t, std::less<>>& paths_;
  std::vector<components::FileEntry> entries_;
};

}  // namespace

Result<std::unique_ptr<PickedFiles>> PickedFiles::make(std::vector<PickedFile> files) {
  auto made = std::make_unique<PickedFiles>();
  made->files_ = std::move(files);
  Paths models;
  for (std::size_t i = 0; i < made->files_.size(); ++i) {
    const PickedFile& file = made->files_[i];
    Paths& paths = file.origin == package::Origin::model  ? models
                   : file.origin == package::Origin::data ? made->data_
                                                          : made->components_;
    if (!paths.emplace(file.path, i).second) {
      return fail(ErrorCode::pack_name, "Two files are called " + file.path + ".", {.path = file.path},
                  "Give one of them.");
    }
    if (file.origin == package::Origin::model) made->models_.push_back(i);
  }
  return made;
}

std::unique_ptr<components::SourceTree> PickedFiles::tree(std::string name) const {
  return std::make_unique<PickedTree>(std::move(name), *this, components_);
}

std::optional<std::size_t> PickedFiles::find_data(std::size_t model, const std::string& location) const {
  if (model >= models_.size()) return std::nullopt;
  const std::string plain = location.starts_with("./") ? location.substr(2) : location;
  const std::string beside = directory_of(files_[models_[model]].path) + plain;
  for (const std::string& path : {beside, plain.substr(plain.rfind('/') + 1)}) {
    if (const auto found = data_.find(path); found != data_.end()) return found->second;
  }
  if (!location.ends_with(".safetensors")) return std::nullopt;
  const auto found = components_.find(location);
  return found == components_.end() ? std::nullopt : std::optional<std::size_t>(found->second);
}

std::optional<std::uint64_t> PickedFiles::size(std::size_t model, const std::string& location) const {
  const auto found = find_data(model, location);
  return found ? std::optional<std::uint64_t>(files_[*found].bytes->size()) : std::nullopt;
}

Result<std::size_t> PickedFiles::index(const package::InputFile& input) const {
  std::optional<std::size_t> found;
  if (input.origin == package::Origin::model && input.model < models_.size()) found = models_[input.model];
  if (input.origin == package::Origin::data) found = find_data(input.model, input.path);
  if (input.origin == package::Origin::component) {
    if (const auto at = components_.find(input.path); at != components_.end()) found = at->second;
  }
  if (found) return *found;
  return fail(ErrorCode::io_not_found, "the file is not among those that were given", {.path = input.path});
}

Result<std::unique_ptr<ByteSource>> PickedFiles::open(const package::InputFile& input) const {
  ME_TRY(const std::size_t at, index(input));
  return view_of(files_[at]);
}

}  // namespace modelexport::pick
