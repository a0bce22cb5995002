#include "commands/verify_hazards.h"

#include "verify/inputs.h"

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kInputLimit = 1ULL << 30;

/// "batch_size (axis 0 of input_ids)".
std::string axis_text(const std::string& symbol, const std::vector<PortFact>& inputs) {
  for (const PortFact& input : inputs)
    for (std::size_t axis = 0; axis < input.shape.size(); ++axis)
      if (input.shape[axis].as_symbol() == symbol)
        return symbol + " (axis " + std::to_string(axis) + " of " + input.name + ")";
  return symbol;
}

}  // namespace

bool is_index_limit(const Diagnostic& error) {
  return error.message.find("index out of range") != std::string::npos ||
         error.message.find("out of bounds") != std::string::npos;
}

Result<Diagnostic> explain_hazard(cli::Context& context, const HazardRequest& request,
                                  const Diagnostic& error) {
  // The failing sizes, and every symbol alone.
  std::vector<verify::Sizes> sizes = {request.failing};
  std::vector<std::string> symbols;
  for (const auto& [symbol, size] : request.failing) {
    if (request.example.at(symbol) == size) continue;
    symbols.push_back(symbol);
    sizes.push_back(request.example);
    sizes.back()[symbol] = size;
  }
  std::vector<verify::Tensors> inputs;
  for (const verify::Sizes& one : sizes) {
    auto made = verify::make_inputs(request.result->inputs, request.archive->bounds, one, kInputLimit);
    if (!made) return error;
    for (std::size_t i = 0; i < made->size(); ++i) (*made)[i].name = request.result->inputs[i].archive_name;
    inputs.push_back(std::move(*made));
  }
  ME_TRY(const Executions runs, run_archive_graph(context, *request.archive, inputs));
  std::string axes;
  for (std::size_t i = 0; i < symbols.size(); ++i)
    if (runs.runs[i + 1].error)
      axes += (axes.empty() ? "" : ", ") + axis_text(symbols[i], request.result->inputs);
  const Diagnostic& cause = runs.runs[0].error ? *runs.runs[0].error : error;
  Diagnostic out{ErrorCode::trace_hazard, Severity::warning, {}, {}, {}};
  out.message = "the archive does not run at " + verify::to_string(request.failing) + " (made with " +
                verify::to_string(request.example) + "): " + cause.message;
  if (!axes.empty()) out.message += "; fixed in the archive: " + axes;
  out.where = {.path = request.archive->path, .field = cause.where.field};
  out.hint =
      "compute the size from the tensor (x.size(0)) in this module's forward and trace again, or say that "
      "the file "
      "is for these sizes only: --static";
  return out;
}

}  // namespace modelexport::commands
