#include "onnx/splicer.h"

#include <algorithm>

#include "modelexport/limits.h"
#include "wire/scanner.h"
#include "wire/writer.h"

namespace modelexport::onnx {
namespace {

using Splice = EditBuilder::Splice;

bool inside(ByteRange inner, ByteRange outer) {
  return inner.offset >= outer.offset && inner.end() <= outer.end();
}

/// By place; at one place deeper messages first (they end there), insertions before replacements.
bool in_order(const Splice* first, const Splice* second) {
  const Splice& a = *first;
  const Splice& b = *second;
  if (a.replaced.offset != b.replaced.offset) return a.replaced.offset < b.replaced.offset;
  if (a.parent.offset != b.parent.offset) return a.parent.offset > b.parent.offset;
  return a.replaced.size == 0 && b.replaced.size != 0;
}

class Rewriter {
 public:
  explicit Rewriter(wire::Window& window) : window_(window) {}

  Status run(ByteRange content, std::span<const Splice* const> splices, unsigned depth, PieceList& out) {
    if (depth > Limits{}.depth) return fail(ErrorCode::wire_depth, "an edit lies too deep in the model");
    wire::Scanner scanner(window_, content);
    std::uint64_t at = content.offset;
    while (!splices.empty()) {
      const Splice& splice = *splices.front();
      if (splice.parent == content) {
        ME_CHECK(check(splice, at, content));
        out.copy({at, splice.replaced.offset - at});
        for (const PlanPiece& piece : splice.with) out.append(piece);
        at = splice.replaced.end();
        splices = splices.subspan(1);
      } else {
        ME_CHECK(descend(scanner, content, splices, depth, at, out));
      }
    }
    out.copy({at, content.end() - at});
    return {};
  }

 private:
  Status check(const Splice& splice, std::uint64_t at, ByteRange content) const {
    if (splice.replaced.offset >= at && inside(splice.replaced, content)) return {};
    return refuse(splice, "two edits change the same part");
  }

  tl::unexpected<Diagnostic> refuse(const Splice& splice, const char* why) const {
    return fail(ErrorCode::model_edit, why,
                {window_.source().name(), splice.note.path, splice.replaced.offset});
  }

  /// Rewrites the one child message that holds the first splice, with all others that it holds.
  Status descend(wire::Scanner& scanner, ByteRange content, std::span<const Splice* const>& splices,
                 unsigned depth, std::uint64_t& at, PieceList& out) {
    const Splice& first = *splices.front();
    wire::Field field;
    bool found = false;
    while (!found && scanner.next(field)) {
      if (field.offset > first.parent.offset) break;
      found = field.is_length() && inside(first.parent, field.content());
    }
    ME_CHECK(scanner.status());
    if (!found || field.offset < at || !inside(first.parent, content))
      return refuse(
          first, "the edited part is not where the plan says, or lies in a part that another edit replaces");
    std::size_t count = 1;
    while (count < splices.size() && inside(splices[count]->parent, field.content())) ++count;
    PieceList inner;
    ME_CHECK(run(field.content(), splices.first(count), depth + 1, inner));
    splices = splices.subspan(count);
    out.copy({at, field.offset - at});
    if (inner.size() == field.size) {
      out.copy({field.offset, field.header});
    } else {
      std::string header;
      wire::put_header(header, field.number, inner.size());
      out.literal(header);
    }
    out.append(std::move(inner));
    at = field.whole().end();
    return {};
  }

  wire::Window& window_;
};

}  // namespace

void PieceList::copy(ByteRange range) {
  if (range.size == 0) return;
  size_ += range.size;
  if (!pieces_.empty()) {
    if (auto* last = std::get_if<ByteRange>(&pieces_.back()); last && last->end() == range.offset) {
      last->size += range.size;
      return;
    }
  }
  pieces_.emplace_back(range);
}

void PieceList::literal(std::string_view bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  if (!pieces_.empty()) {
    if (auto* last = std::get_if<std::string>(&pieces_.back())) {
      last->append(bytes);
      return;
    }
  }
  pieces_.emplace_back(std::string(bytes));
}

void PieceList::append(const PlanPiece& piece) {
  if (const auto* range = std::get_if<ByteRange>(&piece)) return copy(*range);
  literal(std::get<std::string>(piece));
}

void PieceList::append(PieceList&& other) {
  for (PlanPiece& piece : other.pieces_) {
    auto* text = std::get_if<std::string>(&piece);
    const bool joins = !pieces_.empty() && std::holds_alternative<std::string>(pieces_.back());
    if (text == nullptr || joins) {
      append(piece);
    } else if (!text->empty()) {
      size_ += text->size();
      text->shrink_to_fit();
      pieces_.push_back(std::move(piece));
    }
  }
}

Status rewrite(wire::Window& window, ByteRange content, const std::vector<Splice>& splices, PieceList& out) {
  std::vector<const Splice*> sorted;
  sorted.reserve(splices.size());
  for (const Splice& splice : splices) sorted.push_back(&splice);
  std::stable_sort(sorted.begin(), sorted.end(), in_order);
  return Rewriter(window).run(content, sorted, 0, out);
}

}  // namespace modelexport::onnx
