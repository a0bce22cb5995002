#include "commands/verify_locate.h"

#include <algorithm>
#include <set>

#include "io/file_sink.h"

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kValueLimit = 64ULL << 20;  ///< bytes of one compared value
constexpr std::uint64_t kTotalLimit = 1ULL << 30;

/// The data file exists already; writing the graph again computes the same places in it.
class Discard final : public ByteSink {
 public:
  Status append(ByteSpan) override { return {}; }
  using ByteSink::append;
  Status finish() override { return {}; }
};

onnx::Dim dim_of(const Expr& size) {
  if (const auto value = size.constant()) return *value;
  return size.to_string();
}

std::uint64_t bytes_of(const BorderFact& border, const verify::Sizes& sizes) {
  const auto dims = verify::dims_at(border.shape, sizes);
  if (!dims) return dtype_bytes(border.dtype);  // decided by the data: counted as small
  verify::Tensor tensor{{}, border.dtype, *dims, {}};
  const auto count = tensor.count();
  return count && *count < kTotalLimit ? *count * dtype_bytes(border.dtype) : kTotalLimit;
}

/// The values that can be compared, each name once, within the limits.
std::vector<BorderFact> choose(const LocateRequest& request) {
  std::set<std::string> names;
  for (const auto& output : request.result->model.graph.outputs) names.insert(output.name);
  std::uint64_t total = 0;
  std::vector<BorderFact> out;
  for (const BorderFact& border : request.result->borders) {
    const std::uint64_t bytes = bytes_of(border, request.sizes);
    if (bytes > kValueLimit || total + bytes > kTotalLimit || !names.insert(border.name).second) continue;
    total += bytes;
    out.push_back(border);
  }
  return out;
}

Status write_with_outputs(cli::Context& context, const LocateRequest& request,
                          const std::vector<BorderFact>& borders, const std::string& path) {
  onnx::Model model = request.result->model;
  model.graph.value_infos.clear();  // an output's type is told once
  for (const BorderFact& border : borders) {
    onnx::ValueInfo info{border.name, border.dtype, {}};
    for (const Expr& size : border.shape) info.shape.push_back(dim_of(size));
    model.graph.outputs.push_back(std::move(info));
  }
  ME_TRY(const auto sink, io::FileSink::open(path, {.force = true}));
  Discard data;
  ME_TRY([[maybe_unused]] const auto summary,
         onnx::write_model(model, *request.write, *sink, &data, context.progress));
  return sink->finish();
}

}  // namespace

Result<std::optional<Located>> locate_difference(cli::Context& context, const LocateRequest& request) {
  const std::vector<BorderFact> borders = choose(request);
  std::vector<std::string> values;
  for (const BorderFact& border : borders) values.push_back(border.archive_value);
  const std::string path = request.view->add("located.onnx");
  ME_CHECK(write_with_outputs(context, request, borders, path));
  ME_TRY(const Executions ours,
         run_model(context, request.library, path, {request.model_inputs}, request.archive->limit));
  ME_TRY(const Executions theirs,
         run_archive_graph(context, *request.archive, {request.archive_inputs}, values));
  for (const Execution* run : {&ours.runs[0], &theirs.runs[0]})
    if (run->error) return fail(*run->error);
  for (const BorderFact& border : borders) {
    const verify::Tensor* got = verify::find(ours.runs[0].outputs, border.name);
    const verify::Tensor* want = verify::find(theirs.runs[0].outputs, "value:" + border.archive_value);
    if (got == nullptr || want == nullptr) continue;
    const auto difference = verify::compare(
        *got, *want, request.atol.value_or(std::max(request.coarsest, verify::default_atol(got->dtype))));
    if (!difference.within) return std::optional(Located{border, difference});
  }
  return std::optional<Located>();
}

}  // namespace modelexport::commands
