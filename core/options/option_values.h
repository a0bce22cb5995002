// Options of an export as text by name, from the command line or from JSON (WebAssembly): one parser serves
// both.
//
// Form      Names are the command line's without dashes ("output-name"); a switch that is given has no
// values. Errors    cli_usage (unknown name, wrong kind of value), json_*.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::options {

using OptionValues = std::map<std::string, std::vector<std::string>, std::less<>>;

bool has(const OptionValues& values, std::string_view name);
/// The last value, or `fallback`.
std::string get(const OptionValues& values, std::string_view name, std::string_view fallback = {});
const std::vector<std::string>& all(const OptionValues& values, std::string_view name);

/// {"opset": 17, "static": true, "input": ["x:int64:2x16"]}: true switches on, false and null are not given,
/// a repeated option is an array.
Result<OptionValues> read_options(std::string_view json, std::span<const std::string_view> known,
                                  const Limits& limits);

}  // namespace modelexport::options
