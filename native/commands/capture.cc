#include "commands/capture.h"

#include <unistd.h>

#include <cstdlib>

#include "commands/archive_set.h"
#include "commands/child_error.h"
#include "commands/installation.h"
#include "io/process.h"
#include "result/shell_word.h"

namespace modelexport::commands {
namespace {

/// The package lies beside the program in a build (../python) and in an installation.
std::string python_path() {
  const char* old = std::getenv("PYTHONPATH");
  std::string path = old == nullptr ? "" : old;
  for (const char* candidate : {"/../python", "/../lib/modelexport/python", "/../../native/python"}) {
    const std::string directory = program_directory() + candidate;
    if (::access((directory + "/modelexport/capture").c_str(), R_OK) == 0) {
      path += (path.empty() ? "" : ":") + directory;
      break;
    }
  }
  return path;
}

std::vector<std::string> capture_words(const cli::Context& context, const std::string& python,
                                       const std::string& source, const std::string& archive) {
  std::vector<std::string> words{python, "-m", "modelexport.capture", source, "-o", archive};
  if (const std::string task = context.arguments.get("task"); !task.empty()) {
    words.insert(words.end(), {"--task", task});
  }
  if (context.arguments.has("with-past")) words.emplace_back("--with-past");
  if (context.arguments.has("keep-paths")) words.emplace_back("--keep-paths");
  if (context.arguments.has("offline"))
    words.emplace_back("--offline");  // the environment is inherited anyway
  return words;
}

tl::unexpected<Diagnostic> unavailable(const cli::Context& context, const std::string& source, bool all,
                                       std::string why) {
  return fail(ErrorCode::capture_unavailable, std::move(why), {.path = source},
              capture_command(context, source, all));
}

void show_waiting(void* bar) { static_cast<cli::ProgressBar*>(bar)->update("capturing the model", 0, 0); }

tl::unexpected<Diagnostic> failed(const cli::Context& context, const std::string& source, bool all,
                                  const io::ProcessResult& result) {
  if (auto error = parse_child_error(result.output, ErrorCode::capture_failed))
    return fail(std::move(*error));
  if (result.error.find("No module named") != std::string::npos) {
    return unavailable(context, source, all,
                       "this Python lacks what capturing needs: " + last_lines(result.error, 1));
  }
  return fail(ErrorCode::capture_failed, "capturing the model failed\n" + last_lines(result.error, 5),
              {.path = source}, capture_command(context, source, all));
}

}  // namespace

std::string capture_command(const cli::Context& context, const std::string& source, bool all) {
  std::string text;
  const std::string archive = all ? "archives" : "model.pt";
  for (const std::string& word : capture_words(context, context.setting("python").value, source, archive)) {
    text += (text.empty() ? "" : " ") + shell_word(word);
  }
  return text + " && modelexport export " + archive + " -o " +
         shell_word(context.arguments.get("output", "OUT"));
}

Result<Captured> capture_model(cli::Context& context, const std::string& source, bool all) {
  if (context.arguments.has("no-capture")) {
    return unavailable(context, source, all,
                       "the input is a model, not an archive, and --no-capture is given");
  }
  const auto python = find_python(context);
  if (!python)
    return unavailable(context, source, all, "the input is a model, not an archive, and no Python was found");
  Captured captured;
  ME_TRY(captured.directory, io::TemporaryDirectory::create());
  std::string target = captured.directory->file("model.pt");
  if (all) {
    for (const std::string& name : part_names())
      captured.directory->file(name + ".pt");  // removed at the end
    target = captured.directory->path();
  }
  io::ProcessOptions options;
  options.command = capture_words(context, *python, source, target);
  options.command.insert(options.command.end(), {"--json", "--quiet"});
  options.environment = {"PYTHONPATH=" + python_path()};
  options.on_wait = show_waiting;
  options.on_wait_data = &context.progress;
  context.say("capturing " + source + " with " + *python);
  ME_TRY(const io::ProcessResult result, io::run_process(options));
  if (context.verbose() && !result.error.empty()) context.say(result.error);
  if (result.exit_code != 0) return failed(context, source, all, result);
  return captured;
}

}  // namespace modelexport::commands
