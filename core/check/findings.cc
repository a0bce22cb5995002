#include "check/findings.h"

#include <algorithm>
#include <tuple>

namespace modelexport::check {
namespace {

constexpr std::uint64_t kMostOfARule = 50;
constexpr std::uint64_t kMostEdits = 200'000;

Severity decide(const Finding& finding, Readers readers) {
  if (finding.unsafe || !(finding.refused_by & readers).empty()) return Severity::error;
  return finding.refused_by.empty() ? finding.rule->severity : Severity::warning;
}

}  // namespace

bool Findings::wanted(const Rule& rule) const {
  const auto named = [&](const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& s) { return names_rule(s, rule); });
  };
  return (options_.select.empty() || named(options_.select)) && !named(options_.ignore);
}

/// Fixes of a finding that did not fit into the list belong to the last one that did.
void Findings::settle() {
  if (spare_used_) {
    if (spare_grouped_) list_[spare_at_].refused_by = list_[spare_at_].refused_by | spare_.refused_by;
    std::vector<Fix>& fixes = list_[spare_at_].fixes;
    edits_ += spare_.fixes.size();
    if (!more_edits_ && edits_ > kMostEdits) {
      more_edits_ = true;  // nobody will make them: what is held goes, too
      for (Finding& finding : list_)
        if (finding.fixable()) finding.fixes = {Fix{}};
    }
    const bool kept = fixes.empty() || (options_.edits && !more_edits_);
    for (Fix& fix : spare_.fixes)
      if (kept) fixes.push_back(std::move(fix));
  }
  spare_used_ = spare_grouped_ = false;
  spare_ = Finding{};
}

Finding& Findings::add_to(const std::string& group, const Rule& rule, std::string message, const Place* place,
                          std::optional<std::uint64_t> offset) {
  settle();
  if (!wanted(rule)) return spare_;
  const auto known = groups_.find({&rule, group});
  if (known != groups_.end()) {
    ++list_[known->second].more;
    spare_used_ = spare_grouped_ = true;
    spare_at_ = known->second;
    return spare_;
  }
  Finding& finding = add(rule, std::move(message), place, offset);
  if (!spare_used_) groups_.emplace(std::pair(&rule, group), list_.size() - 1);
  return finding;
}

Finding& Findings::add(const Rule& rule, std::string message, const Place* place,
                       std::optional<std::uint64_t> offset) {
  settle();
  if (!wanted(rule)) return spare_;
  Count& count = counts_[&rule];
  if (++count.seen > kMostOfARule) {
    ++list_[count.last].more;
    spare_used_ = true;
    spare_at_ = count.last;
    return spare_;
  }
  count.last = list_.size();
  Finding& finding = list_.emplace_back();
  finding.rule = &rule;
  finding.refused_by = rule.refused_by;
  finding.unsafe = rule.unsafe;
  finding.message = std::move(message);
  if (place) finding.where.field = place->text();
  finding.where.offset = offset;
  finding.hint = rule.fix;
  return finding;
}

Finding& Findings::add(const Diagnostic& diagnostic) {
  const Rule* rule = find_rule(error_info(diagnostic.code).id);
  if (rule == nullptr) rule = find_rule("ME-MODEL-007");
  Finding& finding = add(*rule, diagnostic.message);
  finding.where.field = diagnostic.where.field;
  finding.where.offset = diagnostic.where.offset;
  if (!diagnostic.hint.empty()) finding.hint = diagnostic.hint;
  return finding;
}

std::vector<Finding> Findings::take() {
  settle();
  for (Finding& finding : list_) finding.severity = decide(finding, options_.readers);
  std::stable_sort(list_.begin(), list_.end(), [](const Finding& a, const Finding& b) {
    return std::make_tuple(a.where.offset.value_or(0), a.rule->id) <
           std::make_tuple(b.where.offset.value_or(0), b.rule->id);
  });
  return std::move(list_);
}

std::string in_quotes(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  constexpr std::size_t most = 120;
  std::string out = "'";
  for (const char c : text.substr(0, most)) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u != 0x7F) {
      out.push_back(c);
    } else {
      out += {'\\', 'x', digits[u >> 4], digits[u & 15]};
    }
  }
  return out + (text.size() > most ? "…'" : "'");
}

}  // namespace modelexport::check
