// The interface of modelexport-export.wasm: one export of a .pt2 archive, called by
// wasm/modelexport-export.mjs.
//
// Use        open, then write windows of the model (and of the data file) until all is written, then close.
// Logic      None: every function makes values of the core's types, calls the core, returns its answer.
#include <memory>

#include "convert/pt2_export.h"
#include "wasm/host_io.h"
#include "wasm/text.h"

using modelexport::convert::Pt2Export;
using modelexport::wasm::Text;

namespace {

/// An export with the source that it reads from.
struct Job {
  modelexport::wasm::HostSource source;
  std::unique_ptr<Pt2Export> made;
};

modelexport::Result<modelexport::json::Json> open_job(Job& job, Pt2Export::Request request,
                                                      std::string_view options) {
  ME_TRY(request.options, modelexport::options::read_options(
                              options, modelexport::convert::pt2_option_names(), request.limits));
  ME_TRY(job.made, Pt2Export::open(job.source, request));
  return job.made->document();
}

modelexport::Result<modelexport::json::Json> write_job(const Job& job, std::uint32_t part, double start,
                                                       double enough) {
  modelexport::wasm::HostSink sink;
  ME_TRY(const std::uint64_t end,
         job.made->write(part == 0 ? Pt2Export::Part::model : Pt2Export::Part::data,
                         static_cast<std::uint64_t>(start), static_cast<std::uint64_t>(enough), sink));
  return modelexport::json::Json(end);
}

}  // namespace

// `options` is JSON, `output` the name of the ONNX file. *job receives what the other functions take, or
// null.
MODELEXPORT_EXPORT(modelexport_export_open)
Text* modelexport_export_open(std::int32_t handle, double size, const char* name, std::uint32_t name_size,
                              const char* options, std::uint32_t options_size, const char* output,
                              std::uint32_t output_size, Job** job) {
  auto made = std::unique_ptr<Job>(
      new Job{{handle, static_cast<std::uint64_t>(size), std::string(name, name_size)}, nullptr});
  Pt2Export::Request request;
  request.output = std::string(output, output_size);
  request.version = MODELEXPORT_VERSION;
  const auto document = open_job(*made, std::move(request), {options, options_size});
  *job = document ? made.release() : nullptr;
  return modelexport::wasm::answer(document);
}

// Gives the host at least `enough` bytes from `start` of the model (part 0) or the data file (part 1). The
// answer is where the window ended.
MODELEXPORT_EXPORT(modelexport_export_write)
Text* modelexport_export_write(const Job* job, std::uint32_t part, double start, double enough) {
  return modelexport::wasm::answer(write_job(*job, part, start, enough));
}

MODELEXPORT_EXPORT(modelexport_export_close) void modelexport_export_close(Job* job) { delete job; }
