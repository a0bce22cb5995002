// What to tell a user whose source cannot be read.
#include "modelexport/source.h"

namespace modelexport::source {
namespace {

std::string did_you_mean(const Source& source) {
  if (source.hub.suggestions.empty()) return {};
  std::string text = " Did you mean ";
  for (std::size_t i = 0; i < source.hub.suggestions.size(); ++i) {
    if (i != 0) text += i + 1 == source.hub.suggestions.size() ? " or " : ", ";
    text += source.hub.suggestions[i];
  }
  return text + "?";
}

Status bad_name(const Source& source) {
  return fail(ErrorCode::source_bad_name,
              "'" + source.input + "' is neither an existing path nor a possible Hub id.",
              {.field = source.input},
              "Hub ids look like NAME or ORGANISATION/NAME[@REVISION]; directories like ./DIRECTORY.");
}

Status not_found(const Source& source) {
  if (source.hub.revision_missing) {
    return fail(ErrorCode::hub_revision_not_found,
                source.repo_id + " has no revision '" + source.revision + "' on HuggingFace Hub.",
                {.field = source.input},
                "Leave the revision out for the default branch, or name a branch, tag or commit.");
  }
  return fail(ErrorCode::source_not_found,
              "Model not found on HuggingFace Hub: " + source.repo_id +
                  (source.revision.empty() ? "" : "@" + source.revision) + "." +
                  (source.kind == Kind::local ? " There is no directory of that name either." : ""),
              {.field = source.input},
              "Check the model's name and revision." + did_you_mean(source) +
                  " A private model needs a token: hf auth login");
}

Status refused(const Source& source) {
  return fail(
      ErrorCode::source_private,
      "Model not found on HuggingFace Hub, or private: the Hub refuses access to " + source.repo_id + ".",
      {.field = source.input},
      "Check the model's name." + did_you_mean(source) +
          " Log in with `hf auth login` (or set HF_TOKEN); for a gated model request access at "
          "https://huggingface.co/" +
          source.repo_id);
}

Status unreachable(const Source& source) {
  return fail(ErrorCode::source_unreachable,
              "'" + source.input + "' could not be verified: the Hub was not reached" +
                  (source.hub.detail.empty() ? "" : " (" + source.hub.detail + ")") +
                  ", and no such directory exists.",
              {.field = source.input},
              "Try again online, pin the model (" + source.repo_id +
                  "@COMMIT needs no look-up), or write ./" + source.input + " for a directory." +
                  did_you_mean(source));
}

Status no_directory(const Source& source) {
  return fail(ErrorCode::source_no_directory, "There is nothing at '" + source.path + "'.",
              {.path = source.path}, "Check the path and the current directory.");
}

}  // namespace

Status require_usable(const Source& source) {
  if (source.kind == Kind::invalid) return bad_name(source);
  if (source.kind == Kind::local && source.exists) return {};
  switch (source.reason) {
    case Reason::not_found:
      return not_found(source);
    case Reason::private_model:
      return refused(source);
    case Reason::unverified:
      return unreachable(source);
    default:
      break;
  }
  if (source.kind == Kind::local) return no_directory(source);
  if (source.hub_status == HubStatus::not_found) return not_found(source);
  if (source.hub_status == HubStatus::private_model) return refused(source);
  return {};
}

}  // namespace modelexport::source
