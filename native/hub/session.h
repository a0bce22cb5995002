// What a Hub and its trees share.
#pragma once

#include <memory>
#include <optional>

#include "hub/cache.h"
#include "hub/client.h"
#include "hub/hub.h"

namespace modelexport::hub {

struct Session {
  Settings settings;
  Limits limits;
  Progress& progress;
  Cache cache;
  std::unique_ptr<Client> client;
  std::optional<Diagnostic> unreachable;  ///< a quick question got no answer
};

/// hub_not_cached: the file `what` (or anything) of `model` (ID or ID@REVISION) is needed and may not be
/// downloaded.
tl::unexpected<Diagnostic> not_cached(const Cache& cache, const std::string& model,
                                      const std::string& what = {});

Result<std::unique_ptr<HubTree>> open_tree(std::shared_ptr<Session> session, const std::string& repo_id,
                                           const std::string& revision, const std::string& commit, Need need,
                                           const std::vector<std::string>& names);

}  // namespace modelexport::hub
