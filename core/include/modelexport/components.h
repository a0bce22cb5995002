// Components: which files of a model directory make its configuration, tokenizer and processors, and how they
// travel into a package.
//
// Purpose   plan_components() turns a listing into a plan (a value): files to copy or to write edited, what
// is
//           left out and why, warnings, and what config.json says. It reads only small JSON files, never
//           weights.
// Rule      Files are taken by allow-list and by references out of allow-listed files, never by exclusion.
// Bytes
//           stay as they are unless a listed edit is needed (a path of the exporting machine, a byte order
//           mark).
// Ownership A SourceTree is borrowed during the call; plans own their text.
// Errors    PACK codes: no config.json, no model_type, Git LFS pointers, references that lead outside,
// tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::components {

enum class Link : std::uint8_t {
  none,
  inside,   ///< leads to a file of the same model (also the shared cache's blobs)
  outside,  ///< leads elsewhere: refused
  broken,   ///< leads nowhere or to a directory
};

struct FileEntry {
  std::string path;  ///< relative to the model directory, parts separated by '/'
  std::uint64_t size = 0;
  Link link = Link::none;
};

/// A model directory: files on disk, files dropped on the page, or a repository of the Hub.
class SourceTree {
 public:
  virtual ~SourceTree() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  /// All files, without directories. May leave out what is below `.git` and the like.
  [[nodiscard]] virtual const std::vector<FileEntry>& list() const = 0;
  /// Content of a listed file; refuses more than `limit` bytes.
  virtual Result<std::string> read(std::string_view path, std::uint64_t limit) const = 0;
  /// A listed file for copying. Unless a tree knows better, it is read into memory (small files only).
  [[nodiscard]] virtual Result<std::unique_ptr<ByteSource>> open(std::string_view path) const {
    constexpr std::uint64_t kMost = 1ULL << 30;
    ME_TRY(const std::string text, read(path, kMost));
    return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(text, std::string(path)));
  }
};

struct PlanOptions {
  bool keep_paths = false;         ///< leave paths of the exporting machine in configurations
  bool trust_remote_code = false;  ///< take the Python files that auto_map names
  std::string task;                ///< overrides the guess
  Limits limits;
};

enum class Action : std::uint8_t { copy, write };

struct PlannedFile {
  std::string path;        ///< in the source and in the package
  std::uint64_t size = 0;  ///< in the package
  Action action = Action::copy;
  std::string text;                ///< content, for `write`
  std::string reason;              ///< "tokenizer", "license", "named by modules.json"
  std::vector<std::string> edits;  ///< what `write` changed: "_name_or_path: local path removed"
};

struct LeftOut {
  std::string path;    ///< a file, or "directory/" for everything below it
  std::string reason;  ///< "weights", "training state", "version control", "possible secret", ...
};

/// What Optimum and transformers would do with a model.
struct TaskGuess {
  std::string task;       ///< "text-classification"; "" unknown
  std::string ort_class;  ///< "ORTModelForSequenceClassification"
};
/// From config.json's architectures[0] and model_type.
TaskGuess task_from_config(std::string_view model_type, const std::vector<std::string>& architectures);
/// The class of optimum.onnxruntime for a task (synonyms and "-with-past" understood).
std::string ort_class_for_task(std::string_view task, std::string_view model_type);
/// Names of the tasks that have a loader class of their own, without synonyms.
std::vector<std::string> known_tasks();

struct ConfigFacts {
  std::string model_type;
  std::vector<std::string> architectures;
  bool is_encoder_decoder = false;
  bool needs_remote_code = false;  ///< some auto_map names Python code
  std::string transformers_version;
  TaskGuess task;
  std::vector<std::string> preprocessors;  ///< "tokenizer", "image_processor", "feature_extractor", ...
};

struct ComponentPlan {
  std::vector<PlannedFile> files;  ///< sorted by path
  std::vector<LeftOut> left_out;   ///< sorted by path
  Diagnostics warnings;
  ConfigFacts facts;
};

Result<ComponentPlan> plan_components(const SourceTree& tree, const PlanOptions& options);

/// Group of a path on the allow-list ("config", "tokenizer", "license", ...); "" if it is on none. Decides by
/// name alone: which files of a Hub repository are worth a request.
std::string_view component_group(std::string_view path);

}  // namespace modelexport::components
