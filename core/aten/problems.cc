#include "aten/problems.h"

#include <algorithm>
#include <unordered_map>
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
  out.hint = target.starts_with("quantized")
                 ? "export the model as it was before it was quantised, and quantise the ONNX file "
                   "(onnxruntime.quantization)"
                 : "replace the operator in the model's forward, or report it with the list above";
  return out;
}

namespace {

/// Problems that say the same, and where they are.
struct Same {
  const Diagnostic* first = nullptr;
  std::vector<std::string> places;
};

std::vector<Same> merged(const Diagnostics& problems) {
  std::vector<Same> out;
  std::unordered_map<std::string, std::size_t> at;
  for (const Diagnostic& problem : problems) {
    const auto [found, is_new] = at.emplace(problem.message, out.size());
    if (is_new) out.push_back({&problem, {}});
    std::vector<std::string>& places = out[found->second].places;
    // A list of several places is in the message already.
    const std::string& place = problem.where.field;
    if (place.empty() || problem.message.find(place) != std::string::npos) continue;
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  return out;
}

std::string with_places(const Same& same) {
  std::string out = same.first->message;
  for (std::size_t i = 0; i < std::min(same.places.size(), kPlaces); ++i)
    out += (i == 0 ? ", in " : ", ") + same.places[i];
  if (same.places.size() > kPlaces)
    out += ", and " + std::to_string(same.places.size() - kPlaces) + " more places";
  return out;
}

}  // namespace

Diagnostic summary(const Diagnostics& problems) {
  Diagnostic out = problems.front();
  const std::vector<Same> all = merged(problems);
  if (all.size() == 1) {
    if (all[0].places.size() > 1) out.message = with_places(all[0]);
    return out;
  }
  out.message = std::to_string(all.size()) + " things cannot be exported:";
  for (std::size_t i = 0; i < std::min(all.size(), kProblems); ++i)
    out.message += "\n  " + with_places(all[i]);
  if (all.size() > kProblems) out.message += "\n  and " + std::to_string(all.size() - kProblems) + " more";
  return out;
}

}  // namespace modelexport::aten
