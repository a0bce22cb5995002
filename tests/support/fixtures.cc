#include "support/fixtures.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace modelexport::testing {
namespace {

[[noreturn]] void give_up(const std::string& path, const char* what) {
  std::fprintf(stderr, "fixture %s: %s\n", path.c_str(), what);
  std::abort();
}

}  // namespace

std::string fixture_path(std::string_view name) {
  // The variable serves test programs that are moved away from the source tree.
  const char* root = std::getenv("MODELEXPORT_TEST_FIXTURES");
  return std::string(root != nullptr ? root : MODELEXPORT_TEST_FIXTURES) + "/" + std::string(name);
}

Bytes read_fixture(std::string_view name) { return read_file(fixture_path(name)); }

Bytes read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) give_up(path, "cannot be opened");
  Bytes bytes;
  std::byte window[1 << 16];
  while (const std::size_t n = std::fread(window, 1, sizeof window, file.get()))
    bytes.insert(bytes.end(), window, window + n);
  if (std::ferror(file.get()) != 0) give_up(path, "cannot be read");
  return bytes;
}

}  // namespace modelexport::testing
