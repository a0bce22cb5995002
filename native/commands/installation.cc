#include "commands/installation.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

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

std::optional<std::string> find_onnxruntime(const cli::Context& context) {
  const std::string named = context.setting("onnxruntime").value;
  if (!named.empty()) return ::access(named.c_str(), R_OK) == 0 ? std::optional(named) : std::nullopt;
  const auto python = find_python(context);
  if (!python) return std::nullopt;
  const std::string prefix = python->substr(0, python->rfind('/')) + "/..";
  for (const char* packages : {"/lib/python3*/site-packages", "/lib/python3*/dist-packages"}) {
    auto found = first_match(prefix + packages + "/onnxruntime/capi/libonnxruntime.so*");
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace modelexport::commands
