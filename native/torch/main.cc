// modelexport-torchscript: the only program of modelexport that contains libtorch.
//
//   modelexport-torchscript graph ARCHIVE --json OUT.json --side OUT.bin
//   modelexport-torchscript run ARCHIVE --inputs IN.safetensors --outputs OUT.safetensors
//   modelexport-torchscript run-graph ARCHIVE --json GRAPH.json --side SIDE.bin --inputs … --outputs …
//
// `run` executes the archive itself, `run-graph` the graph that `graph` made of it, operator by operator.
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

namespace {

using modelexport::Diagnostic;
using modelexport::ErrorCode;
using modelexport::torchscript::Failure;

constexpr const char* kUsage =
    "modelexport-torchscript graph ARCHIVE --json OUT.json --side OUT.bin | run ARCHIVE --inputs "
    "IN.safetensors "
    "--outputs OUT.safetensors | run-graph ARCHIVE --json GRAPH.json --side SIDE.bin --inputs IN --outputs "
    "OUT";

struct Arguments {
  std::string command, archive;
  std::map<std::string, std::string> options;

  [[nodiscard]] const std::string& option(const std::string& name) const {
    const auto found = options.find(name);
    if (found == options.end())
      throw Failure(ErrorCode::cli_usage, "Option " + name + " is missing", {}, kUsage);
    return found->second;
  }
};

Arguments parse(const std::vector<std::string>& words) {
  Arguments result;
  std::vector<std::string> positional;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].rfind("--", 0) != 0) {
      positional.push_back(words[i]);
    } else if (i + 1 < words.size()) {
      result.options[words[i]] = words[i + 1];
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
  const auto& info = modelexport::error_info(diagnostic.code);
  using modelexport::json::Json;
  Json where = Json::object();
  if (!diagnostic.where.path.empty()) where["path"] = diagnostic.where.path;
  if (!diagnostic.where.field.empty()) where["field"] = diagnostic.where.field;
  if (diagnostic.where.offset) where["offset"] = *diagnostic.where.offset;
  Json error = Json::object();
  error["code"] = std::string(info.id);
  error["message"] = diagnostic.message;
  error["where"] = std::move(where);
  error["hint"] = diagnostic.hint;
  Json line = Json::object();
  line["error"] = std::move(error);
  std::puts(modelexport::json::dump(line).c_str());
  return info.exit_code;
}

void run(const Arguments& arguments) {
  using namespace modelexport::torchscript;
  if (arguments.command == "graph")
    return graph_command(arguments.archive, arguments.option("--json"), arguments.option("--side"));
  if (arguments.command == "run")
    return run_command(arguments.archive, arguments.option("--inputs"), arguments.option("--outputs"));
  if (arguments.command == "run-graph")
    return run_graph_command(arguments.option("--json"), arguments.archive, arguments.option("--side"),
                             arguments.option("--inputs"), arguments.option("--outputs"));
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
