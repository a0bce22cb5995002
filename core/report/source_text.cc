#include "report/source_text.h"

namespace modelexport::report {

std::string_view reason_text(source::Reason reason) {
  using source::Reason;
  switch (reason) {
    case Reason::existing_path:
      return "the path exists";
    case Reason::path_prefix:
      return "it is written as a path";
    case Reason::path_separator:
      return "it has more separators than a Hub id";
    case Reason::hub_api:
      return "the Hub knows it";
    case Reason::hub_cache:
      return "the shared cache has it";
    case Reason::hub_scheme:
      return "it is written as a Hub address";
    case Reason::pinned:
      return "it names a commit";
    case Reason::unverified:
      return "it could be a Hub id, but the Hub could not be asked";
    case Reason::not_found:
      return "the Hub does not know it";
    case Reason::private_model:
      return "the Hub refuses access: it is private, or unknown";
    case Reason::bad_name:
      break;
  }
  return "neither an existing path nor a possible Hub id";
}

namespace {

/// What else there is to say about a source that cannot be used as it is; "" if nothing.
std::string trouble(const source::Source& source) {
  using source::HubStatus;
  if (source.kind == source::Kind::local) {
    if (source.exists) return {};
    const bool asked = source.reason == source::Reason::unverified && !source.hub.detail.empty();
    return (asked ? ": " + source.hub.detail : std::string()) + "; nothing is there";
  }
  if (source.kind != source::Kind::hub) return {};
  if (source.hub_status == HubStatus::private_model) return "; the Hub refuses access";
  if (source.hub_status != HubStatus::not_found) return {};
  if (source.hub.revision_missing) return "; the Hub knows the model, but not this revision";
  return "; the Hub does not know it";
}

}  // namespace

std::string source_line(const source::Source& source) {
  std::string line = source.input + "  " + std::string(to_string(source.kind));
  if (!source.revision.empty()) line += "  revision " + source.revision;
  if (!source.commit.empty() && source.commit != source.revision) line += "  commit " + source.commit;
  const std::string more = trouble(source);
  line += "  (" + std::string(to_string(source.reason)) + ": ";
  // A known model without the revision has its trouble as its reason.
  if (source.kind == source::Kind::hub && source.reason == source::Reason::not_found)
    return line + more.substr(2) + ")";
  return line + std::string(reason_text(source.reason)) + more + ")";
}

}  // namespace modelexport::report
