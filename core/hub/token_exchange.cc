#include "hub/token_exchange.h"

#include <algorithm>

#include "json/json.h"

namespace modelexport::hub {
namespace {

constexpr std::uint64_t kHour = 3600;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr std::size_t kLongest = 16384;  // identities signed with long keys are a few thousand characters

tl::unexpected<Diagnostic> no_token(const std::string& url, const std::string& what) {
  return fail(ErrorCode::hub_token, "the answer holds no " + what, {.path = url},
              "check HF_OIDC_RESOURCE, or unset it to use HF_TOKEN");
}

Result<std::string> token_in(std::string_view text, std::string_view key, const std::string& url,
                             const std::string& what, const Limits& limits) {
  const auto parsed = json::parse(text, limits, url);
  if (!parsed || !parsed->is_object()) return no_token(url, what);
  const auto token = json::find_string(*parsed, key);
  if (!token || token->empty() || !is_sendable_token(*token)) return no_token(url, what);
  return std::string(*token);
}

}  // namespace

bool is_sendable_token(std::string_view token) {
  return token.size() <= kLongest &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string token_request(std::string_view resource, std::string_view id_token) {
  json::Json body = json::Json::object();
  body["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange";
  body["subject_token_type"] = "urn:ietf:params:oauth:token-type:id_token";
  body["subject_token"] = std::string(id_token);
  body["resource"] = std::string(resource);
  return json::dump(body);
}

Result<AccessToken> parse_access_token(std::string_view text, const std::string& url, const Limits& limits) {
  AccessToken token;
  ME_TRY(token.text, token_in(text, "access_token", url, "access token", limits));
  const auto parsed = json::parse(text, limits, url);
  const json::Json* seconds = json::find(*parsed, "expires_in");
  token.seconds = seconds != nullptr && seconds->is_number_unsigned() ? seconds->get<std::uint64_t>() : kHour;
  token.seconds = std::min(token.seconds, kDay);
  return token;
}

Result<std::string> parse_id_token(std::string_view text, const std::string& url, const Limits& limits) {
  return token_in(text, "value", url, "id token of this job", limits);
}

}  // namespace modelexport::hub
