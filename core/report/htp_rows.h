// The module rows of sidecar and report: every module call that has a tag, once per tag, with its nodes.
//
// Errors    none.
// Limits    rows nested deeper than kHtpDepth hang below their ancestor at that depth.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "modelexport/export.h"

namespace modelexport::report {

inline constexpr std::uint32_t kHtpDepth = 100;

struct HtpRow {
  std::string class_name;  ///< last part of the dotted class; of the tag where the archive has none
  std::string tag;
  std::string scope;       ///< of the first call
  std::string key;         ///< the tag below the parent's: unique among siblings
  std::size_t parent = 0;  ///< row that encloses it; 0 for the root itself
  std::uint32_t depth = 0;
  std::uint64_t nodes_direct = 0;
  std::uint64_t nodes_total = 0;
  std::map<std::string, std::pair<std::uint64_t, std::string>>
      ops;                            ///< of its own nodes: count, first node's name
  std::vector<std::size_t> children;  ///< in execution order
};

struct HtpRows {
  std::vector<HtpRow> rows;            ///< in execution order; [0] is the root
  std::vector<std::size_t> bottom_up;  ///< indices, children before their parents
  std::uint64_t modules_traced = 0;    ///< different modules among the calls
  std::uint64_t scopes = 0;            ///< different scopes of nodes
};

HtpRows htp_rows(const ExportResult& result);

}  // namespace modelexport::report
