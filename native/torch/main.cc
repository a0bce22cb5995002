// modelexport-torchscript: the only program of modelexport that contains libtorch.
//
//   modelexport-torchscript graph ARCHIVE --json OUT.json --side OUT.bin
//   modelexport-torchscript run ARCHIVE --inputs IN.safetensors --outputs OUT.safetensors
//
// Success is silent with exit code 0. An error is one line of JSON on standard output,
// {"error":{"code","message","where":{"path","field"},"hint"}}, and its exit code (usage 2, input 3).
// The caller limits memory and time: an archive is a program.
#include <cstdio>
#include <exception>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "failure.h"
#include "graph_command.h"
#include "run_command.h"

namespace {

using modelexport::Diagnostic;
using modelexport::ErrorCode;
using modelexport::torchscript::Failure;

constexpr const char* kUsage =
    "modelexport-torchscript graph ARCHIVE --json OUT.json --side OUT.bin | run ARCHIVE --inputs IN.safetensors "
    "--outputs OUT.safetensors";

struct Arguments {
  std::string command, archive;
  std::map<std::string, std::string> options;

  [[nodiscard]] const std::string& option(const std::string& name) const {
    const auto found = options.find(name);
    if (found == options.end()) throw Failure(ErrorCode::cli_usage, "Option " + name + " is missing", {}, kUsage);
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
  if (positional.size() != 2) throw Failure(ErrorCode::cli_usage, "A command and an archive are needed", {}, kUsage);
  result.command = positional[0];
  result.archive = positional[1];
  return result;
}

int report(const Diagnostic& diagnostic) {
  const auto& info = modelexport::error_info(diagnostic.code);
  nlohmann::ordered_json where = nlohmann::ordered_json::object();
  if (!diagnostic.where.path.empty()) where["path"] = diagnostic.where.path;
  if (!diagnostic.where.field.empty()) where["field"] = diagnostic.where.field;
  if (diagnostic.where.offset) where["offset"] = *diagnostic.where.offset;
  const nlohmann::ordered_json error{{"error",
                                      {{"code", std::string(info.id)},
                                       {"message", diagnostic.message},
                                       {"where", where},
                                       {"hint", diagnostic.hint}}}};
  std::puts(error.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  return info.exit_code;
}

void run(const Arguments& arguments) {
  using namespace modelexport::torchscript;
  if (arguments.command == "graph")
    return run_graph_command(arguments.archive, arguments.option("--json"), arguments.option("--side"));
  if (arguments.command == "run")
    return run_archive_command(arguments.archive, arguments.option("--inputs"), arguments.option("--outputs"));
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
