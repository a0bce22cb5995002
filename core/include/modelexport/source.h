// Model sources: is a name a Hub model or a local directory, at which revision, and why (ADR-012).
//
// Purpose   classify() is the one place that decides; `resolve`, export, stamp, pack and fetch use its
// answer. Seams     The core asks the world through PathProbe (paths) and HubProbe (API and shared cache).
// Both may be
//           absent: without PathProbe nothing exists, without HubProbe no name can be verified.
// Errors    classify() never fails: a name that cannot be used is kind `invalid` or has a reason that
//           require_usable() turns into the error to show.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modelexport/result.h"

namespace modelexport::source {

enum class Kind : std::uint8_t { hub, local, invalid };
/// Why a source is what it is; the words of contract.md `resolve`.
enum class Reason : std::uint8_t {
  existing_path,   ///< something with that path exists
  path_prefix,     ///< written as a path: ./ ../ / ~ file: drive letter, or a part starting with a dot
  path_separator,  ///< more separators than a Hub id has, or a backslash
  hub_api,         ///< the Hub knows it
  hub_cache,       ///< the shared cache has it
  hub_scheme,      ///< hf:// or a link to huggingface.co
  pinned,          ///< names a commit; needs no network
  unverified,      ///< could be a Hub id, but nobody could be asked: taken for local
  not_found,       ///< could be a Hub id, but the Hub does not know it: taken for local
  private_model,   ///< the Hub refuses access: taken for local
  bad_name,        ///< neither an existing path nor a possible Hub id
};
enum class Verified : std::uint8_t { none, api, cache };
std::string_view to_string(Kind kind);
std::string_view to_string(Reason reason);
std::string_view to_string(Verified verified);

/// What the file system says about a path.
class PathProbe {
 public:
  virtual ~PathProbe() = default;
  [[nodiscard]] virtual bool exists(std::string_view path) const = 0;
  [[nodiscard]] virtual bool is_directory(std::string_view path) const = 0;
};

enum class HubStatus : std::uint8_t {
  unasked,
  found,
  not_found,      ///< 404; also what the Hub answers for a revision it does not know
  private_model,  ///< 401, 403
  unreachable,    ///< no network, time-out, server error, offline
};
struct HubAnswer {
  HubStatus status = HubStatus::unreachable;
  std::string canonical_id;              ///< id as the Hub reports it; may differ by case or rename
  std::string commit;                    ///< 40 hex, if known
  std::string license;                   ///< if known
  std::string task;                      ///< the Hub's pipeline tag, if known
  bool revision_missing = false;         ///< not_found: the model is known, the revision is not
  std::string detail;                    ///< why it could not be asked, or why not found, for the error
  std::string advice;                    ///< what to do about a refusal, for the error's hint
  std::vector<std::string> suggestions;  ///< similar names in the cache
};

/// Looks up a model. `revision` is empty for the default branch.
class HubProbe {
 public:
  virtual ~HubProbe() = default;
  virtual HubAnswer ask(std::string_view repo_id, std::string_view revision) = 0;
  /// Only the shared cache, no network: found, or unreachable when it is not there.
  virtual HubAnswer cached(std::string_view repo_id, std::string_view revision) = 0;
};

struct ClassifyOptions {
  std::string revision;                ///< --revision; wins over one inside the name
  std::string home;                    ///< what ~ stands for; empty: ~ stays as it is
  std::vector<std::string> hub_hosts;  ///< hosts of HF_ENDPOINT whose links count as the Hub's
  bool offline = false;                ///< never HubProbe::ask
};

struct Source {
  std::string input;  ///< as given
  Kind kind = Kind::invalid;
  Reason reason = Reason::bad_name;
  Verified verified = Verified::none;
  std::string repo_id;   ///< id as given, without scheme and revision; also for names taken for local
  std::string revision;  ///< as asked for; "" is the default branch
  std::string commit;    ///< 40 hex if known
  std::string file;      ///< path inside the repository, from links to a file
  std::string path;      ///< local path without file: and ~, ready to open
  bool exists = false;
  bool is_directory = false;
  bool commit_from_cache = false;  ///< `commit` is what the shared cache holds weights of
  HubStatus hub_status = HubStatus::unasked;
  HubAnswer hub;  ///< what the Hub said, if it was asked
};

Source classify(std::string_view input, const PathProbe* paths, HubProbe* hub,
                const ClassifyOptions& options = {});

/// Ok if there is something to read: an existing path, or a Hub model that is not known to be missing.
Status require_usable(const Source& source);

/// One element of `resolve --json` `sources`.
std::string to_json(const Source& source);

/// Hub ids: NAME or NAMESPACE/NAME of ASCII letters, digits, _ - . as the Hub allows them.
bool is_hub_id(std::string_view text);
/// 40 lower-case hexadecimal digits.
bool is_commit(std::string_view text);
/// A branch, tag, refs/… or commit that is safe to send and to use in cache paths.
bool is_revision(std::string_view text);

}  // namespace modelexport::source
