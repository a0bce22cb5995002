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

std::string source_line(const source::Source& source) {
  std::string line = source.input + "  " + std::string(to_string(source.kind));
  if (!source.revision.empty()) line += "  revision " + source.revision;
  if (!source.commit.empty() && source.commit != source.revision) line += "  commit " + source.commit;
  line += "  (" + std::string(to_string(source.reason)) + ": " + std::string(reason_text(source.reason));
  if (source.kind == source::Kind::local && !source.exists) line += "; nothing is there";
  return line + ")";
}

}  // namespace modelexport::report
