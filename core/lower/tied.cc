#include "lower/tied.h"

#include <algorithm>
#include <map>

namespace modelexport::lower {
namespace {

constexpr std::uint64_t kSmallest = 1U << 20;
constexpr std::size_t kWindow = 1U << 20;

const ByteSource* source_of(const aten::Tensor& t, const TensorSources& sources) {
  return t.file == aten::TensorFile::archive ? sources.archive : sources.side;
}

bool equal_range(const ByteSource& a, std::uint64_t at_a, const ByteSource& b, std::uint64_t at_b,
                 std::uint64_t size) {
  Bytes x(std::min<std::uint64_t>(size, kWindow));
  Bytes y(x.size());
  for (std::uint64_t done = 0; done < size; done += x.size()) {
    const std::uint64_t n = std::min<std::uint64_t>(x.size(), size - done);
    if (!a.read_at(at_a + done, std::span(x).first(n)) || !b.read_at(at_b + done, std::span(y).first(n)))
      return false;
    if (!std::equal(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n), y.begin())) return false;
  }
  return true;
}

bool equal_bytes(const aten::Tensor& a, const aten::Tensor& b, const TensorSources& sources) {
  const ByteSource* from_a = source_of(a, sources);
  const ByteSource* from_b = source_of(b, sources);
  if (from_a == nullptr || from_b == nullptr || a.storage.size != b.storage.size) return false;
  // Three samples tell different weights apart without reading them.
  for (const std::uint64_t at : {std::uint64_t{0}, a.storage.size / 2, a.storage.size - 64})
    if (!equal_range(*from_a, a.storage.offset + at, *from_b, b.storage.offset + at, 64)) return false;
  return equal_range(*from_a, a.storage.offset, *from_b, b.storage.offset, a.storage.size);
}

}  // namespace

void merge_equal_tensors(aten::Graph& graph, const TensorSources& sources) {
  std::map<std::pair<std::uint64_t, std::vector<std::int64_t>>, std::vector<std::uint32_t>> groups;
  std::vector<std::uint32_t> same(graph.tensors.size());
  for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
    same[i] = i;
    const aten::Tensor& t = graph.tensors[i];
    if (t.kind == aten::TensorKind::constant || t.storage.size < kSmallest) continue;
    auto& group = groups[{t.storage.size, t.sizes}];
    for (const std::uint32_t other : group) {
      aten::Tensor& first = graph.tensors[other];
      if (first.dtype != t.dtype || first.strides != t.strides || first.storage_offset != t.storage_offset)
        continue;
      if (!equal_bytes(first, t, sources)) continue;
      same[i] = other;
      first.aliases.push_back(t.name);
      break;
    }
    if (same[i] == i) group.push_back(i);
  }
  for (auto& value : graph.values)
    if (value.tensor) value.tensor = same[*value.tensor];
}

namespace {

void prefer_name(aten::Tensor& t, const std::string& module) {
  for (std::string& alias : t.aliases) {
    const std::size_t dot = alias.rfind('.');
    if (dot == std::string::npos || alias.compare(0, dot, module) != 0 || dot != module.size()) continue;
    if (t.name.compare(0, t.name.rfind('.'), module) != 0) std::swap(alias, t.name);
    return;
  }
}

void visit(aten::Graph& graph, const aten::Arg& arg, std::uint32_t call, std::vector<bool>& seen) {
  if (const auto* list = arg.get<aten::ArgList>()) {
    for (const auto& item : *list) visit(graph, item, call, seen);
  } else if (const auto* ref = arg.get<aten::Ref>()) {
    const auto tensor = graph.values[ref->value].tensor;
    if (!tensor || seen[*tensor]) return;
    seen[*tensor] = true;
    prefer_name(graph.tensors[*tensor], graph.modules[graph.calls[call].module].path);
  }
}

}  // namespace

void name_by_first_use(aten::Graph& graph) {
  std::vector<bool> seen(graph.tensors.size());
  for (const auto& op : graph.ops)
    for (const auto& arg : op.args) visit(graph, arg.value, op.call, seen);
}

}  // namespace modelexport::lower
