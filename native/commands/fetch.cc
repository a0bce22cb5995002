// `fetch`: files of a Hub model into the shared cache.
#include <algorithm>
#include <optional>

#include "cli/context.h"
#include "cli/progress_bar.h"
#include "commands/source_option.h"
#include "commands/table.h"
#include "hub/hub.h"
#include "result/hints.h"

namespace modelexport::commands {
namespace {

struct Wanted {
  std::string repo_id;
  std::string revision;
  std::vector<std::string> files;  ///< patterns; empty: components
};

Result<Wanted> parse_wanted(const cli::Context& context) {
  const auto& words = context.arguments.positional();
  const source::Source named = source::classify(words[0], nullptr, nullptr, classify_options(context));
  if (named.repo_id.empty()) {
    return fail(ErrorCode::source_bad_name, "'" + words[0] + "' is no Hub id", {.field = words[0]},
                "modelexport fetch ORGANISATION/NAME[@REVISION]");
  }
  Wanted wanted{named.repo_id, named.revision, {words.begin() + 1, words.end()}};
  if (!named.file.empty()) wanted.files.push_back(named.file);
  return wanted;
}

struct Line {
  std::string path;
  std::uint64_t bytes = 0;
  std::string from;
};

std::vector<Line> lines_of(const hub::HubTree& tree, const std::vector<std::string>& paths, bool planned) {
  std::vector<Line> lines;
  for (const auto& entry : tree.list()) {
    if (!std::binary_search(paths.begin(), paths.end(), entry.path)) continue;
    const bool cached = planned ? tree.is_cached(entry.path) : tree.origin(entry.path) == "cache";
    lines.push_back({entry.path, entry.size, cached ? "cache" : "hub"});
  }
  return lines;
}

/// Why the files of a plan that are not in the cache could not be downloaded; nothing if they could.
std::optional<Diagnostic> refusal(const hub::HubTree& tree, const std::vector<Line>& lines) {
  const auto missing = std::find_if(lines.begin(), lines.end(),
                                    [](const Line& line) { return line.from == "hub" && line.bytes > 0; });
  if (missing == lines.end()) return std::nullopt;
  const Status access = tree.check_access(missing->path);
  return access ? std::nullopt : std::optional(access.error());
}

json::Json refusal_json(const Diagnostic& error) {
  return {
      {"code", std::string(error_info(error.code).id)}, {"message", error.message}, {"hint", hint_of(error)}};
}

void print_json(cli::Context& context, const hub::HubTree& tree, const std::vector<Line>& lines, bool planned,
                const std::optional<Diagnostic>& refused) {
  json::Json document = json::Json::object();
  document["schema"] = "modelexport/fetch/1";
  document["repo_id"] = tree.repo_id();
  document["commit"] = tree.commit();
  document["directory"] = tree.directory();
  if (planned) document["dry_run"] = true;
  if (tree.is_partial()) document["partial"] = true;
  if (refused) document["refused"] = refusal_json(*refused);
  document["files"] = json::Json::array();
  for (const Line& line : lines)
    document["files"].push_back({{"path", line.path}, {"bytes", line.bytes}, {"from", line.from}});
  context.print(document);
}

void print_text(cli::Context& context, const hub::HubTree& tree, const std::vector<Line>& lines,
                bool planned) {
  std::uint64_t bytes = 0;
  std::uint64_t downloaded = 0;
  for (const Line& line : lines) {
    bytes += line.bytes;
    if (line.from == "hub") downloaded += line.bytes;
    if (planned) context.out.line(line.from + "  " + line.path + "  (" + cli::human_bytes(line.bytes) + ")");
  }
  if (!planned) context.out.line(tree.directory());
  context.say(std::to_string(lines.size()) + (lines.size() == 1 ? " file of " : " files of ") +
              tree.repo_id() + "@" + tree.commit() + ", " + cli::human_bytes(bytes) + "; " +
              (planned ? "to download: " : "downloaded: ") + cli::human_bytes(downloaded));
}

Result<std::vector<std::string>> choose(const hub::HubTree& tree, const Wanted& wanted) {
  if (!wanted.files.empty()) return tree.named_paths(wanted.files);
  std::vector<std::string> paths = tree.component_paths();
  if (!paths.empty()) return paths;
  return fail(ErrorCode::hub_file_not_found, wanted.repo_id + " has no configuration or tokenizer files",
              {.field = wanted.repo_id},
              "name the files: modelexport fetch " + wanted.repo_id + " '*' --dry-run");
}

Result<std::unique_ptr<hub::HubTree>> open_wanted(cli::Context& context, hub::Hub& hub,
                                                  const Wanted& wanted) {
  const auto commit = hub.resolve(wanted.repo_id, wanted.revision);
  if (!commit) return fail(with_nearest_model(hub, wanted.repo_id, commit.error()));
  if (!commit->note.empty()) context.note(commit->note);
  const hub::Need need = wanted.files.empty() ? hub::Need::components : hub::Need::files;
  auto tree = hub.open(wanted.repo_id, wanted.revision, commit->commit, need, wanted.files);
  if (!tree) return fail(with_nearest_model(hub, wanted.repo_id, tree.error()));
  return tree;
}

Result<int> run(cli::Context& context) {
  ME_TRY(const Wanted wanted, parse_wanted(context));
  ME_TRY(const auto hub, make_hub(context));
  ME_TRY(const auto tree, open_wanted(context, *hub, wanted));
  ME_TRY(const std::vector<std::string> paths, choose(*tree, wanted));
  const bool planned = context.arguments.has("dry-run");
  if (!planned) ME_CHECK(tree->prepare(paths, context.progress));
  const std::vector<Line> lines = lines_of(*tree, paths, planned);
  const auto refused = planned ? refusal(*tree, lines) : std::nullopt;
  if (tree->is_partial())
    context.note("these are the files that the cache has of " + tree->name() +
                 "; the model may have more, which only the Hub can say");
  if (refused) context.warn(*refused);
  if (context.json()) {
    print_json(context, *tree, lines, planned, refused);
  } else {
    print_text(context, *tree, lines, planned);
  }
  return 0;
}

constexpr cli::Option kOptions[] = {
    kNameRevision,
    {.name = "dry-run", .letter = 'n', .help = "print what would be downloaded, with sizes, and stop"},
};
constexpr cli::Example kExamples[] = {
    {"modelexport fetch org/name", "Configuration, tokenizer and processors of a model"},
    {"modelexport fetch org/name@v1.0 '*.safetensors' --dry-run", "How large the weights are"},
};

}  // namespace

constexpr cli::Command kFetch{
    .name = "fetch",
    .arguments = "ID[@REV] [FILE...]",
    .summary = "a model's component files into the shared cache",
    .description =
        "Downloads a Hub model's configuration, tokenizer and processor files, or the files named (with * "
        "for any "
        "characters), into the cache that the Hub's own libraries use, and prints the snapshot's directory. "
        "What "
        "is there already is not downloaded again. Sizes and digests are verified before a file appears.",
    .options = kOptions,
    .option_aliases = {},
    .examples = kExamples,
    .min_arguments = 1,
    .max_arguments = 100000,
    .run = run,
};

}  // namespace modelexport::commands
