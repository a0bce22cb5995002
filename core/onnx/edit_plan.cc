#include "modelexport/edit_plan.h"

#include <algorithm>
#include <cstring>

namespace modelexport::onnx {
namespace {

constexpr std::uint64_t copy_window = 1ULL << 20;

std::uint64_t size_of(const PlanPiece& piece) {
  if (const auto* range = std::get_if<ByteRange>(&piece)) return range->size;
  return std::get<std::string>(piece).size();
}

std::string shown(const std::optional<std::string>& text) {
  constexpr char digits[] = "0123456789abcdef";
  constexpr std::size_t longest = 100;
  if (!text) return "(absent)";
  std::string out = "\"";
  for (const char c : std::string_view(*text).substr(0, longest)) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 || u == 0x7F) {
      out += {'\\', 'x', digits[u >> 4], digits[u & 15]};
    } else {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
  }
  return out + (text->size() > longest ? "\"… (" + std::to_string(text->size()) + " bytes)" : "\"");
}

Status check_source(const EditPlan& plan, const ByteSource& source) {
  if (source.size() == plan.source_size) return {};
  return fail(ErrorCode::model_edit, "the file changed after the edit was planned", {source.name(), {}, {}},
              "Run the command again");
}

}  // namespace

std::string describe(const EditPlan& plan) {
  std::string out;
  for (const EditNote& note : plan.notes)
    out += note.path + ": " + shown(note.before) + " -> " + shown(note.after) + "\n";
  if (plan.more_notes != 0) out += "and " + std::to_string(plan.more_notes) + " more edits\n";
  return out;
}

Result<EditPlan> combine(const EditPlan& first, const EditPlan& second) {
  if (second.source_size != first.output_size)
    return fail(ErrorCode::model_edit, "an edit was planned for another file than the one it follows");
  EditPlan out;
  out.source_size = first.source_size;
  out.output_size = second.output_size;
  out.notes = first.notes;
  const std::size_t room = kMostNotes - std::min(kMostNotes, out.notes.size());
  const std::size_t listed = std::min(room, second.notes.size());
  out.notes.insert(out.notes.end(), second.notes.begin(),
                   second.notes.begin() + static_cast<std::ptrdiff_t>(listed));
  out.more_notes = first.more_notes + second.more_notes + second.notes.size() - listed;
  std::vector<std::uint64_t> starts;
  std::uint64_t at = 0;
  for (const PlanPiece& piece : first.pieces) {
    starts.push_back(at);
    at += size_of(piece);
  }
  for (const PlanPiece& piece : second.pieces) {
    const auto* range = std::get_if<ByteRange>(&piece);
    if (range == nullptr) {
      out.pieces.push_back(piece);
      continue;
    }
    const auto next = std::upper_bound(starts.begin(), starts.end(), range->offset);
    auto index = static_cast<std::size_t>(next - starts.begin());
    for (std::uint64_t done = 0; done < range->size; ++index) {
      const PlanPiece& from = first.pieces[index - 1];
      const std::uint64_t skip = range->offset + done - starts[index - 1];
      const std::uint64_t count = std::min(range->size - done, size_of(from) - skip);
      if (const auto* source = std::get_if<ByteRange>(&from)) {
        out.pieces.emplace_back(ByteRange{source->offset + skip, count});
      } else {
        out.pieces.emplace_back(std::get<std::string>(from).substr(skip, count));
      }
      done += count;
    }
  }
  return out;
}

PlannedSource::PlannedSource(const EditPlan& plan, const ByteSource& source) : plan_(plan), source_(source) {
  std::uint64_t at = 0;
  for (const PlanPiece& piece : plan.pieces) {
    starts_.push_back(at);
    at += size_of(piece);
  }
}

Status PlannedSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > size() || out.size() > size() - offset)
    return fail(ErrorCode::io_short_read, "a read reaches past the end of the edited file",
                {name(), {}, offset});
  auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  for (auto index = static_cast<std::size_t>(next - starts_.begin()); !out.empty(); ++index) {
    const PlanPiece& piece = plan_.pieces[index - 1];
    const std::uint64_t skip = offset - starts_[index - 1];
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_of(piece) - skip));
    if (const auto* range = std::get_if<ByteRange>(&piece)) {
      ME_CHECK(source_.read_at(range->offset + skip, out.first(count)));
    } else {
      std::memcpy(out.data(), std::get<std::string>(piece).data() + skip, count);
    }
    out = out.subspan(count);
    offset += count;
  }
  return {};
}

Status execute(const EditPlan& plan, const ByteSource& source, ByteSink& sink, Progress& progress) {
  ME_CHECK(check_source(plan, source));
  Bytes window;
  std::uint64_t done = 0;
  for (const PlanPiece& piece : plan.pieces) {
    if (const auto* literal = std::get_if<std::string>(&piece)) {
      ME_CHECK(sink.append(*literal));
      done += literal->size();
      continue;
    }
    const ByteRange range = std::get<ByteRange>(piece);
    for (std::uint64_t at = 0; at < range.size;) {
      window.resize(static_cast<std::size_t>(std::min(copy_window, range.size - at)));
      ME_CHECK(source.read_at(range.offset + at, window));
      ME_CHECK(sink.append(ByteSpan(window)));
      at += window.size();
      done += window.size();
      progress.update("writing the edited model", done, plan.output_size);
      if (progress.cancelled()) return fail(ErrorCode::cli_interrupted, "stopped while writing");
    }
  }
  return {};
}

std::optional<InPlaceTail> in_place_tail(const EditPlan& plan, std::uint64_t limit) {
  std::uint64_t equal = 0;
  if (!plan.pieces.empty())
    if (const auto* first = std::get_if<ByteRange>(&plan.pieces.front()); first && first->offset == 0)
      equal = first->size;
  const InPlaceTail tail{equal, plan.output_size - equal, plan.output_size};
  if (tail.bytes > limit) return std::nullopt;
  return tail;
}

Result<Bytes> tail_bytes(const EditPlan& plan, const ByteSource& source, const InPlaceTail& tail) {
  ME_CHECK(check_source(plan, source));
  return read_range(PlannedSource(plan, source), {tail.offset, tail.bytes}, tail.bytes);
}

}  // namespace modelexport::onnx
