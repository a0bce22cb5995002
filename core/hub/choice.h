// Which files of a model are wanted.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hub/listing.h"

namespace modelexport::hub {

/// Paths of the component files (configuration, tokenizer, processors, licence), sorted.
std::vector<std::string> component_files(const Listing& listing);

/// Files that `patterns` name: exact paths, or '*' for any characters (also '/', as in the official client's
/// patterns). Sorted, each once. hub_file_not_found for a pattern that matches nothing.
Result<std::vector<std::string>> named_files(const Listing& listing, const std::vector<std::string>& patterns,
                                             std::string_view model);

/// What is known about one commit in the cache when no list of its files is.
struct CachedFiles {
  std::set<std::string> present;
  std::set<std::string> absent;  ///< known not to exist (.no_exist)
  std::string config;            ///< text of config.json
};
/// Whether those files are, as far as one can tell, all components that loaders of this model ask for:
/// nothing that its kind of model needs is unknown.
bool has_all_components(const CachedFiles& files);

/// Component files that loaders ask every model for and that this commit does not have: worth remembering.
std::vector<std::string> absent_components(const Listing& listing);

/// Has weights of some kind: somebody loaded this commit, not only looked at it.
bool has_weights(const std::set<std::string>& present);

}  // namespace modelexport::hub
