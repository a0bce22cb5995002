// From requested edits to splices; the tree is rewritten by splicer.
#include <algorithm>

#include "modelexport/edit_plan.h"
#include "onnx/message_reader.h"
#include "onnx/splicer.h"
#include "wire/scanner.h"
#include "wire/writer.h"

namespace modelexport::onnx {
namespace {

constexpr std::uint32_t model_graph = 7;

std::uint32_t metadata_field(MetadataOwner::Kind kind) {
  switch (kind) {
    case MetadataOwner::Kind::model:
      return 14;
    case MetadataOwner::Kind::graph:
      return 16;
    case MetadataOwner::Kind::node:
      return 9;
    case MetadataOwner::Kind::function:
      return 14;
    case MetadataOwner::Kind::value_info:
      return 4;
    case MetadataOwner::Kind::tensor:
      break;
  }
  return 16;
}

std::string_view text_name(HeaderText field) {
  switch (field) {
    case HeaderText::producer_name:
      return "producer_name";
    case HeaderText::producer_version:
      return "producer_version";
    case HeaderText::domain:
      return "domain";
    case HeaderText::doc_string:
      break;
  }
  return "doc_string";
}

/// Well-formed, no surrogates, no overlong forms, no NUL.
bool writable_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead == 0) return false;
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0 || length > text.size() - i) return false;
    std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      code = code << 6 | (next & 0x3F);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    i += length;
  }
  return true;
}

Status check_text(const std::string& path, std::string_view text) {
  if (writable_text(text)) return {};
  return fail(ErrorCode::model_edit, "the text to be written is not valid UTF-8 or contains a NUL",
              {{}, path, {}});
}

std::string entry_content(std::string_view key, std::string_view value) {
  std::string out;
  wire::put_bytes(out, 1, key);
  wire::put_bytes(out, 2, value);
  return out;
}

std::string framed(std::uint32_t number, std::string_view content) {
  std::string out;
  wire::put_bytes(out, number, content);
  return out;
}

/// Where a field with this number goes: behind its last sibling, else before the first greater number.
Result<std::uint64_t> insertion_place(wire::Window& window, ByteRange parent, std::uint32_t number) {
  wire::Scanner scanner(window, parent);
  std::optional<std::uint64_t> after_sibling;
  std::optional<std::uint64_t> before_greater;
  wire::Field field;
  while (scanner.next(field)) {
    if (field.number == number) after_sibling = field.whole().end();
    if (field.number > number && !before_greater) before_greater = field.offset;
  }
  ME_CHECK(scanner.status());
  return after_sibling ? *after_sibling : before_greater ? *before_greater : parent.end();
}

Result<std::vector<MetadataEntry>> read_entries(const ModelView& model, const MetadataOwner& owner) {
  if (owner.kind == MetadataOwner::Kind::model) return model.header().metadata;
  std::vector<MetadataEntry> entries;
  MessageReader reader(model.window(), model.limits());
  wire::Scanner scanner(model.window(), owner.message.content());
  wire::Field field;
  while (scanner.next(field)) {
    if (field.number != metadata_field(owner.kind) || !field.is_length()) continue;
    ME_CHECK(reader.read(MessageReader::ref(field, owner.message.depth), entries.emplace_back()));
  }
  ME_CHECK(scanner.status());
  return entries;
}

}  // namespace

EditBuilder::EditBuilder(const ModelView& model) : model_(model) {}

EditNote EditBuilder::bounded(EditNote note) {
  if (noted_++ < kMostNotes) return note;
  return {};
}

void EditBuilder::want(const MetadataOwner& owner, std::string key, std::optional<std::string> value) {
  // The model's content starts at 0, as no other message does.
  const auto [it, is_new] = metadata_by_offset_.try_emplace(owner.message.content().offset, metadata_.size());
  if (is_new) metadata_.push_back({owner, {}});
  auto& wanted = metadata_[it->second].wanted;
  const auto same = std::find_if(wanted.begin(), wanted.end(), [&](const auto& w) { return w.first == key; });
  if (same != wanted.end()) {
    same->second = std::move(value);
  } else {
    wanted.emplace_back(std::move(key), std::move(value));
  }
}

void EditBuilder::set_metadata(std::string key, std::string value) {
  want({MetadataOwner::Kind::model, model_.root(), ""}, std::move(key), std::move(value));
}
void EditBuilder::remove_metadata(std::string key) {
  want({MetadataOwner::Kind::model, model_.root(), ""}, std::move(key), std::nullopt);
}
void EditBuilder::set_metadata(const MetadataOwner& owner, std::string key, std::string value) {
  want(owner, std::move(key), std::move(value));
}
void EditBuilder::remove_metadata(const MetadataOwner& owner, std::string key) {
  want(owner, std::move(key), std::nullopt);
}
void EditBuilder::set_text(HeaderText field, std::string value) { texts_[field] = std::move(value); }

void EditBuilder::replace(const MessageRef& parent, const MessageRef& child, std::uint32_t number,
                          std::string content, EditNote note) {
  requested_.push_back(
      {parent.content(), child.field(), {framed(number, content)}, bounded(std::move(note))});
}
void EditBuilder::remove(const MessageRef& parent, const MessageRef& child, EditNote note) {
  requested_.push_back({parent.content(), child.field(), {}, bounded(std::move(note))});
}
void EditBuilder::insert(const MessageRef& parent, std::uint32_t number, std::string content, EditNote note) {
  insertions_.push_back({parent, number, std::move(content), bounded(std::move(note))});
}
void EditBuilder::splice(const MessageRef& parent, ByteRange replaced, std::string fields, EditNote note) {
  requested_.push_back({parent.content(), replaced, {std::move(fields)}, bounded(std::move(note))});
}

void EditBuilder::merge_graphs() {
  const std::vector<MessageRef>& graphs = model_.header().graph_fields;
  if (graphs.size() < 2) return;
  std::uint64_t size = 0;
  for (const MessageRef& graph : graphs) size += graph.size;
  std::string header;
  wire::put_header(header, model_graph, size);
  std::vector<PlanPiece> joined{header};
  for (const MessageRef& graph : graphs) joined.emplace_back(graph.content());
  const std::string count = std::to_string(graphs.size());
  requested_.push_back({model_.root().content(),
                        graphs.front().field(),
                        std::move(joined),
                        {"graph", count + " pieces", "one graph"}});
  for (std::size_t i = 1; i < graphs.size(); ++i)
    requested_.push_back({model_.root().content(),
                          graphs[i].field(),
                          {},
                          {"graph", "piece " + std::to_string(i + 1), "joined with the first"}});
}

Status EditBuilder::plan_metadata(const MetadataEdits& edits) {
  const std::uint32_t number = metadata_field(edits.owner.kind);
  const ByteRange parent = edits.owner.message.content();
  const std::string prefix = edits.owner.path.empty() ? "" : edits.owner.path + ".";
  ME_TRY(const std::vector<MetadataEntry> entries, read_entries(model_, edits.owner));
  for (const auto& [key, value] : edits.wanted) {
    const std::string path = prefix + "metadata_props[" + key + "]";
    ME_CHECK(check_text(path, key));
    if (value) ME_CHECK(check_text(path, *value));
    if (key.empty() && value) return fail(ErrorCode::model_edit, "a metadata key is empty", {{}, path, {}});
    // Readers agree on the last entry of a key: that one keeps its place, earlier ones go.
    const MetadataEntry* last = nullptr;
    for (const MetadataEntry& entry : entries)
      if (entry.key == key) last = &entry;
    for (const MetadataEntry& entry : entries) {
      if (entry.key != key || (&entry == last && value)) continue;
      splices_.push_back({parent, entry.message.field(), {}, bounded({path, entry.value, std::nullopt})});
    }
    if (!value) continue;
    if (!last) {
      ME_CHECK(plan_insertion(
          {edits.owner.message, number, entry_content(key, *value), bounded({path, std::nullopt, *value})}));
    } else if (last->value != *value) {
      splices_.push_back({parent,
                          last->message.field(),
                          {framed(number, entry_content(key, *value))},
                          bounded({path, last->value, *value})});
    }
  }
  return {};
}

Status EditBuilder::plan_text(HeaderText field, const std::string& value) {
  const auto number = static_cast<std::uint32_t>(field);
  const std::string path(text_name(field));
  ME_CHECK(check_text(path, value));
  const ByteRange parent = model_.root().content();
  const ModelField* last = nullptr;
  for (const ModelField& f : model_.header().fields)
    if (f.number == number && f.wire_type == 2) last = &f;
  for (const ModelField& f : model_.header().fields) {
    if (f.number != number || f.wire_type != 2 || (&f == last && !value.empty())) continue;
    ME_TRY(std::string before, model_.content(f.message));
    splices_.push_back({parent, f.message.field(), {}, {path, std::move(before), std::nullopt}});
  }
  if (value.empty()) return {};
  if (!last) return plan_insertion({model_.root(), number, value, {path, std::nullopt, value}});
  ME_TRY(std::string before, model_.content(last->message));
  if (before != value)
    splices_.push_back(
        {parent, last->message.field(), {framed(number, value)}, {path, std::move(before), value}});
  return {};
}

Status EditBuilder::plan_insertion(const Insertion& insertion) {
  const ByteRange parent = insertion.parent.content();
  ME_TRY(const std::uint64_t place, insertion_place(model_.window(), parent, insertion.number));
  splices_.push_back({parent, {place, 0}, {framed(insertion.number, insertion.content)}, insertion.note});
  return {};
}

Result<EditPlan> EditBuilder::build() {
  splices_ = std::move(requested_);
  requested_.clear();
  std::size_t wanted = splices_.size() + texts_.size() + insertions_.size();
  for (const MetadataEdits& edits : metadata_) wanted += edits.wanted.size();
  splices_.reserve(wanted);
  for (const auto& [field, value] : texts_) ME_CHECK(plan_text(field, value));
  for (const Insertion& insertion : insertions_) ME_CHECK(plan_insertion(insertion));
  for (const MetadataEdits& edits : metadata_) ME_CHECK(plan_metadata(edits));
  metadata_ = {};
  metadata_by_offset_ = {};
  EditPlan plan;
  plan.source_size = model_.root().size;
  PieceList pieces;
  ME_CHECK(rewrite(model_.window(), model_.root().content(), splices_, pieces));
  for (Splice& splice : splices_) {
    const bool listed = !splice.note.path.empty() || splice.note.before || splice.note.after;
    if (listed) {
      plan.notes.push_back(std::move(splice.note));
    } else {
      ++plan.more_notes;
    }
  }
  splices_ = {};
  plan.output_size = pieces.size();
  plan.pieces = pieces.take();
  if (plan.output_size > wire::max_message_bytes && !plan.unchanged())
    return fail(ErrorCode::model_too_large,
                "the edited model would have " + std::to_string(plan.output_size) +
                    " bytes; protobuf readers stop at " + std::to_string(wire::max_message_bytes),
                {model_.source().name(), {}, {}},
                "Keep the weights in a separate file: modelexport export … --weights external");
  return plan;
}

}  // namespace modelexport::onnx
