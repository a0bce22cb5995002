#include "hub/endpoint.h"

namespace modelexport::hub {

Result<Endpoint> Endpoint::parse(std::string_view text) {
  while (!text.empty() && text.back() == '/') text.remove_suffix(1);
  const auto url = parse_url(text);
  if (!url || !url->query.empty()) {
    return fail(ErrorCode::hub_endpoint,
                "the Hub's address is not usable: it must be http:// or https:// and a "
                "host, without user name or query",
                {.field = "HF_ENDPOINT"}, "HF_ENDPOINT=https://huggingface.co, or unset it");
  }
  Endpoint endpoint;
  endpoint.base_ = *url;
  if (endpoint.base_.path == "/") endpoint.base_.path.clear();
  return endpoint;
}

bool Endpoint::is_unprotected() const { return base_.scheme != "https" && !is_loopback_host(base_.host); }

bool Endpoint::is_official() const { return base_.host == "huggingface.co" || base_.host == "hf.co"; }

Url Endpoint::at(std::string path, std::string query) const {
  Url url = base_;
  url.path += path;
  url.query = std::move(query);
  return url;
}

Url Endpoint::model_info(std::string_view repo_id, std::string_view revision) const {
  std::string path = "/api/models/" + std::string(repo_id);
  if (!revision.empty()) path += "/revision/" + percent_encode(revision, false);
  return at(std::move(path));
}

Url Endpoint::tree(std::string_view repo_id, std::string_view revision) const {
  return at("/api/models/" + std::string(repo_id) + "/tree/" + percent_encode(revision, false),
            "recursive=true&expand=false");
}

Url Endpoint::file(std::string_view repo_id, std::string_view revision, std::string_view path) const {
  return at("/" + std::string(repo_id) + "/resolve/" + percent_encode(revision, false) + "/" +
            percent_encode(path, true));
}

Url Endpoint::token_exchange() const { return at("/oauth/token"); }

std::string Endpoint::page(std::string_view repo_id) const { return shown(at("/" + std::string(repo_id))); }

}  // namespace modelexport::hub
