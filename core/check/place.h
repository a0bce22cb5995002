// Where in a model something is, as a chain of stack objects that becomes text only when there is a finding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace modelexport::check {

struct Place {
  static constexpr std::uint64_t kNoIndex = ~std::uint64_t{0};
  const Place* parent = nullptr;
  std::string_view name;
  std::uint64_t index = kNoIndex;

  [[nodiscard]] std::string text() const;  ///< "graph.node[12].attribute[0]"
};

}  // namespace modelexport::check
