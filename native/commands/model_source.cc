#include "commands/model_source.h"

#include <unistd.h>

#include "commands/hub_source.h"
#include "commands/source_option.h"
#include "commands/source_tree.h"
#include "convert/archive_record.h"
#include "io/file_sink.h"

namespace modelexport::commands {
namespace {

using source::Source;

void read_record_into(cli::Context& context, const std::string& text, const Limits& limits,
                      ModelSource& made) {
  auto record = stamp::read_record(text, limits);
  if (record) {
    made.record = std::move(*record);
  } else {
    context.warn(record.error());
  }
}

/// --source, with what the record knows about the same model.
Result<Source> given_source(cli::Context& context, const std::string& given, const ModelSource& made) {
  Source source = classify_source(context, given);
  const bool recorded = made.record && made.record->kind == source::Kind::hub && !source.exists &&
                        made.record->repo_id == source.repo_id && !source.repo_id.empty() &&
                        (source.commit.empty() || source.commit == made.record->commit);
  if (recorded) {
    source = stamp::source_of(*made.record);
    source.input = given;
  }
  ME_CHECK(pin_source(context, source));
  return source;
}

std::optional<Source> recorded_source(cli::Context& context, const ModelSource& made) {
  if (!made.record || made.record->kind == source::Kind::invalid) return std::nullopt;
  Source source = stamp::source_of(*made.record);
  if (source.kind == source::Kind::hub && source.commit.empty()) {
    // The record names no commit: what the name means now.
    Source named =
        classify_source(context, source.repo_id + (source.revision.empty() ? "" : "@" + source.revision));
    if (pin_source(context, named)) return named;
  }
  if (source.kind != source::Kind::local) return source;
  Source here = classify_source(context, source.path.empty() ? source.input : source.path);
  return here.kind == source::Kind::local && here.exists ? here : source;
}

std::optional<Source> source_beside(cli::Context& context, const std::string& archive_path) {
  std::string directory = io::split_path(archive_path).first;
  if (directory.empty()) directory = ".";
  if (::access((directory + "/config.json").c_str(), R_OK) != 0) return std::nullopt;
  return classify_source(context, directory);
}

Status plan_local(cli::Context& context, bool package, const Limits& limits, ModelSource& made) {
  Source& source = *made.source;
  ME_TRY(made.tree, open_source_tree(context, source, limits));
  components::PlanOptions options;
  options.keep_paths = context.arguments.has("keep-paths");
  options.task = context.arguments.get("task");
  options.limits = limits;
  auto plan = components::plan_components(*made.tree, options);
  if (plan) {
    made.components = std::move(*plan);
    return {};
  }
  const ErrorCode code = plan.error().code;
  const bool without_config = code == ErrorCode::pack_no_config || code == ErrorCode::pack_adapter ||
                              code == ErrorCode::pack_diffusers;
  if (package || !without_config) return fail(plan);
  context.warn(plan.error());
  return {};
}

}  // namespace

Result<ModelSource> find_model_source(cli::Context& context, const std::string& given,
                                      const ByteSource* archive, const std::string& archive_path,
                                      bool package, const Limits& limits) {
  ModelSource made;
  if (archive != nullptr) {
    ME_TRY(const auto record, convert::read_record_text(*archive, limits));
    if (record) read_record_into(context, *record, limits, made);
  }
  if (!given.empty()) {
    ME_TRY(made.source, given_source(context, given, made));
  } else {
    made.source = recorded_source(context, made);
    const bool missing = made.source && made.source->kind == source::Kind::local && !made.source->exists;
    if (!made.source || missing) {
      if (auto beside = source_beside(context, archive_path)) made.source = std::move(beside);
    }
  }
  if (!made.source) {
    made.note = "no source is known: no loader will find a configuration (--source DIRECTORY-OR-HUB-ID)";
  } else if (made.source->kind == source::Kind::local && made.source->exists) {
    ME_CHECK(plan_local(context, package, limits, made));
  } else if (made.source->kind == source::Kind::hub) {
    ME_TRY(made.hub_config, hub_config(context, *made.source, limits));
  } else if (made.source->kind == source::Kind::local) {
    made.note = "the captured model directory '" + made.source->input +
                "' is not here: no component files are written (--source DIRECTORY)";
  }
  return made;
}

}  // namespace modelexport::commands
