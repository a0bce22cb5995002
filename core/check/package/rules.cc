#include "check/package/rules.h"

namespace modelexport::check {
namespace package_rules {
namespace {
constexpr Readers kLoaders = Reader::optimum | Reader::transformers_js;
constexpr Severity kWarn = Severity::warning;
}  // namespace

constinit const Rule kNoConfig{
    .id = "ME-PKG-010",
    .severity = kWarn,
    .refused_by = kLoaders,
    .title = "The package has no config.json.",
    .why =
        "Loaders choose the model class by it. Optimum ends with 'The library name could not be "
        "automatically "
        "inferred'.",
    .fix = "modelexport pack MODEL.onnx --source SOURCE -o DIR writes a complete package",
    .example = "a directory with model.onnx and tokenizer.json only",
};
constinit const Rule kBadDocument{
    .id = "ME-PKG-011",
    .severity = kWarn,
    .refused_by = kLoaders,
    .title = "A component file cannot be read.",
    .why =
        "Loaders want JSON objects without a byte order mark, and the files themselves instead of Git LFS "
        "pointers.",
    .fix = "copy the file from its source again (git lfs pull), or let modelexport pack do it",
    .example = "config.json cut off in the middle; a tokenizer.json of 130 bytes that names an LFS object",
};
constinit const Rule kNoModelType{
    .id = "ME-PKG-012",
    .severity = kWarn,
    .refused_by = kLoaders,
    .title = "config.json names no model_type.",
    .why = "Without it transformers guesses the model by parts of the directory's name.",
    .fix = "copy config.json from its source again, or add model_type",
    .example = "{\"hidden_size\": 768}",
};
constinit const Rule kRemoteCode{
    .id = "ME-PKG-013",
    .severity = kWarn,
    .refused_by = {},
    .title = "The configuration refers to Python code.",
    .why =
        "auto_map names classes that are loaded from files or from the Hub with trust_remote_code=True: the "
        "package then runs code, and may need the network.",
    .fix = "use a model type that transformers knows, where there is one",
    .example = "\"auto_map\": {\"AutoConfig\": \"repo--configuration_x.XConfig\"}",
};
constinit const Rule kUnknownType{
    .id = "ME-PKG-014",
    .severity = kWarn,
    .refused_by = Reader::optimum,
    .title = "transformers does not know the model_type of config.json.",
    .why =
        "AutoConfig ends with 'does not recognize this architecture'. The known types are those of the "
        "versions that "
        "the packages are tested with; later ones add more.",
    .fix = "correct model_type, or load the package with a transformers that knows it",
    .example = "\"model_type\": \"bret\"",
};
constinit const Rule kNoTokenizer{
    .id = "ME-PKG-020",
    .severity = kWarn,
    .refused_by = {},
    .title = "The model takes token ids, but there is no tokenizer.",
    .why = "The model can be loaded, but its inputs cannot be made from the package alone.",
    .fix = "modelexport pack MODEL.onnx --source SOURCE -o DIR brings the tokenizer",
    .example = "input_ids without tokenizer.json or vocab file",
};
constinit const Rule kNoProcessor{
    .id = "ME-PKG-021",
    .severity = kWarn,
    .refused_by = {},
    .title = "The model takes images or audio, but there is no preprocessor_config.json.",
    .why = "Sizes, scaling and normalisation of the inputs are not known from the package alone.",
    .fix = "modelexport pack MODEL.onnx --source SOURCE -o DIR brings the processor",
    .example = "pixel_values without preprocessor_config.json",
};
constinit const Rule kTimmKey{
    .id = "ME-OPT-001",
    .severity = kWarn,
    .refused_by = {},
    .title = "config.json has the key architecture.",
    .why =
        "Optimum takes the package for a timm model and loses the configuration. transformers writes "
        "architectures, a list.",
    .fix = "remove the key, unless this is a timm model",
    .example = "\"architecture\": \"bert\"",
};
constinit const Rule kAtSign{
    .id = "ME-OPT-002",
    .severity = kWarn,
    .refused_by = Reader::optimum,
    .title = "The package's path has one @ in it.",
    .why = "Optimum takes what follows for a revision and looks for the rest on the Hub.",
    .fix = "rename the directory",
    .example = "models/bert@v2",
};
constinit const Rule kSeveralModels{
    .id = "ME-OPT-003",
    .severity = kWarn,
    .refused_by = {},
    .title = "It is not clear which model file is meant.",
    .why = "Optimum takes model.onnx; without it the first file that it finds, with a warning.",
    .fix = "call the file model.onnx, or put variants into packages of their own",
    .example = "a.onnx and b.onnx",
};
constinit const Rule kMissingParts{
    .id = "ME-OPT-004",
    .severity = kWarn,
    .refused_by = Reader::optimum,
    .title = "An encoder-decoder model lacks one of its parts.",
    .why =
        "Optimum needs encoder_model.onnx and decoder_model_merged.onnx, or decoder_model.onnx with "
        "decoder_with_past_model.onnx.",
    .fix = "export the missing parts",
    .example = "is_encoder_decoder with model.onnx only",
};
constinit const Rule kInputs{
    .id = "ME-OPT-005",
    .severity = kWarn,
    .refused_by = Reader::optimum,
    .title = "The model has an input that its class does not give.",
    .why =
        "Optimum feeds what the class's forward() takes; for others it ends with 'Input X is required by "
        "model but "
        "not provided'.",
    .fix = "export the model without the input, or load it with ORTModelForCustomTasks",
    .example = "bbox in a model for ORTModelForTokenClassification",
};
constinit const Rule kOutputs{
    .id = "ME-OPT-006",
    .severity = kWarn,
    .refused_by = Reader::optimum,
    .title = "The model lacks an output that its class returns.",
    .why =
        "Optimum reads outputs by name and ends with a KeyError. Exports of the bare model under a "
        "configuration "
        "with a task head look like this.",
    .fix = "export the model with its head, or load it with ORTModelForFeatureExtraction",
    .example = "last_hidden_state under BertForSequenceClassification",
};
constinit const Rule kLabels{
    .id = "ME-OPT-007",
    .severity = kWarn,
    .refused_by = {},
    .title = "The number of labels differs from the size of logits.",
    .why = "Pipelines name the classes by id2label; classes are then missing or too many.",
    .fix = "copy config.json of the model that was exported",
    .example = "logits[batch, 3] with two labels",
};
constinit const Rule kCacheSize{
    .id = "ME-OPT-008",
    .severity = kWarn,
    .refused_by = Reader::optimum,
    .title = "The sizes of the key/value cache are not those that Optimum computes.",
    .why =
        "Optimum makes the first, empty cache from config.json: heads and head size by rules of its own. "
        "With other "
        "sizes in the model every call fails with 'Got invalid dimensions for input'.",
    .fix =
        "correct hidden_size, num_attention_heads and num_key_value_heads, or run the model without Optimum",
    .example = "past_key_values.0.key[b,8,p,128] where hidden_size / num_attention_heads is 64",
};
constinit const Rule kNoCache{
    .id = "ME-OPT-009",
    .severity = kWarn,
    .refused_by = {},
    .title = "A decoder has no key/value cache.",
    .why = "Optimum loads it with a warning, and then fails unless the caller says use_cache=False.",
    .fix = "export with cache: modelexport.capture … --with-past; or load with use_cache=False",
    .example = "GPT2LMHeadModel with logits only",
};
constinit const Rule kCacheOrder{
    .id = "ME-OPT-010",
    .severity = kWarn,
    .refused_by = {},
    .title = "The cache's inputs and outputs are not in the same order.",
    .why = "Optimum pairs them by position: key, value, layer by layer.",
    .fix = "export the model again",
    .example = "present.1.key before present.0.value",
};
constinit const Rule kStaticBatch{
    .id = "ME-OPT-011",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The batch size is fixed.",
    .why = "Other batch sizes are refused when the model runs.",
    .fix = "export the model with symbolic axes",
    .example = "input_ids[2, sequence_length]",
};
constinit const Rule kDataNames{
    .id = "ME-OPT-012",
    .severity = kWarn,
    .refused_by = {},
    .title = "The data file of a model is not called MODEL.onnx_data.",
    .why = "From the Hub, Optimum and transformers.js fetch only a file of that name beside the model.",
    .fix = "rename the file and the locations",
    .example = "weights.bin beside model.onnx",
};
constinit const Rule kJsLayout{
    .id = "ME-TJS-001",
    .severity = kWarn,
    .refused_by = Reader::transformers_js,
    .title = "There is no model in the directory onnx.",
    .why = "transformers.js looks for onnx/model.onnx and its variants, nowhere else.",
    .fix = "modelexport pack MODEL.onnx --target transformers.js -o DIR",
    .example = "model.onnx beside config.json",
};
constinit const Rule kJsTokenizer{
    .id = "ME-TJS-002",
    .severity = kWarn,
    .refused_by = Reader::transformers_js,
    .title = "tokenizer.json or tokenizer_config.json is missing.",
    .why = "transformers.js reads these two and no other form of tokenizer.",
    .fix = "convert the tokenizer with transformers: AutoTokenizer.from_pretrained(…).save_pretrained(…)",
    .example = "vocab.txt only",
};
constinit const Rule kJsTemplate{
    .id = "ME-TJS-003",
    .severity = kWarn,
    .refused_by = {},
    .title = "The chat template is only in chat_template.jinja.",
    .why = "transformers.js looks for it in tokenizer_config.json and ends with 'chat_template is not set'.",
    .fix = "modelexport pack … --target transformers.js writes it there as well",
    .example = "chat_template.jinja without chat_template in tokenizer_config.json",
};
constinit const Rule kJsQuantized{
    .id = "ME-TJS-004",
    .severity = Severity::info,
    .refused_by = {},
    .title = "Browsers would look for model_quantized.onnx.",
    .why =
        "The default of transformers.js in browsers is q8; without that file the caller must choose a dtype.",
    .fix = "set transformers.js_config.dtype to fp32 in config.json, or pass dtype",
    .example = "onnx/model.onnx only",
};

}  // namespace package_rules

namespace {
namespace r = package_rules;
constexpr const Rule* kRules[] = {&r::kManifest,    &r::kFileMissing,   &r::kFileChanged,  &r::kFileUnlisted,
                                  &r::kNoConfig,    &r::kBadDocument,   &r::kNoModelType,  &r::kRemoteCode,
                                  &r::kUnknownType, &r::kNoTokenizer,   &r::kNoProcessor,  &r::kTimmKey,
                                  &r::kAtSign,      &r::kSeveralModels, &r::kMissingParts, &r::kInputs,
                                  &r::kOutputs,     &r::kLabels,        &r::kCacheSize,    &r::kNoCache,
                                  &r::kCacheOrder,  &r::kStaticBatch,   &r::kDataNames,    &r::kJsLayout,
                                  &r::kJsTokenizer, &r::kJsTemplate,    &r::kJsQuantized};
}  // namespace

const Group kPackageGroup{.rules = kRules};

}  // namespace modelexport::check
