#include "hub/hub_settings.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "hub/exchange.h"
#include "hub/token_exchange.h"
#include "io/file_source.h"

namespace modelexport::hub {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string clean_token(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }),
             text.end());
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string home_directory() {
  if (const std::string home = variable("HF_HOME"); !home.empty()) return expand_path(home);
  if (const std::string xdg = variable("XDG_CACHE_HOME"); !xdg.empty())
    return expand_path(xdg) + "/huggingface";
  return variable("HOME") + "/.cache/huggingface";
}

std::string token_file() {
  const std::string named = variable("HF_TOKEN_PATH");
  return named.empty() ? home_directory() + "/token" : expand_path(named);
}

std::string stored_token() {
  constexpr std::uint64_t kMost = 4096;
  const auto file = io::FileSource::open(token_file());
  if (!file) return {};
  auto text = read_text(**file, kMost);
  return text ? clean_token(std::move(*text)) : std::string();
}

double seconds(const char* name, double otherwise) {
  const auto value = parse_number(variable(name));
  return value && *value > 0 && *value <= 3600 ? static_cast<double>(*value) : otherwise;
}

}  // namespace

bool environment_switch(const char* name) {
  std::string value = variable(name);
  for (char& c : value) c = static_cast<char>(::toupper(static_cast<unsigned char>(c)));
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

std::string expand_path(const std::string& path) {
  std::string out;
  std::size_t i = 0;
  if (path == "~" || path.starts_with("~/")) {
    out = variable("HOME");
    i = 1;
  }
  for (; i < path.size(); ++i) {
    const bool braces = path[i] == '$' && i + 1 < path.size() && path[i + 1] == '{';
    const std::size_t start = i + (braces ? 2 : 1);
    std::size_t end = start;
    const auto word = [](char c) { return c == '_' || ::isalnum(static_cast<unsigned char>(c)) != 0; };
    while (end < path.size() && word(path[end])) ++end;
    const bool closed = !braces || (end < path.size() && path[end] == '}');
    if (path[i] != '$' || end == start || !closed ||
        std::getenv(path.substr(start, end - start).c_str()) == nullptr) {
      out += path[i];
      continue;
    }
    out += variable(path.substr(start, end - start).c_str());
    i = braces ? end : end - 1;
  }
  return out;
}

Result<Token> find_token() {
  Token token;
  if (environment_switch("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return token;
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    token = {clean_token(variable(name)), name};
    if (!token.text.empty()) break;
  }
  if (token.text.empty()) token = {stored_token(), "the file " + token_file()};
  if (token.text.empty()) return Token{};
  if (!is_sendable_token(token.text)) {
    return fail(ErrorCode::hub_token, "the token of " + token.from + " has characters that no token has",
                {.field = token.from}, "hf auth login, or correct HF_TOKEN");
  }
  return token;
}

std::optional<CiJob> find_ci_job() {
  if (environment_switch("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return std::nullopt;
  CiJob job{variable("HF_OIDC_RESOURCE"), clean_token(variable("HF_OIDC_ID_TOKEN")), {}, {}};
  if (job.resource.empty()) return std::nullopt;
  if (job.id_token.empty() && variable("GITHUB_ACTIONS") == "true") {
    job.provider_url = variable("ACTIONS_ID_TOKEN_REQUEST_URL");
    job.provider_token = variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  }
  return job;
}

Result<Settings> settings_from_environment() {
  Settings settings;
  settings.job = find_ci_job();
  ME_TRY(Token token, find_token());
  settings.token = std::move(token.text);
  settings.token_from = settings.job ? "HF_OIDC_RESOURCE" : std::move(token.from);
  settings.use_links = !environment_switch("HF_HUB_DISABLE_SYMLINKS");
  settings.answer_timeout = seconds("HF_HUB_ETAG_TIMEOUT", settings.answer_timeout);
  settings.download_timeout = seconds("HF_HUB_DOWNLOAD_TIMEOUT", settings.download_timeout);
  return settings;
}

}  // namespace modelexport::hub
