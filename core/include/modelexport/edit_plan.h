// Edits of an ONNX file as a value: what to keep, what to put in between.
//
// Purpose    stamp, check --fix and migrate change a few bytes of files that may have gigabytes. A plan lists
//            ranges to copy and literal bytes; bytes that are not edited are kept verbatim, enclosing lengths
//            are written anew. --dry-run prints the plan that the real run executes.
// Ownership  EditBuilder borrows its ModelView; a plan owns everything and only needs the source to execute.
// Errors     model_edit (edits that overlap or do not fit), model_too_large, and those of reading.
// Example    EditBuilder edit(view); edit.set_metadata("hf_hub_id", "org/name"); auto plan = edit.build();
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/model_view.h"

namespace modelexport::onnx {

/// More edits than this are counted, not listed: nobody reads a million lines, and they would fill the
/// memory.
inline constexpr std::size_t kMostNotes = 10'000;

/// A range of the source, or literal bytes.
using PlanPiece = std::variant<ByteRange, std::string>;

/// One edit for people: nothing in `before` means added, nothing in `after` means removed.
struct EditNote {
  std::string path;  ///< "metadata_props[hf_hub_id]", "graph.node[12].attribute[0]"
  std::optional<std::string> before;
  std::optional<std::string> after;
};

struct EditPlan {
  std::vector<PlanPiece> pieces;
  std::vector<EditNote> notes;   ///< at most kMostNotes
  std::uint64_t more_notes = 0;  ///< edits of a large model that are not listed
  std::uint64_t source_size = 0;
  std::uint64_t output_size = 0;

  /// Nothing to do: the output would be the source.
  [[nodiscard]] bool unchanged() const { return notes.empty(); }
};

/// One line per edit, values shortened and escaped for a terminal.
std::string describe(const EditPlan& plan);

/// One plan that does what `first` does and then `second`, which was made for first's result.
Result<EditPlan> combine(const EditPlan& first, const EditPlan& second);

/// Writes the edited file; does not finish the sink. Fails when the source's size is not the planned one.
Status execute(const EditPlan& plan, const ByteSource& source, ByteSink& sink, Progress& progress);

/// What an edit in place has to write: the file from `offset` on.
struct InPlaceTail {
  std::uint64_t offset = 0;    ///< the file is equal before
  std::uint64_t bytes = 0;     ///< to be written
  std::uint64_t new_size = 0;  ///< of the file; shorter than before: truncate after writing
};

/// Nothing when the first change lies so early that more than `limit` bytes would have to be written.
std::optional<InPlaceTail> in_place_tail(const EditPlan& plan, std::uint64_t limit = 16ULL << 20);
/// The bytes of the tail, to be held before the file is touched.
Result<Bytes> tail_bytes(const EditPlan& plan, const ByteSource& source, const InPlaceTail& tail);

/// The edited file without writing it, for checking a plan's result. Borrows both.
class PlannedSource final : public ByteSource {
 public:
  PlannedSource(const EditPlan& plan, const ByteSource& source);
  [[nodiscard]] std::uint64_t size() const override { return plan_.output_size; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] std::string name() const override { return source_.name(); }

 private:
  const EditPlan& plan_;
  const ByteSource& source_;
  std::vector<std::uint64_t> starts_;  ///< output offset of each piece
};

/// Something that has metadata_props. `path` is shown in notes.
struct MetadataOwner {
  enum class Kind : std::uint8_t { model, graph, node, function, value_info, tensor };
  Kind kind = Kind::model;
  MessageRef message;
  std::string path;
};

enum class HeaderText : std::uint8_t { producer_name = 2, producer_version = 3, domain = 4, doc_string = 6 };

/// Collects edits; nothing is read or decided before build(). For one key or field the last request counts.
class EditBuilder {
 public:
  explicit EditBuilder(const ModelView& model);

  /// Model-level metadata. Afterwards the key is there once; an equal value is no edit.
  void set_metadata(std::string key, std::string value);
  void remove_metadata(std::string key);
  /// The same for a graph, node, …; `owner.message` comes from the view.
  void set_metadata(const MetadataOwner& owner, std::string key, std::string value);
  void remove_metadata(const MetadataOwner& owner, std::string key);
  /// An empty value removes the field.
  void set_text(HeaderText field, std::string value);

  /// Replaces the content of a framed child of `parent` (ModelView::root() for top-level fields).
  void replace(const MessageRef& parent, const MessageRef& child, std::uint32_t number, std::string content,
               EditNote note);
  void remove(const MessageRef& parent, const MessageRef& child, EditNote note);
  /// Adds a framed field: after its last sibling, else where ascending numbers put it.
  void insert(const MessageRef& parent, std::uint32_t number, std::string content, EditNote note);
  /// Replaces whole fields of `parent` by whole fields; `replaced` may be empty.
  void splice(const MessageRef& parent, ByteRange replaced, std::string fields, EditNote note);
  /// Joins several graph fields into one, as C++ readers merge them.
  void merge_graphs();

  /// Call once, last.
  Result<EditPlan> build();

  /// Internal to the planner, public for its tests.
  struct Splice {
    ByteRange parent;  ///< content of the message whose fields are replaced
    ByteRange replaced;
    std::vector<PlanPiece> with;
    EditNote note;
  };

 private:
  struct Insertion {
    MessageRef parent;
    std::uint32_t number;
    std::string content;
    EditNote note;
  };
  struct MetadataEdits {
    MetadataOwner owner;
    std::vector<std::pair<std::string, std::optional<std::string>>> wanted;
  };

  /// The note, or an empty one when there are enough.
  EditNote bounded(EditNote note);
  void want(const MetadataOwner& owner, std::string key, std::optional<std::string> value);
  Status plan_metadata(const MetadataEdits& edits);
  Status plan_text(HeaderText field, const std::string& value);
  Status plan_insertion(const Insertion& insertion);

  const ModelView& model_;
  std::vector<MetadataEdits> metadata_;
  std::map<std::uint64_t, std::size_t> metadata_by_offset_;
  std::map<HeaderText, std::string> texts_;
  std::vector<Insertion> insertions_;
  std::vector<Splice> requested_;
  std::vector<Splice> splices_;
  std::size_t noted_ = 0;
};

}  // namespace modelexport::onnx
