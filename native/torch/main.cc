// modelexport-torchscript: the only program of modelexport that contains libtorch.
//
//   modelexport-torchscript graph ARCHIVE --json OUT.json --side OUT.bin
//   modelexport-torchscript run ARCHIVE [--report REPORT.json] {--inputs IN.safetensors --outputs
//   OUT.safetensors}… modelexport-torchscript run-graph ARCHIVE --json GRAPH.json --side SIDE.bin [--values
//   NAMES.json] … as `run`
//
// `run` executes the archive itself, `run-graph` the graph of either kind of archive, operator by operator;
// the values that NAMES.json lists are added to the outputs. Several pairs are several runs. With --report a
// run that fails is noted there ({"runs": [null or the error's content, …]}) and the next one follows.
//
// Success is silent with exit code 0. An error is one line of JSON on standard output,
// {"error":{"code","message","where":{"path","field"},"hint"}}, and its exit code (usage 2, input 3).
// The caller limits memory and time: an archive is a program.
#include <cstdio>
#include <exception>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "commands.h"
#include "failure.h"
#include "json/json.h"
#include "runs.h"

namespace {

using modelexport::Diagnostic;
using modelexport::ErrorCode;
using modelexport::torchscript::Failure;

constexpr const char* kUsage =
    "modelexport-torchscript graph ARCHIVE --json OUT.json --side OUT.bin | run ARCHIVE [--report "
    "REPORT.json] "
    "--inputs IN.safetensors --outputs OUT.safetensors … | run-graph ARCHIVE --json GRAPH.json --side "
    "SIDE.bin "
    "[--values NAMES.json] [--report REPORT.json] --inputs IN --outputs OUT …";

struct Arguments {
  std::string command, archive;
  std::map<std::string, std::vector<std::string>> options;

  [[nodiscard]] std::vector<std::string> all(const std::string& name) const {
    const auto found = options.find(name);
    return found == options.end() ? std::vector<std::string>() : found->second;
  }
  [[nodiscard]] std::string option(const std::string& name) const {
    if (all(name).empty()) throw Failure(ErrorCode::cli_usage, "Option " + name + " is missing", {}, kUsage);
    return all(name).back();
  }
  [[nodiscard]] std::string option_or_empty(const std::string& name) const {
    return all(name).empty() ? std::string() : all(name).back();
  }
};

Arguments parse(const std::vector<std::string>& words) {
  Arguments result;
  std::vector<std::string> positional;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].rfind("--", 0) != 0) {
      positional.push_back(words[i]);
    } else if (i + 1 < words.size()) {
      result.options[words[i]].push_back(words[i + 1]);
      ++i;
    } else {
      throw Failure(ErrorCode::cli_usage, "Option " + words[i] + " needs a value", {}, kUsage);
    }
  }
  if (positional.size() != 2)
    throw Failure(ErrorCode::cli_usage, "A command and an archive are needed", {}, kUsage);
  result.command = positional[0];
  result.archive = positional[1];
  return result;
}

int report(const Diagnostic& diagnostic) {
  modelexport::json::Json line = modelexport::json::Json::object();
  line["error"] = modelexport::torchscript::error_json(diagnostic);
  std::puts(modelexport::json::dump(line).c_str());
  return modelexport::error_info(diagnostic.code).exit_code;
}

modelexport::torchscript::Runs runs_of(const Arguments& arguments) {
  modelexport::torchscript::Runs runs{{}, arguments.option_or_empty("--report")};
  const auto inputs = arguments.all("--inputs");
  const auto outputs = arguments.all("--outputs");
  if (inputs.empty() || inputs.size() != outputs.size())
    throw Failure(ErrorCode::cli_usage, "--inputs and --outputs come in pairs", {}, kUsage);
  for (std::size_t i = 0; i < inputs.size(); ++i) runs.files.emplace_back(inputs[i], outputs[i]);
  return runs;
}

void run(const Arguments& arguments) {
  using namespace modelexport::torchscript;
  if (arguments.command == "graph")
    return graph_command(arguments.archive, arguments.option("--json"), arguments.option("--side"));
  if (arguments.command == "run") return run_command(arguments.archive, runs_of(arguments));
  if (arguments.command == "run-graph")
    return run_graph_command(arguments.option("--json"), arguments.archive, arguments.option("--side"),
                             runs_of(arguments), arguments.option_or_empty("--values"));
  throw Failure(ErrorCode::cli_usage, "Unknown command " + arguments.command, {}, kUsage);
}

}  // namespace

int main(int argc, char** argv) {
  std::string archive;
  try {
    const Arguments arguments = parse({argv + 1, argv + argc});
    archive = arguments.archive;
    run(arguments);
    return 0;
  } catch (const Failure& failure) {
    Diagnostic diagnostic = failure.diagnostic();
    if (diagnostic.where.path.empty()) diagnostic.where.path = archive;
    return report(diagnostic);
  } catch (const std::bad_alloc&) {
    return report({ErrorCode::io_too_large, {}, "Out of memory", {.path = archive}, ""});
  } catch (const std::exception& error) {
    const std::string text = error.what();
    return report({ErrorCode::torchscript_load, {}, text.substr(0, text.find('\n')), {.path = archive}, ""});
  }
}
