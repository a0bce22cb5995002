// Hub models for the commands: what a name means, and its files through the shared cache.
//
// Purpose   The facade over client and cache. A Hub object belongs to one command; trees made by it share its
//           connection and may outlive it.
// Network   Nothing is asked before ask() or open(), nothing at all with Settings::offline, and nothing when
// the
//           cache can answer for a full commit.
// Errors    SRC and HUB codes, exit 4 (5 when the cache cannot be written).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/hub_settings.h"
#include "io/file_tree.h"
#include "modelexport/bytes.h"
#include "modelexport/limits.h"
#include "modelexport/source.h"

namespace modelexport::hub {

struct Session;

/// Which list of files is needed.
enum class Need : std::uint8_t {
  components,  ///< the cache's files will do if they seem to be all components
  files,       ///< the cache's files will do if the named ones are among them
  everything,  ///< the commit's complete list
};

/// The files of one commit; opening one brings it into the cache.
class HubTree : public io::FileTree {
 public:
  [[nodiscard]] virtual const std::string& repo_id() const = 0;
  [[nodiscard]] virtual const std::string& commit() const = 0;
  /// snapshots/COMMIT in the cache.
  [[nodiscard]] virtual std::string directory() const = 0;
  /// The component files among list(), sorted.
  [[nodiscard]] virtual std::vector<std::string> component_paths() const = 0;
  /// Paths or patterns with '*': hub_file_not_found if one matches nothing.
  [[nodiscard]] virtual Result<std::vector<std::string>> named_paths(
      const std::vector<std::string>& patterns) const = 0;
  /// A file to be read once, in ascending order: from the cache if it is there, else by ranges from the Hub
  /// without storing it. Small files, and those of a server that has no ranges, are downloaded into the
  /// cache.
  [[nodiscard]] virtual Result<std::unique_ptr<ByteSource>> remote(std::string_view path) const = 0;
  /// list() is what the cache happens to hold: there may be more, and nobody could be asked.
  [[nodiscard]] virtual bool is_partial() const = 0;
  /// Whether the Hub would send a listed file (one question, the bytes stay there): source_private and
  /// hub_token if it would not. Other trouble, and being offline, is no answer and no error.
  [[nodiscard]] virtual Status check_access(std::string_view path) const = 0;
  /// Whether list() is the commit's own list, not only what the cache has of it.
  [[nodiscard]] virtual bool is_complete() const = 0;
  /// Whether a listed file is in the cache already, with the right size.
  [[nodiscard]] virtual bool is_cached(std::string_view path) const = 0;
};

class Hub {
 public:
  /// hub_endpoint for a bad HF_ENDPOINT. `progress` must outlive the object and its trees.
  static Result<std::unique_ptr<Hub>> make(Settings settings, const Limits& limits, Progress& progress);
  ~Hub();

  /// What the user should know about where the token goes; "" if nothing.
  [[nodiscard]] std::string token_warning() const;

  /// One quick question (2.5 s at most) for a decision. After the first that nobody answered, unreachable at
  /// once.
  source::HubAnswer ask(const std::string& repo_id, const std::string& revision);
  /// Only the cache.
  [[nodiscard]] source::HubAnswer cached(const std::string& repo_id, const std::string& revision) const;
  [[nodiscard]] std::vector<std::string> cached_models() const;
  /// The commit that the cache knows for a revision ("" default branch) if that snapshot holds weights: what
  /// somebody loads on this machine. "" if there is none.
  [[nodiscard]] std::string loaded_commit(const std::string& repo_id, const std::string& revision) const;

  /// The commit of a revision ("" default branch): the Hub's answer, else the cache's when the Hub cannot be
  /// asked; then `note` says so.
  struct Commit {
    std::string commit;
    std::string note;
    bool from_cache = false;
    source::HubAnswer hub;  ///< licence and task; or why nobody answered, or what was refused
  };
  Result<Commit> resolve(const std::string& repo_id, const std::string& revision);
  /// The files of a commit. `revision` is the name under which the cache shall find it again; `names` are
  /// those of Need::files.
  Result<std::unique_ptr<HubTree>> open(const std::string& repo_id, const std::string& revision,
                                        const std::string& commit, Need need,
                                        const std::vector<std::string>& names = {});

 private:
  explicit Hub(std::shared_ptr<Session> session);
  std::shared_ptr<Session> session_;
};

}  // namespace modelexport::hub
