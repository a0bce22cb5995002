#include "source/source_json.h"

namespace modelexport::source {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::hub:
      return "hub";
    case Kind::local:
      return "local";
    case Kind::invalid:
      break;
  }
  return "invalid";
}

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::existing_path:
      return "existing-path";
    case Reason::path_prefix:
      return "path-prefix";
    case Reason::path_separator:
      return "path-separator";
    case Reason::hub_api:
      return "hub-api";
    case Reason::hub_cache:
      return "hub-cache";
    case Reason::hub_scheme:
      return "hub-scheme";
    case Reason::pinned:
      return "pinned";
    case Reason::unverified:
      return "unverified";
    case Reason::not_found:
      return "not-found";
    case Reason::private_model:
      return "private";
    case Reason::bad_name:
      break;
  }
  return "bad-name";
}

std::string_view to_string(Verified verified) {
  switch (verified) {
    case Verified::api:
      return "api";
    case Verified::cache:
      return "cache";
    case Verified::none:
      break;
  }
  return "none";
}

json::Json source_json(const Source& source) {
  json::Json out = json::Json::object();
  out["input"] = source.input;
  out["kind"] = std::string(to_string(source.kind));
  out["reason"] = std::string(to_string(source.reason));
  if (source.kind == Kind::hub) {
    out["repo_id"] = source.repo_id;
    if (!source.revision.empty()) out["revision"] = source.revision;
    if (!source.commit.empty()) out["commit"] = source.commit;
  } else if (source.kind == Kind::local) {
    out["path"] = source.path;
  }
  out["verified"] = std::string(to_string(source.verified));
  return out;
}

std::string to_json(const Source& source) { return json::dump(source_json(source)); }

}  // namespace modelexport::source
