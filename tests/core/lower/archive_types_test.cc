// Inference against what torch.export itself wrote about every value: dtypes equal, shapes equal as
// expressions or, where the forms differ, equal under several assignments of the symbols.
#include <gtest/gtest.h>

#include "aten/infer.h"
#include "lower/functionalise.h"
#include "pt2/pt2.h"
#include "support/fixtures.h"

namespace modelexport::lower {
namespace {

using aten::Type;

std::optional<Bytes> small(const aten::Tensor& t, const ByteSource& source) {
  if (t.storage.size > 4096) return std::nullopt;
  const std::uint64_t width = dtype_bytes(t.dtype);
  std::uint64_t count = 1;
  for (std::int64_t size : t.sizes) count *= static_cast<std::uint64_t>(size);
  auto bytes = read_range(
      source, {t.storage.offset + static_cast<std::uint64_t>(t.storage_offset) * width, count * width}, 4096);
  return bytes ? std::optional<Bytes>(std::move(*bytes)) : std::nullopt;
}

bool agree(const Expr& ours, const Expr& theirs, const std::vector<std::string>& symbols) {
  if (ours == theirs) return true;
  for (const std::int64_t base : {2, 3, 7}) {
    std::map<std::string, std::int64_t> values;
    std::int64_t next = base;
    for (const auto& symbol : symbols) values[symbol] = next += 2;
    const auto want = theirs.evaluate(values);
    if (!want || ours.evaluate(values) != want) return false;
  }
  return true;
}

class ArchiveTypes : public ::testing::TestWithParam<const char*> {};

TEST_P(ArchiveTypes, InferenceAgreesWithTheArchive) {
  const MemorySource source(testing::read_fixture(GetParam()), GetParam());
  pt2::Pt2Types theirs;
  auto graph = pt2::read_pt2(source, {}, &theirs);
  ASSERT_TRUE(graph) << graph.error().message;
  const std::size_t archive_values = graph->values.size();
  ASSERT_TRUE(functionalise(*graph));
  aten::Types types;
  aten::type_tensors(*graph, types, [&](const aten::Tensor& t) { return small(t, source); });
  std::vector<std::string> symbols;
  for (const auto& input : graph->inputs) {
    types.of[input.value] = Type::tensor(input.dtype, *input.shape);
    for (const Expr& size : *input.shape)
      for (const auto& symbol : size.symbols()) {
        types.origins.try_emplace(symbol, aten::SymbolOrigin{input.value, 0});
        symbols.push_back(symbol);
      }
  }
  Diagnostics problems;
  ASSERT_TRUE(aten::infer(*graph, types, problems)) << problems.front().message;
  std::size_t compared = 0;
  for (const auto& [id, want] : theirs.tensors) {
    if (id >= archive_values || !types.of[id].is_tensor()) continue;
    const Type& got = types.of[id];
    const std::string name = graph->values[id].name;
    EXPECT_EQ(dtype_name(got.dtype), dtype_name(want.dtype)) << name;
    ASSERT_EQ(got.shape.size(), want.shape.size()) << name;
    for (std::size_t i = 0; i < want.shape.size(); ++i)
      EXPECT_TRUE(agree(got.shape[i], want.shape[i], symbols))
          << name << " axis " << i << ": " << got.shape[i].to_string() << ", archive says "
          << want.shape[i].to_string();
    ++compared;
  }
  EXPECT_GT(compared, 10U);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ArchiveTypes,
                         ::testing::Values("archives/tagger-torch-2.6.0.pt2",
                                           "archives/tagger-torch-2.9.1.pt2",
                                           "archives/tagger-torch-2.15.0.pt2",
                                           "archives/net-torch-2.15.0.pt2"));

}  // namespace
}  // namespace modelexport::lower
