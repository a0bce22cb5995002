#include "commands/verify_export.h"

#include <algorithm>
#include <charconv>

#include "commands/installation.h"
#include "commands/verify_hazards.h"
#include "commands/verify_locate.h"
#include "io/file_sink.h"
#include "io/memory.h"
#include "verify/inputs.h"

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kInputLimit = 1ULL << 30;
/// Above this, verification takes longer than most exports: only when asked for.
constexpr std::uint64_t kAutomaticLimit = 2ULL << 30;
/// One program that runs longer, at three sizes, is left alone: an archive may also be a program without end.
/// What is sensible grows with the weights.
constexpr std::chrono::seconds automatic_time(std::uint64_t archive_bytes) {
  return std::chrono::seconds(std::min<std::uint64_t>(60, 12 + archive_bytes / (16U << 20)));
}
/// libtorch and ONNX Runtime hold the weights once each, one after the other, with buffers.
constexpr std::uint64_t kMemoryPerByte = 4;
constexpr std::uint64_t kMemoryBase = 512ULL << 20;

tl::unexpected<Diagnostic> impossible(std::string why) {
  return fail(ErrorCode::verify_impossible, std::move(why), {},
              "--verify auto goes on without; modelexport doctor");
}

/// Errors that say something about this machine or these inputs, not about the exported file.
bool is_about_the_machine(ErrorCode code) {
  return code == ErrorCode::runtime_unusable || code == ErrorCode::runtime_lacks ||
         code == ErrorCode::worker_missing || code == ErrorCode::worker_crashed ||
         code == ErrorCode::worker_timeout || code == ErrorCode::worker_protocol ||
         code == ErrorCode::verify_impossible || code == ErrorCode::io_temporary ||
         code == ErrorCode::io_output_directory || code == ErrorCode::io_write ||
         code == ErrorCode::torchscript_run || code == ErrorCode::torchscript_load ||
         code == ErrorCode::tensor_view;
}

/// The tolerance of the coarsest type that the program itself casts to: mixed precision has float32 weights.
double coarsest_cast(const std::vector<aten::Op>& ops) {
  double out = 0;
  for (const aten::Op& op : ops) {
    for (const aten::NamedArg& arg : op.args)
      if (const auto* dtype = arg.value.get<DType>(); dtype != nullptr && is_floating(*dtype))
        out = std::max(out, verify::default_atol(*dtype));
    for (const aten::Block& block : op.blocks) out = std::max(out, coarsest_cast(block.ops));
  }
  return out;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string at_sizes(const verify::Sizes& sizes) {
  return sizes.empty() ? std::string() : " at " + verify::to_string(sizes);
}

}  // namespace

Status ExportVerifier::parse() {
  const std::string mode = context_.arguments.get("verify", "auto");
  mode_ = mode == "on" ? Mode::on : mode == "off" ? Mode::off : Mode::automatic;
  keep_ = context_.arguments.has("keep-unverified");
  if (context_.arguments.has("atol")) {
    const std::string text = context_.arguments.get("atol");
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= 0))
      return fail(ErrorCode::cli_usage, "'" + text + "' is no tolerance", {}, "for example: --atol 1e-4");
    atol_ = value;
  }
  if (mode_ != Mode::on) return {};
  const FoundRuntime found = find_onnxruntime(context_);
  if (!found.library) return impossible(found.reason);
  if (!find_worker(context_))
    return impossible("the program that runs archives (modelexport-torchscript) was not found");
  return {};
}

Status ExportVerifier::note_archive(WorkerGraph& read, const std::string& path, std::uint64_t archive_bytes,
                                    bool torchscript, verify::Ranges ranges) {
  archive_bytes_ = archive_bytes;
  archive_.path = path;
  if (mode_ == Mode::automatic) archive_.limit = automatic_time(archive_bytes);
  if (!wanted() || too_much()) return {};
  const FoundRuntime found = find_onnxruntime(context_);
  library_ = found.library;
  no_library_ = found.reason;
  archive_.ranges = std::move(ranges);
  archive_.bounds = verify::index_bounds(read.graph);
  for (const aten::Input& input : read.graph.inputs)
    archive_.shapes.push_back(input.shape.value_or(std::vector<Expr>()));
  const auto& tensors = read.graph.tensors;
  for (const aten::Tensor& tensor : tensors)
    if (is_floating(tensor.dtype)) coarsest_ = std::max(coarsest_, verify::default_atol(tensor.dtype));
  coarsest_ = std::max(coarsest_, coarsest_cast(read.graph.ops));
  archive_.own_forward =
      torchscript && std::none_of(tensors.begin(), tensors.end(),
                                  [](const aten::Tensor& t) { return t.dtype == DType::float16; });
  if (torchscript) {
    archive_.graph_file = read.graph_file;
    archive_.side_file = read.side_file;
    return {};
  }
  if (!library_) return {};
  const Status written = write_graph(read);
  if (written || mode_ == Mode::on || written.error().code == ErrorCode::cli_interrupted) return written;
  library_.reset();
  no_library_ = "no room for its intermediate files: " + written.error().message;
  return {};
}

Status ExportVerifier::write_graph(WorkerGraph& read) {
  ME_TRY(read.directory, io::TemporaryDirectory::create());
  archive_.graph_file = read.directory->file("graph.json");
  ME_TRY(const auto sink, io::FileSink::open(archive_.graph_file, {.force = true}));
  ME_CHECK(sink->append(aten::to_json(read.graph)));
  return sink->finish();
}

Result<report::Verified> ExportVerifier::not_verified(std::string reason) const {
  report::Verified out;
  out.reason = std::move(reason);
  return out;
}

std::optional<std::string> ExportVerifier::too_much() const {
  if (mode_ != Mode::automatic) return std::nullopt;
  if (archive_bytes_ > kAutomaticLimit) return "the archive is larger than 2 GiB; --verify on takes the time";
  const std::uint64_t available = io::available_memory();
  if (available > 0 && available < kMemoryBase + archive_bytes_ * kMemoryPerByte)
    return "too little memory is free; --verify on tries";
  return std::nullopt;
}

Result<std::unique_ptr<io::LinkedView>> ExportVerifier::assemble(const WrittenFiles& files) const {
  std::vector<std::string> names = files.data;
  names.push_back(files.model);
  ME_TRY(auto view, files.out->view(names, files.others));
  for (const StandIn& file : *files.absent)
    ME_CHECK(write_stand_in(file, view->add(file.name), context_.progress));
  return view;
}

std::optional<ExportVerifier::Case> ExportVerifier::make_case(const ExportResult& result,
                                                              const verify::Sizes& sizes) const {
  auto inputs = verify::make_inputs(result.inputs, archive_.bounds, sizes, kInputLimit);
  if (!inputs) return std::nullopt;
  Case made;
  made.sizes = sizes;
  made.archive_inputs = *inputs;
  for (std::size_t i = 0; i < inputs->size(); ++i)
    made.archive_inputs[i].name = result.inputs[i].archive_name;
  made.model_inputs = std::move(*inputs);
  return made;
}

Status ExportVerifier::make_cases(const ExportResult& result) {
  plan_ = verify::plan_sizes(result.inputs,
                             verify::named_ranges(archive_.shapes, result.inputs, archive_.ranges));
  std::vector<verify::Sizes> all = {plan_.example};
  for (const verify::Sizes& sizes : {plan_.smaller, plan_.larger})
    if (std::find(all.begin(), all.end(), sizes) == all.end()) all.push_back(sizes);
  for (const verify::Sizes& sizes : all) {
    auto made = make_case(result, sizes);
    if (!made) return impossible("no example inputs can be made" + at_sizes(sizes));
    cases_.push_back(std::move(*made));
  }
  return {};
}

Status ExportVerifier::run_archive_cases() {
  std::vector<verify::Tensors> inputs;
  for (const Case& one : cases_) inputs.push_back(one.archive_inputs);
  ME_TRY(Executions runs, run_archive(context_, archive_, inputs));
  peak_rss_ = std::max(peak_rss_, runs.peak_rss);
  for (std::size_t i = 0; i < cases_.size(); ++i) cases_[i].archive = std::move(runs.runs[i]);
  if (!cases_[0].archive.error) return {};
  return impossible("the archive does not run on made-up inputs: " +
                    first_line(cases_[0].archive.error->message));
}

/// A longest sequence is a limit of the model: such sizes give way to smaller ones.
Status ExportVerifier::replace_limited(const ExportResult& result) {
  for (Case& one : cases_) {
    if (!one.archive.error || one.sizes != plan_.larger || !is_index_limit(*one.archive.error)) continue;
    auto made = make_case(result, plan_.cautious);
    if (!made) continue;
    ME_TRY(Executions runs, run_archive(context_, archive_, {made->archive_inputs}));
    made->archive = std::move(runs.runs[0]);
    one = std::move(*made);
  }
  return {};
}

Status ExportVerifier::find_hazards(const ExportResult& result) {
  ME_CHECK(replace_limited(result));
  const auto& warnings = result.warnings;
  bool told = std::any_of(warnings.begin(), warnings.end(),
                          [](const Diagnostic& d) { return d.code == ErrorCode::trace_hazard; });
  for (const Case& one : cases_) {
    if (!one.archive.error) continue;
    note_ = "the archive does not run at other sizes";
    if (told) break;
    ME_TRY(const Diagnostic warning,
           explain_hazard(context_, {&archive_, &result, plan_.example, one.sizes}, *one.archive.error));
    context_.warn(warning);
    told = true;  // the next size fails for the same reason
  }
  cases_.erase(
      std::remove_if(cases_.begin(), cases_.end(), [](const Case& c) { return c.archive.error.has_value(); }),
      cases_.end());
  return {};
}

Status ExportVerifier::run_model_cases(const std::string& model) {
  std::vector<verify::Tensors> inputs;
  for (const Case& one : cases_) inputs.push_back(one.model_inputs);
  ME_TRY(Executions runs, run_model(context_, *library_, model, inputs, archive_.limit));
  version_ = runs.version;
  peak_rss_ = std::max(peak_rss_, runs.peak_rss);
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    if (runs.runs[i].error && runs.runs[i].error->code == ErrorCode::runtime_lacks)
      return fail(*runs.runs[i].error);
    cases_[i].model = std::move(runs.runs[i]);
  }
  return {};
}

Diagnostic ExportVerifier::describe(const Case& failed, const std::string& output,
                                    const verify::Difference& difference, const WrittenFiles& files) const {
  Diagnostic out{ErrorCode::verify_failed, Severity::error, {}, {}, {}};
  out.message = "output '" + output + "' is not what the archive computes" + at_sizes(failed.sizes) + ": ";
  out.message += difference.problem.empty() ? "max abs " + report::scientific(difference.max_abs) +
                                                  ", max rel " + report::scientific(difference.max_rel)
                                            : difference.problem;
  out.where.path = files.out->path_of(files.model);
  out.hint = keep_ ? "report it with the archive"
             : !difference.problem.empty()
                 ? "--keep-unverified keeps the file to look at"
                 : "--keep-unverified keeps the file to look at; --atol " +
                       report::scientific(2 * std::max(difference.max_abs, 1e-6)) + " accepts this much";
  return out;
}

void ExportVerifier::locate(const ExportResult& result, const WrittenFiles& files, io::LinkedView& view,
                            const Case& failed) {
  LocateRequest request{
      &result,      &archive_, files.write, &view, *library_, failed.archive_inputs, failed.model_inputs,
      failed.sizes, atol_,     coarsest_};
  const auto found = locate_difference(context_, request);
  std::string& field = failure_->where.field;
  if (!found) {
    field = "no module could be named: " + first_line(found.error().message);
  } else if (!*found) {
    field = "no value between modules differs where it can be read: only the outputs do";
  } else {
    const BorderFact& border = (*found)->border;
    const verify::Difference& difference = (*found)->difference;
    field = border.module.empty() ? "(root)" : border.module;
    field += " (" + (border.class_name.empty() ? std::string("unknown class")
                                               : border.class_name.substr(border.class_name.rfind('.') + 1));
    if (!border.source.empty()) field += ", " + border.source;
    field += "): the first module whose result differs, ";
    field += difference.problem.empty() ? "by " + report::scientific(difference.max_abs) : difference.problem;
  }
}

Result<report::Verified> ExportVerifier::compare(const ExportResult& result, const WrittenFiles& files,
                                                 io::LinkedView& view) {
  report::Verified out;
  out.status = report::Verified::Status::ok;
  out.runtime = version_;
  out.note = note_;
  for (const PortFact& port : result.outputs) out.outputs.push_back({port.name, {}});
  const Case* failed = nullptr;
  for (const Case& one : cases_) {
    report::Verified::Shape shape{one.sizes, {}};
    if (one.model.error) {
      failure_ = one.model.error;
      failure_->message =
          "ONNX Runtime does not run the file" + at_sizes(one.sizes) + ": " + failure_->message;
      failure_->where.path = files.out->path_of(files.model);
      failure_->hint = "--keep-unverified keeps the file to look at";
      break;
    }
    for (std::size_t i = 0; i < result.outputs.size(); ++i) {
      const verify::Tensor* got = verify::find(one.model.outputs, result.outputs[i].name);
      const verify::Tensor* want = verify::find(one.archive.outputs, result.outputs[i].archive_name);
      if (got == nullptr || want == nullptr)
        return impossible("the archive gives no output '" + result.outputs[i].archive_name + "'");
      const auto difference =
          verify::compare(*got, *want, atol_.value_or(std::max(coarsest_, verify::default_atol(got->dtype))));
      for (report::Verified::Difference* worst : {&shape.difference, &out.outputs[i].difference}) {
        worst->max_abs = std::max(worst->max_abs, difference.max_abs);
        worst->max_rel = std::max(worst->max_rel, difference.max_rel);
      }
      if (difference.within || failed != nullptr) continue;
      failed = &one;
      failure_ = describe(one, result.outputs[i].name, difference, files);
    }
    out.shapes.push_back(std::move(shape));
  }
  if (failed != nullptr) locate(result, files, view, *failed);
  if (failure_) {
    out.status = report::Verified::Status::failed;
    out.reason = failure_->message;
  }
  return out;
}

Result<report::Verified> ExportVerifier::attempt(const ExportResult& result, const WrittenFiles& files) {
  if (const auto reason = too_much()) return not_verified(*reason);
  if (!library_ && !archive_.own_forward) return not_verified(no_library_);
  ME_CHECK(make_cases(result));
  ME_CHECK(run_archive_cases());
  ME_CHECK(find_hazards(result));
  if (!library_) return not_verified(no_library_);
  ME_TRY(const auto view, assemble(files));
  if (const Status ran = run_model_cases(view->path_of(files.model)); !ran) {
    if (ran.error().code != ErrorCode::runtime_refused) return fail(ran);
    failure_ = ran.error();
    failure_->message = "ONNX Runtime refuses the file: " + failure_->message;
    failure_->where.path = files.out->path_of(files.model);
    failure_->hint = "--keep-unverified keeps the file to look at; report it with the archive";
    report::Verified out;
    out.status = report::Verified::Status::failed;
    out.reason = failure_->message;
    return out;
  }
  return compare(result, files, *view);
}

Result<report::Verified> ExportVerifier::run(const ExportResult& result, const WrittenFiles& files) {
  if (mode_ == Mode::off) return not_verified("--verify off");
  auto out = attempt(result, files);
  if (out || mode_ == Mode::on || !is_about_the_machine(out.error().code)) return out;
  if (!library_ && !no_library_.empty()) return not_verified(no_library_);  // the first thing to mend
  std::string reason = first_line(out.error().message);
  if (out.error().code == ErrorCode::worker_timeout) reason += "; --verify on waits longer";
  return not_verified(std::move(reason));
}

}  // namespace modelexport::commands
