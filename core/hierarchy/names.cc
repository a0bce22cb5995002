#include "hierarchy/names.h"

#include <algorithm>
#include <cstddef>

#include "modelexport/hierarchy.h"

namespace modelexport::hierarchy {

std::string_view short_class(std::string_view dotted) {
  const std::size_t dot = dotted.rfind('.');
  return dot == std::string_view::npos ? dotted : dotted.substr(dot + 1);
}

std::string_view last_component(std::string_view path) { return short_class(path); }

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_below(std::string_view path, std::string_view ancestor) {
  if (ancestor.empty()) return !path.empty();
  return path.size() > ancestor.size() && path[ancestor.size()] == '.' &&
         path.substr(0, ancestor.size()) == ancestor;
}

bool path_before(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (a[i] == b[i]) continue;
    const int left = a[i] == '.' ? -1 : static_cast<unsigned char>(a[i]);
    const int right = b[i] == '.' ? -1 : static_cast<unsigned char>(b[i]);
    return left < right;
  }
  return a.size() < b.size();
}

bool is_torch_module(std::string_view dotted_class) {
  for (const std::string_view prefix : {"torch.nn.", "torch.ao.nn.", "torch._C.", "torch.jit."}) {
    if (dotted_class.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

bool is_container(std::string_view short_class) {
  return short_class == "ModuleList" || short_class == "Sequential" || short_class == "ModuleDict";
}

}  // namespace modelexport::hierarchy
