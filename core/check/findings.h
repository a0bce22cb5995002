// Collects findings: filters by selection, bounds their number, decides severity.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
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
  /// The same where one cause has many places (a missing file, and all that is in it): the first place of a
  /// `group` is listed, further ones are counted, and their fixes belong to it.
  Finding& add_to(const std::string& group, const Rule& rule, std::string message, const Place* place,
                  std::optional<std::uint64_t> offset);
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
  bool spare_used_ = false;
  bool spare_grouped_ = false;  ///< its readers count, too
  std::size_t spare_at_ = 0;    ///< the listed finding that the spare one's fixes belong to
  std::map<std::pair<const Rule*, std::string>, std::size_t> groups_;
  std::uint64_t edits_ = 0;
  bool more_edits_ = false;
};

/// Text of a file for a message: control characters escaped, shortened.
std::string in_quotes(std::string_view text);

}  // namespace modelexport::check
