#include "migrate/stamp_plan.h"

#include <algorithm>

#include "components/leaks.h"
#include "result/shell_word.h"

namespace modelexport::migrate {
namespace {

using source::HubAnswer;
using source::HubStatus;
using stamp::Stamp;

std::string value_of(const stamp::Entries& entries, std::string_view key) {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
    if (entry->first == key) return entry->second;
  return {};
}

class Planner {
 public:
  Planner(const StampFacts& facts, const Rules& rules)
      : facts_(facts), rules_(rules), old_(stamp::read(facts.old)) {}

  Result<StampPlan> run() {
    type_ = value_of(facts_.old, stamp::kModelType);
    if (facts_.source != nullptr) {
      ME_CHECK(by_source());
    } else if (!old_.hub_id.empty()) {
      by_hub_id();
      complete_task();
    } else if (type_ == "local" || !old_.original_path.empty()) {
      if (type_.empty()) set_type("local", "the stamp has hf_original_path");
      complete_task();
    } else if (!type_.empty()) {
      ask("ME-STAMP-003", "the stamp's type '" + type_ + "' names no source");
    } else if (facts_.legacy) {
      without_stamp();
    }
    return std::move(out_);
  }

 private:
  void set(std::string_view key, const std::string& value) {
    if (value_of(facts_.old, key) != value) out_.set.emplace_back(std::string(key), value);
  }

  void ask(std::string_view rule, const std::string& message) {
    out_.needs_source = true;
    std::string source = "SOURCE";
    std::string message_end;
    if (!facts_.proposed.empty()) {
      const bool path = components::is_local_path(facts_.proposed);
      if (!path) source = facts_.proposed;
      message_end = path ? "; the sidecar names a path of the exporting machine"
                         : "; the sidecar names '" + facts_.proposed + "', which nobody has verified";
    }
    out_.notes.push_back(note_of(rule, message + message_end,
                                 "modelexport migrate " + shell_word(facts_.file) + " --source " +
                                     shell_word(source) + " -o NEW.onnx"));
  }

  void set_type(const std::string& type, const std::string& why) {
    if (!wants(rules_, "ME-STAMP-002")) return;
    set(stamp::kModelType, type);
    out_.steps.push_back({"ME-STAMP-002", "hf_model_type = " + type + ": " + why});
  }

  Status by_source() {
    const source::Source& source = *facts_.source;
    if (!wants(rules_, "ME-STAMP-001")) return {};
    if (!old_.hub_id.empty() && source.kind == source::Kind::hub && source.repo_id != old_.hub_id)
      contradicts("the stamp names " + old_.hub_id + ", --source " + source.repo_id);
    stamp::MakeOptions options;
    options.version = facts_.version;
    options.task = value_of(facts_.old, stamp::kTask);
    if (options.task.empty()) options.task = facts_.task.empty() ? old_.task : facts_.task;
    options.allow_unpinned = true;
    ME_TRY(const stamp::Made made, stamp::make(&source, nullptr, options));
    const bool hub = source.kind == source::Kind::hub;
    const bool same = hub ? old_.kind == stamp::Kind::hub && old_.hub_id == source.repo_id &&
                                old_.revision == value_of(made.entries, stamp::kRevision)
                          : old_.kind == stamp::Kind::local;
    if (same) return {};
    for (const auto& [key, value] : made.entries) set(key, value);
    for (const std::string_view key :
         {stamp::kHubId, stamp::kRevision, stamp::kEvidence, stamp::kOriginalPath}) {
      const bool stays = !value_of(made.entries, key).empty();
      const bool there =
          std::any_of(facts_.old.begin(), facts_.old.end(), [&](const auto& e) { return e.first == key; });
      if (there && !stays) out_.remove.emplace_back(key);
    }
    out_.steps.push_back(
        {"ME-STAMP-001",
         hub ? "stamped as " + source.repo_id + " at " + (source.commit.empty() ? "no commit" : source.commit)
             : "stamped as local model " + value_of(made.entries, stamp::kOriginalPath)});
    for (const Diagnostic& warning : made.warnings)
      out_.notes.push_back(note_of("ME-STAMP-004", warning.message, warning.hint));
    return {};
  }

  /// Pipeline tags of the predecessor are the checkpoint's; what the file can do is another matter.
  void complete_task() {
    const bool known = !value_of(facts_.old, stamp::kTask).empty();
    if (known || out_.needs_source || facts_.task.empty() || !(facts_.legacy || old_.legacy) ||
        !wants(rules_, "ME-LEGACY-008"))
      return;
    set(stamp::kTask, facts_.task);
    out_.steps.push_back(
        {"ME-LEGACY-008", "hf_task = " + facts_.task + ": what the model's outputs serve for"});
  }

  void contradicts(const std::string& what) {
    out_.notes.push_back(note_of("ME-STAMP-002", what + "; the one that was given is taken"));
  }

  void by_hub_id() {
    if (type_ == "local") {
      ask("ME-STAMP-002", "the stamp says local and names the Hub model " + old_.hub_id);
      return;
    }
    const bool pinned = old_.revision_form == stamp::RevisionForm::commit;
    const HubAnswer answer = pinned ? HubAnswer{} : look_up();
    if (type_.empty()) {
      // "hub_unverified" of the predecessor: a bare name without revision may as well be a directory.
      const bool named =
          old_.hub_id.find('/') != std::string::npos || old_.revision_form != stamp::RevisionForm::none;
      if (!source::is_hub_id(old_.hub_id) || (!named && answer.status != HubStatus::found)) {
        ask("ME-STAMP-002", "'" + old_.hub_id + "' may be a Hub model or a directory");
        return;
      }
      set_type("hub", "the stamp has hf_hub_id " + old_.hub_id);
    } else if (type_ != "hub") {
      ask("ME-STAMP-003", "the stamp's type '" + type_ + "' is unknown");
      return;
    }
    if (!pinned) pin(answer);
  }

  /// The commit that a shortened revision begins: the cache first, it needs no network.
  HubAnswer look_up() {
    if (facts_.hub == nullptr || !source::is_hub_id(old_.hub_id)) return {};
    const auto begins = [&](const HubAnswer& answer) {
      return answer.status == HubStatus::found && source::is_commit(answer.commit) &&
             answer.commit.starts_with(old_.revision);
    };
    const std::string asked = source::is_revision(old_.revision) ? old_.revision : "";
    for (const std::string& revision : {asked, std::string()}) {
      HubAnswer cached = facts_.hub->cached(old_.hub_id, revision);
      if (!old_.revision.empty() && begins(cached)) return cached;
    }
    if (facts_.offline) return {};
    HubAnswer answer = facts_.hub->ask(old_.hub_id, asked);
    if (old_.revision_form != stamp::RevisionForm::short_hash || begins(answer)) return answer;
    // The Hub need not know shortened revisions; the present head may still be the one.
    if (answer.status == HubStatus::found || answer.status == HubStatus::not_found) {
      answer = facts_.hub->ask(old_.hub_id, "");
      if (answer.status == HubStatus::found && !begins(answer)) answer.status = HubStatus::not_found;
    }
    return answer;
  }

  void pin(const HubAnswer& answer) {
    const std::string was = old_.revision.empty() ? "no revision" : "the revision '" + old_.revision + "'";
    if (!wants(rules_, "ME-STAMP-004")) return;
    if (answer.status == HubStatus::found && source::is_commit(answer.commit)) {
      const bool named = old_.revision_form == stamp::RevisionForm::short_hash;
      set(stamp::kRevision, answer.commit);
      set(stamp::kEvidence, named ? "given" : "branch-head");
      out_.steps.push_back({"ME-STAMP-004", was + " of " + old_.hub_id + " completed to " + answer.commit});
      if (!named)
        out_.notes.push_back(note_of(
            "ME-STAMP-004",
            "the commit is what " + old_.hub_id + " is now; nothing shows that the weights are from it",
            "modelexport stamp " + shell_word(facts_.result) + " --verify-weights --in-place"));
      return;
    }
    const std::string why = answer.status == HubStatus::not_found       ? "the Hub does not know it"
                            : answer.status == HubStatus::private_model ? "the Hub refuses access"
                                                                        : "the Hub could not be asked";
    if (value_of(facts_.old, stamp::kEvidence) != kUnresolved) {
      set(stamp::kEvidence, std::string(kUnresolved));
      out_.steps.push_back(
          {"ME-STAMP-004", was + " of " + old_.hub_id + " stays and is marked unresolved: " + why});
    }
    out_.notes.push_back(note_of("ME-STAMP-004", old_.hub_id + " has " + was + ", which is no pin: " + why,
                                 "modelexport migrate " + shell_word(facts_.result) + " --source " +
                                     shell_word(old_.hub_id) +
                                     "@COMMIT --in-place, or again where the Hub can be reached"));
  }

  void without_stamp() {
    if (!facts_.config_beside) {
      ask("ME-STAMP-001",
          "the file does not say where its model comes from, and no config.json is beside it");
      return;
    }
    if (!wants(rules_, "ME-STAMP-001")) return;
    set(stamp::kModelType, "local");
    set(stamp::kOriginalPath, ".");
    if (!facts_.task.empty()) set(stamp::kTask, facts_.task);
    set(stamp::kVersion, facts_.version);
    out_.steps.push_back({"ME-STAMP-001", "stamped as local model: config.json is beside it"});
  }

  const StampFacts& facts_;
  const Rules& rules_;
  const Stamp old_;
  std::string type_;
  StampPlan out_;
};

}  // namespace

Result<StampPlan> plan_stamp(const StampFacts& facts, const Rules& rules) {
  return Planner(facts, rules).run();
}

}  // namespace modelexport::migrate
