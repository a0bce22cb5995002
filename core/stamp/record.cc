// The capture record (schema modelexport/capture/1).
#include "json/json.h"
#include "modelexport/stamp.h"

namespace modelexport::stamp {
namespace {

using json::Json;

std::string text_of(const Json& object, std::string_view key) {
  return std::string(json::find_string(object, key).value_or(std::string_view{}));
}

tl::unexpected<Diagnostic> invalid(std::string what) {
  return fail(ErrorCode::record_invalid, std::move(what), {.field = "modelexport.json"},
              "Capture the model again, or name its source with --source SOURCE.");
}

/// {"torch":"2.15.0",…,"tokenizer":{…}}: versions and the tokenizer's fingerprint, as far as recorded.
std::string captured_with(const Json& record) {
  Json out = Json::object();
  if (const Json* versions = json::find(record, "versions")) {
    for (const auto& [key, value] : json::members(*versions)) {
      if (value.is_string()) out[key] = value;
    }
  }
  if (const Json* tokenizer = json::find(record, "tokenizer");
      tokenizer != nullptr && tokenizer->is_object()) {
    out["tokenizer"] = *tokenizer;
  }
  return out.empty() ? std::string() : json::dump(out);
}

source::Kind kind_of(const Json& record) {
  const std::string kind = text_of(record, "source_kind");
  if (kind == "hub") return source::Kind::hub;
  return kind == "local" ? source::Kind::local : source::Kind::invalid;
}

}  // namespace

Result<Record> read_record(std::string_view text, const Limits& limits) {
  const Result<Json> parsed = json::parse(text, limits, "modelexport.json");
  if (!parsed) return invalid("The capture record is not valid JSON: " + parsed.error().message);
  const std::string schema = text_of(*parsed, "schema");
  if (schema.substr(0, 20) != "modelexport/capture/") {
    return invalid("The capture record has the schema '" + schema + "', not modelexport/capture/1.");
  }
  Record record;
  record.source = text_of(*parsed, "source");
  record.kind = kind_of(*parsed);
  record.repo_id = text_of(*parsed, "repo_id");
  record.revision = text_of(*parsed, "revision");
  record.commit = text_of(*parsed, "commit");
  record.task = text_of(*parsed, "task");
  record.model_type = text_of(*parsed, "model_type");
  record.captured_with = captured_with(*parsed);
  // The archive is untrusted: ids and commits go into URLs and cache paths later.
  if (record.kind == source::Kind::hub && !source::is_hub_id(record.repo_id)) {
    return invalid("The capture record names '" + record.repo_id + "', which is no Hub id.");
  }
  if (!record.commit.empty() && !source::is_commit(record.commit)) {
    return invalid("The capture record's commit is not 40 hexadecimal digits.");
  }
  return record;
}

source::Source source_of(const Record& record) {
  source::Source source;
  source.input = record.source;
  if (record.kind == source::Kind::hub) {
    source.kind = source::Kind::hub;
    source.reason = record.commit.empty() ? source::Reason::hub_scheme : source::Reason::pinned;
    source.repo_id = record.repo_id;
    source.revision = record.commit.empty() ? record.revision : record.commit;
    source.commit = record.commit;
    if (!source::is_revision(source.revision)) source.revision.clear();
  } else if (record.kind == source::Kind::local) {
    source.kind = source::Kind::local;
    source.reason = source::Reason::path_prefix;
    source.path = record.source;
  }
  return source;
}

}  // namespace modelexport::stamp
