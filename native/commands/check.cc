// `check`: rules over files, packages and trees.
#include "modelexport/check.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <set>
#include <thread>

#include "check/weight_digests.h"
#include "cli/context.h"
#include "cli/did_you_mean.h"
#include "commands/check_files.h"
#include "commands/check_fix.h"
#include "commands/check_zip.h"
#include "commands/table.h"
#include "io/directory_tree.h"
#include "io/file_sink.h"
#include "io/file_source.h"
#include "io/signals.h"
#include "io/staged_file.h"
#include "io/surroundings.h"
#include "modelexport/check_package.h"
#include "modelexport/digest.h"
#include "onnx/runtime.h"
#include "report/check_report.h"
#include "result/shell_word.h"

namespace modelexport::commands {
namespace {

Status check_selectors(const std::vector<std::string>& selectors) {
  for (const std::string& selector : selectors) {
    const auto rules = check::all_rules();
    if (std::any_of(rules.begin(), rules.end(),
                    [&](const auto* rule) { return check::names_rule(selector, *rule); }))
      continue;
    std::vector<std::string> ids;
    for (const check::Rule* rule : rules) ids.emplace_back(rule->id);
    const std::string meant = cli::did_you_mean(selector, ids);
    return fail(ErrorCode::cli_usage, "there is no rule '" + selector + "'", {},
                meant.empty() ? "modelexport explain lists all rules" : "did you mean " + meant + "?");
  }
  return {};
}

/// A release of the table's range. Nobody knows yet what a later one takes: it is judged as the newest, and
/// said.
Status check_ort_version(const std::string& version, cli::Context& context) {
  if (version.empty()) return {};
  const auto& oldest = onnx::runtime_releases().front();
  const auto& newest = onnx::runtime_releases().back();
  const std::string range = std::string(oldest.version) + " to " + std::string(newest.version);
  const onnx::RuntimeRelease* known = onnx::find_runtime(version);
  const bool same_major = version.starts_with(std::to_string(newest.major) + ".");
  if (known == nullptr || !same_major)
    return fail(ErrorCode::cli_usage, "'" + version + "' is no version of ONNX Runtime that is known", {},
                "Known are " + range + ": --ort-version " + std::string(newest.version));
  if (onnx::is_newer(version, newest))
    context.note("ONNX Runtime " + version + " is newer than " + std::string(newest.version) +
                 ", the newest known one, and judged like it");
  return {};
}

Result<check::Options> read_options(const cli::Arguments& arguments, cli::Context& context) {
  check::Options options;
  std::string word;
  const auto readers = check::parse_readers(arguments.get("for", "ort"), word);
  if (!readers)
    return fail(ErrorCode::cli_usage, "'" + word + "' is no reader", {},
                "--for ort,onnx,optimum,transformers.js");
  options.readers = *readers;
  // Half a million initializers are more than any real model has; a million empty ones take 300 MB here.
  options.limits.tensors = 500'000;
  options.ort_version = arguments.get("ort-version");
  ME_CHECK(check_ort_version(options.ort_version, context));
  const std::string target = arguments.get("target");
  if (target == "optimum") options.readers = options.readers | check::Reader::optimum;
  if (target == "transformers.js") options.readers = options.readers | check::Reader::transformers_js;
  options.select = arguments.all("select");
  options.ignore = arguments.all("ignore");
  ME_CHECK(check_selectors(options.select));
  ME_CHECK(check_selectors(options.ignore));
  return options;
}

/// Findings that a former report lists are accepted: by file, rule and place.
class Baseline {
 public:
  static Result<Baseline> read(const std::string& path) {
    Baseline baseline;
    if (path.empty()) return baseline;
    ME_TRY(const auto source, io::FileSource::open(path));
    ME_TRY(const std::string text, read_text(*source, Limits{}.json_bytes));
    ME_TRY(const json::Json document, json::parse(text, {}, path));
    ME_TRY(const json::Json* files, json::get_array(document, "files"));
    for (const json::Json& file : json::elements(*files)) {
      const auto name = json::find_string(file, "path");
      const json::Json* findings = json::find(file, "findings");
      if (!name || findings == nullptr) continue;
      for (const json::Json& finding : json::elements(*findings)) {
        const json::Json* where = json::find(finding, "where");
        const auto rule = json::find_string(finding, "rule");
        const auto field = where ? json::find_string(*where, "field") : std::nullopt;
        if (rule) baseline.known_.insert(key(*name, *rule, field.value_or("")));
      }
    }
    return baseline;
  }

  void apply(check::Report& report) const {
    if (known_.empty()) return;
    std::erase_if(report.findings, [&](const check::Finding& finding) {
      return known_.count(key(report.path, finding.rule->id, finding.where.field)) != 0;
    });
    if (!report.failed) report.verdict = check::verdict_of(report.findings);
  }

 private:
  static std::string key(std::string_view path, std::string_view rule, std::string_view field) {
    return std::string(path) + '\n' + std::string(rule) + '\n' + std::string(field);
  }
  std::set<std::string> known_;
};

check::Report unreadable(const std::string& path, Diagnostic diagnostic) {
  check::Report report;
  report.path = path;
  report.verdict = check::Verdict::unreadable;
  report.failed = std::move(diagnostic);
  return report;
}

/// The weight files beside a model whose check looked for them; most models have none.
void check_weights_beside(const std::string& path, const ByteSource& model, const check::Options& options,
                          const io::DirectorySurroundings& around, Progress& progress,
                          check::Report& report) {
  if (!around.has_seen(".safetensors")) return;
  const auto digest_of = [&](const std::string& location) -> Result<std::string> {
    ME_TRY(const auto file, io::FileSource::open(io::join_path(io::split_path(path).first, location)));
    return hex_digest(DigestKind::sha256, *file, progress);
  };
  check::check_weight_digests(model, options, digest_of, report);
}

/// Fixes hold messages and texts; of the many reports of a tree only the fact is kept.
void drop_fixes(check::Report& report) {
  for (check::Finding& finding : report.findings)
    if (finding.fixes.size() > 1 || (finding.fixable() && finding.fixes.front().apply))
      finding.fixes = {check::Fix{}};
}

/// Long reading of one file among others: it can be interrupted, and shows nothing of its own.
class Quiet final : public Progress {
 public:
  explicit Quiet(const Progress& outer) : outer_(outer) {}
  void update(std::string_view /*what*/, std::uint64_t /*done*/, std::uint64_t /*total*/) override {}
  [[nodiscard]] bool cancelled() const override { return outer_.cancelled(); }

 private:
  const Progress& outer_;
};

/// A package's readers are its target's, Optimum where none is named.
check::Report check_tree(const components::SourceTree& tree, check::Options options) {
  std::vector<check::PackageModel> models;
  for (const components::FileEntry& file : tree.list()) {
    const std::size_t slash = file.path.find('/');
    const bool in_place = slash == std::string::npos || (slash == 4 && file.path.starts_with("onnx/"));
    if (!in_place || !file.path.ends_with(".onnx")) continue;
    // What cannot be read has findings of its own.
    const auto source = tree.open(file.path);
    if (!source) continue;
    auto model = check::read_package_model(**source, file.path, options.limits);
    if (model) models.push_back(std::move(*model));
  }
  if (!options.readers.has(check::Reader::transformers_js))
    options.readers = options.readers | check::Reader::optimum;
  return check::check_package(tree, models, options);
}

check::Report check_directory(const std::string& path, const check::Options& options) {
  const auto tree = io::DirectoryTree::open(path, options.limits);
  return tree ? check_tree(**tree, options) : unreadable(path, tree.error());
}

check::Report check_zip_model(const ModelZip& zip, const std::string& member, check::Options options,
                              Progress& progress) {
  const auto source = zip.tree().open(member);
  if (!source) return unreadable(zip.tree().name() + "/" + member, source.error());
  const ZipSurroundings around(zip.tree(), member);
  options.around = &around;
  options.edits = false;
  check::Report report = check::check_model(**source, options);
  const auto digest_of = [&](const std::string& location) -> Result<std::string> {
    ME_TRY(const auto file, zip.tree().open(around.path_of(location)));
    return hex_digest(DigestKind::sha256, *file, progress);
  };
  check::check_weight_digests(**source, options, digest_of, report);
  drop_fixes(report);
  return report;
}

check::Report check_zip(const CheckTarget& target, const check::Options& options, Progress& progress) {
  const auto zip = ModelZip::open(target.path, options.limits);
  if (zip == nullptr)  // it was one a moment ago
    return unreadable(target.path, {ErrorCode::io_short_read,
                                    Severity::error,
                                    "the file changed meanwhile",
                                    {.path = target.path},
                                    "check it again"});
  check::Report report = target.package ? check_tree(zip->tree(), options)
                                        : check_zip_model(*zip, target.member, options, progress);
  if (auto unchanged = zip->verify_unchanged(); !unchanged) return unreadable(target.path, unchanged.error());
  return report;
}

check::Report check_file(const std::string& path, check::Options options, Progress& progress) {
  const auto source = io::FileSource::open(path);
  if (!source) return unreadable(path, source.error());
  const io::DirectorySurroundings around(path);
  options.around = &around;
  options.edits = false;
  check::Report report = check::check_model(**source, options);
  check_weights_beside(path, **source, options, around, progress, report);
  if (auto unchanged = (*source)->verify_unchanged(); !unchanged) return unreadable(path, unchanged.error());
  drop_fixes(report);
  return report;
}

check::Report check_one(const CheckTarget& target, const check::Options& options, const Progress& outer) {
  Quiet progress(outer);
  if (target.zip) return check_zip(target, options, progress);
  return target.package ? check_directory(target.path, options) : check_file(target.path, options, progress);
}

Result<std::size_t> jobs_of(const cli::Arguments& arguments, std::size_t files) {
  std::size_t jobs = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
  if (arguments.has("jobs")) {
    const std::string text = arguments.get("jobs");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), jobs);
    if (error != std::errc() || end != text.data() + text.size() || jobs < 1 || jobs > 256)
      return fail(ErrorCode::cli_usage, "'" + text + "' is no number of jobs", {}, "--jobs 4");
  }
  return std::max<std::size_t>(1, std::min(jobs, files));
}

/// Reports in the order of the targets, whatever finishes first.
Result<std::vector<check::Report>> check_all(cli::Context& context, const std::vector<CheckTarget>& targets,
                                             const check::Options& options) {
  ME_TRY(const std::size_t jobs, jobs_of(context.arguments, targets.size()));
  std::vector<check::Report> reports(targets.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> done = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < targets.size() && !context.progress.cancelled(); i = next++) {
      reports[i] = check_one(targets[i], options, context.progress);
      ++done;
    }
    return true;
  };
  if (jobs == 1) {
    for (std::size_t i = 0; i < targets.size() && !context.progress.cancelled(); ++i) {
      reports[i] = check_one(targets[i], options, context.progress);
      context.progress.count("checking files", i + 1, targets.size());
    }
  } else {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < jobs; ++i) threads.emplace_back(work);
    while (done < targets.size() && !context.progress.cancelled()) {
      context.progress.count("checking files", done, targets.size());
      std::this_thread::sleep_for(std::chrono::milliseconds(targets.size() < 64 ? 2 : 20));
    }
    for (std::thread& thread : threads) thread.join();
  }
  context.progress.clear();
  ME_CHECK(io::check_interrupted());
  return reports;
}

Result<std::vector<check::Report>> fix_all(cli::Context& context, const std::vector<CheckTarget>& targets,
                                           const check::Options& base) {
  std::vector<check::Report> reports;
  for (const CheckTarget& target : targets) {
    if (target.package) {
      reports.push_back(check_one(target, base, context.progress));
      continue;
    }
    const io::DirectorySurroundings around(target.path);
    check::Options options = base;
    options.around = &around;
    check::Report report;
    const Status fixed = fix_file(context, target.path, options, report);
    if (!fixed && error_info(fixed.error().code).exit_code != 3) return fail(fixed);
    if (fixed) {
      if (const auto source = io::FileSource::open(target.path))
        check_weights_beside(target.path, **source, options, around, context.progress, report);
    }
    reports.push_back(fixed ? std::move(report) : unreadable(target.path, fixed.error()));
    ME_CHECK(io::check_interrupted());
  }
  return reports;
}

void print_reports(cli::Context& context, const std::vector<check::Report>& reports) {
  const std::string format = context.json() ? "json" : context.arguments.get("format", "text");
  if (format == "json") {
    context.print(report::check_json(reports));
  } else if (format == "sarif") {
    context.print(report::check_sarif(reports, MODELEXPORT_VERSION));
  } else if (format == "junit") {
    context.out.write(report::check_junit(reports));
  } else if (format == "github") {
    context.out.write(report::check_github(reports));
  } else {
    context.out.write(
        report::check_text(reports, context.verbose(), context.terminal.color_out, context.quiet()));
  }
}

int exit_code(const cli::Arguments& arguments, const std::vector<CheckTarget>& targets,
              const std::vector<check::Report>& reports) {
  for (std::size_t i = 0; i < reports.size(); ++i)
    if (reports[i].failed && targets[i].named) return 3;
  const std::string level = arguments.get("fail-on", "error");
  // What was not looked at is not known to be good.
  const bool unread = std::any_of(reports.begin(), reports.end(),
                                  [](const auto& report) { return report.failed.has_value(); });
  const report::CheckTotals totals = report::check_totals(reports);
  const bool found = unread || totals.errors > 0 || (level == "warning" && totals.warnings > 0);
  return level != "never" && found ? 1 : 0;
}

Result<int> run(cli::Context& context) {
  ME_TRY(const check::Options options, read_options(context.arguments, context));
  ME_TRY(const Baseline baseline, Baseline::read(context.arguments.get("baseline")));
  ME_TRY(std::vector<CheckTarget> targets, find_targets(context));
  targets = with_zip_members(std::move(targets), options.limits);
  for (const CheckTarget& target : targets)
    if (target.zip && context.arguments.has("fix"))
      return fail(ErrorCode::cli_usage, "--fix changes nothing in a zip file", {.path = target.path},
                  "unpack it, and repair what is in it: unzip " + shell_word(target.path) + " -d DIRECTORY");
  ME_CHECK(check_fix_usage(context.arguments, targets.size()));
  std::vector<check::Report> reports;
  if (context.arguments.has("fix")) {
    ME_TRY(reports, fix_all(context, targets, options));
  } else {
    ME_TRY(reports, check_all(context, targets, options));
  }
  for (check::Report& report : reports) baseline.apply(report);
  print_reports(context, reports);
  return exit_code(context.arguments, targets, reports);
}

constexpr cli::Option kOptions[] = {
    {.name = "for",
     .value = "LIST",
     .help = "readers whose refusal is an error: ort (default), onnx, optimum, transformers.js"},
    {.name = "ort-version", .value = "X.Y", .help = "judge by this release of ONNX Runtime"},
    {.name = "target",
     .value = "TARGET",
     .help = "what a package must work with",
     .choices = "optimum|transformers.js"},
    {.name = "fix", .help = "repair what can be repaired"},
    {.name = "diff", .help = "with --fix: show the changes"},
    {.name = "output", .letter = 'o', .value = "OUT", .help = "with --fix: write the repaired file here"},
    {.name = "in-place", .letter = 'i', .help = "with --fix: change the files themselves"},
    {.name = "force", .letter = 'f', .help = "replace an existing output"},
    {.name = "format",
     .value = "FORMAT",
     .help = "form of the report (text)",
     .choices = "text|json|sarif|junit|github"},
    {.name = "fail-on",
     .value = "LEVEL",
     .help = "findings that make the exit code 1 (error)",
     .choices = "error|warning|never"},
    {.name = "select", .value = "RULE", .help = "only these rules, by id or prefix", .repeated = true},
    {.name = "ignore", .value = "RULE", .help = "not these rules", .repeated = true},
    {.name = "baseline", .value = "FILE", .help = "accept the findings of this former --json report"},
    {.name = "jobs", .letter = 'j', .value = "N", .help = "files to check at the same time"},
    {.name = "shard", .value = "I/N", .help = "only every N-th file, starting with the I-th"},
    {.name = "files-from", .value = "FILE", .help = "paths to check, one per line ('-': standard input)"},
};
constexpr cli::Example kExamples[] = {
    {"modelexport check model.onnx", "Would ONNX Runtime open it, and what else is wrong"},
    {"modelexport check models/ --for ort,onnx --format sarif", "A tree of models, for a build pipeline"},
    {"modelexport check old.onnx --fix -o new.onnx", "Repair what can be repaired"},
};

}  // namespace

constexpr cli::Command kCheck{
    .name = "check",
    .arguments = "PATH…",
    .summary = "validate ONNX files, packages and trees of them",
    .description =
        "Checks ONNX files without running them: what the file really is, wire format, versions, graph, "
        "operators, "
        "tensors, external data, metadata, stamps and module tags. A finding is an error when a reader named "
        "by "
        "--for refuses the file for it, or when opening it is unsafe. Packages may be directories or zip "
        "files; "
        "what they and models record about other files (SHA-256) is compared. `modelexport explain RULE` "
        "says more "
        "about "
        "a rule.",
    .options = kOptions,
    .option_aliases = {},
    .examples = kExamples,
    .min_arguments = 0,
    .max_arguments = static_cast<std::size_t>(-1),
    .run = run,
};

}  // namespace modelexport::commands
