// Packages in modelexport.wasm: one job of core/pick/pack_files.h, called by wasm/pack.mjs.
//
// Use        open, then sum until nothing is left, then layout, then close.
// Logic      None: every function makes values of the core's types, calls the core, returns its answer.
#include <memory>

#include "pick/pack_files.h"
#include "wasm/host_io.h"
#include "wasm/text.h"

using modelexport::Result;
using modelexport::json::Json;
using modelexport::pick::PackFiles;
using modelexport::wasm::Text;

namespace {

namespace json = modelexport::json;

Result<modelexport::package::Origin> origin_of(std::string_view kind) {
  if (kind == "model") return modelexport::package::Origin::model;
  if (kind == "data") return modelexport::package::Origin::data;
  if (kind == "component") return modelexport::package::Origin::component;
  return json::field_error({nullptr, "kind"}, "must be model, data or component");
}

Result<modelexport::pick::PickedFile> picked(const Json& file) {
  modelexport::pick::PickedFile out;
  ME_TRY(const std::string_view kind, json::get_string(file, "kind"));
  ME_TRY(out.origin, origin_of(kind));
  ME_TRY(const std::string_view path, json::get_string(file, "path"));
  out.path = std::string(path);
  ME_TRY(const std::int64_t handle, json::get_int(file, "handle"));
  ME_TRY(const std::int64_t size, json::get_int(file, "size"));
  out.bytes = std::make_unique<modelexport::wasm::HostSource>(static_cast<std::int32_t>(handle),
                                                              static_cast<std::uint64_t>(size), out.path);
  return out;
}

Result<std::unique_ptr<PackFiles>> open_job(std::string_view text) {
  PackFiles::Request request;
  request.version = MODELEXPORT_VERSION;
  ME_TRY(const Json parsed, json::parse(text, request.limits, "request"));
  ME_TRY(const Json* files, json::get_array(parsed, "files"));
  for (const Json& file : json::elements(*files)) {
    ME_TRY(auto one, picked(file));
    request.files.push_back(std::move(one));
  }
  ME_TRY(const std::string_view output, json::get_string(parsed, "output"));
  request.output = std::string(output);
  ME_TRY(const Json* options, json::get_object(parsed, "options"));
  ME_TRY(request.options, modelexport::options::read_options(
                              json::dump(*options), modelexport::pick::pack_option_names(), request.limits));
  return PackFiles::open(std::move(request));
}

Result<Json> sum_job(PackFiles& job, double enough) {
  ME_TRY(const std::uint64_t done, job.sum(static_cast<std::uint64_t>(enough)));
  return Json({{"done", done}, {"complete", job.summed()}});
}

}  // namespace

// `request` is {"files": [{"kind", "path", "handle", "size"}], "options", "output"}. *job receives what the
// other functions take, or null.
MODELEXPORT_EXPORT(modelexport_pack_open)
Text* modelexport_pack_open(const char* request, std::uint32_t size, PackFiles** job) {
  auto made = open_job({request, size});
  *job = nullptr;
  if (!made) return modelexport::wasm::answer(modelexport::fail(made));
  *job = made->release();
  return modelexport::wasm::answer((*job)->document());
}

// Reads at least `enough` bytes for the checksums: {"done", "complete"}.
MODELEXPORT_EXPORT(modelexport_pack_sum) Text* modelexport_pack_sum(PackFiles* job, double enough) {
  return modelexport::wasm::answer(sum_job(*job, enough));
}

MODELEXPORT_EXPORT(modelexport_pack_layout) Text* modelexport_pack_layout(const PackFiles* job) {
  return modelexport::wasm::answer(job->layout());
}

MODELEXPORT_EXPORT(modelexport_pack_close) void modelexport_pack_close(PackFiles* job) { delete job; }
