#include "hub/redirect.h"

namespace modelexport::hub {
namespace {

tl::unexpected<Diagnostic> refused(const Url& from, std::string why) {
  return fail(
      ErrorCode::hub_redirect, std::move(why), {.path = shown(from)},
      "check HF_ENDPOINT and the proxy settings; the server that answered is not to be trusted otherwise");
}

}  // namespace

Result<Url> next_hop(const Url& from, std::string_view location, const Endpoint& endpoint, int hops) {
  if (hops >= kMostRedirects)
    return refused(from, "more than " + std::to_string(kMostRedirects) + " redirects, perhaps in circles");
  if (location.empty()) return refused(from, "a redirect without a Location header");
  const auto to = join(from, location);
  if (!to) return refused(from, "a redirect to something other than an http or https address");
  if (from.scheme == "https" && to->scheme == "http")
    return refused(from, "a redirect from https to http at " + to->host);
  if (!is_private_host(endpoint.base().host) && is_private_host(to->host))
    return refused(from, "a redirect from the public Hub to the private address " + to->host);
  return *to;
}

}  // namespace modelexport::hub
