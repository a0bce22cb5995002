// Writing a stamp.
#include <algorithm>

#include "modelexport/stamp.h"
#include "stamp/evidence.h"

namespace modelexport::stamp {
namespace {

using source::Source;

bool is_absolute(std::string_view path) {
  if (path.empty()) return false;
  const bool drive = path.size() > 1 && path[1] == ':';
  return path.front() == '/' || path.front() == '\\' || path.front() == '~' || drive;
}

std::string last_part(std::string_view path) {
  while (path.size() > 1 && (path.back() == '/' || path.back() == '\\')) path.remove_suffix(1);
  const std::size_t cut = path.find_last_of("/\\:");
  return std::string(cut == std::string_view::npos || cut + 1 == path.size() ? path : path.substr(cut + 1));
}

std::string shown_path(const Source& source, bool keep_paths) {
  const bool uri = source.path != source.input && source.input.size() > 5 && source.input[4] == ':';
  const std::string& given = uri ? source.path : source.input;  // file:… is no path that anybody reads back
  return is_absolute(given) && !keep_paths ? last_part(given) : given;
}

void add(Entries& entries, std::string_view key, const std::string& value) {
  if (!value.empty()) entries.emplace_back(std::string(key), value);
}

struct Pin {
  std::string commit;
  Evidence evidence = Evidence::none;
};

/// The captured commit, else the one given, else the head of the branch.
Pin choose_pin(const Source& source, const Record* record, bool weights_match) {
  Pin pin;
  const bool same =
      record != nullptr && record->kind == source::Kind::hub && record->repo_id == source.repo_id;
  if (same && !record->commit.empty()) {
    pin.commit = record->commit;
    pin.evidence = Evidence::captured;
  } else if (!source.commit.empty()) {
    pin.commit = source.commit;
    pin.evidence = evidence_of(source);
  }
  if (weights_match && pin.commit == source.commit && !pin.commit.empty() &&
      pin.evidence != Evidence::captured) {
    pin.evidence = Evidence::weights_match;
  }
  return pin;
}

Diagnostic warning(ErrorCode code, std::string message, std::string hint) {
  return Diagnostic{code, Severity::warning, std::move(message), Where{}, std::move(hint)};
}

void warn_about_pin(const Source& source, const Pin& pin, Diagnostics& warnings) {
  if (pin.evidence == Evidence::branch_head) {
    const std::string which =
        source.commit_from_cache ? "The commit is the one of " + source.repo_id + " in the shared cache"
        : source.revision.empty()
            ? "The commit is the present head of the default branch of " + source.repo_id
            : "The commit is the one that " + source.revision + " of " + source.repo_id + " means at present";
    warnings.push_back(warning(ErrorCode::stamp_unpinned,
                               which + "; nothing shows that the weights are from it.",
                               "Name the commit: --source " + source.repo_id + "@" + pin.commit +
                                   ", or compare them: modelexport stamp FILE --verify-weights --in-place."));
  } else if (pin.evidence == Evidence::captured && source.revision == source.commit &&
             !source.commit.empty() && source.commit != pin.commit) {
    warnings.push_back(warning(ErrorCode::stamp_conflict,
                               "The archive was captured from commit " + pin.commit + ", not from " +
                                   source.commit + " as given; the captured one is written.",
                               "Leave the revision out, or capture the commit you mean."));
  }
}

Status add_hub(const Source& source, const Record* record, const MakeOptions& options, Made& made) {
  const Pin pin = choose_pin(source, record, options.weights_match);
  if (pin.commit.empty() && !options.allow_unpinned) {
    return fail(ErrorCode::stamp_unpinned, "The commit of " + source.repo_id + " is not known.",
                {.field = std::string(kRevision)},
                "Name it (--source " + source.repo_id + "@COMMIT), go online, or pass --allow-unpinned.");
  }
  add(made.entries, kModelType, "hub");
  add(made.entries, kHubId, source.repo_id);
  add(made.entries, kRevision, pin.commit);
  add(made.entries, kEvidence, std::string(to_string(pin.evidence)));
  made.evidence = pin.evidence;
  if (pin.commit.empty()) {
    made.warnings.push_back(warning(
        ErrorCode::stamp_unpinned, "The stamp names " + source.repo_id + " without a commit.",
        "Pin it later: modelexport stamp MODEL.onnx --source " + source.repo_id + "@COMMIT --in-place"));
  } else {
    warn_about_pin(source, pin, made.warnings);
  }
  return {};
}

bool is_stamp_key(std::string_view key) {
  // Every hf_ key is a stamp's: the predecessor removed them all before it wrote its own.
  return key.substr(0, 3) == "hf_" || key == kVersion || key == kCapturedWith;
}

}  // namespace

std::string_view to_string(Evidence evidence) {
  switch (evidence) {
    case Evidence::captured:
      return "captured";
    case Evidence::given:
      return "given";
    case Evidence::branch_head:
      return "branch-head";
    case Evidence::weights_match:
      return "weights-match";
    case Evidence::none:
      break;
  }
  return "";
}

Result<Made> make(const Source* source, const Record* record, const MakeOptions& options) {
  Made made;
  if (source != nullptr && source->kind == source::Kind::invalid) {
    return fail(ErrorCode::source_bad_name, "'" + source->input + "' is no model source.",
                {.field = source->input},
                "Use NAME, ORGANISATION/NAME[@REVISION] or a directory such as ./DIRECTORY.");
  }
  if (source != nullptr && source->kind == source::Kind::hub) {
    ME_CHECK(add_hub(*source, record, options, made));
  } else if (source != nullptr) {
    add(made.entries, kModelType, "local");
    add(made.entries, kOriginalPath, shown_path(*source, options.keep_paths));
  }
  if (source != nullptr) {
    const std::string license = options.license.empty() ? source->hub.license : options.license;
    const std::string recorded = record == nullptr ? std::string() : record->task;
    add(made.entries, kTask, options.task.empty() ? recorded : options.task);
    add(made.entries, kLicense, license);
  }
  add(made.entries, kVersion, options.version);
  if (record != nullptr) add(made.entries, kCapturedWith, record->captured_with);
  return made;
}

Entries replace(const Entries& old, const Entries& made) {
  Entries out;
  std::copy_if(old.begin(), old.end(), std::back_inserter(out),
               [](const auto& entry) { return !is_stamp_key(entry.first); });
  out.insert(out.end(), made.begin(), made.end());
  return out;
}

Entries edit(Entries entries, const Entries& set, const std::vector<std::string>& remove) {
  for (const std::string& key : remove) {
    entries.erase(
        std::remove_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == key; }),
        entries.end());
  }
  for (const auto& [key, value] : set) {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&k = key](const auto& e) { return e.first == k; });
    if (found == entries.end()) {
      entries.emplace_back(key, value);
    } else {
      found->second = value;
    }
  }
  return entries;
}

}  // namespace modelexport::stamp
