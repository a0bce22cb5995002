// What the Hub client is told by the environment (reference: hub_protocol.md §4).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "modelexport/result.h"

namespace modelexport::hub {

/// The identity of a CI job, to be exchanged for a token that lasts as long as the job
/// (hub/token_exchange.h).
struct CiJob {
  std::string resource;        ///< HF_OIDC_RESOURCE: the repository or user that the token is for
  std::string id_token;        ///< HF_OIDC_ID_TOKEN; "" to ask the provider
  std::string provider_url;    ///< ACTIONS_ID_TOKEN_REQUEST_URL, as GitHub Actions sets it
  std::string provider_token;  ///< ACTIONS_ID_TOKEN_REQUEST_TOKEN
};

struct Settings {
  std::string endpoint = "https://huggingface.co";
  std::string cache;           ///< directory of the shared cache
  std::string token;           ///< "" none; never printed
  std::string token_from;      ///< where it comes from, for messages: "HF_TOKEN", "the file /home/.../token"
  std::optional<CiJob> job;    ///< comes before `token`
  bool offline = false;        ///< no socket is opened
  bool use_links = true;       ///< snapshots are links into blobs, where the file system can
  bool quick = false;          ///< for what is not needed: no question is repeated or takes longer than 2.5 s
  double answer_timeout = 10;  ///< seconds until an answer begins (HF_HUB_ETAG_TIMEOUT)
  double download_timeout = 10;  ///< seconds without data (HF_HUB_DOWNLOAD_TIMEOUT)
  std::string user_agent = "modelexport";
  std::function<void(const std::string&)> log;  ///< one line per request, without secrets; may be empty
  std::function<void(const std::string&)> say;  ///< one line per wait, for the user; may be empty
};

/// Token, timeouts and switches from the environment; endpoint, cache and offline are the caller's.
/// hub_token for a token that cannot be sent.
Result<Settings> settings_from_environment();

struct Token {
  std::string text;  ///< "" none
  std::string from;
};
/// HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH, $HF_HOME/token; none with
/// HF_HUB_DISABLE_IMPLICIT_TOKEN. (`hf auth login` writes the active one of stored_tokens into that file.)
Result<Token> find_token();
/// HF_OIDC_RESOURCE and what goes with it; nothing without it or with HF_HUB_DISABLE_IMPLICIT_TOKEN.
std::optional<CiJob> find_ci_job();

/// "~" and "$NAME" at the places where the Hub's libraries replace them.
std::string expand_path(const std::string& path);

/// 1, ON, YES, TRUE in any case.
bool environment_switch(const char* name);

}  // namespace modelexport::hub
