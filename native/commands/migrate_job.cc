#include "commands/migrate_job.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "commands/edit_file.h"
#include "commands/onnx_file.h"
#include "io/file_sink.h"
#include "io/output_directory.h"
#include "modelexport/digest.h"

namespace modelexport::commands {
namespace {

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

std::string directory_of(const std::string& path) { return io::split_path(path).first; }
std::string name_of(const std::string& path) { return io::split_path(path).second; }

Result<bool> same_bytes(const ByteSource& a, const ByteSource& b, Progress& progress) {
  if (a.size() != b.size()) return false;
  ME_TRY(const std::string x, hex_digest(DigestKind::sha256, a, progress));
  ME_TRY(const std::string y, hex_digest(DigestKind::sha256, b, progress));
  return x == y;
}

Result<std::unique_ptr<ByteSource>> open_component(const MigrateSource& source,
                                                   const components::PlannedFile& file) {
  if (file.action == components::Action::write)
    return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(file.text, file.path));
  return source.tree->open(file.path);
}

/// Another file of that name is there. Of a Hub model only what is at hand is compared.
bool differs(const MigrateSource& source, const components::PlannedFile& file, const std::string& path) {
  const auto old = io::FileSource::open(path);
  if (!old || (*old)->size() != file.size) return true;
  if (source.source.kind == source::Kind::hub) return false;
  const auto bytes = open_component(source, file);
  if (!bytes) return true;
  const auto same = same_bytes(**bytes, **old, no_progress());
  return !same || !*same;
}

Result<std::optional<migrate::Undo>> read_undo_of(const std::string& path, const Limits& limits) {
  const std::string name = migrate::undo_name(path);
  if (!exists(name)) return std::optional<migrate::Undo>{};
  ME_TRY(const auto file, io::FileSource::open(name));
  ME_TRY(const std::string text, read_text(*file, limits.json_bytes));
  auto undo = migrate::read_undo(text, limits);
  if (!undo) {
    undo.error().where.path = name;
    return fail(undo);
  }
  return std::optional(std::move(*undo));
}

Result<migrate::FileIdentity> identity_of(const ByteSource& source, Progress& progress) {
  ME_TRY(std::string hex, hex_digest(DigestKind::sha256, source, progress));
  return migrate::FileIdentity{source.size(), std::move(hex)};
}

}  // namespace

Status MigrateJob::plan(cli::Context& context, MigrateSources& sources, const MigrateSettings& settings) {
  ME_TRY(OnnxFile opened, open_onnx_file(path_, settings.limits));
  file_ = std::move(opened.source);
  components_.clear();
  const io::DirectorySurroundings around(path_, &sources.listings());
  migrate::Options options;
  options.file = path_;
  options.result = output_;
  options.around = &around;
  options.hub = &sources.hub();
  options.offline = context.offline();
  options.rename_inputs = settings.rename_inputs;
  options.dynamic = settings.dynamic;
  options.rules = rules_;
  options.version = MODELEXPORT_VERSION;
  options.limits = settings.limits;
  if (!source_name_.empty()) {
    ME_TRY(source_, sources.get(source_name_, settings.limits));
    options.source = &source_->source;
    options.source_config = source_->config;
  }
  auto planned = migrate::plan_migration(*file_, options);
  if (!planned) {
    if (planned.error().where.path.empty()) planned.error().where.path = path_;
    return fail(planned);
  }
  migration_ = std::move(*planned);
  if (source_ != nullptr) plan_components(*source_);
  return {};
}

std::string MigrateJob::directory() const { return directory_of(output_.empty() ? path_ : output_); }

/// What is missing beside the result. Files that are there stay: they may have been edited on purpose.
void MigrateJob::plan_components(const MigrateSource& source) {
  if (!migrate::wants(rules_, "ME-LEGACY-016")) return;
  std::string names;
  std::string others;
  for (const components::PlannedFile& file : source.components.files) {
    const std::string path = io::join_path(directory(), file.path);
    if (exists(path)) {
      if (differs(source, file, path)) others += (others.empty() ? "" : ", ") + file.path;
      continue;
    }
    components_.push_back(&file);
    names += (names.empty() ? "" : ", ") + file.path;
  }
  if (!components_.empty()) migration_.steps.push_back({"ME-LEGACY-016", names + " from " + source_name_});
  if (!others.empty())
    migration_.notes.push_back(migrate::note_of(
        "ME-LEGACY-016", others + " beside the model is not that of " + source_name_ + ", and stays",
        "remove the file and migrate again, if the source's is meant"));
  if (!source.note.empty()) migration_.notes.push_back(migrate::note_of("ME-LEGACY-016", source.note));
}

Status MigrateJob::check_output(const MigrateSettings& settings) const {
  if (output_.empty() || settings.force || !exists(output_)) return {};
  const auto old = io::FileSource::open(output_);
  if (old) {
    const onnx::PlannedSource planned(migration_.plan, *file_);
    ME_TRY(const bool same, same_bytes(planned, **old, no_progress()));
    if (same) return {};
  }
  return io::check_output_file(output_, false);
}

Status MigrateJob::write(cli::Context& context, const MigrateSettings& settings) {
  if (!settings.in_place) return write_copy(context, settings);
  Added added;
  ME_CHECK(write_components(context, directory(), false, &added));
  if (migration_.unchanged()) return {};
  ME_CHECK(write_undo(context, added));
  ME_CHECK(edit_in_place(context, migration_.plan, *file_, path_));
  written_ = path_;
  return {};
}

/// Before the model changes, so that at no time the way back is missing. Two migrations make one undo.
Status MigrateJob::write_undo(cli::Context& context, const Added& added) {
  const onnx::PlannedSource result(migration_.plan, *file_);
  migrate::Undo undo;
  undo.file = name_of(path_);
  ME_TRY(undo.original, identity_of(*file_, context.progress));
  ME_TRY(undo.migrated, identity_of(result, context.progress));
  ME_TRY(undo.plan, migrate::invert(migration_.plan, *file_));
  const auto earlier = read_undo_of(path_, {});
  if (earlier && *earlier && (*earlier)->migrated == undo.original) {
    ME_TRY(undo.plan, onnx::combine(undo.plan, (*earlier)->plan));
    undo.original = (*earlier)->original;
    undo.components = (*earlier)->components;
  }
  undo.components.insert(undo.components.end(), added.begin(), added.end());
  const std::string text = json::dump(migrate::undo_json(undo, MODELEXPORT_VERSION)) + "\n";
  ME_TRY(const auto sink, io::FileSink::open(migrate::undo_name(path_), {.force = true}));
  ME_CHECK(sink->append(text));
  return sink->finish();
}

Status MigrateJob::write_components(cli::Context& context, const std::string& directory, bool replace,
                                    Added* added) {
  if (components_.empty()) return {};
  std::vector<std::string> names;
  for (const components::PlannedFile* file : components_) names.push_back(file->path);
  ME_CHECK(source_->tree->prepare(names, context.progress));
  ME_TRY(const auto out, io::OutputDirectory::open(directory, replace));
  if (added != nullptr) out->record_digests();
  std::set<std::string> written;
  for (const components::PlannedFile* file : components_) {
    ME_TRY(const auto bytes, open_component(*source_, *file));
    ME_TRY(const bool needed, out->plan_bytes(file->path, *bytes));
    if (!needed) continue;
    written.insert(file->path);
    ME_TRY(const auto sink, out->create(file->path));
    ME_CHECK(copy_range(*bytes, {0, bytes->size()}, *sink));
    ME_CHECK(sink->finish());
  }
  ME_CHECK(out->commit());
  if (added == nullptr) return {};
  for (const io::OutputFile& file : out->files())
    if (written.count(file.name) != 0)
      added->emplace_back(file.name, migrate::FileIdentity{file.size, file.sha256});
  return {};
}

Status MigrateJob::copy_data(cli::Context& context, const std::string& directory, bool force) {
  ME_TRY(const onnx::ModelView model, onnx::ModelView::open(*file_));
  const onnx::PlannedSource result(migration_.plan, *file_);
  ME_TRY(const onnx::ModelView after, onnx::ModelView::open(result));
  ME_TRY(const auto files, onnx::external_files(after, onnx::ExternalScope::everything));
  const io::DirectorySurroundings around(path_);
  for (const onnx::ExternalFile& data : files) {
    const auto known = around.look_up(data.location);
    if (!data.acceptable || !known.exists || !known.regular || !known.inside) {
      context.note("the data file " + data.location + " of " + path_ + " is not copied");
      continue;
    }
    ME_TRY(const auto bytes, io::FileSource::open(io::join_path(directory_of(path_), data.location)));
    ME_TRY(const auto out, io::OutputDirectory::open(directory, force));
    ME_TRY(const bool needed, out->plan_bytes(data.location, *bytes));
    if (!needed) continue;
    ME_TRY(const auto sink, out->create(data.location));
    ME_CHECK(copy_range(*bytes, {0, bytes->size()}, *sink));
    ME_CHECK(sink->finish());
    ME_CHECK(out->commit());
  }
  return {};
}

Status MigrateJob::write_copy(cli::Context& context, const MigrateSettings& settings) {
  const std::string directory = directory_of(output_);
  ME_CHECK(write_components(context, directory, settings.force));
  if (directory != directory_of(path_)) ME_CHECK(copy_data(context, directory, settings.force));
  const onnx::PlannedSource result(migration_.plan, *file_);
  ME_TRY(const auto out, io::OutputDirectory::open(directory, settings.force));
  ME_TRY(const bool needed, out->plan_bytes(name_of(output_), result));
  if (!needed) {
    already_done_ = true;
    return {};
  }
  ME_TRY(const auto sink, out->create(name_of(output_), true));
  ME_CHECK(onnx::execute(migration_.plan, *file_, *sink, context.progress));
  ME_CHECK(file_->verify_unchanged());
  ME_CHECK(sink->finish());
  ME_CHECK(out->commit());
  written_ = output_;
  return {};
}

void MigrateJob::release() {
  const bool unchanged = migration_.unchanged();
  migration_.plan.pieces.clear();
  migration_.config.clear();
  for (check::Finding& finding : migration_.errors_left) finding.fixes.clear();
  if (!unchanged) migration_.plan.notes.resize(1);
  file_.reset();
}

Result<migrate::FileIdentity> MigrateJob::identity(cli::Context& context) const {
  ME_TRY(const auto file, io::FileSource::open(path_));
  return identity_of(*file, context.progress);
}

namespace {

/// Another model there was migrated as well: what was put beside it may be needed.
bool other_undo_beside(const std::string& path) {
  const std::string own = name_of(migrate::undo_name(path));
  const std::string directory = directory_of(path);
  DIR* open = ::opendir(directory.empty() ? "." : directory.c_str());
  if (open == nullptr) return true;
  bool found = false;
  while (const dirent* entry = ::readdir(open)) {
    const std::string_view name = entry->d_name;
    found = found || (name != own && name.ends_with(migrate::undo_name("")));
  }
  ::closedir(open);
  return found;
}

/// Only what is still as it was put there.
void remove_components(cli::Context& context, const migrate::Undo& undo, const std::string& path) {
  if (undo.components.empty()) return;
  const bool shared = other_undo_beside(path);
  std::string stay;
  for (const auto& [name, identity] : undo.components) {
    const std::string file = io::join_path(directory_of(path), name);
    struct stat info {};
    if (::lstat(file.c_str(), &info) != 0) continue;
    const auto source = S_ISREG(info.st_mode) && !shared ? io::FileSource::open(file)
                                                         : Result<std::unique_ptr<io::FileSource>>(nullptr);
    const bool known = source && *source != nullptr;
    const auto now = known ? identity_of(**source, context.progress) : Result<migrate::FileIdentity>{};
    if (!known || !now || !(*now == identity)) {
      stay += (stay.empty() ? "" : ", ") + name;
      continue;
    }
    ::unlink(file.c_str());
    const std::string around = directory_of(file);
    if (around != directory_of(path)) ::rmdir(around.c_str());  // if nothing else is in it
  }
  if (!stay.empty())
    context.note(stay + (shared ? " stays: other migrated models are beside " + path
                                : " was changed since " + path + " was migrated, and stays"));
}

}  // namespace

Status undo_migration(cli::Context& context, const std::string& path) {
  ME_TRY(const auto undo, read_undo_of(path, {}));
  if (!undo)
    return fail(ErrorCode::migrate_undo, "there is no undo file beside " + path,
                {.path = migrate::undo_name(path)},
                "only --in-place leaves one; restore the model from a copy");
  ME_TRY(const auto file, io::FileSource::open(path));
  ME_TRY(const migrate::FileIdentity now, identity_of(*file, context.progress));
  if (now == undo->original) {
    remove_components(context, *undo, path);
    ::unlink(migrate::undo_name(path).c_str());
    return {};
  }
  if (!(now == undo->migrated))
    return fail(ErrorCode::migrate_undo, path + " was changed since it was migrated", {.path = path},
                "restore the model from a copy");
  const onnx::PlannedSource original(undo->plan, *file);
  ME_TRY(const migrate::FileIdentity would, identity_of(original, context.progress));
  if (!(would == undo->original))
    return fail(ErrorCode::migrate_undo, "the undo file does not make the original", {.path = path},
                "restore the model from a copy");
  ME_CHECK(write_edited(context, undo->plan, *file, path, true));
  remove_components(context, *undo, path);
  ::unlink(migrate::undo_name(path).c_str());
  return {};
}

}  // namespace modelexport::commands
