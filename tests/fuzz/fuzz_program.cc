// The whole way: any text as the program of a .pt2 archive with a few weights, lowered and written.
#include "convert/pt2_export.h"
#include "fuzz/input.h"
#include "zip/writer.h"

using namespace modelexport;

namespace {

class NullSink final : public ByteSink {
 public:
  Status append(ByteSpan bytes) override {
    taken_ += bytes.size();
    return taken_ > (64U << 20) ? Status(fail(ErrorCode::io_write, "enough")) : Status();
  }
  Status finish() override { return {}; }

 private:
  std::uint64_t taken_ = 0;
};

constexpr std::string_view kWeights = R"({"config": {"weight": {"path_name": "weight_0", "is_param": true,
  "use_pickle": false, "tensor_meta": {"dtype": 7, "sizes": [{"as_int": 4}, {"as_int": 3}],
  "strides": [{"as_int": 3}, {"as_int": 1}], "storage_offset": {"as_int": 0}}},
  "bias": {"path_name": "weight_1", "is_param": true, "use_pickle": false, "tensor_meta": {"dtype": 5,
  "sizes": [{"as_int": 4}], "strides": [{"as_int": 1}], "storage_offset": {"as_int": 0}}}}})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MemorySink sink;
  zip::Writer writer(sink);
  const Bytes storage(48);
  const bool made = writer.add("m/models/model.json", as_bytes(fuzz::text_of(data, size))) &&
                    writer.add("m/data/weights/model_weights_config.json", as_bytes(kWeights)) &&
                    writer.add("m/data/weights/weight_0", storage) &&
                    writer.add("m/data/weights/weight_1", storage) && writer.finish();
  fuzz::require(made);
  const MemorySource source(sink.bytes(), "fuzz.pt2");
  convert::Pt2Export::Request request;
  request.limits = fuzz::small_limits();
  const auto job = convert::Pt2Export::open(source, request);
  if (!job) return 0;
  NullSink out;
  (void)(*job)->write(convert::Pt2Export::Part::model, 0, ~std::uint64_t{0}, out);
  return 0;
}
