#include "cli/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace modelexport::cli {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kSilence{500};
constexpr milliseconds kBarEvery{100};
constexpr std::size_t kBarWidth = 24;

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
  return text;
}

ProgressBar::ProgressBar(const Terminal& terminal, bool enabled, bool (*is_cancelled)(), int fd,
                         std::chrono::milliseconds line_every)
    : terminal_(terminal), enabled_(enabled), cancelled_(is_cancelled), fd_(fd), line_every_(line_every) {}

void ProgressBar::write(const std::string& text) const {
  // Progress is a courtesy: a closed standard error must not end the work.
  [[maybe_unused]] const ssize_t put = ::write(fd_, text.data(), text.size());
}

void ProgressBar::update(std::string_view what, std::uint64_t done, std::uint64_t total) {
  show(what, done, total, true);
}

void ProgressBar::count(std::string_view what, std::uint64_t done, std::uint64_t total) {
  show(what, done, total, false);
}

void ProgressBar::show(std::string_view what, std::uint64_t done, std::uint64_t total, bool bytes) {
  if (!enabled_) return;
  const Clock::time_point now = Clock::now();
  if (what != step_) {
    step_ = what;
    step_started_ = now;
  }
  if (terminal_.err_is_terminal) {
    if (now - started_ < kSilence || now - drawn_ < kBarEvery) return;
  } else {
    if (drawn_ == Clock::time_point{}) drawn_ = now;  // the first step begins
    if (now - drawn_ < line_every_) return;
  }
  drawn_ = now;
  draw(done, total, bytes, now);
}

void ProgressBar::draw(std::uint64_t done, std::uint64_t total, bool bytes, Clock::time_point now) {
  std::string line = step_;
  if (total > 0) {
    done = std::min(done, total);
    const double part = static_cast<double>(done) / static_cast<double>(total);
    if (terminal_.err_is_terminal) {
      const auto full = static_cast<std::size_t>(part * static_cast<double>(kBarWidth));
      line += " [" + std::string(full, '#') + std::string(kBarWidth - full, '.') + "]";
    }
    line += " " + std::to_string(static_cast<int>(part * 100)) + "%";
    if (bytes) {
      line += "  " + human_bytes(done) + " of " + human_bytes(total);
      const double seconds = std::chrono::duration<double>(now - step_started_).count();
      if (seconds > 0.1) {
        line += "  " + human_bytes(static_cast<std::uint64_t>(static_cast<double>(done) / seconds)) + "/s";
      }
    }
  }
  if (!terminal_.err_is_terminal) {
    if (line != printed_) write(line + "\n");
    printed_ = std::move(line);
    return;
  }
  const auto width = static_cast<std::size_t>(std::max(20, terminal_.width - 1));
  write("\r\033[K" + line.substr(0, width));
  visible_ = true;
}

void ProgressBar::clear() {
  if (visible_) write("\r\033[K");
  visible_ = false;
}

}  // namespace modelexport::cli
