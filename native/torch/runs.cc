#include "runs.h"

#include <exception>
#include <fstream>

#include "failure.h"

namespace modelexport::torchscript {
namespace {

json::Json error_of(const std::exception& error) {
  const std::string text = error.what();
  return error_json({ErrorCode::torchscript_run, {}, text.substr(0, text.find('\n')), {}, ""});
}

}  // namespace

json::Json error_json(const Diagnostic& diagnostic) {
  using json::Json;
  Json where = Json::object();
  if (!diagnostic.where.path.empty()) where["path"] = diagnostic.where.path;
  if (!diagnostic.where.field.empty()) where["field"] = diagnostic.where.field;
  if (diagnostic.where.offset) where["offset"] = *diagnostic.where.offset;
  Json error = Json::object();
  error["code"] = std::string(error_info(diagnostic.code).id);
  error["message"] = diagnostic.message;
  error["where"] = std::move(where);
  error["hint"] = diagnostic.hint;
  return error;
}

void run_each(const Runs& runs, const std::function<NamedTensors(const NamedTensors&)>& execute) {
  json::Json results = json::Json::array();
  for (const auto& [inputs, outputs] : runs.files) {
    try {
      write_tensors(outputs, execute(read_tensors(inputs)));
      results.push_back(nullptr);
    } catch (const Failure& failure) {
      if (runs.report.empty()) throw;
      results.push_back(error_json(failure.diagnostic()));
    } catch (const std::exception& error) {
      if (runs.report.empty()) throw;
      results.push_back(error_of(error));
    }
  }
  if (runs.report.empty()) return;
  json::Json report = json::Json::object();
  report["runs"] = std::move(results);
  std::ofstream out(runs.report, std::ios::binary | std::ios::trunc);
  out << json::dump(report);
  out.close();
  if (!out) throw Failure(ErrorCode::io_write, "The report cannot be written", {.path = runs.report});
}

}  // namespace modelexport::torchscript
