#include "commands/installation.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "io/process.h"

namespace modelexport::commands {
namespace {

bool is_executable(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> find_in_path(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return is_executable(name) ? std::optional(name) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string directory(rest.substr(0, colon));
    const std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
    if (is_executable(candidate)) return candidate;
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
  return std::nullopt;
}

std::optional<std::string> first_match(const std::string& pattern) {
  glob_t matches{};
  std::optional<std::string> found;
  if (::glob(pattern.c_str(), 0, nullptr, &matches) == 0 && matches.gl_pathc > 0) found = matches.gl_pathv[0];
  ::globfree(&matches);
  return found;
}

}  // namespace

std::string program_directory() {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (size <= 0 || static_cast<std::size_t>(size) >= buffer.size()) return ".";
  const std::string path(buffer.data(), static_cast<std::size_t>(size));
  return path.substr(0, path.rfind('/'));
}

std::optional<std::string> find_worker(const cli::Context& context) {
  std::string path = context.setting("torch_worker").value;
  if (path.empty()) path = program_directory() + "/../libexec/modelexport/modelexport-torchscript";
  if (!is_executable(path)) return std::nullopt;
  char* real = ::realpath(path.c_str(), nullptr);
  if (real != nullptr) path = real;
  std::free(real);
  return path;
}

std::optional<std::string> find_python(const cli::Context& context) {
  return find_in_path(context.setting("python").value);
}

std::optional<std::string> find_runner() {
  const std::string path = program_directory() + "/../libexec/modelexport/modelexport-onnxruntime";
  return is_executable(path) ? std::optional(path) : std::nullopt;
}

namespace {

constexpr std::string_view kLibrary = "/libonnxruntime.so*";

std::optional<std::string> runtime_below(const std::string& prefix) {
  for (const char* packages : {"/lib/python3*/site-packages", "/lib/python3*/dist-packages"}) {
    auto found = first_match(prefix + packages + "/onnxruntime/capi" + std::string(kLibrary));
    if (found) return found;
  }
  return std::nullopt;
}

/// The package's directory as this Python finds it, without importing it; "" if there is none.
std::string package_directory(const std::string& python) {
  io::ProcessOptions options;
  options.command = {python, "-c",
                     "import importlib.util as u; s = u.find_spec('onnxruntime'); "
                     "print(list(s.submodule_search_locations or [''])[0] if s else '')"};
  options.timeout = std::chrono::seconds(10);
  const auto result = io::run_process(options);
  if (!result || result->exit_code != 0) return {};
  return result->output.substr(0, result->output.find('\n'));
}

FoundRuntime runtime_of_python(const std::string& python) {
  if (auto library = runtime_below(python.substr(0, python.rfind('/')) + "/..")) return {library, {}};
  const std::string package = package_directory(python);
  if (package.empty()) return {std::nullopt, "no ONNX Runtime found in " + python};
  if (auto library = first_match(package + "/capi" + std::string(kLibrary))) return {library, {}};
  return {std::nullopt, "the ONNX Runtime of " + python + " is too old to have a library of its own"};
}

}  // namespace

FoundRuntime find_onnxruntime(const cli::Context& context) {
  const cli::SettingValue named = context.setting("onnxruntime");
  if (named.value == "none") return {std::nullopt, "no ONNX Runtime: " + named.origin + " is none"};
  if (!named.value.empty()) {
    if (::access(named.value.c_str(), R_OK) == 0) return {named.value, {}};
    return {std::nullopt, "no ONNX Runtime: " + named.origin + " names no file"};
  }
  const bool python_named = context.setting("python").origin != "default";
  const char* environment = std::getenv("VIRTUAL_ENV");
  if (!python_named && environment != nullptr && *environment != 0) {
    if (auto library = runtime_below(environment)) return {library, {}};
  }
  if (const auto python = find_python(context)) return runtime_of_python(*python);
  return {std::nullopt, "no ONNX Runtime and no Python found"};
}

}  // namespace modelexport::commands
