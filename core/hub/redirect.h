// Which redirects are followed.
#pragma once

#include <string_view>

#include "hub/endpoint.h"

namespace modelexport::hub {

inline constexpr int kMostRedirects = 10;

/// The address to ask next, after `hops` redirects. hub_redirect for loops, other schemes than http(s), https
/// to http, and from a Hub on the public internet to an address literal of a private network.
Result<Url> next_hop(const Url& from, std::string_view location, const Endpoint& endpoint, int hops);

}  // namespace modelexport::hub
