// Runs a fuzz target without libFuzzer: every file of a corpus, then seeded mutations of them for some
// seconds.
//
// Use       fuzz_zip [-seconds=N] [-runs=N] [-seed=N] [-out=FILE] FILE-OR-DIRECTORY…
//           The same seed and number of runs give the same inputs on every machine. The input that ends the
//           program is written to FILE (default: crash-<seed>).
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/input.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MODELEXPORT_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MODELEXPORT_ASAN 1
#endif
#ifdef MODELEXPORT_ASAN
extern "C" void __sanitizer_set_death_callback(void (*)());
#endif

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t kLargest = 256 * 1024;
constexpr double kSlowest = 10;

std::string g_out;
Input g_current;

void write_current() {
  std::ofstream(g_out, std::ios::binary)
      .write(reinterpret_cast<const char*>(g_current.data()), static_cast<std::streamsize>(g_current.size()));
  std::fprintf(stderr, "the input is in %s (%zu bytes)\n", g_out.c_str(), g_current.size());
}

void on_signal(int number) {
  write_current();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

/// xorshift64*: the same numbers everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1DULL;
  }
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : next() % limit; }

 private:
  std::uint64_t state_;
};

constexpr std::uint64_t kNumbers[] = {0,
                                      1,
                                      2,
                                      7,
                                      8,
                                      127,
                                      128,
                                      255,
                                      256,
                                      0x7FFF,
                                      0xFFFF,
                                      0x7FFFFFFF,
                                      0x80000000,
                                      0xFFFFFFFF,
                                      0x7FFFFFFFFFFFFFFF,
                                      0x8000000000000000,
                                      0xFFFFFFFFFFFFFFFF};
constexpr const char* kTokens[] = {
    "{",     "}",    "[",    "]",   "\"", ",", ":",  "(", ")",   "-1", "9223372036854775807",
    "1e999", "null", "true", "NaN", "..", "/", "\\", "@", "\xff"};

class Mutator {
 public:
  Mutator(const std::vector<Input>& seeds, std::uint64_t seed) : seeds_(seeds), random_(seed) {}

  Input next() {
    Input input = seeds_[random_.below(seeds_.size())];
    for (std::size_t count = 1 + random_.below(6); count > 0; --count) change(input);
    if (input.size() > kLargest) input.resize(kLargest);
    return input;
  }

 private:
  void change(Input& input) {
    const std::size_t at = random_.below(input.size() + 1);
    switch (random_.below(8)) {
      case 0:
        if (at < input.size()) input[at] ^= static_cast<std::uint8_t>(1U << random_.below(8));
        return;
      case 1:
        if (at < input.size()) input[at] = static_cast<std::uint8_t>(random_.next());
        return;
      case 2:
        input.resize(at);
        return;
      case 3:
        return remove(input, at);
      case 4:
        return number(input, at);
      case 5:
        return insert(input, at, kTokens[random_.below(std::size(kTokens))]);
      case 6:
        return splice(input, at, input);
      default:
        return splice(input, at, seeds_[random_.below(seeds_.size())]);
    }
  }

  void remove(Input& input, std::size_t at) {
    const std::size_t count = random_.below(std::min<std::size_t>(input.size() - at, 64) + 1);
    input.erase(input.begin() + static_cast<std::ptrdiff_t>(at),
                input.begin() + static_cast<std::ptrdiff_t>(at + count));
  }
  void number(Input& input, std::size_t at) {
    const std::size_t width = std::size_t{1} << random_.below(4);
    const std::uint64_t value = kNumbers[random_.below(std::size(kNumbers))];
    if (width > input.size() - at) return;
    for (std::size_t i = 0; i < width; ++i) input[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  void insert(Input& input, std::size_t at, const char* text) {
    input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), text, text + std::strlen(text));
  }
  /// A piece of `from` replaces what is at `at`, or goes before it.
  void splice(Input& input, std::size_t at, const Input& from) {
    const std::size_t start = random_.below(from.size() + 1);
    const std::size_t count = random_.below(std::min<std::size_t>(from.size() - start, 4096) + 1);
    const Input piece(from.begin() + static_cast<std::ptrdiff_t>(start),
                      from.begin() + static_cast<std::ptrdiff_t>(start + count));
    const std::size_t replaced = random_.below(2) == 0 ? 0 : std::min(count, input.size() - at);
    input.erase(input.begin() + static_cast<std::ptrdiff_t>(at),
                input.begin() + static_cast<std::ptrdiff_t>(at + replaced));
    input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), piece.begin(), piece.end());
  }

  const std::vector<Input>& seeds_;
  Random random_;
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void run(Input input) {
  g_current = std::move(input);
  const double started = now();
  LLVMFuzzerTestOneInput(g_current.data(), g_current.size());
  if (now() - started > kSlowest) {
    std::fprintf(stderr, "an input takes %.1f seconds\n", now() - started);
    std::abort();
  }
}

Input read_input(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Input(std::istreambuf_iterator<char>(in), {});
}

void add_seeds(const std::filesystem::path& path, std::vector<Input>& seeds) {
  if (!std::filesystem::is_directory(path)) {
    seeds.push_back(read_input(path));
    return;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) seeds.push_back(read_input(file));
}

}  // namespace

int main(int count, char** words) {
  double seconds = 0;
  std::uint64_t runs = ~std::uint64_t{0};
  std::uint64_t seed = 1;
  std::vector<Input> seeds;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word.rfind("-seconds=", 0) == 0) {
      seconds = std::stod(word.substr(9));
    } else if (word.rfind("-runs=", 0) == 0) {
      runs = std::stoull(word.substr(6));
    } else if (word.rfind("-seed=", 0) == 0) {
      seed = std::stoull(word.substr(6));
    } else if (word.rfind("-out=", 0) == 0) {
      g_out = word.substr(5);
    } else {
      add_seeds(word, seeds);
    }
  }
  if (g_out.empty()) g_out = "crash-" + std::to_string(seed);
  for (const int number : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGTERM}) std::signal(number, on_signal);
#ifdef MODELEXPORT_ASAN
  __sanitizer_set_death_callback(write_current);
#endif
  for (const Input& input : seeds) run(input);
  if (seeds.empty()) seeds.emplace_back();
  Mutator mutator(seeds, seed);
  std::uint64_t done = 0;
  for (const double end = now() + seconds; done < runs && now() < end; ++done) run(mutator.next());
  std::printf("%zu files and %llu mutations\n", seeds.size(), static_cast<unsigned long long>(done));
  return 0;
}
