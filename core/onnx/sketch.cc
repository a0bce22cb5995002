#include "onnx/sketch.h"

#include <algorithm>
#include <string>
#include <utility>

#include "wire/scanner.h"
#include "wire/writer.h"

namespace modelexport::onnx {
namespace {

/// Weights below this are kept: reading on is cheaper than jumping.
constexpr std::uint64_t kLarge = 64U << 10;
/// Fields that a value's, a tensor's or an entry's message has at most, when one is recognised.
constexpr int kMostParts = 64;

bool holds_elements(std::uint32_t number) {
  return number == 4 || (number >= 5 && number <= 7) || number == 9;
}

/// Ranges of the source with literal bytes between, neighbours joined.
class Pieces {
 public:
  void add(ByteRange range) {
    if (range.size == 0) return;
    size_ += range.size;
    if (!list_.empty()) {
      auto* last = std::get_if<ByteRange>(&list_.back());
      if (last != nullptr && last->end() == range.offset) {
        last->size += range.size;
        return;
      }
    }
    list_.emplace_back(range);
  }
  void add(std::string text) {
    size_ += text.size();
    list_.emplace_back(std::move(text));
  }
  void add(const Pieces& other) {
    for (const PlanPiece& piece : other.list_) {
      if (const auto* range = std::get_if<ByteRange>(&piece))
        add(*range);
      else
        add(std::get<std::string>(piece));
    }
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::vector<PlanPiece> take() { return std::move(list_); }

 private:
  std::vector<PlanPiece> list_;
  std::uint64_t size_ = 0;
};

/// A tensor without its large fields of elements.
Result<Pieces> without_elements(wire::Window& window, const wire::Field& tensor) {
  wire::Scanner scanner(window, tensor.content());
  wire::Field field;
  Pieces kept;
  while (scanner.next(field))
    if (!field.is_length() || field.size < kLarge || !holds_elements(field.number)) kept.add(field.whole());
  ME_CHECK(scanner.status());
  std::string header;
  wire::put_header(header, tensor.number, kept.size());
  Pieces out;
  out.add(std::move(header));
  out.add(kept);
  return out;
}

/// The beginning of the graph as far as the options allow.
class Head {
 public:
  Head(wire::Window& window, const SketchOptions& options, Sketch& out)
      : window_(window), options_(options), out_(out) {}

  Result<Pieces> read(ByteRange graph) {
    Pieces kept;
    wire::Scanner scanner(window_, graph);
    wire::Field field;
    std::uint64_t jumps = 0;
    out_.reached = graph.offset;
    bool left = false;  // what was read on from the beginning
    for (;;) {
      if (left ? jumps >= options_.jumps : scanner.position() >= options_.head) break;
      if (!scanner.next(field)) {
        ME_CHECK(scanner.status());
        out_.complete = out_.nodes = out_.tail = true;
        out_.reached = graph.end();
        return kept;
      }
      if (field.number != 1) out_.nodes = true;
      if (field.number == 5 && field.is_length() && field.size >= kLarge) {
        ME_TRY(const Pieces tensor, without_elements(window_, field));
        kept.add(tensor);
        out_.large.push_back(field.offset);
        ++jumps;
        left = left || field.whole().end() > options_.head;
      } else {
        kept.add(field.whole());
      }
      out_.reached = field.whole().end();
    }
    return kept;
  }

 private:
  wire::Window& window_;
  const SketchOptions& options_;
  Sketch& out_;
};

/// Whether bytes are a message of at most kMostParts fields that begins with a name, as all that follow the
/// weights do.
bool looks_named(ByteSpan bytes) {
  if (bytes.empty() || bytes[0] != std::byte{0x0a}) return false;
  for (int part = 0; !bytes.empty(); ++part) {
    std::uint64_t tag = 0;
    std::uint64_t size = 0;
    if (part == kMostParts || !wire::take_varint(bytes, tag)) return false;
    const std::uint64_t number = tag >> 3;
    if (number == 0 || number > 16) return false;
    if ((tag & 7) == 0) {
      if (!wire::take_varint(bytes, size)) return false;
      continue;
    }
    if ((tag & 7) != 2 || !wire::take_varint(bytes, size) || size > bytes.size()) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
  return true;
}

/// Where the fields after the weights begin: the earliest place from which inputs, outputs, value_infos and
/// metadata follow each other exactly to the end. Nothing if outputs are not among them.
std::optional<std::size_t> find_tail(ByteSpan bytes) {
  enum : char { kNot, kChain, kOutputs };
  std::string state(bytes.size() + 1, kNot);
  state[bytes.size()] = kChain;
  std::optional<std::size_t> found;
  for (std::size_t at = bytes.size(); at-- > 0;) {
    ByteSpan rest = bytes.subspan(at);
    std::uint64_t tag = 0;
    std::uint64_t size = 0;
    if (!wire::take_varint(rest, tag) || (tag & 7) != 2 || !wire::take_varint(rest, size) ||
        size > rest.size())
      continue;
    const std::uint64_t number = tag >> 3;
    if (number < 11 || (number > 14 && number != 16)) continue;
    const std::size_t next = bytes.size() - rest.size() + static_cast<std::size_t>(size);
    if (state[next] == kNot || !looks_named(rest.first(static_cast<std::size_t>(size)))) continue;
    state[at] = number == 12 ? static_cast<char>(kOutputs) : state[next];
    if (state[at] == kOutputs) found = at;
  }
  return found;
}

Result<ByteRange> tail_of(const ByteSource& source, ByteRange graph, std::uint64_t from,
                          const SketchOptions& options) {
  const std::uint64_t before_end = graph.size > options.tail ? graph.end() - options.tail : graph.offset;
  const std::uint64_t begin = std::max(from, before_end);
  Bytes bytes(static_cast<std::size_t>(graph.end() - begin));
  ME_CHECK(source.read_at(begin, bytes));
  const auto found = find_tail(bytes);
  return found ? ByteRange{begin + *found, graph.end() - begin - *found} : ByteRange{graph.end(), 0};
}

/// The only graph field, when it reaches beyond what is read from the beginning.
Result<std::optional<wire::Field>> large_graph(wire::Window& window, const SketchOptions& options) {
  wire::Scanner scanner(window, {0, window.size()});
  wire::Field field;
  while (scanner.position() < options.head && scanner.next(field)) {
    if (field.number == 7 && field.is_length())
      return field.whole().end() > options.head + options.tail ? std::optional(field) : std::nullopt;
  }
  ME_CHECK(scanner.status());
  return std::optional<wire::Field>{};
}

}  // namespace

Result<std::optional<Sketch>> sketch(const ByteSource& source, const SketchOptions& options,
                                     const Limits& limits) {
  if (limits.depth < 2) return std::optional<Sketch>{};
  wire::Window window(source);
  ME_TRY(const std::optional<wire::Field> graph, large_graph(window, options));
  if (!graph) return std::optional<Sketch>{};
  Sketch out;
  ME_TRY(Pieces inside, Head(window, options, out).read(graph->content()));
  if (!out.complete) {
    ME_TRY(const ByteRange tail, tail_of(source, graph->content(), out.reached, options));
    out.tail = tail.size > 0;
    inside.add(tail);
  }
  Pieces all;
  all.add(ByteRange{0, graph->offset});
  std::string header;
  wire::put_header(header, graph->number, inside.size());
  all.add(std::move(header));
  all.add(inside);
  all.add(ByteRange{graph->whole().end(), source.size() - graph->whole().end()});
  out.plan.source_size = source.size();
  out.plan.output_size = all.size();
  out.plan.pieces = all.take();
  return std::optional(std::move(out));
}

}  // namespace modelexport::onnx
