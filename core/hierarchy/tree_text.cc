// The hierarchy as text for terminals and reports.
#include "modelexport/hierarchy.h"

namespace modelexport::hierarchy {
namespace {

/// 1234567 as "1.2M".
std::string short_number(std::uint64_t value) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (value < 1000) return std::to_string(value);
  std::size_t unit = 0;
  std::uint64_t scale = 1000;
  while (unit + 1 < kUnits.size() && value / scale >= 1000) {
    scale *= 1000;
    ++unit;
  }
  const std::uint64_t tenths = value / (scale / 10);
  std::string text = std::to_string(tenths / 10);
  if (tenths < 1000 && tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + kUnits[unit];
}

/// Names come out of files: control characters must not reach a terminal.
std::string printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  return out;
}

std::string line(const TreeModule& module) {
  const std::size_t slash = module.tag.rfind('/');
  std::string text = printable(slash == std::string::npos ? module.tag : module.tag.substr(slash + 1));
  const std::string scope = printable(module.scope);
  if (!scope.empty()) text += " (" + scope + ")";
  text += "  " + std::to_string(module.nodes_total) + (module.nodes_total == 1 ? " node" : " nodes");
  if (module.parameters_total != 0) text += ", " + short_number(module.parameters_total) + " parameters";
  return text;
}

}  // namespace

std::string tree_text(const Tree& tree, std::uint32_t max_depth) {
  // last[d]: the module open at depth d is the last child of its parent, so no line is drawn below it.
  std::vector<char> is_last(tree.modules.size(), 1);
  std::vector<char> seen(tree.modules.size(), 0);
  for (std::size_t i = tree.modules.size(); i-- > 1;) {
    is_last[i] = seen[tree.modules[i].parent] == 0 ? 1 : 0;
    seen[tree.modules[i].parent] = 1;
  }
  std::string out;
  std::vector<char> open;
  for (std::size_t i = 0; i < tree.modules.size(); ++i) {
    const TreeModule& module = tree.modules[i];
    open.resize(module.depth);
    if (module.depth <= max_depth) {
      for (std::size_t d = 1; d < open.size(); ++d) out += open[d] != 0 ? "   " : "│  ";
      if (i != 0) out += is_last[i] != 0 ? "└─ " : "├─ ";
      out += line(module) + "\n";
    }
    open.push_back(is_last[i]);
  }
  return out;
}

}  // namespace modelexport::hierarchy
