#include "commands/pack_source.h"

#include "commands/beside_model.h"
#include "commands/hub_source.h"
#include "commands/source_option.h"
#include "commands/source_tree.h"
#include "io/directory_tree.h"
#include "result/shell_word.h"
#include "stamp/evidence.h"

namespace modelexport::commands {
namespace {

Result<PackSource> open_directory(const std::string& path, const Limits& limits, std::string shown) {
  PackSource made;
  ME_TRY(made.tree, io::DirectoryTree::open(path, limits));
  made.shown = std::move(shown);
  return made;
}

Result<PackSource> from_source(cli::Context& context, source::Source source, bool everything,
                               const Limits& limits) {
  PackSource made;
  ME_TRY(made.tree, open_source_tree(context, source, limits, everything));
  made.source.kind = std::string(source::to_string(source.kind));
  made.source.license = source.hub.license;
  made.shown = source.input;
  if (source.kind == source::Kind::hub) {
    made.source.hub_id = source.repo_id;
    made.source.revision = source.commit;
    made.source.evidence = std::string(stamp::to_string(stamp::evidence_of(source)));
  } else {
    made.source.path = source.input;
  }
  return made;
}

Result<PackSource> from_given(cli::Context& context, const std::string& given, const stamp::Stamp& stamp,
                              bool everything, const Limits& limits) {
  source::Source source = classify_source(context, given);
  ME_CHECK(source::require_usable(source));
  ME_TRY(PackSource made, from_source(context, std::move(source), everything, limits));
  const bool stamped = stamp.kind == stamp::Kind::hub && made.source.hub_id == stamp.hub_id &&
                       made.source.revision == stamp.revision;
  if (stamped) made.source = {};  // the stamp says more: evidence, license
  return made;
}

Result<PackSource> from_local_stamp(const std::string& model_path, const stamp::Stamp& stamp,
                                    const Limits& limits) {
  const std::string directory = directory_beside(model_path);
  if (!directory.empty()) return open_directory(directory, limits, "beside the model");
  // The recorded path is of the machine and directory that the model was made in: nothing to paste here.
  return fail(
      ErrorCode::pack_no_config,
      "Config.json not found for local model: there is none beside " + model_path +
          (stamp.original_path.empty() ? "" : ", which was made from '" + stamp.original_path + "'") + ".",
      {.path = model_path},
      "Put the file back beside its config.json, or name the directory that has it: --source DIRECTORY");
}

/// export packs a file that it stamped itself, and that nobody else sees.
bool is_the_users_file(const cli::Context& context) { return context.arguments.command()->name != "export"; }

/// The Hub has the stamped model, but not the stamped commit: what to do instead.
tl::unexpected<Diagnostic> no_such_commit(const cli::Context& context, const std::string& model_path,
                                          const stamp::Stamp& stamp, Diagnostic error) {
  if (error.code != ErrorCode::hub_revision_not_found || context.arguments.has("revision") ||
      !is_the_users_file(context))
    return fail(std::move(error));
  const std::string file = shell_word(model_path);
  error.message += ", which the stamp of " + model_path + " names";
  error.hint = "name another: modelexport " + std::string(context.arguments.command()->name) + " " + file +
               " --revision main -o " + shell_word(context.arguments.get("output", "OUT")) +
               "; or correct the stamp: modelexport stamp " + file + " --source " + stamp.hub_id +
               "@COMMIT --in-place";
  return fail(std::move(error));
}

/// What the package is made of is not what the stamp names: said once, for all files of the package.
std::optional<Diagnostic> other_commit(const cli::Context& context, const std::string& model_path,
                                       const stamp::Stamp& stamp, const std::string& commit) {
  const std::string given = context.arguments.get("revision");
  const std::string source = "--source " + stamp.hub_id + "@" + commit;
  std::string pin = "name it: " + source;
  Where where;
  if (is_the_users_file(context)) {
    pin = "stamp it: modelexport stamp " + shell_word(model_path) + " " + source + " --in-place";
    where = {.path = model_path, .field = "metadata_props[" + std::string(stamp::kRevision) + "]"};
  }
  if (stamp.revision_form == stamp::RevisionForm::commit) {
    return Diagnostic{ErrorCode::stamp_conflict, Severity::warning,
                      "The stamp names commit " + stamp.revision + "; the package is made of, and names, " +
                          commit + " (--revision " + given + ").",
                      where, "leave --revision out for the stamped commit; if the other is right, " + pin};
  }
  if (!given.empty()) return std::nullopt;  // the stamp leaves it open
  const bool completed =
      stamp.revision_form == stamp::RevisionForm::short_hash && commit.starts_with(stamp.revision);
  if (completed) return std::nullopt;
  // What is no revision at all was not asked for.
  const std::string quoted = "'" + stamp.revision + "'";
  const std::string branch = source::is_revision(stamp.revision) ? quoted : "the default branch";
  return Diagnostic{ErrorCode::stamp_unpinned, Severity::warning,
                    "The stamp names " +
                        (stamp.revision.empty() ? "no commit" : quoted + ", which is no commit") +
                        "; the package is made of, and names, " + commit + ", the head of " + branch +
                        (context.offline() ? " in the shared cache." : " at present."),
                    where, "if it is the right one, " + pin};
}

Result<PackSource> from_hub_stamp(cli::Context& context, const std::string& model_path,
                                  const stamp::Stamp& stamp, bool everything, const Limits& limits) {
  ME_TRY(const source::Source source, stamped_source(context, stamp, model_path));
  const std::string directory = directory_beside(model_path);
  if (!directory.empty() && !source.revision.empty()) {
    ME_TRY(ComponentsBeside beside,
           components_of_commit(context, directory, stamp.hub_id, source.revision, limits));
    if (beside.tree != nullptr) {
      PackSource made{std::move(beside.tree), {}, "beside the model", std::move(beside.changed), {}};
      if (source.revision != stamp.revision) {
        made.source = std::move(beside.source);
        made.warning = other_commit(context, model_path, stamp, source.revision);
      }
      return made;
    }
  }
  auto made = from_source(context, source, everything, limits);
  if (!made) return no_such_commit(context, model_path, stamp, std::move(made.error()));
  if (made->source.revision == stamp.revision) {
    made->source = {};  // the stamp says more: evidence, license
  } else {
    made->warning = other_commit(context, model_path, stamp, made->source.revision);
  }
  return made;
}

}  // namespace

Result<PackSource> find_pack_source(cli::Context& context, const std::string& given,
                                    const std::string& model_path, const stamp::Stamp& stamp, bool everything,
                                    const Limits& limits) {
  everything = everything || context.arguments.has("trust-remote-code");
  if (!given.empty()) return from_given(context, given, stamp, everything, limits);
  if (stamp.kind == stamp::Kind::hub) return from_hub_stamp(context, model_path, stamp, everything, limits);
  if (stamp.kind == stamp::Kind::local) {
    ME_CHECK(stamped_source(context, stamp, model_path));  // --revision is not for it
    return from_local_stamp(model_path, stamp, limits);
  }
  const std::string directory = directory_beside(model_path);
  if (!directory.empty()) {
    context.note("the model has no stamp: its components are taken from beside it");
    return open_directory(directory, limits, "beside the model");
  }
  ME_CHECK(stamp::source_of(stamp, model_path));
  return fail(ErrorCode::stamp_unknown_type, "Cannot determine model type.", {.path = model_path},
              "--source SOURCE");
}

}  // namespace modelexport::commands
