#include "check/place.h"

namespace modelexport::check {

std::string Place::text() const {
  std::string out = parent ? parent->text() : std::string();
  if (!out.empty()) out.push_back('.');
  out.append(name);
  if (index != kNoIndex) out += "[" + std::to_string(index) + "]";
  return out;
}

}  // namespace modelexport::check
