#include <algorithm>
#include <vector>

#include "modelexport/model_view.h"

namespace modelexport::onnx {
namespace {

std::string escaped(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, 200)) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u != 0x7F && c != '\\') {
      out.push_back(c);
    } else {
      out += {'\\', 'x', digits[u >> 4], digits[u & 15]};
    }
  }
  return out;
}

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return parts;
}

/// nullptr: acceptable; else the reason.
const char* refusal(std::string_view location) {
  if (location.empty()) return "is empty";
  if (location.size() > 4096) return "is longer than any path";
  for (const char c : location)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return "contains a control character";
  if (location.find('\\') != std::string_view::npos) return "contains a backslash";
  if (location.front() == '/') return "is an absolute path";
  if (location.find(':') != std::string_view::npos) return "looks like a drive, a stream or a URL";
  if (location.find("_ORT_MEM_ADDR_") != std::string_view::npos) return "is a marker for memory addresses";
  bool named = false;
  for (const std::string_view part : components(location)) {
    if (part == "..") return "leaves its directory with '..'";
    if (part.empty()) return "has an empty path component";
    named = part != ".";
  }
  return named ? nullptr : "names a directory";
}

}  // namespace

Status check_external_location(std::string_view location) {
  const char* reason = refusal(location);
  if (!reason) return {};
  return fail(ErrorCode::ext_location, "the external data location '" + escaped(location) + "' " + reason, {},
              "Move the data file beside the model and let the model name it by its plain file name.");
}

std::string normalized_location(std::string_view location) {
  std::string out;
  for (const std::string_view part : components(location)) {
    if (part == "." || part.empty()) continue;
    if (!out.empty()) out.push_back('/');
    out.append(part);
  }
  return out;
}

}  // namespace modelexport::onnx
