#include "io/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "io/posix_error.h"
#include "io/signals.h"
#include "io/unique_fd.h"

namespace modelexport::io {
namespace {

constexpr int kPollMilliseconds = 100;
constexpr int kGraceMilliseconds = 500;  ///< between SIGTERM and SIGKILL

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(ErrorCode::internal, "cannot make a pipe: " + errno_text(errno));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void limit(decltype(RLIMIT_AS) what, std::uint64_t value) {
  rlimit current{};
  if (::getrlimit(what, &current) != 0) return;
  current.rlim_cur = current.rlim_max == RLIM_INFINITY ? value : std::min<rlim_t>(value, current.rlim_max);
  ::setrlimit(what, &current);
}

/// Runs in the child between fork and exec: system calls only.
[[noreturn]] void child(const ProcessOptions& options, char* const* argv, char* const* environment, int out,
                        int err, int status, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) ::signal(number, SIG_DFL);
  // A group of its own: Ctrl-C reaches this program alone, which then ends the child in order.
  ::setpgid(0, 0);
  limit(RLIMIT_CORE, 0);
  if (options.address_space != 0) limit(RLIMIT_AS, options.address_space);
  const int null = ::open("/dev/null", O_RDONLY);
  if (null >= 0) ::dup2(null, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  if (err >= 0) ::dup2(err, STDERR_FILENO);
  ::execve(argv[0], argv, environment);
  const int error = errno;
  [[maybe_unused]] const ssize_t put = ::write(status, &error, sizeof error);
  ::_exit(127);
}

/// Reads what is there; false at the end.
bool drain(int fd, std::string& into, std::uint64_t keep) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return false;
  const auto room = keep > into.size() ? keep - into.size() : 0;
  into.append(buffer.data(),
              static_cast<std::size_t>(std::min<std::uint64_t>(room, static_cast<std::uint64_t>(got))));
  return true;
}

/// Ends the child's whole group, politely first.
void stop(pid_t pid) {
  ::kill(-pid, SIGTERM);
  for (int waited = 0; waited < kGraceMilliseconds; waited += 10) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == pid)
      break;
    ::usleep(10 * 1000);
  }
  ::kill(-pid, SIGKILL);
}

/// The running child; reaped on destruction.
class Child {
 public:
  Child(pid_t pid, UniqueFd out, UniqueFd err) : pid_(pid), out_(std::move(out)), err_(std::move(err)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    stop(pid_);
    ::waitpid(pid_, nullptr, 0);
  }

  Result<ProcessResult> wait(const ProcessOptions& options) {
    const auto started = std::chrono::steady_clock::now();
    ProcessResult result;
    while (out_.valid() || err_.valid()) {
      ME_CHECK(check_interrupted());
      if (options.timeout.count() > 0 && std::chrono::steady_clock::now() - started > options.timeout) {
        result.timed_out = true;
        stop(pid_);
        break;
      }
      if (options.on_wait != nullptr) options.on_wait(options.on_wait_data);
      poll_once(result, options.capture_limit);
    }
    reap(result);
    ME_CHECK(check_interrupted());
    return result;
  }

 private:
  void poll_once(ProcessResult& result, std::uint64_t keep) {
    std::array<pollfd, 2> fds{pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), kPollMilliseconds) <= 0) return;
    if (fds[0].revents != 0 && !drain(out_.get(), result.output, keep)) out_.reset();
    if (fds[1].revents != 0 && !drain(err_.get(), result.error, keep)) err_.reset();
  }

  void reap(ProcessResult& result) {
    int status = 0;
    rusage usage{};
    while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
      if (interrupted()) ::kill(-pid_, SIGKILL);
    }
    pid_ = -1;
    if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    result.peak_rss = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  }

  pid_t pid_;
  UniqueFd out_;
  UniqueFd err_;
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

/// Our environment with `changes` in place of variables of the same name.
std::vector<std::string> merged_environment(const std::vector<std::string>& changes) {
  std::vector<std::string> merged = changes;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    const bool changed = std::any_of(changes.begin(), changes.end(), [&](const std::string& change) {
      return change.size() > name.size() && change[name.size()] == '=' && change.starts_with(name);
    });
    if (!changed) merged.emplace_back(text);
  }
  return merged;
}

}  // namespace

Result<ProcessResult> run_process(const ProcessOptions& options) {
  std::vector<std::string> words = options.command;
  std::vector<std::string> variables = merged_environment(options.environment);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> environment = pointers(variables);
  ME_TRY(Pipe out, make_pipe());
  ME_TRY(Pipe err, make_pipe());
  ME_TRY(Pipe status, make_pipe());
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(ErrorCode::internal, "cannot start a process: " + errno_text(errno));
  if (pid == 0) {
    child(options, argv.data(), environment.data(), out.write.get(),
          options.capture_error ? err.write.get() : -1, status.write.get(), parent);
  }
  ::setpgid(pid, pid);
  out.write.reset();
  err.write.reset();
  status.write.reset();
  if (!options.capture_error) err.read.reset();
  Child running(pid, std::move(out.read), std::move(err.read));
  int error = 0;
  ssize_t got = 0;
  while ((got = ::read(status.read.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  if (got == static_cast<ssize_t>(sizeof error)) {
    return fail(ErrorCode::io_not_found, "cannot run the program: " + errno_text(error),
                {.path = options.command.front()}, "check the installation: modelexport doctor");
  }
  return running.wait(options);
}

}  // namespace modelexport::io
