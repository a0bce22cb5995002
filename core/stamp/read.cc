// Reading a stamp, also the predecessor's (reference: legacy_htp.md §6).
#include <algorithm>
#include <set>

#include "modelexport/stamp.h"
#include "result/shell_word.h"

namespace modelexport::stamp {
namespace {

std::string value_of(const Entries& entries, std::string_view key) {
  // Readers that fill a dictionary keep the last of equal keys.
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->first == key) return entry->second;
  }
  return {};
}

bool has(const Entries& entries, std::string_view key) {
  return std::any_of(entries.begin(), entries.end(), [&](const auto& e) { return e.first == key; });
}

RevisionForm form_of(std::string_view revision) {
  if (revision.empty()) return RevisionForm::none;
  if (source::is_commit(revision)) return RevisionForm::commit;
  const bool hex = std::all_of(revision.begin(), revision.end(),
                               [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return hex && revision.size() >= 7 && revision.size() < 40 ? RevisionForm::short_hash : RevisionForm::name;
}

class Findings {
 public:
  void add(ErrorCode code, Severity severity, std::string message, std::string_view key, std::string hint) {
    Where where;
    where.field = "metadata_props[" + std::string(key) + "]";
    list.push_back(Diagnostic{code, severity, std::move(message), std::move(where), std::move(hint)});
  }
  Diagnostics list;
};

constexpr const char* kStampHint = "modelexport stamp MODEL.onnx --source SOURCE --in-place";

void check_type(const Entries& entries, Findings& out) {
  const std::string type = value_of(entries, kModelType);
  const bool has_id = !value_of(entries, kHubId).empty();
  if (type == "hub" && !has_id) {
    out.add(ErrorCode::stamp_conflict, Severity::error,
            "ONNX model marked as Hub model but missing hf_hub_id metadata.", kHubId, kStampHint);
  } else if (type == "local" && has_id) {
    out.add(ErrorCode::stamp_conflict, Severity::error, "The model is marked as local but names a Hub id.",
            kHubId, kStampHint);
  } else if (type.empty() && (has_id || has(entries, kOriginalPath))) {
    out.add(ErrorCode::stamp_conflict, Severity::error,
            "The stamp does not say whether the model is hub or local.", kModelType, kStampHint);
  } else if (!type.empty() && type != "hub" && type != "local") {
    out.add(ErrorCode::stamp_unknown_type, Severity::error, "Cannot determine model type: '" + type + "'.",
            kModelType, kStampHint);
  }
}

void check_values(const Entries& entries, Findings& out) {
  const std::string id = value_of(entries, kHubId);
  if (!id.empty() && !source::is_hub_id(id)) {
    out.add(ErrorCode::stamp_bad_value, Severity::error, "'" + id + "' is no Hub id.", kHubId, kStampHint);
  }
  if (id.empty()) return;
  const std::string revision = value_of(entries, kRevision);
  switch (form_of(revision)) {
    case RevisionForm::commit:
      break;
    case RevisionForm::none:
      out.add(ErrorCode::stamp_unpinned, Severity::warning, "The stamp names no commit.", kRevision,
              kStampHint);
      break;
    case RevisionForm::short_hash:
      out.add(ErrorCode::stamp_unpinned, Severity::warning,
              "The revision '" + revision + "' is shortened; only a full commit is a pin.", kRevision,
              kStampHint);
      break;
    case RevisionForm::name:
      const bool safe = source::is_revision(revision);
      out.add(safe ? ErrorCode::stamp_unpinned : ErrorCode::stamp_bad_value,
              safe ? Severity::warning : Severity::error, "The revision '" + revision + "' is no commit.",
              kRevision, kStampHint);
      break;
  }
}

void check_duplicates(const Entries& entries, Findings& out) {
  std::set<std::string> seen;
  for (const auto& [key, value] : entries) {
    if (key.substr(0, 3) == "hf_" && !seen.insert(key).second) {
      out.add(ErrorCode::stamp_conflict, Severity::warning, "The key " + key + " occurs more than once.", key,
              "modelexport stamp MODEL.onnx --remove " + shell_word(key) + " --in-place");
    }
  }
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::hub:
      return "hub";
    case Kind::local:
      return "local";
    case Kind::unknown:
      break;
  }
  return "unknown";
}

Stamp read(const Entries& entries) {
  Stamp stamp;
  const std::string type = value_of(entries, kModelType);
  stamp.hub_id = value_of(entries, kHubId);
  stamp.revision = value_of(entries, kRevision);
  stamp.revision_form = form_of(stamp.revision);
  stamp.evidence = value_of(entries, kEvidence);
  stamp.original_path = value_of(entries, kOriginalPath);
  stamp.license = value_of(entries, kLicense);
  stamp.task = value_of(entries, kTask);
  if (stamp.task.empty()) stamp.task = value_of(entries, "hf_pipeline_tag");
  stamp.legacy = has(entries, "hf_export_version") || has(entries, "hf_export_timestamp");
  if (type == "hub" && !stamp.hub_id.empty()) stamp.kind = Kind::hub;
  if (type == "local") stamp.kind = Kind::local;
  return stamp;
}

Result<source::Source> source_of(const Stamp& stamp, std::string_view file) {
  source::Source out;
  if (stamp.kind == Kind::hub && source::is_hub_id(stamp.hub_id)) {
    out.input = stamp.hub_id;
    out.kind = source::Kind::hub;
    out.repo_id = stamp.hub_id;
    out.reason = source::Reason::hub_scheme;
    if (source::is_revision(stamp.revision)) out.revision = stamp.revision;
    if (stamp.revision_form == RevisionForm::commit) {
      out.commit = stamp.revision;
      out.reason = source::Reason::pinned;
    }
    return out;
  }
  if (stamp.kind == Kind::local) {
    out.input = stamp.original_path;
    out.kind = source::Kind::local;
    out.reason = source::Reason::path_prefix;
    out.path = stamp.original_path;
    return out;
  }
  if (stamp.kind == Kind::hub) {  // a file must not turn a Hub name into a path
    return fail(ErrorCode::stamp_bad_value, "The stamp names '" + stamp.hub_id + "', which is no Hub id.",
                {.path = std::string(file), .field = "metadata_props[" + std::string(kHubId) + "]"},
                "stamp it with its model: modelexport stamp " + shell_word(file) +
                    " --source ID@COMMIT --in-place; or name the source: modelexport pack " +
                    shell_word(file) + " --source SOURCE -o DIR");
  }
  return fail(ErrorCode::stamp_unknown_type, "Cannot determine model type: the file has no usable stamp.",
              {.path = std::string(file), .field = std::string(kModelType)},
              "export it again with this version, or stamp it: modelexport migrate " + shell_word(file) +
                  " --source SOURCE -o NEW.onnx; or name the source: modelexport pack " + shell_word(file) +
                  " --source SOURCE -o DIR");
}

std::string hub_name(const Stamp& stamp) {
  return stamp.hub_id + (stamp.revision.empty() ? "" : "@" + stamp.revision);
}

bool is_on_hub(const Stamp& stamp, std::string_view location) {
  return stamp.kind == Kind::hub && source::is_hub_id(stamp.hub_id) && location.ends_with(".safetensors") &&
         location.find_first_of("/\\") == std::string_view::npos;
}

Diagnostics check(const Entries& entries) {
  Findings out;
  check_type(entries, out);
  check_values(entries, out);
  check_duplicates(entries, out);
  return out.list;
}

}  // namespace modelexport::stamp
