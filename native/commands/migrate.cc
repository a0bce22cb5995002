// `migrate`: legacy exports to the current form, one file or a shelf.
#include <algorithm>
#include <functional>

#include "cli/context.h"
#include "commands/migrate_job.h"
#include "commands/migrate_report.h"
#include "commands/migrate_shelf.h"
#include "commands/source_option.h"
#include "commands/table.h"
#include "io/signals.h"

namespace modelexport::commands {
namespace {

enum class Mode : std::uint8_t { write, dry_run, inventory, plan_out, undo };

tl::unexpected<Diagnostic> usage(std::string message, std::string hint) {
  return fail(ErrorCode::cli_usage, std::move(message), {}, std::move(hint));
}

Result<Mode> mode_of(const cli::Arguments& arguments) {
  const auto has = [&](std::string_view name) { return arguments.has(name); };
  if (has("output") && has("in-place"))
    return usage("-o and --in-place contradict each other", "leave one of them out");
  if (has("source") && has("sources"))
    return usage("--source and --sources contradict each other", "leave one of them out");
  if (has("apply") && !arguments.positional().empty())
    return usage("--apply takes its files from the plan",
                 "leave the paths out, or mark files with \"skip\": true");
  if (!has("apply") && arguments.positional().empty() && !has("files-from"))
    return usage("no file or directory is named", "modelexport migrate MODEL.onnx -o NEW.onnx");
  if (has("undo")) return Mode::undo;
  if (has("inventory")) return Mode::inventory;
  if (has("plan-out")) return Mode::plan_out;
  if (has("dry-run")) return Mode::dry_run;
  if (!has("output") && !has("in-place") && !has("apply"))
    return usage("where the migrated model goes is not said",
                 "add -o NEW.onnx (or a directory), --in-place, or --dry-run to see the plan");
  return Mode::write;
}

/// What an interruption leaves: whole files, and the rest as it was.
tl::unexpected<Diagnostic> interrupted(const std::vector<MigrateJob>& jobs, const Diagnostic& error) {
  const auto written = static_cast<std::uint64_t>(
      std::count_if(jobs.begin(), jobs.end(), [](const MigrateJob& job) { return !job.written().empty(); }));
  if (written == 0) return fail(error);
  return fail(ErrorCode::cli_interrupted,
              "interrupted; " + std::to_string(written) + " of " + migrate::counted(jobs.size(), "file") +
                  " are migrated",
              {}, "run the same command again: what is done is left alone");
}

/// One job after the other; nothing of a model is held longer than its turn.
Status each(cli::Context& context, std::vector<MigrateJob>& jobs, std::string_view what,
            const std::function<Status(MigrateJob&)>& turn) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    MigrateJob& job = jobs[i];
    if (!job.failed() && !job.already_done()) {
      if (const Status done = turn(job); !done) {
        // An output that cannot be written, or an interruption, is no matter of one file.
        const int code = error_info(done.error().code).exit_code;
        if (code == 130) return interrupted(jobs, done.error());
        if (code == 5) return fail(done);
        job.fail_with(done.error());
      }
      job.release();
    }
    context.progress.count(what, i + 1, jobs.size());
    if (const Status go_on = io::check_interrupted(); !go_on) return interrupted(jobs, go_on.error());
  }
  context.progress.clear();
  return {};
}

/// Every output is checked before the first one is written. Plans are made again then: those of a whole shelf
/// might not fit into memory.
Status write_all(cli::Context& context, std::vector<MigrateJob>& jobs, const MigrateSettings& settings,
                 MigrateSources& sources) {
  const auto look = [&](MigrateJob& job) -> Status {
    ME_CHECK(job.plan(context, sources, settings));
    return job.check_output(settings);
  };
  const auto write = [&](MigrateJob& job) -> Status {
    ME_CHECK(jobs.size() == 1 ? look(job) : job.plan(context, sources, settings));
    return job.write(context, settings);
  };
  if (jobs.size() > 1) ME_CHECK(each(context, jobs, "planning", look));
  return each(context, jobs, "migrating", write);
}

void print(cli::Context& context, Mode mode, const std::vector<MigrateJob>& jobs) {
  const std::vector<Unfinished> unfinished =
      mode == Mode::inventory ? find_unfinished(context) : std::vector<Unfinished>{};
  const std::string format = context.json() ? "json" : context.arguments.get("format", "table");
  if (format == "json") {
    context.print(migrate_json(jobs, unfinished));
    return;
  }
  if (mode == Mode::inventory) {
    context.out.write(format == "csv" ? inventory_csv(jobs, unfinished) : inventory_table(jobs, unfinished));
    return;
  }
  const bool dry_run = mode != Mode::write;
  if (jobs.size() == 1 || context.verbose() || mode == Mode::dry_run)
    for (const MigrateJob& job : jobs) context.out.write(migrate_text(job, dry_run));
  if (jobs.size() > 1) context.out.write(migrate_summary(jobs, dry_run));
}

int exit_code(const std::vector<MigrateJob>& jobs) {
  int code = 0;
  for (const MigrateJob& job : jobs) {
    if (job.failed()) code = std::max(code, error_info(job.failed()->code).exit_code);
    if (!job.failed() && !job.migration().errors_left.empty()) code = std::max(code, 1);
  }
  return code;
}

/// An inventory lists what cannot be read; what the user named himself must be there.
int inventory_code(const cli::Context& context, const std::vector<MigrateJob>& jobs) {
  const std::vector<std::string>& named = context.arguments.positional();
  for (const MigrateJob& job : jobs)
    if (job.failed() && std::find(named.begin(), named.end(), job.path()) != named.end())
      return error_info(job.failed()->code).exit_code;
  return 0;
}

Result<int> undo_all(cli::Context& context) {
  MigrateSettings settings;
  settings.in_place = true;
  ME_TRY(const std::vector<MigrateJob> jobs, make_jobs(context, settings));
  for (const MigrateJob& job : jobs) {
    ME_CHECK(undo_migration(context, job.path()));
    context.say(job.path() + ": as it was before");
  }
  return 0;
}

Result<int> run(cli::Context& context) {
  const cli::Arguments& arguments = context.arguments;
  ME_TRY(const Mode mode, mode_of(arguments));
  if (mode == Mode::undo) return undo_all(context);
  MigrateSettings settings;
  // Every node is held while a file is planned: this many take 256 MB. Models of earlier exporters have some
  // thousands.
  settings.limits.nodes = 105'000;
  settings.rename_inputs = arguments.has("rename-inputs");
  settings.dynamic = arguments.has("dynamic");
  settings.in_place = arguments.has("in-place");
  settings.force = arguments.has("force");
  settings.dry_run = mode != Mode::write;
  std::vector<MigrateJob> jobs;
  if (arguments.has("apply")) {
    ME_TRY(jobs, read_plan(context, settings));
  } else {
    ME_TRY(jobs, make_jobs(context, settings));
  }
  MigrateSources sources(context);
  if (mode == Mode::write) {
    ME_CHECK(write_all(context, jobs, settings, sources));
  } else {
    const auto look = [&](MigrateJob& job) { return job.plan(context, sources, settings); };
    ME_CHECK(each(context, jobs, "planning", look));
  }
  // One file's failure is the command's.
  if (jobs.size() == 1 && jobs.front().failed() && mode != Mode::inventory)
    return fail(*jobs.front().failed());
  if (mode == Mode::plan_out) {
    ME_CHECK(write_plan(context, jobs, settings));
    if (arguments.get("plan-out") == "-") return exit_code(jobs);
  }
  print(context, mode, jobs);
  for (const MigrateJob& job : jobs)
    if (job.failed()) context.warn(*job.failed());
  return mode == Mode::inventory ? inventory_code(context, jobs) : exit_code(jobs);
}

constexpr cli::Option kOptions[] = {
    {.name = "output", .letter = 'o', .value = "OUT", .help = "the new file, or a directory for them"},
    {.name = "in-place",
     .letter = 'i',
     .help = "change the files themselves; a small undo plan stays beside each"},
    {.name = "source",
     .letter = 's',
     .value = "SOURCE",
     .help = "model directory or Hub id that the models were exported from: stamp and missing components"},
    {.name = "sources", .value = "FILE.csv", .help = "lines PATTERN,SOURCE for many models"},
    kSourceRevision,
    {.name = "rename-inputs",
     .help = "give inputs that carry each other's names the right ones, if that is clear"},
    {.name = "dynamic",
     .help = "make a fixed batch size symbolic, if it is proved that nothing depends on it"},
    {.name = "inventory", .help = "list form, model and repairability, and stop"},
    {.name = "format", .value = "FORMAT", .help = "form of the report (table)", .choices = "table|csv|json"},
    {.name = "plan-out", .value = "FILE", .help = "write the plan for all files, to be edited, and stop"},
    {.name = "apply", .value = "FILE", .help = "do what a plan says; what is done already is left alone"},
    {.name = "undo", .help = "give files that were changed in place their old bytes"},
    {.name = "files-from", .value = "FILE", .help = "paths to migrate, one per line ('-': standard input)"},
    {.name = "force", .letter = 'f', .help = "replace existing outputs"},
    {.name = "dry-run", .letter = 'n', .help = "print the steps, and stop"},
};
constexpr cli::OptionAlias kAliases[] = {{"model", "source"}};
constexpr cli::Example kExamples[] = {
    {"modelexport migrate old.onnx -o new.onnx", "One export of the predecessor"},
    {"modelexport migrate old.onnx --source ./model_dir -o out/",
     "With configuration and tokenizer beside it"},
    {"modelexport migrate shelf/ --inventory --format csv", "What is there, and what can be repaired"},
    {"modelexport migrate shelf/ --sources sources.csv -o new/ --plan-out plan.json",
     "Plan, look, then --apply"},
};

}  // namespace

constexpr cli::Command kMigrate{
    .name = "migrate",
    .arguments = "PATH…",
    .summary = "legacy exports to the current form",
    .description =
        "Brings what earlier exporters left into the form that readers accept: module tags from node "
        "attributes, doc_string, sidecar or another program's metadata into the nodes' metadata, instance "
        "paths "
        "beside them, an incomplete stamp as far as it can be known, missing components from --source. "
        "Weights, "
        "graph, IR version, opset and producer stay bit for bit, which is compared before anything is "
        "written. "
        "Contradictions are reported and never guessed away. A second run changes nothing.",
    .options = kOptions,
    .option_aliases = kAliases,
    .examples = kExamples,
    .min_arguments = 0,
    .max_arguments = static_cast<std::size_t>(-1),
    .run = run,
};

}  // namespace modelexport::commands
