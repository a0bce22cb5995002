// The candidate that a mistyped word most likely means.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace modelexport::cli {

/// Edits (insert, delete, replace, swap neighbours) between two words.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest candidate, if it is near enough to be meant; else "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace modelexport::cli
