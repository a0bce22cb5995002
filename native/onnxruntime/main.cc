// modelexport-onnxruntime: runs an ONNX file with the user's ONNX Runtime, in a process of its own.
//
//   modelexport-onnxruntime LIBRARY MODEL REPORT [INPUTS OUTPUTS]…
//
// Every pair is one run: INPUTS and OUTPUTS are safetensors named as the model's inputs and outputs. REPORT
// is JSON,
// {"version": "1.20.1", "error": null or {"code", "message"}, "runs": [null or {"code", "message"}, …]}.
// The exit code is 0 whenever the report was written; who runs this limits memory and time.
#include <cstdio>

#include "io/file_sink.h"
#include "io/file_source.h"
#include "json/json.h"
#include "session.h"

namespace {

using namespace modelexport;

constexpr std::uint64_t kInputLimit = 16ULL << 30;

json::Json error_json(const Diagnostic& diagnostic) {
  json::Json error = json::Json::object();
  error["code"] = std::string(error_info(diagnostic.code).id);
  error["message"] = diagnostic.message;
  error["hint"] = diagnostic.hint;
  return error;
}

Status write_file(const std::string& path, ByteSpan bytes) {
  ME_TRY(const auto sink, io::FileSink::open(path, {.force = true}));
  ME_CHECK(sink->append(bytes));
  return sink->finish();
}

Status run_one(const runtime::Session& session, const std::string& inputs, const std::string& outputs) {
  ME_TRY(const auto file, io::FileSource::open(inputs));
  ME_TRY(const verify::Tensors given, verify::from_safetensors(*file, kInputLimit, Limits{}));
  ME_TRY(const verify::Tensors made, session.run(given));
  return write_file(outputs, verify::to_safetensors(made));
}

Status run_all(const std::vector<std::string>& words, json::Json& report) {
  ME_TRY(const runtime::RuntimeApi api, runtime::RuntimeApi::load(words[0]));
  report["version"] = api.version();
  if (words.size() < 5) return {};  // only asked for the version
  ME_TRY(const runtime::Session session, runtime::Session::open(api, words[1]));
  for (std::size_t i = 3; i + 1 < words.size(); i += 2) {
    const Status done = run_one(session, words[i], words[i + 1]);
    report["runs"].push_back(done ? json::Json() : error_json(done.error()));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 3 || words.size() % 2 == 0) {
    std::fputs("usage: modelexport-onnxruntime LIBRARY MODEL REPORT [INPUTS OUTPUTS]...\n", stderr);
    return 2;
  }
  json::Json report = json::Json::object();
  report["version"] = nullptr;
  report["error"] = nullptr;
  report["runs"] = json::Json::array();
  if (const Status done = run_all(words, report); !done) report["error"] = error_json(done.error());
  const std::string text = json::dump(report);
  return write_file(words[2], as_bytes(text)) ? 0 : 3;
}
