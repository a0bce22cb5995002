#include "aten/problems.h"

#include <algorithm>
#include <unordered_set>

namespace modelexport::aten {
namespace {

constexpr std::size_t kPlaces = 8;
constexpr std::size_t kProblems = 40;

}  // namespace

std::string place_of(const Graph& graph, const Op& op) {
  const std::string& path = graph.modules[graph.calls[op.call].module].path;
  std::string place = path.empty() ? "(root)" : path;
  if (op.source < graph.sources.size()) place += " (" + graph.sources[op.source] + ")";
  return place;
}

Diagnostic unsupported(const Graph& graph, const std::string& target, const std::vector<const Op*>& uses) {
  std::unordered_set<std::string> places;
  std::string list;
  for (const Op* op : uses) {
    const std::string place = place_of(graph, *op);
    if (places.insert(place).second && places.size() <= kPlaces) list += (list.empty() ? "" : ", ") + place;
  }
  if (places.size() > kPlaces) list += ", and " + std::to_string(places.size() - kPlaces) + " more places";
  Diagnostic out{ErrorCode::exp_unsupported_operator, Severity::error, {}, {}, {}};
  out.message =
      target + " is not supported (" + std::to_string(uses.size()) + (uses.size() == 1 ? " use" : " uses");
  out.message += places.size() > 1 ? ": " + list + ")" : ")";
  out.where.field = place_of(graph, *uses.front());
  out.hint = "replace the operator in the model's forward, or report it with the list above";
  return out;
}

Diagnostic summary(const Diagnostics& problems) {
  Diagnostic out = problems.front();
  if (problems.size() == 1) return out;
  out.message = std::to_string(problems.size()) + " things cannot be exported:";
  for (std::size_t i = 0; i < std::min(problems.size(), kProblems); ++i) {
    const Diagnostic& problem = problems[i];
    out.message += "\n  " + problem.message;
    // A list of several places is in the message already.
    if (!problem.where.field.empty() && problem.message.find(problem.where.field) == std::string::npos)
      out.message += ", in " + problem.where.field;
  }
  if (problems.size() > kProblems)
    out.message += "\n  and " + std::to_string(problems.size() - kProblems) + " more";
  return out;
}

}  // namespace modelexport::aten
