// wire and ModelView: any bytes as an ONNX file; what inspect reports, and an edit of its metadata.
#include "fuzz/input.h"
#include "modelexport/edit_plan.h"
#include "modelexport/model_view.h"
#include "report/inspect_file.h"

using namespace modelexport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Limits limits = fuzz::small_limits();
  const MemorySource source(fuzz::bytes_of(data, size), "fuzz.onnx");
  report::InspectOptions options;
  options.file = "fuzz.onnx";
  options.nodes = true;
  const auto document = report::inspect_file(source, options, limits);
  if (document) (void)report::inspect_text(*document);
  const auto view = onnx::ModelView::open(source, limits);
  if (!view) return 0;
  onnx::EditBuilder edit(*view);
  edit.set_metadata("key", "value");
  const auto plan = edit.build();
  if (!plan) return 0;
  MemorySink sink;
  const Status done = onnx::execute(*plan, source, sink, no_progress());
  fuzz::require(!done || sink.bytes().size() == plan->output_size);
  return 0;
}
