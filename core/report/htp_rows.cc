#include "report/htp_rows.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "modelexport/hierarchy.h"

namespace modelexport::report {
namespace {

using ByTag = std::unordered_map<std::string, std::size_t>;

/// The row of the longest part of `tag` that ends before a slash and has one.
std::size_t enclosing(const ByTag& by_tag, std::string tag) {
  while (true) {
    const std::size_t slash = tag.rfind('/');
    if (slash == std::string::npos || slash == 0) return 0;
    tag.resize(slash);
    if (const auto found = by_tag.find(tag); found != by_tag.end()) return found->second;
  }
}

ByTag add_rows(const ExportResult& result, HtpRows& out) {
  ByTag by_tag;
  std::unordered_set<std::string> modules;
  for (const CallFact& call : result.calls) {
    modules.insert(call.module);
    if (!by_tag.emplace(call.tag, out.rows.size()).second) continue;
    HtpRow row;
    row.tag = call.tag;
    row.scope = call.scope;
    row.class_name = hierarchy::short_class(call.class_name);
    if (row.class_name.empty()) row.class_name = call.tag.substr(call.tag.rfind('/') + 1);
    out.rows.push_back(std::move(row));
  }
  out.modules_traced = modules.size();
  return by_tag;
}

void link_rows(const ByTag& by_tag, HtpRows& out) {
  auto& rows = out.rows;
  std::vector<std::size_t> top_down(rows.size());
  std::iota(top_down.begin(), top_down.end(), std::size_t{0});
  // A tag is longer than its parents', whichever was called first; the root stays in front.
  std::stable_sort(top_down.begin() + 1, top_down.end(),
                   [&](std::size_t a, std::size_t b) { return rows[a].tag.size() < rows[b].tag.size(); });
  for (std::size_t n = 1; n < top_down.size(); ++n) {
    HtpRow& row = rows[top_down[n]];
    row.parent = enclosing(by_tag, row.tag);
    if (rows[row.parent].depth >= kHtpDepth) row.parent = rows[row.parent].parent;
    const HtpRow& parent = rows[row.parent];
    row.depth = parent.depth + 1;
    row.key = row.tag.starts_with(parent.tag + "/") ? row.tag.substr(parent.tag.size() + 1) : row.tag;
  }
  for (std::size_t i = 1; i < rows.size(); ++i) rows[rows[i].parent].children.push_back(i);
  out.bottom_up.assign(top_down.rbegin(), top_down.rend());
}

}  // namespace

HtpRows htp_rows(const ExportResult& result) {
  HtpRows out;
  if (result.calls.empty()) return out;
  const ByTag by_tag = add_rows(result, out);
  link_rows(by_tag, out);
  std::unordered_set<std::string> scopes;
  for (const NodeFact& node : result.nodes) {
    scopes.insert(node.scope);
    const auto found = by_tag.find(node.tag);
    HtpRow& row = out.rows[found == by_tag.end() ? enclosing(by_tag, node.tag) : found->second];
    ++row.nodes_direct;
    auto& [count, first] = row.ops[node.op];
    if (count++ == 0) first = node.name;
  }
  out.scopes = scopes.size();
  for (const std::size_t i : out.bottom_up) {
    HtpRow& row = out.rows[i];
    row.nodes_total += row.nodes_direct;
    if (i != 0) out.rows[row.parent].nodes_total += row.nodes_total;
  }
  return out;
}

}  // namespace modelexport::report
