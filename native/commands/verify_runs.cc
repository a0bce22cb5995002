#include "commands/verify_runs.h"

#include <cstring>

#include "commands/child_error.h"
#include "commands/installation.h"
#include "io/file_sink.h"
#include "io/file_source.h"

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kOutputLimit = 8ULL << 30;

/// Input and output files of several runs.
class Exchange {
 public:
  static Result<Exchange> create(const std::vector<verify::Tensors>& inputs) {
    Exchange made;
    ME_TRY(made.directory_, io::TemporaryDirectory::create());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::string number = std::to_string(i);
      made.pairs_.push_back({made.directory_->file("in-" + number), made.directory_->file("out-" + number)});
      ME_CHECK(made.write(made.pairs_.back().first, verify::to_safetensors(inputs[i])));
    }
    made.report_ = made.directory_->file("report.json");
    return made;
  }

  /// A further file with this text.
  Result<std::string> add(const std::string& name, std::string_view text) {
    std::string path = directory_->file(name);
    ME_CHECK(write(path, as_bytes(text)));
    return path;
  }

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }
  [[nodiscard]] const std::string& report() const { return report_; }

  /// What the report says of every run, with the outputs of those that succeeded.
  Result<Executions> read(const std::string& who) const {
    ME_TRY(const auto file, io::FileSource::open(report_, "(the report of " + who + ")"));
    ME_TRY(const std::string text, read_text(*file, Limits{}.json_bytes));
    ME_TRY(const json::Json report, json::parse(text, Limits{}, who));
    Executions out;
    out.version = std::string(json::find_string(report, "version").value_or(""));
    if (const json::Json* error = json::find(report, "error"); error != nullptr && error->is_object())
      return fail(error_of(*error));
    ME_TRY(const json::Json* runs, json::get_array(report, "runs"));
    const auto& items = json::elements(*runs);
    if (items.size() != pairs_.size())
      return fail(ErrorCode::worker_protocol, who + " gave no usable answer");
    for (std::size_t i = 0; i < items.size(); ++i) {
      Execution run;
      if (items[i].is_object()) {
        run.error = error_of(items[i]);
      } else {
        ME_TRY(const auto result, io::FileSource::open(pairs_[i].second, "(a result of " + who + ")"));
        ME_TRY(run.outputs, verify::from_safetensors(*result, kOutputLimit, Limits{}));
      }
      out.runs.push_back(std::move(run));
    }
    return out;
  }

 private:
  static Status write(const std::string& path, ByteSpan bytes) {
    ME_TRY(const auto sink, io::FileSink::open(path, {.force = true}));
    ME_CHECK(sink->append(bytes));
    return sink->finish();
  }

  static Diagnostic error_of(const json::Json& content) {
    json::Json document = json::Json::object();
    document["error"] = content;
    const auto error = parse_child_error(json::dump(document), ErrorCode::worker_protocol);
    return error.value_or(
        Diagnostic{ErrorCode::worker_protocol, Severity::error, "an error without content", {}, ""});
  }

  std::unique_ptr<io::TemporaryDirectory> directory_;
  std::vector<std::pair<std::string, std::string>> pairs_;
  std::string report_;
};

void add_pairs(const Exchange& exchange, std::vector<std::string>& words) {
  words.insert(words.end(), {"--report", exchange.report()});
  for (const auto& [in, out] : exchange.pairs())
    words.insert(words.end(), {"--inputs", in, "--outputs", out});
}

Result<Executions> run_worker(cli::Context& context, const ArchiveNotes& archive, const Exchange& exchange,
                              std::vector<std::string> words) {
  add_pairs(exchange, words);
  ME_TRY(const io::ProcessResult result, call_torch_worker(context, archive.path, std::move(words),
                                                           "verifying: running the archive", archive.limit));
  ME_TRY(Executions out, exchange.read("the TorchScript worker"));
  out.peak_rss = result.peak_rss;
  return out;
}

void show_runtime(void* bar) {
  static_cast<cli::ProgressBar*>(bar)->update("verifying: running the ONNX file", 0, 0);
}

tl::unexpected<Diagnostic> ended_badly(const io::ProcessResult& result, const std::string& library,
                                       const std::string& model, std::chrono::seconds timeout) {
  if (result.timed_out)
    return fail(ErrorCode::worker_timeout,
                "ONNX Runtime was stopped after " + std::to_string(timeout.count()) + " seconds",
                {.path = model}, "give it more time: --timeout " + std::to_string(timeout.count() * 4));
  const std::string how = result.signal != 0 ? std::string("by a signal: ") + ::strsignal(result.signal)
                                             : "with code " + std::to_string(result.exit_code);
  return fail(ErrorCode::runtime_unusable, "ONNX Runtime ended " + how, {.path = library},
              last_lines(result.error, 3));
}

}  // namespace

Result<Executions> run_archive(cli::Context& context, const ArchiveNotes& archive,
                               const std::vector<verify::Tensors>& inputs) {
  if (!archive.own_forward) return run_archive_graph(context, archive, inputs);
  ME_TRY(const Exchange exchange, Exchange::create(inputs));
  return run_worker(context, archive, exchange, {"run", archive.path});
}

Result<Executions> run_archive_graph(cli::Context& context, const ArchiveNotes& archive,
                                     const std::vector<verify::Tensors>& inputs,
                                     const std::vector<std::string>& values) {
  ME_TRY(Exchange exchange, Exchange::create(inputs));
  ME_TRY(const std::string names, exchange.add("values.json", json::dump(json::Json(values))));
  return run_worker(context, archive, exchange,
                    {"run-graph", archive.path, "--json", archive.graph_file, "--side", archive.side_file,
                     "--values", names});
}

Result<Executions> run_model(cli::Context& context, const std::string& library, const std::string& model,
                             const std::vector<verify::Tensors>& inputs, std::chrono::seconds limit) {
  const auto runner = find_runner();
  if (!runner)
    return fail(ErrorCode::runtime_unusable, "the program that runs ONNX files was not found",
                {.path = program_directory() + "/../libexec/modelexport/modelexport-onnxruntime"},
                "install it beside the command line: sh toolchains/build.sh");
  ME_TRY(const std::chrono::seconds given, worker_timeout_of(context));
  const std::chrono::seconds timeout = shorter(given, limit);
  ME_TRY(const Exchange exchange, Exchange::create(inputs));
  io::ProcessOptions options;
  options.command = {*runner, library, model, exchange.report()};
  for (const auto& [in, out] : exchange.pairs()) options.command.insert(options.command.end(), {in, out});
  options.timeout = timeout;
  options.on_wait = show_runtime;
  options.on_wait_data = &context.progress;
  ME_TRY(const io::ProcessResult result, io::run_process(options));
  if (result.timed_out || result.signal != 0 || result.exit_code != 0)
    return ended_badly(result, library, model, timeout);
  ME_TRY(Executions out, exchange.read("ONNX Runtime"));
  out.peak_rss = result.peak_rss;
  return out;
}

}  // namespace modelexport::commands
