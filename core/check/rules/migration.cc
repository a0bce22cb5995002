// Quieter faults of earlier exporters, and what `migrate` does about files that carry them.
//
// Most of these need what lies beside the model (sidecar, report, configuration): core/migrate reports them
// by their id. What one file shows on its own is found here.
#include <algorithm>

#include "check/rules/groups.h"
#include "hierarchy/input_names.h"
#include "hierarchy/node_forms.h"
#include "hierarchy/sidecar.h"

namespace modelexport::check {
namespace {

constexpr Rule kSidecarOnly{
    .id = "ME-LEGACY-005",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The module tags are only in a file beside the model.",
    .why =
        "A cleaned export keeps its tags in X_htp_metadata.json; whoever copies the model alone loses them.",
    .fix = "modelexport migrate MODEL.onnx -o NEW.onnx writes them into the nodes' metadata",
    .example = "X.onnx without tags beside X_htp_metadata.json",
};
constexpr Rule kSidecarDiffers{
    .id = "ME-LEGACY-006",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The file beside the model has other tags than the model.",
    .why = "Model and X_htp_metadata.json come from different exports, or one of them was edited.",
    .fix = "nothing is guessed: the model's own tags stay; remove the file that is not meant",
    .example = "attribute /BertModel/BertEncoder, sidecar /BertModel/BertPooler for one node",
};
constexpr Rule kSharedTag{
    .id = "ME-LEGACY-007",
    .severity = Severity::info,
    .refused_by = {},
    .title = "One tag stands for several modules.",
    .why = "Tags of earlier exports name classes only: T5's encoder and decoder are both /T5Model/T5Stack.",
    .fix = "modelexport migrate MODEL.onnx -o NEW.onnx adds hierarchy_scope, which tells them apart",
    .example = "/T5Model/T5Stack for the scopes encoder and decoder",
};
constexpr Rule kHeadless{
    .id = "ME-LEGACY-008",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "The model has no task head, whatever its configuration says.",
    .why =
        "The predecessor always exported the base model: a classifier's file returns hidden states and no "
        "logits.",
    .fix = "use it for feature extraction, or export again from the checkpoint: modelexport export SOURCE",
    .example = "outputs last_hidden_state, pooler_output under BertForSequenceClassification",
};
constexpr Rule kInputNames{
    .id = "ME-LEGACY-009",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "Inputs carry each other's names.",
    .why =
        "The predecessor named the inputs in the order of its dummy data: a CLIP's pixel_values may be the "
        "token ids. Whoever feeds inputs by name gets an error or nonsense.",
    .fix = "modelexport migrate MODEL.onnx --rename-inputs -o NEW.onnx",
    .example = "pixel_values: int64[2,16], input_ids: float32[2,3,32,32]",
};
constexpr Rule kOutputNames{
    .id = "ME-LEGACY-010",
    .severity = Severity::info,
    .refused_by = {},
    .title = "Outputs have names that an exporter made up.",
    .why = "Names such as onnx::Shape_548 are inner values of a trace; they change with every export.",
    .fix = "do not rely on these outputs",
    .example = "output onnx::MatMul_566",
};
constexpr Rule kUnfinished{
    .id = "ME-LEGACY-011",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "An export was not finished.",
    .why = "There is a sidecar or report of the predecessor, but no model: the export failed.",
    .fix = "export the model again: modelexport export SOURCE -o OUT",
    .example = "X_htp_metadata.json without X.onnx",
};
constexpr Rule kRootFallback{
    .id = "ME-LEGACY-012",
    .severity = Severity::info,
    .refused_by = {},
    .title = "Nodes are tagged with the root module for want of a better one.",
    .why =
        "The predecessor counted them as covered, although their names lie in a module that it had not "
        "traced.",
    .fix = "hierarchy_scope says where they ran as far as their names tell",
    .example = "/layers/Concat with the tag /SegformerModel",
};
constexpr Rule kSidecarPath{
    .id = "ME-LEGACY-013",
    .severity = Severity::info,
    .refused_by = {},
    .title = "A file beside the model holds a path of the machine that made it.",
    .why = "Sidecars keep the model's name as it was typed, also an absolute path.",
    .fix = "do not give the sidecar away; the migrated model does not need it",
    .example = "model.name_or_path = /home/me/model",
};
constexpr Rule kNamesOnly{
    .id = "ME-LEGACY-014",
    .severity = Severity::info,
    .refused_by = {},
    .title = "Only the nodes' names say where they belong.",
    .why = "Names have the attributes' path, not the classes, so that tags cannot be made from them.",
    .fix =
        "put X_htp_metadata.json or the report beside the model, or export again: modelexport export SOURCE",
    .example = "/encoder/layer.0/attention/MatMul without any tag",
};
constexpr Rule kScopes{
    .id = "ME-LEGACY-015",
    .severity = Severity::info,
    .refused_by = {},
    .title = "Nodes have a tag, but no instance path.",
    .why = "A class path does not say which of several instances ran; the node's name does.",
    .fix = "modelexport migrate MODEL.onnx -o NEW.onnx adds hierarchy_scope",
    .example = "hierarchy_tag without hierarchy_scope",
};
constexpr Rule kNoConfig{
    .id = "ME-LEGACY-016",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The configuration is not beside the model.",
    .why = "The predecessor wrote the model alone; loaders need config.json, and most also a tokenizer.",
    .fix = "modelexport migrate MODEL.onnx --source SOURCE -o OUT/",
    .example = "X.onnx in a directory without config.json",
};
constexpr Rule kTwoTags{
    .id = "ME-LEGACY-017",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A node carries two different tags.",
    .why = "Attribute, metadata and doc_string of one node disagree: the file was edited after its export.",
    .fix = "nothing is guessed: hierarchy_tag in the metadata wins, then the attribute, then doc_string",
    .example = "attribute /A/B beside metadata /A/C",
};
constexpr Rule kUnmatched{
    .id = "ME-LEGACY-018",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "Nothing says to which module some nodes belong.",
    .why = "Neither their names nor their neighbours are known to the sidecar: the model was changed since.",
    .fix = "export the model again: modelexport export SOURCE",
    .example = "a node without name between two modules",
};
constexpr Rule kStaleSidecar{
    .id = "ME-LEGACY-019",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "A sidecar beside the model does not belong to it.",
    .why = "Hardly any of its node names are in the model.",
    .fix = "put the model's own X_htp_metadata.json beside it",
    .example = "bert.onnx beside t5_htp_metadata.json",
};
constexpr Rule kBody{
    .id = "ME-LEGACY-020",
    .severity = Severity::info,
    .refused_by = {},
    .title = "Nodes in a branch, loop or function have no tag.",
    .why = "The predecessor tagged the outermost graph only.",
    .fix =
        "modelexport migrate MODEL.onnx -o NEW.onnx: their names' module, else that of the node around them",
    .example = "an If with a tag whose branches have none",
};
constexpr Rule kDynamic{
    .id = "ME-LEGACY-021",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The batch size is fixed, but nothing in the model depends on it.",
    .why = "Every operator carries the batch axis through, and no constant holds its size.",
    .fix = "modelexport migrate MODEL.onnx --dynamic -o NEW.onnx",
    .example = "pixel_values float32[2,3,64,64] of a ResNet",
};

constexpr const Rule* kRules[] = {
    &kSidecarOnly, &kSidecarDiffers, &kSharedTag,    &kHeadless,  &kInputNames, &kOutputNames,
    &kUnfinished,  &kRootFallback,   &kSidecarPath,  &kNamesOnly, &kScopes,     &kNoConfig,
    &kTwoTags,     &kUnmatched,      &kStaleSidecar, &kBody,      &kDynamic};

/// The predecessor's files of a model: X_htp_metadata.json and its older relatives.
bool has_sidecar(const ModelContext& model) {
  if (model.options.around == nullptr) return false;
  std::string name = model.model.source().name();
  name = name.substr(name.find_last_of('/') + 1);
  const std::string stem = name.substr(0, name.rfind('.'));
  // By name, not by listing: a directory may have ten thousand models.
  const auto endings = hierarchy::sidecar_endings();
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    return model.options.around->look_up(stem + std::string(ending)).exists;
  });
}

void check_sidecar(ModelContext& model) {
  const auto& nodes = model.model.graph().nodes;
  if (nodes.empty() || !has_sidecar(model)) return;
  const auto first = model.model.node(nodes.front());
  if (!first) return;
  const auto form = hierarchy::read_node_form(*first, model.options.limits).form;
  if (form == hierarchy::Form::none)
    model.report(kSidecarOnly, "the module tags are in a file beside the model");
}

void check_inputs(ModelContext& model) {
  std::vector<onnx::ValueView> inputs;
  for (const onnx::MessageRef& message : model.model.graph().inputs) {
    auto value = model.model.value(message);
    if (!value) return;
    inputs.push_back(std::move(*value));
  }
  const Place graph{nullptr, "graph"};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!hierarchy::contradicts_name(inputs[i])) continue;
    model.report(kInputNames,
                 "the input " + in_quotes(inputs[i].name) + " is " + hierarchy::type_text(inputs[i]) +
                     ", as no input of that name is",
                 Place{&graph, "input", i}, inputs[i].message.offset);
  }
}

void check_outputs(ModelContext& model) {
  const Place graph{nullptr, "graph"};
  const auto& outputs = model.model.graph().outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto value = model.model.value(outputs[i]);
    if (!value || !value->name.starts_with("onnx::")) continue;
    model.report(kOutputNames, "the output " + in_quotes(value->name) + " has a made-up name",
                 Place{&graph, "output", i}, outputs[i].offset);
  }
}

void check_model(ModelContext& model) {
  check_sidecar(model);
  check_inputs(model);
  check_outputs(model);
}

}  // namespace

const Group kMigrationGroup{.rules = kRules, .model = check_model};

}  // namespace modelexport::check
