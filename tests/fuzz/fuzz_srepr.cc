// srepr: any text as a size expression; what is read can be printed and evaluated.
#include "fuzz/input.h"
#include "pt2/srepr.h"

using namespace modelexport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto expression = pt2::parse_srepr(fuzz::text_of(data, size), fuzz::small_limits());
  if (!expression) return 0;
  (void)expression->to_string();
  std::map<std::string, std::int64_t> values;
  for (const std::string& symbol : expression->symbols()) values[symbol] = 3;
  (void)expression->evaluate(values);
  return 0;
}
