#include "pick/pack_files.h"

#include <algorithm>

#include "format/format.h"
#include "json/base64.h"
#include "json/diagnostic.h"
#include "package/card.h"
#include "package/zip_layout.h"

namespace modelexport::pick {
namespace {

using json::Json;

constexpr std::string_view kOptions[] = {
    "source", "target", "role", "task", "trust-remote-code", "no-card", "keep-paths", "fetched",
};
constexpr std::uint64_t kMaxManifest = 16ULL << 20;

stamp::Stamp stamp_of(const onnx::ModelView& model) {
  stamp::Entries entries;
  for (const onnx::MetadataEntry& entry : model.header().metadata)
    entries.emplace_back(entry.key, entry.value);
  return stamp::read(entries);
}

/// The components are given: what does not name a commit of the Hub is the directory that they are from.
class GivenDirectory final : public source::PathProbe {
 public:
  [[nodiscard]] bool exists(std::string_view path) const override {
    const std::size_t at = path.rfind('@');
    return at == std::string_view::npos || !source::is_commit(path.substr(at + 1));
  }
  [[nodiscard]] bool is_directory(std::string_view path) const override { return exists(path); }
};

Diagnostic unproven(const std::string& hub_id, const std::string& commit) {
  return {
      ErrorCode::pack_unproven, Severity::warning,
      "Nothing says that the given files are those of " + hub_id + (commit.empty() ? "" : "@" + commit) + ".",
      Where{},
      "Give the modelexport.json of a package made at that commit with them, or pack with the command line."};
}

Json pieces_json(const package::ZipLayout& layout, const std::vector<std::size_t>& inputs) {
  Json pieces = Json::array();
  for (const package::Piece& piece : layout.pieces) {
    if (const auto* range = std::get_if<package::InputRange>(&piece)) {
      pieces.push_back(
          {{"file", inputs[range->input]}, {"offset", range->range.offset}, {"size", range->range.size}});
    } else {
      pieces.push_back({{"base64", json::base64(std::get<std::string>(piece))}});
    }
  }
  return pieces;
}

}  // namespace

std::span<const std::string_view> pack_option_names() { return kOptions; }

Status PackFiles::read_options(const Request& request) {
  ME_TRY(options_.targets, package::parse_targets(options::get(given_, "target", "optimum")));
  options_.task = options::get(given_, "task");
  options_.card = !options::has(given_, "no-card");
  options_.keep_paths = options::has(given_, "keep-paths");
  options_.trust_remote_code = options::has(given_, "trust-remote-code");
  options_.title = package::card_title(output_);
  options_.version = request.version;
  options_.limits = request.limits;
  return {};
}

Status PackFiles::open_models() {
  if (files_->models().empty()) {
    return fail(ErrorCode::cli_usage, "no ONNX file is given", {}, "Give the model itself, FILE.onnx.");
  }
  for (const std::size_t index : files_->models()) {
    const PickedFile& file = files_->files()[index];
    ME_TRY(const format::Detected detected, format::detect_format(*file.bytes, options_.limits));
    ME_CHECK(format::require_onnx(detected, *file.bytes));
    ME_TRY(onnx::ModelView view, onnx::ModelView::open(*file.bytes, options_.limits));
    names_.push_back(file.path);
    models_.push_back(std::make_unique<onnx::ModelView>(std::move(view)));
  }
  return {};
}

/// A package beside the model that names the stamped commit is the proof, as on the command line.
void PackFiles::believe_components(const stamp::Stamp& stamp) {
  const std::string hub_id = source_.kind == "hub" ? source_.hub_id : stamp.hub_id;
  const std::string commit = source_.kind == "hub" ? source_.revision : stamp.revision;
  if (source_.kind == "local" || (source_.kind != "hub" && stamp.kind != stamp::Kind::hub)) return;
  if (!commit.empty() && options::get(given_, "fetched") == hub_id + "@" + commit) return;
  const auto text = tree_->read(package::kManifestName, kMaxManifest);
  const auto manifest = text ? package::read_manifest(*text, options_.limits) : fail(text);
  const bool same =
      manifest && manifest->source.hub_id == hub_id && !commit.empty() && manifest->source.revision == commit;
  if (!same) warnings_.push_back(unproven(hub_id, commit));
}

Status PackFiles::choose_source() {
  const std::string name = options::get(given_, "source");
  tree_ = files_->tree(name.empty() ? "the given files" : name);
  const stamp::Stamp stamp = stamp_of(*models_.front());
  shown_ = "given files";
  if (!name.empty()) {
    const GivenDirectory given;
    const source::Source source = source::classify(name, &given, nullptr);
    ME_CHECK(source::require_usable(source));
    shown_ = name;
    source_.kind = std::string(source::to_string(source.kind));
    if (source.kind != source::Kind::hub) {
      source_.path = name;
    } else if (source.commit.empty()) {
      return fail(ErrorCode::source_unreachable, "the Hub cannot be asked here for the commit of " + name, {},
                  "Name it: " + source.repo_id + "@COMMIT");
    } else {
      source_.hub_id = source.repo_id;
      source_.revision = source.commit;
      source_.evidence = "given";
    }
  }
  believe_components(stamp);
  return {};
}

bool PackFiles::is_same_file(const package::InputFile& input, const std::string& component) const {
  // Components are named from their own directory, models from wherever they were picked.
  std::string path = input.path;
  if (input.origin == package::Origin::data)
    path.insert(0, names_[input.model], 0, names_[input.model].rfind('/') + 1);
  if (path != component && !path.ends_with("/" + component)) return false;
  const auto& list = tree_->list();
  const auto entry = std::find_if(list.begin(), list.end(),
                                  [&](const components::FileEntry& file) { return file.path == component; });
  const auto index = files_->index(input);
  return entry != list.end() && index && files_->files()[*index].bytes->size() == entry->size;
}

Status PackFiles::make_plan() {
  ME_TRY(const auto given_roles, package::parse_file_roles(options::all(given_, "role")));
  ME_TRY(const auto roles, package::find_roles(names_, given_roles));
  ME_CHECK(choose_source());
  components::PlanOptions options;
  options.keep_paths = options_.keep_paths;
  options.trust_remote_code = options_.trust_remote_code;
  options.task = options_.task;
  options.limits = options_.limits;
  ME_TRY(components_, components::plan_components(*tree_, options));
  package::PackSources sources{{}, *tree_, components_, *files_, source_};
  for (std::size_t i = 0; i < names_.size(); ++i)
    sources.models.push_back({names_[i], models_[i].get(), roles[i]});
  ME_TRY(plan_, package::plan_package(sources, options_));
  // The models and their data are no leftovers of the source that they lie in.
  std::erase_if(plan_.left_out, [&](const components::LeftOut& left) {
    return std::any_of(plan_.inputs.begin(), plan_.inputs.end(), [&](const package::InputFile& input) {
      return input.origin != package::Origin::component && is_same_file(input, left.path);
    });
  });
  warnings_.insert(warnings_.end(), plan_.warnings.begin(), plan_.warnings.end());
  return {};
}

Result<std::unique_ptr<PackFiles>> PackFiles::open(Request request) {
  std::unique_ptr<PackFiles> made(new PackFiles);
  made->given_ = std::move(request.options);
  made->output_ = request.output;
  ME_CHECK(made->read_options(request));
  ME_TRY(made->files_, PickedFiles::make(std::move(request.files)));
  ME_CHECK(made->open_models());
  ME_CHECK(made->make_plan());
  return made;
}

report::PackReport PackFiles::report() const { return {&plan_, &options_, nullptr, shown_, output_, true}; }

Json PackFiles::document() const {
  Json document = report::pack_plan_json(report());
  document["source"] = package::manifest_json(plan_.manifest)["source"];
  document["choices"] = plan_.choices;
  const package::Snippets snippets = report::pack_snippets(report());
  document["loader"] = {{"python", snippets.python}, {"javascript", snippets.javascript}};
  document["bytes"] = package::total_size(plan_);
  Json warnings = Json::array();
  for (const Diagnostic& warning : warnings_)
    warnings.push_back(std::move(json::error_document(warning)["error"]));
  document["warnings"] = std::move(warnings);
  return document;
}

Result<std::uint64_t> PackFiles::sum(std::uint64_t enough) {
  const std::uint64_t until = read_ + enough;
  while (!summed() && read_ < until) {
    if (running_ == nullptr) {
      ME_TRY(reading_, package::FileBytes::open(plan_, plan_.files[sums_.size()], *files_));
      running_ = std::make_unique<package::FileSums>(*reading_);
    }
    ME_TRY(const std::uint64_t read, running_->step());
    read_ += read;
    if (read > 0) continue;
    sums_.push_back(running_->sums());
    running_.reset();
    reading_.reset();
  }
  return read_;
}

Result<Json> PackFiles::layout() const {
  ME_TRY(const package::ZipLayout layout, package::layout_zip(plan_, sums_));
  std::vector<std::size_t> inputs;
  for (const package::InputFile& input : plan_.inputs) {
    ME_TRY(const std::size_t index, files_->index(input));
    inputs.push_back(index);
  }
  report::PackReport report = this->report();
  report.written = &layout.manifest;
  Json document = Json::object();
  document["report"] = report::pack_json(report);
  document["text"] = report::pack_text(report);
  document["size"] = layout.size;
  document["pieces"] = pieces_json(layout, inputs);
  return document;
}

}  // namespace modelexport::pick
