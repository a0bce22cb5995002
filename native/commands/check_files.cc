#include "commands/check_files.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <iterator>
#include <memory>

#include "io/file_source.h"
#include "io/staged_file.h"

namespace modelexport::commands {
namespace {

constexpr int kDeepest = 64;
constexpr std::size_t kMostFiles = 1'000'000;

bool is_model_name(std::string_view name) { return name.ends_with(".onnx"); }

/// Models with a configuration or a manifest: loaders open the directory as a whole.
bool is_package(const std::vector<std::string>& sorted) {
  const auto has = [&](const char* name) { return std::binary_search(sorted.begin(), sorted.end(), name); };
  const bool described = has("config.json") || has("modelexport.json") || has("tokenizer.json");
  // A manifest alone will do: the models that it lists may be missing.
  return described &&
         (has("modelexport.json") || has("onnx") || std::any_of(sorted.begin(), sorted.end(), is_model_name));
}

struct DirectoryClose {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

class TreeWalk {
 public:
  explicit TreeWalk(cli::Context& context) : context_(context) {}

  void walk(const std::string& directory, int depth) {
    const std::unique_ptr<DIR, DirectoryClose> handle(::opendir(directory.c_str()));
    if (handle == nullptr) {
      // Whoever opens it as a file is told why it cannot be read.
      found_.push_back({directory, depth == 0, false});
      return;
    }
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(handle.get())) names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    if (is_package(names)) found_.push_back({directory, false, true});
    for (const std::string& name : names) visit(directory, name, depth);
  }
  std::vector<CheckTarget> take() { return std::move(found_); }

 private:
  void visit(const std::string& directory, const std::string& name, int depth) {
    if (name == "." || name == ".." || name == ".git" || found_.size() >= kMostFiles) return;
    const std::string path = io::join_path(directory, name);
    struct stat own {};
    if (::lstat(path.c_str(), &own) != 0) return;
    // Linked directories are not entered: they may lead anywhere, and in circles.
    if (S_ISDIR(own.st_mode)) {
      if (depth < kDeepest) walk(path, depth + 1);
      return;
    }
    struct stat real {};
    if (is_model_name(name) && ::stat(path.c_str(), &real) == 0 && S_ISREG(real.st_mode))
      found_.push_back({path, false, false});
  }

  cli::Context& context_;
  std::vector<CheckTarget> found_;
};

Result<std::vector<std::string>> named_paths(cli::Context& context) {
  std::vector<std::string> paths = context.arguments.positional();
  if (!context.arguments.has("files-from")) return paths;
  const std::string list = context.arguments.get("files-from");
  std::string text;
  if (list == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    ME_TRY(const auto source, io::FileSource::open(list));
    ME_TRY(text, read_text(*source, 64ULL << 20));
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) paths.push_back(std::move(line));
    at = end + 1;
  }
  return paths;
}

bool parse_number(std::string_view text, std::size_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// Every n-th file, starting with the i-th.
Status apply_shard(const cli::Arguments& arguments, std::vector<CheckTarget>& targets) {
  if (!arguments.has("shard")) return {};
  const std::string text = arguments.get("shard");
  const std::size_t slash = text.find('/');
  std::size_t index = 0;
  std::size_t count = 0;
  if (slash == std::string::npos || !parse_number(std::string_view(text).substr(0, slash), index) ||
      !parse_number(std::string_view(text).substr(slash + 1), count) || index < 1 || index > count)
    return fail(ErrorCode::cli_usage, "'" + text + "' is no shard", {}, "--shard 1/4");
  std::vector<CheckTarget> part;
  for (std::size_t i = index - 1; i < targets.size(); i += count) part.push_back(targets[i]);
  targets = std::move(part);
  return {};
}

}  // namespace

Result<std::vector<CheckTarget>> find_targets(cli::Context& context) {
  ME_TRY(const std::vector<std::string> paths, named_paths(context));
  if (paths.empty())
    return fail(ErrorCode::cli_usage, "no file or directory is named", {}, "modelexport check MODEL.onnx");
  std::vector<CheckTarget> targets;
  for (const std::string& path : paths) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
      targets.push_back({path, true, false});
      continue;
    }
    TreeWalk tree(context);
    tree.walk(path, 0);
    std::vector<CheckTarget> found = tree.take();
    if (found.empty()) context.note("there is no .onnx file in " + path);
    std::move(found.begin(), found.end(), std::back_inserter(targets));
  }
  ME_CHECK(apply_shard(context.arguments, targets));
  return targets;
}

}  // namespace modelexport::commands
