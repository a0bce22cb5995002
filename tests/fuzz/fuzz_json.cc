// JSON documents that come from outside: a sidecar, a worker's graph, a capture record, options, a tree spec.
#include "fuzz/input.h"
#include "hierarchy/sidecar.h"
#include "json/json.h"
#include "modelexport/aten.h"
#include "modelexport/stamp.h"
#include "options/option_values.h"
#include "pt2/pytree.h"

using namespace modelexport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Limits limits = fuzz::small_limits();
  const std::string_view text = fuzz::text_of(data, size);
  (void)hierarchy::read_sidecar(text, limits);
  (void)stamp::read_record(text, limits);
  (void)pt2::parse_treespec(text, nullptr, limits);
  constexpr std::string_view kKnown[] = {"opset", "input"};
  (void)options::read_options(text, kKnown, limits);
  const auto graph = aten::from_json(text, limits);
  if (graph && graph->validate(limits))
    fuzz::require(aten::from_json(aten::to_json(*graph), limits).has_value());
  const auto document = json::parse_python(text, limits);
  if (document) fuzz::require(json::parse(json::dump(*document), limits).has_value());
  return 0;
}
