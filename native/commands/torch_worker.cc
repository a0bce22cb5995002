#include "commands/torch_worker.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "commands/child_error.h"
#include "commands/installation.h"

namespace modelexport::commands {
namespace {

/// libtorch maps the archive and copies every weight once; beyond that it needs about 1 GiB of address space,
/// and malloc arenas and thread stacks reserve more without using it.
constexpr std::uint64_t kAddressSpaceBase = 16ULL << 30;
constexpr std::uint64_t kAddressSpacePerByte = 6;

}  // namespace

Result<std::chrono::seconds> worker_timeout_of(const cli::Context& context) {
  const cli::SettingValue setting = context.setting("timeout");
  const std::string& text = setting.value;
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) {
    return fail(ErrorCode::cli_usage, "'" + text + "' is no number of seconds (" + setting.origin + ")", {},
                "--timeout 600; 0 means no limit");
  }
  return std::chrono::seconds(seconds);
}

std::chrono::seconds shorter(std::chrono::seconds a, std::chrono::seconds b) {
  return a.count() == 0 ? b : b.count() == 0 ? a : std::min(a, b);
}

namespace {

/// Sanitizers reserve terabytes of address space for their shadow memory; they cannot run under RLIMIT_AS.
std::uint64_t address_space_for(const std::string& archive) {
#if defined(__SANITIZE_ADDRESS__)
  (void)archive;
  return 0;
#else
  struct stat info {};
  const std::uint64_t size =
      ::stat(archive.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
  return kAddressSpaceBase + size * kAddressSpacePerByte;
#endif
}

tl::unexpected<Diagnostic> ended_badly(const io::ProcessResult& result, const std::string& archive,
                                       std::chrono::seconds timeout) {
  const Where where{.path = archive};
  if (result.timed_out) {
    return fail(ErrorCode::worker_timeout,
                "the TorchScript worker was stopped after " + std::to_string(timeout.count()) + " seconds",
                where, "give it more time: --timeout " + std::to_string(timeout.count() * 4));
  }
  if (auto error = parse_child_error(result.output, ErrorCode::worker_protocol)) {
    if (error->where.path.empty()) error->where.path = archive;
    return fail(std::move(*error));
  }
  std::string message = "the TorchScript worker ended ";
  message += result.signal != 0 ? std::string("by a signal: ") + ::strsignal(result.signal)
                                : "with code " + std::to_string(result.exit_code);
  const std::string said = last_lines(result.error, 5);
  if (!said.empty()) message += "\n" + said;
  return fail(
      ErrorCode::worker_crashed, message, where,
      "if memory is short, free some or raise the limit; if not, the archive may be damaged: make it again");
}

Result<std::unique_ptr<io::FileSource>> open_side(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || info.st_size == 0) return std::unique_ptr<io::FileSource>();
  return io::FileSource::open(path, "(computed constants)");
}

Result<aten::Graph> parse_graph(const std::string& text, const std::string& archive, const Limits& limits) {
  auto graph = aten::from_json(text, limits);
  const Status valid = graph ? graph->validate(limits) : Status(fail(graph));
  if (valid) return graph;
  return fail(ErrorCode::worker_protocol,
              "the TorchScript worker's graph cannot be read: " + valid.error().message,
              {.path = archive, .field = valid.error().where.field},
              "program and worker must come from the same build: modelexport doctor");
}

struct Waiting {
  cli::ProgressBar* bar;
  const char* what;
};
void show_waiting(void* waiting) {
  const auto* w = static_cast<Waiting*>(waiting);
  w->bar->update(w->what, 0, 0);
}

}  // namespace

Result<io::ProcessResult> call_torch_worker(cli::Context& context, const std::string& archive,
                                            std::vector<std::string> words, const char* what,
                                            std::chrono::seconds limit) {
  const auto worker = find_worker(context);
  if (!worker) {
    return fail(
        ErrorCode::worker_missing, "the program that reads TorchScript archives was not found",
        {.path = program_directory() + "/../libexec/modelexport/modelexport-torchscript"},
        "build it with libtorch (sh toolchains/build.sh), name it in MODELEXPORT_WORKER, or export a .pt2 "
        "archive, which needs no worker");
  }
  ME_TRY(const std::chrono::seconds given, worker_timeout_of(context));
  const std::chrono::seconds timeout = shorter(given, limit);
  Waiting waiting{&context.progress, what};
  io::ProcessOptions options;
  options.command = std::move(words);
  options.command.insert(options.command.begin(), *worker);
  options.timeout = timeout;
  options.address_space = address_space_for(archive);
  options.on_wait = show_waiting;
  options.on_wait_data = &waiting;
  ME_TRY(io::ProcessResult result, io::run_process(options));
  if (result.timed_out || result.signal != 0 || result.exit_code != 0)
    return ended_badly(result, archive, timeout);
  if (context.verbose() && !result.error.empty()) context.say(result.error);
  return result;
}

Result<WorkerGraph> run_torch_worker(cli::Context& context, const std::string& archive,
                                     const Limits& limits) {
  WorkerGraph made;
  ME_TRY(made.directory, io::TemporaryDirectory::create());
  made.graph_file = made.directory->file("graph.json");
  made.side_file = made.directory->file("constants.bin");
  ME_TRY(const io::ProcessResult result,
         call_torch_worker(context, archive,
                           {"graph", archive, "--json", made.graph_file, "--side", made.side_file},
                           "reading the archive"));
  auto source = io::FileSource::open(made.graph_file, "(the worker's graph)");
  if (!source)
    return fail(ErrorCode::worker_protocol, "the TorchScript worker wrote no graph", {.path = archive},
                "program and worker must come from the same build: modelexport doctor");
  ME_TRY(const std::string text, read_text(**source, limits.json_bytes));
  ME_TRY(made.graph, parse_graph(text, archive, limits));
  ME_TRY(made.side, open_side(made.side_file));
  made.peak_rss = result.peak_rss;
  return made;
}

}  // namespace modelexport::commands
