// Checking ONNX files: a table of rules, what was found, and the edits that would cure it.
//
// Purpose   check and migrate (contract.md): one pass over a file, every finding with its rule, place,
// readers
//           that refuse the file for it, and where possible a fix. Findings are data; rendering is
//           core/report.
// Severity  `error`: a reader that the caller named refuses the file, or it is unsafe to open. A refusal by
//           others is a warning. What nobody refuses has the rule's own severity.
// Ownership A Report owns its text; rules live forever. Fixes name places of the file that was checked.
// Errors    check_model fails only when the source cannot be read. Everything wrong inside is a finding.
// Limits    Options::limits; at most 50 findings of a rule per file (the last one says how many more).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/edit_plan.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::check {

/// Programs whose refusal is known.
enum class Reader : std::uint8_t { ort = 1, onnx = 2, optimum = 4, transformers_js = 8 };

class Readers {
 public:
  constexpr Readers() = default;
  constexpr Readers(Reader one) : bits_(static_cast<std::uint8_t>(one)) {}  // NOLINT: a set of one
  constexpr Readers operator|(Readers other) const { return Readers(bits_ | other.bits_); }
  constexpr Readers operator&(Readers other) const { return Readers(bits_ & other.bits_); }
  [[nodiscard]] constexpr bool has(Reader one) const { return (bits_ & static_cast<std::uint8_t>(one)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  bool operator==(const Readers&) const = default;

 private:
  constexpr explicit Readers(unsigned bits) : bits_(static_cast<std::uint8_t>(bits)) {}
  std::uint8_t bits_ = 0;
};
constexpr Readers operator|(Reader a, Reader b) { return Readers(a) | Readers(b); }

/// "ort", "onnx", "optimum", "transformers.js", in this order.
std::vector<std::string_view> names(Readers readers);
/// Nothing for an unknown word; `what` then names it.
std::optional<Readers> parse_readers(std::string_view list, std::string& what);

/// One rule. Everything that people read about it is here: `explain`, SARIF, the page and the documentation
/// are made from the table.
struct Rule {
  std::string_view id;     ///< "ME-GRAPH-012"; never reused
  Severity severity;       ///< where no reader refuses the file and it is not unsafe
  Readers refused_by;      ///< usually; a finding may know better
  std::string_view title;  ///< one sentence
  std::string_view why;
  std::string_view fix;      ///< what to do; with a command where there is one
  std::string_view example;  ///< a file part that has the defect
  bool fixable = false;      ///< `check --fix` can repair at least some cases
  bool unsafe = false;       ///< opening the file is dangerous, though readers may accept it
};

/// All rules, sorted by id.
std::span<const Rule* const> all_rules();
const Rule* find_rule(std::string_view id);
/// "ME-TAG-010", "ME-TAG" or "TAG" (any case) names this rule.
bool names_rule(std::string_view selector, const Rule& rule);

/// One edit that cures a finding. Edits whose ranges overlap are not made in one pass.
struct Fix {
  ByteRange touches;  ///< empty: only adds
  std::function<void(onnx::EditBuilder&)> apply;
  std::optional<ByteRange> keep = std::nullopt;  ///< instead: the part of the file that is the model
};

struct Finding {
  const Rule* rule = nullptr;
  Severity severity = Severity::warning;
  Readers refused_by;
  std::string message;
  Where where;
  std::string node;    ///< name of the node, if the place is in one
  std::string module;  ///< its hierarchy tag
  std::string hint;
  std::uint64_t more = 0;  ///< further places of the same rule that are not listed
  bool unsafe = false;
  std::vector<Fix> fixes;  ///< empty: not fixable

  [[nodiscard]] bool fixable() const { return !fixes.empty(); }
};

/// What is beside a model file. Implemented over directories (native), picked files (page) and tests.
class Surroundings {
 public:
  Surroundings() = default;
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;
  virtual ~Surroundings() = default;

  struct File {
    bool exists = false;
    bool regular = false;
    bool inside = true;  ///< with all links followed, in the model's directory (or its cache's blobs)
    bool link = false;   ///< the last component is a symbolic link
    bool hard_linked = false;
    bool is_model = false;  ///< the model file itself
    std::uint64_t size = 0;
  };
  /// A relative location as readers would resolve it; never follows anything outside for its content.
  [[nodiscard]] virtual File look_up(const std::string& location) const = 0;
  /// Plain file names in the model's directory, sorted.
  [[nodiscard]] virtual const std::vector<std::string>& siblings() const = 0;
  /// A small text file beside the model; nothing if it is not there or larger than `limit`.
  [[nodiscard]] virtual std::optional<std::string> read_text(const std::string& name,
                                                             std::uint64_t limit) const = 0;
};

struct Options {
  Readers readers = Reader::ort;  ///< whose refusal is an error
  std::string ort_version;        ///< "1.18": judge by this release; empty: the newest known
  Limits limits;
  const Surroundings* around = nullptr;  ///< nullptr: nothing is known, files beside are not judged
  std::vector<std::string> select;       ///< rules or prefixes; empty: all
  std::vector<std::string> ignore;
  bool edits = true;  ///< false: findings say whether they can be fixed, and do not hold how
};

/// `ok` has infos at most.
enum class Verdict : std::uint8_t { ok, findings, unreadable };

struct Report {
  std::string path;
  std::string kind = "onnx";
  Verdict verdict = Verdict::ok;
  std::vector<Finding> findings;     ///< by offset, then rule
  std::optional<Diagnostic> failed;  ///< why the file is unreadable
  bool more_edits = false;           ///< fixes beyond what is held for one file
  [[nodiscard]] std::uint64_t count(Severity severity) const;
};

Report check_model(const ByteSource& source, const Options& options);
Verdict verdict_of(const std::vector<Finding>& findings);

/// Everything fixable as one edit: what `--fix` applies and `--diff` shows. Later passes work on the result
/// of earlier ones. `fixed` counts findings; `left` is the report on the result.
class FixPlan {
 public:
  /// Borrows the source. Errors: those of editing; model_edit if a fix would add an error.
  static Result<FixPlan> make(const ByteSource& source, const Options& options);

  [[nodiscard]] bool unchanged() const { return passes_.empty(); }
  [[nodiscard]] const std::vector<onnx::EditNote>& notes() const { return notes_; }
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] std::uint64_t fixed() const { return fixed_; }
  [[nodiscard]] const Report& before() const { return before_; }
  [[nodiscard]] const Report& left() const { return left_; }
  /// The cured file; borrows this.
  [[nodiscard]] const ByteSource& result() const;
  Status execute(ByteSink& sink, Progress& progress) const;
  /// All passes as one edit of the source: for edits in place, and for hosts that slice their file.
  [[nodiscard]] Result<onnx::EditPlan> combined() const;

 private:
  struct Pass;
  const ByteSource* source_ = nullptr;
  std::vector<std::shared_ptr<Pass>> passes_;
  std::vector<onnx::EditNote> notes_;
  std::uint64_t fixed_ = 0;
  Report before_;
  Report left_;
};

/// The versions that the tables describe: {"ort", "1.32"}, {"onnx", "1.23"}, …
std::vector<std::pair<std::string_view, std::string_view>> table_versions();

}  // namespace modelexport::check
