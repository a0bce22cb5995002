// Progress on standard error: a bar on a terminal, plain lines elsewhere.
//
// Purpose   Nothing is drawn in the first half second of the whole run, so short work stays silent. Then a
// bar
//           every 100 ms. Elsewhere (a log) one line every five seconds, the first after as long, and none
//           that says what the last one said. Bytes and rate where the step counts bytes.
// Units     Steps of the core count bytes (update); what counts files says so (count): a rate says nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/terminal.h"
#include "modelexport/bytes.h"

namespace modelexport::cli {

class ProgressBar final : public Progress {
 public:
  /// `is_cancelled` is asked by long work; `fd` is where the bar goes.
  ProgressBar(const Terminal& terminal, bool enabled, bool (*is_cancelled)(), int fd = 2,
              std::chrono::milliseconds line_every = std::chrono::seconds(5));
  ~ProgressBar() override { clear(); }

  void update(std::string_view what, std::uint64_t done, std::uint64_t total) override;
  /// As update, of things that are not bytes.
  void count(std::string_view what, std::uint64_t done, std::uint64_t total);
  [[nodiscard]] bool cancelled() const override { return cancelled_ != nullptr && cancelled_(); }
  /// Removes the bar, so that a message can be printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void show(std::string_view what, std::uint64_t done, std::uint64_t total, bool bytes);
  void draw(std::uint64_t done, std::uint64_t total, bool bytes, Clock::time_point now);
  void write(const std::string& text) const;

  const Terminal& terminal_;
  bool enabled_;
  bool (*cancelled_)();
  int fd_;
  std::chrono::milliseconds line_every_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point step_started_ = started_;
  Clock::time_point drawn_{};
  std::string step_;
  std::string printed_;  ///< the last plain line
  bool visible_ = false;
};

/// 1536 -> "1.5 KiB".
std::string human_bytes(std::uint64_t bytes);

}  // namespace modelexport::cli
