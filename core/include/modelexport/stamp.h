// The stamp: model metadata that say where an ONNX file's configuration and tokenizer come from (contract.md
// §3).
//
// Purpose   Build the entries from a source and the archive's capture record, read them back from any file
//           (also the predecessor's), edit them, and say what contradicts what.
// Ownership Plain values.
// Errors    META codes. Reading never fails: what is wrong is listed by check().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelexport/limits.h"
#include "modelexport/result.h"
#include "modelexport/source.h"

namespace modelexport::stamp {

/// Key and value pairs in file order; the same type as onnx::Metadata.
using Entries = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kModelType = "hf_model_type";
inline constexpr std::string_view kHubId = "hf_hub_id";
inline constexpr std::string_view kRevision = "hf_hub_revision";
inline constexpr std::string_view kEvidence = "hf_revision_evidence";
inline constexpr std::string_view kOriginalPath = "hf_original_path";
inline constexpr std::string_view kTask = "hf_task";
inline constexpr std::string_view kLicense = "hf_license";
inline constexpr std::string_view kVersion = "modelexport.version";
inline constexpr std::string_view kCapturedWith = "modelexport.captured_with";

// --- The capture record: modelexport.json inside an archive.

struct Record {
  std::string source;  ///< as the user gave it; paths without their directories
  source::Kind kind = source::Kind::invalid;
  std::string repo_id;
  std::string revision;
  std::string commit;  ///< the commit that was loaded, 40 hex
  std::string task;    ///< may end in "-with-past"
  std::string model_type;
  std::string captured_with;  ///< value of modelexport.captured_with
};
Result<Record> read_record(std::string_view json, const Limits& limits);
/// The source that a record names, as if it had been classified. Kind invalid if it names none.
source::Source source_of(const Record& record);

// --- Writing.

enum class Evidence : std::uint8_t { none, captured, given, branch_head, weights_match };
std::string_view to_string(Evidence evidence);

struct MakeOptions {
  std::string version;  ///< this program's
  std::string task;     ///< wins over the record's
  std::string license;
  bool keep_paths = false;      ///< absolute paths as given, not only their last part
  bool allow_unpinned = false;  ///< a Hub stamp without commit is written, with a warning
  bool weights_match = false;   ///< the weights were compared with the source's commit and are equal
};
struct Made {
  Entries entries;
  Evidence evidence = Evidence::none;
  Diagnostics warnings;
};
/// Entries for a source (nullptr: unknown, then no hf_ key is written) and a record (nullptr: none). A record
/// counts for the revision only if it names the same model.
Result<Made> make(const source::Source* source, const Record* record, const MakeOptions& options);

/// `old` without earlier stamps (hf_* and modelexport.* keys that make() or the predecessor wrote), then
/// `made`.
Entries replace(const Entries& old, const Entries& made);
/// Sets in place or appends, removes; keys are exact.
Entries edit(Entries entries, const Entries& set, const std::vector<std::string>& remove);

// --- Reading.

enum class Kind : std::uint8_t { hub, local, unknown };
enum class RevisionForm : std::uint8_t { none, commit, short_hash, name };
std::string_view to_string(Kind kind);

struct Stamp {
  Kind kind = Kind::unknown;
  std::string hub_id;
  std::string revision;
  RevisionForm revision_form = RevisionForm::none;
  std::string evidence;
  std::string original_path;
  std::string task;  ///< hf_task, else the predecessor's hf_pipeline_tag
  std::string license;
  bool legacy = false;  ///< written by the predecessor's function
};
Stamp read(const Entries& entries);
/// The source a stamp names, for pack and fetch: Hub id with its revision, or the original path.
/// Errors: stamp_unknown_type ("Cannot determine model type"); stamp_bad_value for an id that is none.
Result<source::Source> source_of(const Stamp& stamp, std::string_view file);
/// "org/name@REVISION", for messages; without @ if the stamp names no revision.
std::string hub_name(const Stamp& stamp);
/// Whether external data at `location` are weights that `export --weights hub` left in the stamped model's
/// repository: pack and load bring that file.
bool is_on_hub(const Stamp& stamp, std::string_view location);
/// What contradicts or lacks: errors (a loader would fail) and warnings (not reproducible). Empty for no
/// stamp.
Diagnostics check(const Entries& entries);

}  // namespace modelexport::stamp
