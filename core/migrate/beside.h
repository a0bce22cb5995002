// What the predecessor left beside a model: sidecar, report, configuration; read once, as plain facts.
//
// Purpose   Sidecars have three names and several forms, and lose modules; the report's list is complete
//           (legacy_htp.md §7, §8). Here both become one table of nodes and one of modules.
// Errors    None: what cannot be read is a problem to report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hierarchy/sidecar.h"
#include "modelexport/check.h"

namespace modelexport::migrate {

struct KnownModule {
  std::string scope;  ///< instance path, "" for the root
  std::string tag;
  std::string class_name;
};

/// Counts that the predecessor's sidecar claims.
struct ClaimedCounts {
  std::uint64_t direct = 0;
  std::uint64_t parent = 0;
  std::uint64_t root = 0;
};

struct Beside {
  std::string sidecar_name;          ///< "" if there is none
  hierarchy::SidecarTags nodes;      ///< tag by node name
  hierarchy::SidecarTags outputs;    ///< tag by value name, where the sidecar lists values
  std::vector<KnownModule> modules;  ///< by order of execution; of the report if there is one
  std::string modules_from;          ///< file that `modules` is from
  std::optional<ClaimedCounts> claimed;
  std::string model_name;   ///< what the exporter was given: a Hub id or a path
  std::string class_name;   ///< of the root module
  bool unfinished = false;  ///< the sidecar tells of a failed export
  std::string config;       ///< text of config.json, "" if there is none
  std::vector<std::string> problems;
};

/// `model_name` is the model's file name without directories.
Beside look_beside(const check::Surroundings& around, std::string_view model_name, const Limits& limits);

/// The tables of one sidecar text, added to `out`.
void read_sidecar_facts(std::string_view text, const Limits& limits, Beside& out);
/// The module list and the node mappings of a Markdown report.
void read_report_facts(std::string_view text, const Limits& limits, Beside& out);

}  // namespace modelexport::migrate
