// What to tell a user whose source cannot be read.
#include <cctype>

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

std::string no_directory_either(const Source& source) {
  return source.kind == Kind::local ? " There is no directory of that name either." : "";
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
                  (source.revision.empty() ? "" : "@" + source.revision) + "." + no_directory_either(source),
              {.field = source.input},
              "Check the model's name and revision." + did_you_mean(source) +
                  " A private model needs a token: hf auth login");
}

Status refused(const Source& source) {
  const std::string detail = source.hub.detail.empty()
                                 ? "Model not found on HuggingFace Hub, or private: " + source.repo_id
                                 : source.hub.detail;
  const std::string advice =
      source.hub.advice.empty()
          ? "check the model's name; a private or gated model needs a token (hf auth login, or HF_TOKEN)"
          : source.hub.advice;
  return fail(ErrorCode::source_private, detail + "." + no_directory_either(source), {.field = source.input},
              advice + "." + did_you_mean(source));
}

Status unreachable(const Source& source) {
  const std::string& detail = source.hub.detail;
  std::string advice = source.hub.advice;
  if (!advice.empty())
    advice.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(advice.front())));
  return fail(ErrorCode::source_unreachable,
              "'" + source.input + "' could not be verified, and no such directory exists: " +
                  (detail.empty() ? "the Hub was not reached" : detail) + ".",
              {.field = source.input},
              (advice.empty() ? "Try again online, pin" : advice + ". Or pin") + " the model (" +
                  source.repo_id + "@COMMIT needs no look-up), or write ./" + source.input +
                  " for a directory." + did_you_mean(source));
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
