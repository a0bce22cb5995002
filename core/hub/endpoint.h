// The addresses of one Hub: what is asked where (reference: hub_protocol.md §2.1).
#pragma once

#include <string>
#include <string_view>

#include "hub/url.h"
#include "modelexport/result.h"

namespace modelexport::hub {

class Endpoint {
 public:
  /// hub_endpoint if `text` (HF_ENDPOINT) is no http(s) address.
  static Result<Endpoint> parse(std::string_view text);

  [[nodiscard]] const Url& base() const { return base_; }
  /// Whether a token may be sent to `url`.
  [[nodiscard]] bool owns(const Url& url) const { return same_origin(base_, url); }
  /// huggingface.co itself, no mirror: what is known about its service is true.
  [[nodiscard]] bool is_official() const;
  /// A token sent there could be read on the way.
  [[nodiscard]] bool is_unprotected() const;

  /// `revision` "" is the default branch.
  [[nodiscard]] Url model_info(std::string_view repo_id, std::string_view revision) const;
  [[nodiscard]] Url tree(std::string_view repo_id, std::string_view revision) const;
  [[nodiscard]] Url file(std::string_view repo_id, std::string_view revision, std::string_view path) const;
  /// Where the identity of a CI job is exchanged for a token.
  [[nodiscard]] Url token_exchange() const;
  /// The model's page, for people.
  [[nodiscard]] std::string page(std::string_view repo_id) const;

 private:
  [[nodiscard]] Url at(std::string path, std::string query = {}) const;
  Url base_;
};

}  // namespace modelexport::hub
