// Stamps of ADR-012: where the model's configuration and tokenizer come from.
#include "modelexport/stamp.h"

#include "check/rules/groups.h"

namespace modelexport::check {
namespace {

constexpr Rule kMissing{
    .id = "ME-STAMP-001",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The file does not say where its model comes from.",
    .why = "Without a stamp no loader can find configuration and tokenizer.",
    .fix = "modelexport stamp MODEL.onnx --source SOURCE --in-place",
    .example = "a model without hf_model_type",
};
constexpr Rule kConflict{
    .id = "ME-STAMP-002",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The stamp contradicts itself.",
    .why =
        "A Hub stamp needs hf_hub_id, a local one has none; hf_model_type says which it is. Loaders end with "
        "an "
        "error otherwise.",
    .fix = "modelexport stamp MODEL.onnx --source SOURCE --in-place",
    .example = "hf_model_type = hub without hf_hub_id",
};
constexpr Rule kUnknownType{
    .id = "ME-STAMP-003",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The stamp's type is neither hub nor local.",
    .why = "Loaders end with 'Cannot determine model type'.",
    .fix = "modelexport stamp MODEL.onnx --source SOURCE --in-place",
    .example = "hf_model_type = remote",
};
constexpr Rule kUnpinned{
    .id = "ME-STAMP-004",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The stamp names no exact commit.",
    .why = "Branches move and short hashes are no pins: the configuration may have changed since the export.",
    .fix = "modelexport stamp MODEL.onnx --source ID@COMMIT --in-place, or modelexport migrate MODEL.onnx",
    .example = "hf_hub_revision = 1a2b3c4d",
};
constexpr Rule kBadValue{
    .id = "ME-STAMP-005",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A value of the stamp is not valid.",
    .why = "hf_hub_id is NAME or ORGANISATION/NAME, hf_hub_revision a commit of 40 hexadecimal digits.",
    .fix = "modelexport stamp MODEL.onnx --source SOURCE --in-place",
    .example = "hf_hub_id = a/b/c",
};
constexpr Rule kDuplicate{
    .id = "ME-STAMP-006",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A key of the stamp is there more than once.",
    .why = "Loaders that fill a dictionary take the last, others the first.",
    .fix = "modelexport check --fix keeps the last",
    .example = "hf_hub_id twice",
};

constexpr const Rule* kRules[] = {&kMissing, &kConflict, &kUnknownType, &kUnpinned, &kBadValue, &kDuplicate};

const Rule& rule_for(const Diagnostic& diagnostic) {
  switch (diagnostic.code) {
    case ErrorCode::stamp_unknown_type:
      return kUnknownType;
    case ErrorCode::stamp_unpinned:
      return kUnpinned;
    case ErrorCode::stamp_bad_value:
      return kBadValue;
    default:
      return diagnostic.severity == Severity::warning ? kDuplicate : kConflict;
  }
}

void check_model(ModelContext& model) {
  stamp::Entries entries;
  bool stamped = false;
  for (const onnx::MetadataEntry& entry : model.model.header().metadata) {
    entries.emplace_back(entry.key, entry.value);
    stamped = stamped || entry.key.starts_with("hf_");
  }
  if (!stamped) {
    model.findings.add(kMissing, "the file does not say where its model comes from");
    return;
  }
  for (const Diagnostic& diagnostic : stamp::check(entries)) {
    std::optional<std::uint64_t> offset;
    for (const onnx::MetadataEntry& entry : model.model.header().metadata)
      if (diagnostic.where.field == "metadata_props[" + entry.key + "]") offset = entry.message.offset;
    Finding& finding = model.findings.add(rule_for(diagnostic), diagnostic.message, nullptr, offset);
    finding.where.field = diagnostic.where.field;
  }
}

}  // namespace

const Group kStampGroup{.rules = kRules, .model = check_model};

}  // namespace modelexport::check
