// Collects findings: filters by selection, bounds their number, decides severity.
#pragma once

#include <unordered_map>
#include <vector>

#include "check/place.h"
#include "modelexport/check.h"

namespace modelexport::check {

class Findings {
 public:
  explicit Findings(const Options& options) : options_(options) {}

  /// The finding to complete (hint, fixes, readers). Valid until the next call.
  Finding& add(const Rule& rule, std::string message, const Place* place = nullptr,
               std::optional<std::uint64_t> offset = std::nullopt);
  /// A failed read as a finding of the rule with its code.
  Finding& add(const Diagnostic& diagnostic);

  [[nodiscard]] bool has(const Rule& rule) const { return counts_.find(&rule) != counts_.end(); }
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] bool more_edits() const { return more_edits_; }
  /// Severities decided, sorted by offset and rule.
  std::vector<Finding> take();

 private:
  struct Count {
    std::uint64_t seen = 0;
    std::size_t last = 0;
  };
  [[nodiscard]] bool wanted(const Rule& rule) const;
  void settle();

  const Options& options_;
  std::vector<Finding> list_;
  std::unordered_map<const Rule*, Count> counts_;
  Finding spare_;  ///< given out when a rule's list is full, or the rule is not wanted
  const Rule* spare_of_ = nullptr;
  std::uint64_t edits_ = 0;
  bool more_edits_ = false;
};

/// Text of a file for a message: control characters escaped, shortened.
std::string in_quotes(std::string_view text);

}  // namespace modelexport::check
