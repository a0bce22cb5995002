#include "lower/program_state.h"

#include <set>

namespace modelexport::lower {

std::optional<Diagnostic> lost_state(const aten::Graph& graph) {
  constexpr std::size_t kNamed = 5;
  const std::set<std::uint32_t> changed(graph.updated.begin(), graph.updated.end());
  if (changed.empty()) return std::nullopt;
  std::string names;
  std::size_t named = 0;
  for (std::uint32_t tensor : changed) {
    if (++named > kNamed) break;
    names += (names.empty() ? "" : ", ") + graph.tensors[tensor].name;
  }
  if (changed.size() > kNamed) names += " and " + std::to_string(changed.size() - kNamed) + " more";
  Diagnostic out{ErrorCode::exp_state_lost, Severity::warning, {}, {}, {}};
  out.message = "the archive changes " + names +
                " while it runs, which an ONNX file cannot keep: every run starts with " +
                (changed.size() == 1 ? "the value" : "the values") + " stored in the archive";
  out.hint = "if the next run needs it, take the buffer as an input and return its new value from forward";
  return out;
}

}  // namespace modelexport::lower
