// hf:// addresses and links to the Hub's pages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelexport::source {

struct HubRef {
  std::string repo_id;
  std::string revision;
  std::string file;
};

/// True for hf:// and for http(s) addresses, whatever host.
bool is_link(std::string_view text);
/// What a link names; nothing if it is malformed, names a data set or space, or leads to another host.
/// `mirrors` are addresses without scheme: "mirror:8080/hub".
std::optional<HubRef> parse_link(std::string_view text, const std::vector<std::string>& mirrors);
/// "ID", "ID@REV"; nothing if the id or the revision is malformed.
std::optional<HubRef> parse_name(std::string_view text);
/// %41 becomes A; a malformed sequence stays as it is.
std::string percent_decode(std::string_view text);
/// Compares ASCII letters without case.
bool starts_with_nocase(std::string_view text, std::string_view prefix);

}  // namespace modelexport::source
