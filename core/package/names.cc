#include "package/names.h"

#include <algorithm>
#include <array>
#include <map>

#include "package/manifest.h"

namespace modelexport::package {
namespace {

constexpr std::array<std::string_view, 22> kReserved = {
    "con",  "prn",  "aux",  "nul",  "com1", "com2", "com3", "com4", "com5", "com6", "com7",
    "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

std::string windows_problem(std::string_view path) {
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    start = end + 1;
    if (part.find_first_of("<>:\"\\|?*") != std::string_view::npos) return "has a character that is reserved";
    if (part.empty() || part.back() == '.' || part.back() == ' ') return "ends with a dot or space";
    const std::string stem = lower(part.substr(0, part.find('.')));
    if (std::find(kReserved.begin(), kReserved.end(), stem) != kReserved.end()) return "is a device's name";
  }
  return {};
}

Status check_names(const PackagePlan& plan) {
  std::map<std::string, std::string> seen = {{std::string(kManifestName), std::string(kManifestName)}};
  for (const PackageFile& file : plan.files) {
    if (const std::string problem = windows_problem(file.path); !problem.empty()) {
      return fail(ErrorCode::pack_name, "The name " + file.path + " " + problem + " on Windows.",
                  {.path = file.path}, "Rename the file in the source, or remove it if nothing needs it.");
    }
    const auto [found, is_new] = seen.emplace(lower(file.path), file.path);
    if (is_new) continue;
    return fail(ErrorCode::pack_name,
                "The package would hold both " + found->second + " and " + file.path + ".",
                {.path = file.path}, "Remove one of them from the source.");
  }
  return {};
}

}  // namespace modelexport::package
