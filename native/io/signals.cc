#include "io/signals.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <utility>

namespace modelexport::io {
namespace {

constexpr int kSlots = 256;
volatile sig_atomic_t g_interrupted = 0;
// Heap copies owned by TemporaryPath; the handler only reads them. Lock-free atomics are signal safe.
std::array<std::atomic<char*>, kSlots> g_temporaries{};
static_assert(std::atomic<char*>::is_always_lock_free);

void on_signal(int) {
  if (g_interrupted == 0) {
    g_interrupted = 1;
    return;
  }
  // Files first, then the directories that held them (registered earlier, so in lower slots).
  for (int i = kSlots - 1; i >= 0; --i) {
    if (const char* path = g_temporaries[static_cast<std::size_t>(i)].load()) {
      if (::unlink(path) != 0) ::rmdir(path);
    }
  }
  ::_exit(130);
}

}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigemptyset(&action.sa_mask);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction old {};
    // A program started with nohup keeps ignoring SIGHUP.
    if (::sigaction(number, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) continue;
    ::sigaction(number, &action, nullptr);
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

bool interrupted() { return g_interrupted != 0; }
void reset_interrupted() { g_interrupted = 0; }

Status check_interrupted() {
  if (!interrupted()) return {};
  return fail(ErrorCode::cli_interrupted, "interrupted; nothing was written");
}

TemporaryPath::TemporaryPath(const std::string& path) {
  char* copy = ::strdup(path.c_str());
  for (int i = 0; copy != nullptr && i < kSlots; ++i) {
    char* expected = nullptr;
    if (g_temporaries[static_cast<std::size_t>(i)].compare_exchange_strong(expected, copy)) {
      slot_ = i;
      return;
    }
  }
  ::free(copy);  // table full: destructors still clean up, only a second signal would not
}

TemporaryPath::TemporaryPath(TemporaryPath&& other) noexcept : slot_(std::exchange(other.slot_, -1)) {}

TemporaryPath& TemporaryPath::operator=(TemporaryPath&& other) noexcept {
  if (this != &other) {
    release();
    slot_ = std::exchange(other.slot_, -1);
  }
  return *this;
}

TemporaryPath::~TemporaryPath() { release(); }

void TemporaryPath::release() {
  if (slot_ < 0) return;
  ::free(g_temporaries[static_cast<std::size_t>(slot_)].exchange(nullptr));
  slot_ = -1;
}

}  // namespace modelexport::io
