// File names that work on every system a package may be unpacked on.
#pragma once

#include <string>
#include <string_view>

#include "package/plan.h"

namespace modelexport::package {

/// What Windows has against a path; "" if nothing.
std::string windows_problem(std::string_view path);

/// pack_name for two paths that differ only by case or are equal, and for names that Windows cannot have.
Status check_names(const PackagePlan& plan);

}  // namespace modelexport::package
