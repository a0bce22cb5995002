// Names that users and files give: model sources, option texts, module paths.
#include "convert/graph_options.h"
#include "fuzz/input.h"
#include "modelexport/source.h"
#include "pt2/module_stack.h"

using namespace modelexport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const source::Source source = source::classify(text, nullptr, nullptr);
  (void)source::require_usable(source);
  (void)source::to_json(source);
  fuzz::require(source.kind != source::Kind::hub || source::is_hub_id(source.repo_id));
  fuzz::require(source.commit.empty() || source::is_commit(source.commit));
  (void)convert::parse_input_spec(text);
  (void)convert::parse_axis_spec(text);
  (void)pt2::module_path(text);
  return 0;
}
