#include "view/requests.h"

#include <algorithm>
#include <map>

#include "hub/choice.h"
#include "hub/listing.h"
#include "hub/model_info.h"
#include "json/diagnostic.h"
#include "migrate/migration_json.h"
#include "modelexport/check.h"
#include "modelexport/digest.h"
#include "modelexport/edit_plan.h"
#include "modelexport/stamp.h"
#include "onnx/sketch.h"
#include "report/check_report.h"
#include "report/graph_report.h"
#include "report/graph_shape.h"
#include "report/inspect_file.h"
#include "report/inspect_report.h"
#include "report/plan_json.h"
#include "report/tensor_report.h"
#include "zip/zip.h"

namespace modelexport::view {
namespace {

using json::Json;

struct Context {
  const ByteSource& source;
  const std::string& file;
  const Json& request;
  Progress& progress;
  const Limits& limits;
};

bool flag(const Json& request, std::string_view key) {
  const Json* found = json::find(request, key);
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

Result<std::uint64_t> number(const Json& request, std::string_view key) {
  ME_TRY(const std::int64_t value, json::get_int(request, key));
  if (value < 0) return json::field_error({nullptr, key}, "must not be negative");
  return static_cast<std::uint64_t>(value);
}

Result<Json> inspect(const Context& c) {
  report::InspectOptions options;
  options.file = c.file;
  options.nodes = flag(c.request, "nodes");
  return report::inspect_file(c.source, options, c.limits);
}

Result<Json> facts(const Context& c) {
  ME_TRY(Json report, inspect(c));
  Json runtimes = Json::array();
  if (json::find_string(report, "format") == "onnx") {
    ME_TRY(const onnx::ModelView model, onnx::ModelView::open(c.source, c.limits));
    runtimes = report::runtimes_json(model.header());
  }
  return Json{{"report", std::move(report)}, {"runtimes", std::move(runtimes)}};
}

/// What `inspect` prints for people: the facts, or with `tree` the hierarchy down to `depth`.
Result<Json> inspect_text(const Context& c) {
  if (!flag(c.request, "tree")) {
    ME_TRY(const Json document, inspect(c));
    return Json(report::inspect_text(document) + report::nodes_text(document));
  }
  ME_TRY(const onnx::ModelView model, onnx::ModelView::open(c.source, c.limits));
  ME_TRY(const hierarchy::Tree tree, hierarchy::read_hierarchy(model, {.sidecar = {}, .nodes = false}));
  const std::int64_t depth = json::find_int(c.request, "depth").value_or(1 << 30);
  return Json(
      hierarchy::tree_text(tree, static_cast<std::uint32_t>(std::clamp<std::int64_t>(depth, 0, 1 << 30))));
}

Result<std::uint64_t> number_or(const Json& request, std::string_view key, std::uint64_t otherwise) {
  return json::find(request, key) == nullptr ? Result<std::uint64_t>(otherwise) : number(request, key);
}

/// Facts of a large file without walking it: the same document, made of what was looked at.
Result<Json> sketch(const Context& c) {
  onnx::SketchOptions options;
  ME_TRY(options.head, number_or(c.request, "head", options.head));
  ME_TRY(options.tail, number_or(c.request, "tail", options.tail));
  ME_TRY(options.jumps, number_or(c.request, "jumps", options.jumps));
  ME_TRY(const auto made, onnx::sketch(c.source, options, c.limits));
  if (!made) return Json();
  const onnx::PlannedSource small(made->plan, c.source);
  ME_TRY(const onnx::ModelView model, onnx::ModelView::open(small, c.limits));
  ME_TRY(const hierarchy::Tree tree, hierarchy::read_hierarchy(model, {.sidecar = {}, .nodes = false}));
  report::InspectOptions inspect_options;
  inspect_options.file = c.file;
  ME_TRY(Json report, report::inspect_json(model, tree, inspect_options));
  report["size"] = c.source.size();
  return Json{{"report", std::move(report)}, {"runtimes", report::runtimes_json(model.header())},
              {"complete", made->complete},  {"nodes", made->nodes},
              {"tail", made->tail},          {"reached", made->reached},
              {"large", made->large}};
}

Result<Json> graph(const Context& c) {
  ME_TRY(const onnx::ModelView model, onnx::ModelView::open(c.source, c.limits));
  ME_TRY(const hierarchy::Tree tree, hierarchy::read_hierarchy(model, {.sidecar = {}, .nodes = true}));
  return report::graph_json(model, tree);
}

Result<Json> node(const Context& c) {
  ME_TRY(const onnx::ModelView model, onnx::ModelView::open(c.source, c.limits));
  onnx::MessageRef message;
  ME_TRY(message.offset, number(c.request, "offset"));
  ME_TRY(message.size, number(c.request, "size"));
  ME_TRY(const std::uint64_t header, number(c.request, "header"));
  message.header = static_cast<std::uint32_t>(std::min<std::uint64_t>(header, 32));
  message.depth = 2;
  return report::node_json(model, message);
}

Result<Json> tensor(const Context& c) {
  report::StoredElements stored;
  ME_TRY(const std::string_view name, json::get_string(c.request, "dtype"));
  for (std::int32_t type = 1; type < 32; ++type)
    if (onnx::data_type_name(type) == name) stored.data_type = type;
  ME_TRY(stored.elements, number(c.request, "elements"));
  ME_TRY(stored.bytes.offset, number(c.request, "offset"));
  ME_TRY(stored.bytes.size, number(c.request, "length"));
  stored.data_field = static_cast<std::uint32_t>(json::find_int(c.request, "data_field").value_or(9));
  return report::tensor_json(c.source, stored, c.progress);
}

Status edit_metadata(const Json& request, onnx::EditBuilder& edit) {
  ME_TRY(const Json* set, json::get_array(request, "set"));
  for (const Json& entry : json::elements(*set)) {
    ME_TRY(const std::string_view key, json::get_string(entry, "key"));
    ME_TRY(const std::string_view value, json::get_string(entry, "value"));
    edit.set_metadata(std::string(key), std::string(value));
  }
  ME_TRY(const Json* remove, json::get_array(request, "remove"));
  for (const Json& key : json::elements(*remove)) {
    ME_TRY(const std::string_view text, json::as_string(key));
    edit.remove_metadata(std::string(text));
  }
  return {};
}

/// Files that a user picked together with the model: names and sizes, and the text of small ones.
class PickedFiles final : public check::Surroundings {
 public:
  static Result<std::unique_ptr<PickedFiles>> of(const Json& request) {
    auto made = std::make_unique<PickedFiles>();
    ME_TRY(const Json* files, json::get_array(request, "files"));
    for (const Json& file : json::elements(*files)) {
      ME_TRY(const std::string_view name, json::get_string(file, "name"));
      ME_TRY(const std::uint64_t size, number(file, "size"));
      made->sizes_[std::string(name)] = size;
      if (const auto text = json::find_string(file, "text"))
        made->texts_[std::string(name)] = std::string(*text);
    }
    for (const auto& [name, size] : made->sizes_) made->names_.push_back(name);
    return made;
  }
  [[nodiscard]] File look_up(const std::string& location) const override {
    // Browsers give picked files without their directories.
    const auto found = sizes_.find(location.substr(location.rfind('/') + 1));
    File file;
    if (found == sizes_.end()) return file;
    file.exists = file.regular = true;
    file.size = found->second;
    return file;
  }
  [[nodiscard]] const std::vector<std::string>& siblings() const override { return names_; }
  [[nodiscard]] std::optional<std::string> read_text(const std::string& name, std::uint64_t) const override {
    const auto found = texts_.find(name);
    return found == texts_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, std::uint64_t> sizes_;
  std::map<std::string, std::string> texts_;
  std::vector<std::string> names_;
};

Result<check::Report> checked(const Context& c) {
  ME_TRY(const auto files, PickedFiles::of(c.request));
  check::Options options;
  options.limits = c.limits;
  options.around = files.get();
  check::Report report = check::check_model(c.source, options);
  report.path = c.file;
  return report;
}

Result<Json> check_file(const Context& c) {
  ME_TRY(const check::Report report, checked(c));
  Json document = report::check_json(std::span(&report, 1));
  return flag(c.request, "whole") ? std::move(document) : json::elements(*json::find(document, "files"))[0];
}

Result<Json> check_text(const Context& c) {
  ME_TRY(const check::Report report, checked(c));
  return Json(report::check_text(std::span(&report, 1), flag(c.request, "infos"), false));
}

Result<onnx::EditPlan> repairs(const Context& c) {
  if (!flag(c.request, "repair")) {
    onnx::EditPlan nothing;
    nothing.pieces = {ByteRange{0, c.source.size()}};
    nothing.source_size = nothing.output_size = c.source.size();
    return nothing;
  }
  // What lies beside the model decides some repairs: a data file that was renamed.
  std::unique_ptr<PickedFiles> files;
  if (json::find(c.request, "files") != nullptr) {
    ME_TRY(files, PickedFiles::of(c.request));
  }
  check::Options options;
  options.limits = c.limits;
  options.around = files.get();
  ME_TRY(const check::FixPlan fixes, check::FixPlan::make(c.source, options));
  return fixes.combined();
}

/// Every fixable finding, then the metadata edits on the result: one plan over the file.
Result<Json> plan(const Context& c) {
  ME_TRY(const onnx::EditPlan repaired, repairs(c));
  const onnx::PlannedSource between(repaired, c.source);
  ME_TRY(const onnx::ModelView model, onnx::ModelView::open(between, c.limits));
  onnx::EditBuilder edit(model);
  ME_CHECK(edit_metadata(c.request, edit));
  ME_TRY(const onnx::EditPlan edited, edit.build());
  ME_TRY(const onnx::EditPlan all, onnx::combine(repaired, edited));
  return report::plan_json(all);
}

std::string text(const Json& request, std::string_view key) {
  return std::string(json::find_string(request, key).value_or(std::string_view{}));
}

/// The command's document of one file, and the edit that makes the result.
Result<Json> migrate_file(const Context& c) {
  ME_TRY(const auto files, PickedFiles::of(c.request));
  migrate::Options options;
  options.file = c.file;
  options.around = files.get();
  options.rename_inputs = flag(c.request, "rename_inputs");
  options.dynamic = flag(c.request, "dynamic");
  options.version = text(c.request, "version");
  options.source_config = text(c.request, "config");
  options.limits = c.limits;
  source::Source source;
  if (const std::string given = text(c.request, "source"); !given.empty()) {
    // Nobody can be asked here: only a name with its commit is a Hub model.
    source = source::classify(given, nullptr, nullptr);
    options.source = &source;
  }
  ME_TRY(const migrate::Migration migration, migrate::plan_migration(c.source, options));
  Json document = migrate::migration_json(migration, c.file, "");
  document["plan"] = report::plan_json(migration.plan);
  return document;
}

/// What `stamp --source` writes: entries to set, and those of an earlier stamp to remove; warnings, also of
/// what does not fit `config`, the source's config.json, where the host has it.
Result<Json> stamp_entries(const Context& c) {
  source::Source source = source::classify(text(c.request, "source"), nullptr, nullptr);
  if (source.commit.empty()) source.commit = text(c.request, "commit");
  source.hub.license = text(c.request, "license");
  ME_TRY(const onnx::ModelView model, onnx::ModelView::open(c.source, c.limits));
  stamp::Entries old;
  for (const onnx::MetadataEntry& entry : model.header().metadata) old.emplace_back(entry.key, entry.value);
  stamp::MakeOptions options;
  options.version = text(c.request, "version");
  options.task = stamp::read(old).task;
  if (options.task.empty()) options.task = text(c.request, "task");
  ME_TRY(stamp::Made made, stamp::make(&source, nullptr, options));
  for (const auto& entry : old)  // what the capture recorded stays true
    if (entry.first == stamp::kCapturedWith) made.entries.push_back(entry);
  if (const std::string config = text(c.request, "config"); !config.empty()) {
    const std::string name = source.commit.empty() ? source.repo_id : source.repo_id + "@" + source.commit;
    for (Diagnostic& found : stamp::check_fit(config, report::graph_shape(model), name, c.limits))
      made.warnings.push_back(std::move(found));
  }
  Json document{{"set", Json::array()}, {"remove", Json::array()}, {"warnings", Json::array()}};
  const stamp::Entries result = stamp::replace(old, made.entries);
  for (const auto& [key, value] : made.entries) document["set"].push_back({{"key", key}, {"value", value}});
  for (const auto& [key, value] : old) {
    const auto same = [&k = key](const auto& entry) { return entry.first == k; };
    if (std::none_of(result.begin(), result.end(), same)) document["remove"].push_back(key);
  }
  for (const Diagnostic& warning : made.warnings)
    document["warnings"].push_back(*json::find(json::error_document(warning), "error"));
  return document;
}

Result<Json> model_info(const Context& c) {
  ME_TRY(const hub::ModelInfo info, hub::parse_model_info(text(c.request, "text"), c.file, c.limits));
  return Json{{"id", info.id}, {"commit", info.commit}, {"license", info.license}, {"task", info.task}};
}

/// The files of a Hub model that a package takes, by the Hub's answers about its tree.
Result<Json> components(const Context& c) {
  ME_TRY(const Json* pages, json::get_array(c.request, "pages"));
  hub::Listing listing;
  for (const Json& page : json::elements(*pages)) {
    ME_TRY(const std::string_view answer, json::as_string(page));
    ME_CHECK(hub::parse_tree_page(answer, c.file, c.limits, listing));
  }
  Json out = Json::array();
  for (const std::string& path : hub::component_files(listing)) {
    const hub::RepoFile* file = hub::find(listing, path);
    if (file != nullptr) out.push_back({{"path", path}, {"size", file->size}, {"etag", file->etag()}});
  }
  return out;
}

Result<Json> sha256(const Context& c) {
  ME_TRY(std::string hex, hex_digest(DigestKind::sha256, c.source, c.progress));
  return Json(std::move(hex));
}

/// Where the files of a zip are, for hosts that slice it.
Result<Json> members(const Context& c) {
  ME_TRY(const zip::Archive archive, zip::Archive::open(c.source, c.limits));
  Json out = Json::array();
  for (const zip::Entry& entry : archive.entries()) {
    out.push_back({{"name", entry.name},
                   {"deflated", entry.deflated},
                   {"size", entry.size},
                   {"offset", entry.payload.offset},
                   {"stored", entry.payload.size}});
  }
  return out;
}

struct Request {
  std::string_view name;
  Result<Json> (*answer)(const Context&);
};
constexpr Request kRequests[] = {
    {"inspect", inspect},
    {"facts", facts},
    {"sketch", sketch},
    {"graph", graph},
    {"node", node},
    {"tensor", tensor},
    {"check", check_file},
    {"plan", plan},
    {"migrate", migrate_file},
    {"stamp", stamp_entries},
    {"model_info", model_info},
    {"components", components},
    {"sha256", sha256},
    {"members", members},
    {"inspect_text", inspect_text},
    {"check_text", check_text},
};

}  // namespace

Result<Json> answer(const ByteSource& source, const std::string& file, std::string_view request,
                    Progress& progress, const Limits& limits) {
  ME_TRY(const Json parsed, json::parse(request, limits, "request"));
  ME_TRY(const std::string_view ask, json::get_string(parsed, "ask"));
  const auto* found = std::find_if(std::begin(kRequests), std::end(kRequests),
                                   [&](const Request& r) { return r.name == ask; });
  if (found == std::end(kRequests)) return json::field_error({nullptr, "ask"}, "names no request");
  auto document = found->answer({source, file, parsed, progress, limits});
  if (!document && document.error().where.path.empty()) document.error().where.path = file;
  return document;
}

}  // namespace modelexport::view
