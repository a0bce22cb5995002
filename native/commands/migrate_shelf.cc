#include "commands/migrate_shelf.h"

#include <algorithm>
#include <set>

#include "commands/check_files.h"
#include "io/directory_tree.h"
#include "io/file_sink.h"
#include "io/signals.h"

namespace modelexport::commands {
namespace {

bool is_model_name(std::string_view name) { return name.ends_with(".onnx"); }

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

/// The part of a path below the named directory it was found in; its name where it was named itself.
std::string below(const std::vector<std::string>& roots, const std::string& path) {
  for (const std::string& named : roots) {
    const std::string root = without_slash(named) + "/";
    if (path.starts_with(root)) return path.substr(root.size());
    if (named == "." && path.find('/') != 0) return path;
  }
  return io::split_path(path).second;
}

std::string output_for(const std::string& output, const std::vector<std::string>& roots,
                       const std::string& path) {
  if (output.empty() || is_model_name(output)) return output;
  return io::join_path(without_slash(output), below(roots, path));
}

Status check_outputs(const std::vector<MigrateJob>& jobs) {
  std::set<std::string> seen;
  for (const MigrateJob& job : jobs)
    if (!job.output().empty() && !seen.insert(job.output()).second)
      return fail(ErrorCode::cli_usage, "two models would become " + job.output(), {},
                  "give -o a directory, and name the directory that holds the models");
  return {};
}

Result<std::vector<migrate::SourceRow>> source_rows(cli::Context& context) {
  if (!context.arguments.has("sources")) return std::vector<migrate::SourceRow>{};
  const std::string name = context.arguments.get("sources");
  ME_TRY(const auto file, io::FileSource::open(name));
  ME_TRY(const std::string text, read_text(*file, 64ULL << 20));
  return migrate::read_sources(text, name);
}

migrate::Rules rules_of(const migrate::PlannedFile& file) {
  std::set<std::string> rules;
  for (const migrate::Step& step : file.steps) rules.insert(step.rule);
  if (!file.source.empty()) rules.insert({"ME-STAMP-001", "ME-STAMP-004", "ME-LEGACY-016"});
  return {rules.begin(), rules.end()};
}

/// What the plan saw, what --in-place made of it, or something else.
Status place_in_plan(cli::Context& context, const migrate::PlannedFile& planned, MigrateJob& job) {
  ME_TRY(const migrate::FileIdentity now, job.identity(context));
  if (now == planned.identity) return {};
  const std::string name = migrate::undo_name(job.path());
  if (const auto file = io::FileSource::open(name)) {
    ME_TRY(const std::string text, read_text(**file, Limits{}.json_bytes));
    const auto undo = migrate::read_undo(text, {});
    if (undo && undo->original == planned.identity && undo->migrated == now) {
      job.mark_done();
      return {};
    }
  }
  return fail(ErrorCode::migrate_plan_stale, job.path() + " is not the file that was planned",
              {.path = job.path()}, "plan again: modelexport migrate PATH --plan-out FILE");
}

}  // namespace

Result<std::vector<MigrateJob>> make_jobs(cli::Context& context, const MigrateSettings& settings) {
  const cli::Arguments& arguments = context.arguments;
  ME_TRY(const std::vector<CheckTarget> targets, find_targets(context));
  ME_TRY(const std::vector<migrate::SourceRow> rows, source_rows(context));
  const std::string output = settings.in_place ? std::string() : arguments.get("output");
  std::vector<MigrateJob> jobs;
  for (const CheckTarget& target : targets) {
    if (target.package) continue;
    std::string source = migrate::source_for(rows, target.path);
    if (source.empty()) source = arguments.get("source");
    jobs.emplace_back(target.path, source, output_for(output, arguments.positional(), target.path),
                      migrate::Rules{});
  }
  if (is_model_name(output) && jobs.size() > 1)
    return fail(ErrorCode::cli_usage, "-o " + output + " takes one model", {}, "-o DIRECTORY");
  ME_CHECK(check_outputs(jobs));
  return jobs;
}

std::vector<Unfinished> find_unfinished(cli::Context& context) {
  std::vector<Unfinished> found;
  for (const std::string& path : context.arguments.positional()) {
    const auto tree = io::DirectoryTree::open(path, {});
    if (!tree) continue;
    std::set<std::string> models;
    for (const components::FileEntry& file : (*tree)->list()) models.insert(file.path);
    const std::string ending(hierarchy::sidecar_endings().front());
    for (const std::string& name : models) {
      if (!name.ends_with(ending)) continue;
      const std::string stem = name.substr(0, name.size() - ending.size());
      const std::string directory = io::split_path(name).first;
      const bool other = std::any_of(models.begin(), models.end(), [&](const std::string& model) {
        return is_model_name(model) && io::split_path(model).first == directory;
      });
      // Another model beside it may be this one, renamed: look_beside() decides.
      if (models.count(stem + ".onnx") == 0 && !other)
        found.push_back({io::join_path(without_slash(path), name)});
    }
  }
  return found;
}

Status write_plan(cli::Context& context, const std::vector<MigrateJob>& jobs,
                  const MigrateSettings& settings) {
  migrate::ShelfPlan plan;
  plan.rename_inputs = settings.rename_inputs;
  plan.dynamic = settings.dynamic;
  plan.in_place = settings.in_place;
  plan.output = context.arguments.get("output");
  plan.roots = context.arguments.positional();
  for (const MigrateJob& job : jobs) {
    if (job.failed()) {
      // It stays in the plan, so that nobody takes the plan for the whole shelf.
      migrate::PlannedFile file = migrate::planned_file(job.migration(), job.path(), {}, job.source_name());
      file.repairable = "no";
      file.reason = job.failed()->message;
      file.skip = true;
      plan.files.push_back(std::move(file));
      continue;
    }
    ME_TRY(migrate::FileIdentity identity, job.identity(context));
    plan.files.push_back(
        migrate::planned_file(job.migration(), job.path(), std::move(identity), job.source_name()));
    ME_CHECK(io::check_interrupted());
  }
  const std::string name = context.arguments.get("plan-out");
  const std::string text = json::dump(migrate::shelf_json(plan), 2) + "\n";
  if (name == "-") {
    context.out.write(text);
    return {};
  }
  ME_TRY(const auto sink, io::FileSink::open(name, {.force = settings.force}));
  ME_CHECK(sink->append(text));
  return sink->finish();
}

Result<std::vector<MigrateJob>> read_plan(cli::Context& context, MigrateSettings& settings) {
  const cli::Arguments& arguments = context.arguments;
  const std::string name = arguments.get("apply");
  ME_TRY(const auto file, io::FileSource::open(name));
  ME_TRY(const std::string text, read_text(*file, settings.limits.json_bytes));
  ME_TRY(const migrate::ShelfPlan plan, migrate::read_shelf(text, name, settings.limits));
  settings.rename_inputs = settings.rename_inputs || plan.rename_inputs;
  settings.dynamic = settings.dynamic || plan.dynamic;
  const std::string output = arguments.get("output", settings.in_place ? "" : plan.output);
  settings.in_place = settings.in_place || (plan.in_place && output.empty());
  if (output.empty() && !settings.in_place && !settings.dry_run)
    return fail(ErrorCode::cli_usage, "where the migrated models go is not said", {},
                "add -o DIRECTORY or --in-place");
  std::vector<MigrateJob> jobs;
  for (const migrate::PlannedFile& planned : plan.files) {
    const migrate::Rules rules = rules_of(planned);
    if (planned.skip || (rules.empty() && settings.in_place)) continue;
    jobs.emplace_back(planned.path, planned.source, output_for(output, plan.roots, planned.path),
                      rules.empty() ? migrate::Rules{"ME-NONE"} : rules);
    if (auto placed = place_in_plan(context, planned, jobs.back()); !placed)
      jobs.back().fail_with(placed.error());
    ME_CHECK(io::check_interrupted());
  }
  ME_CHECK(check_outputs(jobs));
  return jobs;
}

}  // namespace modelexport::commands
