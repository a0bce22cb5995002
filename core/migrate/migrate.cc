#include "migrate/migrate.h"

#include <algorithm>
#include <set>

#include "migrate/attach.h"
#include "migrate/doc_string.h"
#include "migrate/dynamic.h"
#include "migrate/notes.h"
#include "migrate/proof.h"
#include "migrate/rename.h"
#include "migrate/steps.h"

namespace modelexport::migrate {
namespace {

using hierarchy::Form;

std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string root_of(const std::string& tag) { return tag.substr(0, tag.find('/', 1)); }

onnx::MetadataOwner owner_of(const NodeRecord& node) {
  return {onnx::MetadataOwner::Kind::node, node.message, node.path()};
}

stamp::Entries entries_of(const onnx::ModelView& model) {
  stamp::Entries entries;
  for (const onnx::MetadataEntry& entry : model.header().metadata)
    entries.emplace_back(entry.key, entry.value);
  return entries;
}

class Planner {
 public:
  Planner(const ByteSource& source, const Options& options) : source_(source), options_(options) {}

  Result<Migration> run() {
    ME_CHECK(look());
    // Nodes and plans both need much memory for a large model: they take turns.
    nodes_ = {};
    ME_TRY(onnx::EditPlan cured, cure());
    ME_CHECK(look_again());
    ME_TRY(onnx::EditPlan completed, complete_after(cured));
    nodes_ = {};
    ME_TRY(out_.plan, onnx::combine(cured, completed));
    cured = {};
    completed = {};
    ME_CHECK(look_again());
    ME_CHECK(judge());
    return std::move(out_);
  }

 private:
  /// What the file is, before anything is changed.
  Status look() {
    ME_TRY(const onnx::ModelView model, onnx::ModelView::open(source_, options_.limits));
    ME_TRY(nodes_, read_nodes(model));
    if (options_.around != nullptr)
      beside_ = look_beside(*options_.around, file_name(options_.file), options_.limits);
    modules_ = ModuleTable(beside_.modules);
    attached_ = attach_tags(nodes_, modules_, beside_, options_.limits);
    if (attached_.foreign_sidecar) modules_ = ModuleTable();
    out_.nodes = nodes_.size();
    out_.config = options_.source_config.empty() ? beside_.config : options_.source_config;
    out_.proposed = beside_.model_name;
    out_.class_name = beside_.class_name;
    if (!attached_.foreign_sidecar) out_.sidecar = beside_.sidecar_name;
    name_form();
    return {};
  }

  Status look_again() {
    ME_TRY(const onnx::ModelView model, onnx::ModelView::open(source_, options_.limits));
    ME_TRY(nodes_, read_nodes(model));
    return {};
  }

  Form form_of(std::size_t i) const {
    const NodeRecord& node = nodes_[i];
    if (!node.tag_attribute.empty()) return Form::attribute;
    if (!node.tag_doc.empty() && node.tag_entry.empty()) return Form::doc_string;
    if (node.form != Form::none) return node.form;
    if (attached_.origins[i] == Origin::by_name || attached_.origins[i] == Origin::by_output)
      return Form::sidecar;
    return scope_of_name(node.name).value_or("").empty() ? Form::none : Form::node_names;
  }

  void name_form() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Form form = form_of(i);
      const auto known =
          std::find_if(out_.forms.begin(), out_.forms.end(), [&](const auto& f) { return f.first == form; });
      if (known == out_.forms.end()) {
        out_.forms.emplace_back(form, 1);
      } else {
        ++known->second;
      }
    }
    // Forms before the absence of any; then the one with most nodes.
    std::stable_sort(out_.forms.begin(), out_.forms.end(), [](const auto& a, const auto& b) {
      const auto weak = [](Form form) { return form == Form::none ? 2 : form == Form::node_names ? 1 : 0; };
      if (weak(a.first) != weak(b.first)) return weak(a.first) < weak(b.first);
      return a.second > b.second;
    });
    if (!out_.forms.empty()) out_.form = out_.forms.front().first;
  }

  check::Options check_options() const {
    check::Options options;
    options.readers = check::Reader::ort | check::Reader::onnx;
    options.limits = options_.limits;
    options.around = options_.around;
    return options;
  }

  check::Options looking() const {
    check::Options options = check_options();
    options.edits = false;
    return options;
  }

  /// What the rules of check cure.
  Result<onnx::EditPlan> cure() {
    out_.errors_before = check::check_model(source_, looking()).count(Severity::error);
    check::Options options = check_options();
    options.select = fixing_rules(options_.rules);
    ME_TRY(const check::FixPlan fixes, check::FixPlan::make(source_, options));
    out_.steps = steps_of(fixes.before());
    return fixes.combined();
  }

  Result<onnx::EditPlan> complete_after(const onnx::EditPlan& cured) {
    const onnx::PlannedSource between(cured, source_);
    ME_TRY(const onnx::ModelView model, onnx::ModelView::open(between, options_.limits));
    return complete(model);
  }

  /// What needs more than the file: tags from elsewhere, instance paths, the stamp, names of inputs.
  Result<onnx::EditPlan> complete(const onnx::ModelView& model) {
    onnx::EditBuilder edit(model);
    ME_CHECK(complete_nodes(model, edit));
    add_modules(model, edit);
    ME_TRY(const Usability usability, judge_usability(model, {out_.config, {}, {}}, options_.file));
    ME_CHECK(add_stamp(model, usability, edit));
    if (!options_.rename_inputs && !options_.dynamic) return edit.build();
    ME_TRY(const std::vector<NodeRecord> nodes, read_nodes(model));
    if (options_.rename_inputs) {
      ME_CHECK(rename_inputs(model, nodes, edit, out_.steps));
    }
    if (options_.dynamic) {
      ME_CHECK(free_batch(model, nodes, edit, out_.steps));
    }
    return edit.build();
  }

  /// Nodes of the cured model, one at a time: a second copy of a large one would fill the memory.
  Status complete_nodes(const onnx::ModelView& model, onnx::EditBuilder& edit) {
    const bool scopes = wants(options_.rules, "ME-LEGACY-015");
    const RepeatedCalls calls(nodes_, model.graph().initializers, modules_);
    Added added;
    tags_.reserve(nodes_.size());
    const Status visited = visit_nodes(model, [&](NodeRecord&& node) {
      Status done = add_tag(model, node, edit, added);
      if (done && scopes) add_scope(node, calls, edit, added);
      return done;
    });
    ME_CHECK(visited);
    const std::vector<Step> steps = steps_of(added.origins);
    out_.steps.insert(out_.steps.end(), steps.begin(), steps.end());
    if (added.cleared != 0)
      out_.steps.push_back(
          {"ME-LEGACY-002", counted(added.cleared, "doc_string") + " that said nothing but the tag cleared"});
    if (added.scopes != 0)
      out_.steps.push_back(
          {"ME-LEGACY-015", counted(added.scopes, "instance path") + " added (hierarchy_scope)"});
    return {};
  }

  struct Added {
    std::vector<Origin> origins;
    std::uint64_t cleared = 0;
    std::uint64_t scopes = 0;
  };

  Status add_tag(const onnx::ModelView& model, const NodeRecord& node, onnx::EditBuilder& edit,
                 Added& added) {
    const std::size_t i = tags_.size();
    std::string& now = tags_.emplace_back(node.tag_entry.str());
    const bool known = i < attached_.tags.size();
    const std::string_view rule = known ? rule_of(attached_.origins[i]) : "";
    if (now.empty() && known && !attached_.tags[i].empty() && !rule.empty() && wants(options_.rules, rule)) {
      now = attached_.tags[i];
      edit.set_metadata(owner_of(node), std::string(hierarchy::kTagKey), now);
      added.origins.push_back(attached_.origins[i]);
    }
    const bool spoken = !node.tag_doc.empty() && now == node.tag_doc.str();
    if (!spoken || !wants(options_.rules, "ME-LEGACY-002") ||
        !says_only(node.doc_string.str(), node.tag_doc.str(), options_.limits))
      return {};
    ++added.cleared;
    return clear_doc_string(model, node, edit);
  }

  /// The path that a node's own form or name gives; nothing where that is not known.
  static std::optional<std::string> scope_of(const NodeRecord& node, const std::string& tag) {
    if (node.chain != nullptr) return node.scope.str();
    std::optional<std::string> scope = scope_of_node(node);
    if (scope && scope->empty() && tag != root_of(tag)) return std::nullopt;
    return scope;
  }

  void add_scope(const NodeRecord& node, const RepeatedCalls& calls, onnx::EditBuilder& edit, Added& added) {
    const std::size_t i = tags_.size() - 1;
    if (tags_[i].empty() || node.has_scope) return;
    const NodeRecord& was = i < nodes_.size() ? nodes_[i] : node;
    const auto scope = scope_of(was, tags_[i]);
    if (!scope) return;
    edit.set_metadata(owner_of(node), std::string(hierarchy::kScopeKey),
                      was.chain == nullptr ? calls.resolve(*scope) : *scope);
    ++added.scopes;
  }

  void add_modules(const onnx::ModelView& model, onnx::EditBuilder& edit) {
    if (modules_.empty() || model.graph().messages.size() != 1 || !wants(options_.rules, "ME-LEGACY-015"))
      return;
    for (const onnx::MetadataEntry& entry : model.graph().metadata)
      if (entry.key == hierarchy::kModulesKey) return;
    if (std::all_of(tags_.begin(), tags_.end(), [](const std::string& tag) { return tag.empty(); })) return;
    edit.set_metadata({onnx::MetadataOwner::Kind::graph, model.graph().messages.front(), "graph"},
                      std::string(hierarchy::kModulesKey), modules_json(modules_, tags_));
    out_.steps.push_back({"ME-LEGACY-015", "list of " + counted(modules_.list().size(), "module") + " from " +
                                               beside_.modules_from + " added (hierarchy_modules)"});
  }

  Status add_stamp(const onnx::ModelView& model, const Usability& usability, onnx::EditBuilder& edit) {
    StampFacts facts;
    facts.old = entries_of(model);
    facts.source = options_.source;
    facts.hub = options_.hub;
    facts.offline = options_.offline;
    facts.config_beside = !beside_.config.empty();
    facts.legacy = attached_.legacy || !beside_.sidecar_name.empty();
    facts.task = usability.loader.task;
    facts.proposed = beside_.model_name;
    facts.version = options_.version;
    facts.file = options_.file;
    facts.result = options_.result.empty() ? options_.file : options_.result;
    ME_TRY(const StampPlan stamp, plan_stamp(facts, options_.rules));
    for (const std::string& key : stamp.remove) edit.remove_metadata(key);
    for (const auto& [key, value] : stamp.set) edit.set_metadata(key, value);
    out_.steps.insert(out_.steps.end(), stamp.steps.begin(), stamp.steps.end());
    out_.notes.insert(out_.notes.end(), stamp.notes.begin(), stamp.notes.end());
    needs_source_ = stamp.needs_source;
    return {};
  }

  /// The planned result, as its readers will see it.
  Status judge() {
    const onnx::PlannedSource result(out_.plan, source_);
    ME_CHECK(
        prove_same(source_, nodes_, out_.plan, {options_.rename_inputs, options_.dynamic}, options_.limits));
    ME_TRY(const onnx::ModelView model, onnx::ModelView::open(result, options_.limits));
    out_.placement = place_nodes(nodes_, tags_, modules_, beside_);
    std::set<std::string_view> distinct;
    for (const std::string& tag : tags_) {
      out_.tagged += tag.empty() ? 0 : 1;
      if (!tag.empty()) distinct.insert(tag);
    }
    out_.tags = distinct.size();
    if (out_.class_name.empty() && !distinct.empty())
      out_.class_name = root_of(std::string(*distinct.begin())).substr(1);
    const std::string task = stamp::read(entries_of(model)).task;
    ME_TRY(const Usability usability,
           judge_usability(model, {out_.config, out_.class_name, task}, options_.file));
    out_.loader = usability.loader;
    add_hierarchy_notes(
        {nodes_, tags_, attached_, modules_, beside_, out_.placement, out_.form, options_.file}, out_.notes);
    out_.notes.insert(out_.notes.end(), usability.notes.begin(), usability.notes.end());
    nodes_.clear();
    nodes_.shrink_to_fit();
    check::Report left = check::check_model(result, looking());
    for (check::Finding& finding : left.findings)
      if (finding.severity == Severity::error) out_.errors_left.push_back(std::move(finding));
    decide();
    return {};
  }

  void decide() {
    if (!out_.errors_left.empty()) {
      out_.repairable = Repairable::no;
      out_.reason = std::string(out_.errors_left.front().rule->id) + ": " + out_.errors_left.front().message;
    } else if (out_.form == Form::node_names && beside_.nodes.empty()) {
      out_.repairable = Repairable::no;
      out_.reason = "only the nodes' names say where they belong: tags need the sidecar or a new export";
    } else if (needs_source_ || out_.config.empty()) {
      out_.repairable = Repairable::needs_source;
      out_.reason =
          needs_source_ ? "the stamp does not name a source that can be used" : "no config.json beside it";
    }
  }

  const ByteSource& source_;
  const Options& options_;
  std::vector<NodeRecord> nodes_;
  Beside beside_;
  ModuleTable modules_;
  Attached attached_;
  std::vector<std::string> tags_;
  bool needs_source_ = false;
  Migration out_;
};

}  // namespace

std::string_view to_string(Repairable repairable) {
  switch (repairable) {
    case Repairable::yes:
      return "yes";
    case Repairable::needs_source:
      return "needs source";
    case Repairable::no:
      break;
  }
  return "no";
}

Result<Migration> plan_migration(const ByteSource& source, const Options& options) {
  return Planner(source, options).run();
}

}  // namespace modelexport::migrate
