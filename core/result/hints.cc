#include "result/hints.h"

#include <algorithm>
#include <array>

#include "result/shell_word.h"

namespace modelexport {
namespace {

struct Row {
  ErrorCode code;
  std::string_view hint;
};

constexpr std::string_view kAgain = "run the command again; if it happens again, report it with the command";
constexpr std::string_view kGetAgain =
    "get or save the file again: compare its size and SHA-256 with where it came from; modelexport inspect "
    "FILE "
    "shows what it holds";
constexpr std::string_view kSaveAgain =
    "save the archive again: python3 -m modelexport.capture MODEL_DIR -o model.pt2";
constexpr std::string_view kOther =
    "export an archive of another form: python3 -m modelexport.capture MODEL_DIR -o model.pt (or .pt2)";
constexpr std::string_view kTooLarge =
    "files of this size are refused to protect the memory; if the file is sound, report it";
constexpr std::string_view kNetwork =
    "check the network and HF_ENDPOINT, or work from the cache: add --offline; modelexport doctor shows the "
    "settings";
constexpr std::string_view kCheck =
    "modelexport check FILE says what is wrong with the model, and --fix repairs "
    "what can be repaired";
constexpr std::string_view kExportAgain = "export the model again: modelexport export ARCHIVE -o OUT";
constexpr std::string_view kPython =
    "python3 -m pip install torch transformers, or name another Python: --python PATH";
constexpr std::string_view kPackage =
    "make the package again: modelexport pack MODEL.onnx --source MODEL_DIR -o OUT";
constexpr std::string_view kSource =
    "name the model's directory or Hub id: --source ./model_dir or --source org/name";
constexpr std::string_view kPlan = "make the plan again: modelexport migrate PATH --plan-out plan.json";

constexpr std::array kHints = {
    Row{ErrorCode::cli_usage,
        "modelexport help lists the commands, modelexport help COMMAND the options of one"},
    Row{ErrorCode::cli_interrupted, "run the command again; nothing half-written was left behind"},
    Row{ErrorCode::internal, "report it with the command and, if you can, the file"},
    Row{ErrorCode::cli_not_supported_yet,
        "leave the option out; modelexport help COMMAND shows what there is"},
    Row{ErrorCode::cli_unknown_code, "modelexport explain lists all codes"},
    Row{ErrorCode::cli_out_of_memory,
        "raise the limit (ulimit -v, the container's memory), or work on fewer files at once: --jobs 1"},
    Row{ErrorCode::view_no_page,
        "build the page: sh toolchains/build.sh --web, or name its directory: MODELEXPORT_PAGE=DIR"},
    Row{ErrorCode::view_port, "leave --port out, or name another one: --port 8123"},
    Row{ErrorCode::io_not_found, "check the spelling and the current directory: ls -l FILE"},
    Row{ErrorCode::io_not_a_file, "name a regular file; a pipe can be saved first: cat PIPE > FILE"},
    Row{ErrorCode::io_read, "check who may read it: ls -l FILE"},
    Row{ErrorCode::io_short_read,
        "the file was cut or changed while it was read: get it again, then run the command again"},
    Row{ErrorCode::io_too_large, kTooLarge},
    Row{ErrorCode::io_output_exists, "choose another name with -o, or add --force to replace the file"},
    Row{ErrorCode::io_output_directory,
        "choose another directory with -o, or make this one writable: ls -ld DIR"},
    Row{ErrorCode::io_write, "check the free space and permissions: df -h DIR; ls -ld DIR"},
    Row{ErrorCode::json_syntax,
        "python3 -m json.tool FILE shows where the JSON is broken; get or write the file again"},
    Row{ErrorCode::json_field, "correct the field, or let the program that wrote the file write it again"},
    Row{ErrorCode::json_limit, kTooLarge},
    Row{ErrorCode::io_output_not_a_file, "choose a path for a regular file with -o"},
    Row{ErrorCode::io_empty, "get or save the file again: it has no bytes"},
    Row{ErrorCode::io_temporary, "name a writable directory: TMPDIR=DIR modelexport …"},
    Row{ErrorCode::arc_invalid_graph, kSaveAgain},
    Row{ErrorCode::zip_not_an_archive, kGetAgain},
    Row{ErrorCode::zip_truncated, kGetAgain},
    Row{ErrorCode::zip_malformed, kGetAgain},
    Row{ErrorCode::zip_unsafe_name,
        "do not use archives of unknown origin; if this one is yours, save it again with PyTorch"},
    Row{ErrorCode::zip_unsupported,
        "save the archive with PyTorch itself: torch.jit.save or torch.export.save"},
    Row{ErrorCode::zip_checksum, kGetAgain},
    Row{ErrorCode::zip_limit, kTooLarge},
    Row{ErrorCode::zip_no_member,
        "save the archive again with torch.jit.save or torch.export.save; unzip -l FILE lists what it has"},
    Row{ErrorCode::pickle_malformed, kGetAgain},
    Row{ErrorCode::pickle_refused,
        "do not use archives of unknown origin; if this one is yours, save it as .pt2: torch.export.save"},
    Row{ErrorCode::pickle_limit, kTooLarge},
    Row{ErrorCode::torchscript_malformed, kSaveAgain},
    Row{ErrorCode::pt2_version, "save the program with another PyTorch: torch.export.save of 2.5 or later"},
    Row{ErrorCode::pt2_malformed,
        "save the program again: torch.export.save(program, \"model.pt2\"); unzip -l FILE lists what it has"},
    Row{ErrorCode::pt2_unsupported, kOther},
    Row{ErrorCode::torchscript_load, kOther},
    Row{ErrorCode::torchscript_unknown_operator, kOther},
    Row{ErrorCode::capture_environment, kPython},
    Row{ErrorCode::capture_model, "try it in Python: transformers.AutoModel.from_pretrained(\"MODEL_DIR\")"},
    Row{ErrorCode::capture_task, "leave --task out, or name one that the model's class has"},
    Row{ErrorCode::capture_inputs,
        "save an archive with inputs of your own, see \"How to make an archive\" in the README"},
    Row{ErrorCode::capture_trace, kOther},
    Row{ErrorCode::capture_differs, kOther},
    Row{ErrorCode::capture_source, kSource},
    Row{ErrorCode::exp_unsupported_operator, kOther},
    Row{ErrorCode::exp_unsupported_form, kOther},
    Row{ErrorCode::exp_state_lost,
        "give what the next run needs as an input, and return its new value as an output"},
    Row{ErrorCode::exp_no_example_shape, "say it: --input NAME:int64:2x16"},
    Row{ErrorCode::exp_bad_input_option, "modelexport inspect ARCHIVE lists the inputs and outputs"},
    Row{ErrorCode::input_state_dict,
        "load the weights into their model first: python3 -m modelexport.capture MODEL_DIR -o model.pt2"},
    Row{ErrorCode::input_wrong_format, "modelexport inspect FILE says what the file is"},
    Row{ErrorCode::input_truncated, kGetAgain},
    Row{ErrorCode::input_not_pytorch, kSaveAgain},
    Row{ErrorCode::worker_missing,
        "use a .pt2 archive, or build with libtorch; modelexport doctor shows where the worker is looked "
        "for"},
    Row{ErrorCode::worker_crashed, kOther},
    Row{ErrorCode::worker_timeout, "give it more time: --timeout SECONDS"},
    Row{ErrorCode::worker_protocol, "program and worker must be of one build: modelexport doctor"},
    Row{ErrorCode::capture_unavailable, kPython},
    Row{ErrorCode::capture_failed,
        "run the capture alone to see all it says: python3 -m modelexport.capture MODEL_DIR -o model.pt2"},
    Row{ErrorCode::components_collide, "give the output another name with -o"},
    Row{ErrorCode::torchscript_unsupported, kOther},
    Row{ErrorCode::torchscript_inputs, "say what the inputs are: --input NAME:int64:2x16"},
    Row{ErrorCode::torchscript_run,
        "try it in Python: torch.jit.load(\"FILE\"); export without running it: --verify off"},
    Row{ErrorCode::runtime_unusable,
        "name another library: MODELEXPORT_ONNXRUNTIME=PATH; modelexport doctor shows what was found"},
    Row{ErrorCode::runtime_refused, "modelexport check FILE; keep the file for a report: --keep-unverified"},
    Row{ErrorCode::runtime_lacks, "use a newer ONNX Runtime: python3 -m pip install -U onnxruntime"},
    Row{ErrorCode::verify_failed, "keep the file to look at it: --keep-unverified; or allow more: --atol X"},
    Row{ErrorCode::verify_impossible, "export without comparison: --verify off"},
    Row{ErrorCode::trace_hazard,
        "capture with torch.export, which keeps sizes symbolic: python3 -m modelexport.capture MODEL_DIR -o "
        "model.pt2"},
    Row{ErrorCode::source_bad_name, kSource},
    Row{ErrorCode::source_not_found, "check the id; modelexport resolve ID says how a name is read"},
    Row{ErrorCode::source_private, "ask for access on the model's page, then set HF_TOKEN"},
    Row{ErrorCode::source_unreachable, kNetwork},
    Row{ErrorCode::source_no_directory, kSource},
    Row{ErrorCode::hub_unreachable, kNetwork},
    Row{ErrorCode::hub_server_error, "try again later; from the cache it works at once: add --offline"},
    Row{ErrorCode::hub_rate_limited, "wait some minutes, or set HF_TOKEN: members have a higher limit"},
    Row{ErrorCode::hub_bad_answer, kNetwork},
    Row{ErrorCode::hub_redirect, "check HF_ENDPOINT and proxies: modelexport doctor"},
    Row{ErrorCode::hub_integrity, "run the command again: a damaged download is not kept"},
    Row{ErrorCode::hub_revision_not_found,
        "leave @REVISION out, or name a branch, tag or commit that the model has"},
    Row{ErrorCode::hub_file_not_found, "modelexport fetch ID --dry-run lists the model's files"},
    Row{ErrorCode::hub_not_cached, "run once without --offline: modelexport fetch ID@REVISION"},
    Row{ErrorCode::hub_cache_damaged,
        "remove the named file and fetch it again: modelexport fetch ID@REVISION"},
    Row{ErrorCode::hub_cache_write, "make the cache writable, or name another one: HF_HOME=DIR"},
    Row{ErrorCode::hub_token, "set HF_TOKEN to a valid token, or unset it for public models"},
    Row{ErrorCode::hub_endpoint, "unset HF_ENDPOINT, or set it to an https address"},
    Row{ErrorCode::hub_weights_differ,
        "stamp the model's own source: modelexport stamp MODEL.onnx --source ID@COMMIT --in-place"},
    Row{ErrorCode::wire_truncated, kGetAgain},
    Row{ErrorCode::wire_tag, kGetAgain},
    Row{ErrorCode::wire_varint, kGetAgain},
    Row{ErrorCode::wire_depth, "no reader opens a file nested this deep: export the model again"},
    Row{ErrorCode::model_no_graph, "modelexport inspect FILE says what the file is"},
    Row{ErrorCode::model_split_graph, "modelexport check FILE --fix -o NEW.onnx joins the pieces"},
    Row{ErrorCode::model_too_large,
        "keep the weights in a separate file: modelexport export ARCHIVE --weights external -o OUT"},
    Row{ErrorCode::model_limit,
        "split the model or export it again: no runtime works with a graph of this size"},
    Row{ErrorCode::model_value, kAgain},
    Row{ErrorCode::model_edit, kCheck},
    Row{ErrorCode::model_content, kCheck},
    Row{ErrorCode::ext_location, kCheck},
    Row{ErrorCode::ext_entry, kCheck},
    Row{ErrorCode::tensor_shape, kExportAgain},
    Row{ErrorCode::tensor_view, kSaveAgain},
    Row{ErrorCode::stamp_conflict,
        "name one source: modelexport stamp MODEL.onnx --source org/name@COMMIT --in-place"},
    Row{ErrorCode::stamp_unknown_type, "modelexport stamp MODEL.onnx --source org/name@COMMIT --in-place"},
    Row{ErrorCode::stamp_bad_value,
        "modelexport stamp MODEL.onnx shows the metadata; --set KEY=VALUE corrects one"},
    Row{ErrorCode::stamp_unpinned,
        "pin it: modelexport stamp MODEL.onnx --source org/name@COMMIT --in-place"},
    Row{ErrorCode::record_invalid, kSaveAgain},
    Row{ErrorCode::stamp_config_differs, "name the source that the graph was made from: --source MODEL_DIR"},
    Row{ErrorCode::pack_no_config, "name the directory that has config.json: --source MODEL_DIR"},
    Row{ErrorCode::pack_bad_config, "python3 -m json.tool FILE shows where the JSON is broken"},
    Row{ErrorCode::pack_no_model_type, "add \"model_type\" to config.json, as transformers writes it"},
    Row{ErrorCode::pack_lfs_pointer, "fetch the real file: git lfs pull, or modelexport fetch ID"},
    Row{ErrorCode::pack_outside, "put the file into the model's directory and correct the configuration"},
    Row{ErrorCode::pack_named_missing,
        "put the named file beside the configuration, or fetch the model again: modelexport fetch ID"},
    Row{ErrorCode::pack_link, "replace the link by the file itself: cp -L LINK FILE"},
    Row{ErrorCode::pack_limit, kTooLarge},
    Row{ErrorCode::pack_leak, "remove the path from the configuration, or keep it on purpose: --keep-paths"},
    Row{ErrorCode::pack_custom_code, "read the code first; then allow it: --trust-remote-code"},
    Row{ErrorCode::pack_no_preprocessor,
        "add the tokenizer's or processor's files to the model directory and pack again"},
    Row{ErrorCode::pack_secret, "remove the token from the file and revoke it"},
    Row{ErrorCode::pack_roles, "say it: --role FILE=decoder_with_past (encoder, decoder, decoder_merged, …)"},
    Row{ErrorCode::pack_target,
        "leave the target out, or add the files it needs: modelexport explain ME-PACK-014"},
    Row{ErrorCode::pack_class, "name the task that the model is for: --task TASK"},
    Row{ErrorCode::pack_data, "put the data file beside the model: modelexport check FILE says which one"},
    Row{ErrorCode::pack_adapter,
        "merge the adapter into its model with peft (merge_and_unload), then export that"},
    Row{ErrorCode::pack_diffusers, "export the pipeline's models one by one"},
    Row{ErrorCode::pack_name,
        "rename the file: letters, digits, dots, dashes and underscores work everywhere"},
    Row{ErrorCode::pack_choice, "name it as the loader expects, or pass file_name to from_pretrained"},
    Row{ErrorCode::pack_no_cache,
        "capture the decoder with its cache: python3 -m modelexport.capture MODEL_DIR --with-past -o "
        "model.pt2"},
    Row{ErrorCode::pack_elsewhere, "fetch the other repository and put its files beside the model"},
    Row{ErrorCode::pack_python_json,
        "save the configuration again with transformers: config.save_pretrained(DIR)"},
    Row{ErrorCode::pack_unproven, "name the source yourself: --source MODEL_DIR or --source org/name@COMMIT"},
    Row{ErrorCode::pkg_manifest_invalid, kPackage},
    Row{ErrorCode::pkg_file_missing, kPackage},
    Row{ErrorCode::pkg_file_changed, kPackage},
    Row{ErrorCode::pkg_file_unlisted, kPackage},
    Row{ErrorCode::tag_limit, kTooLarge},
    Row{ErrorCode::migrate_plan_invalid, kPlan},
    Row{ErrorCode::migrate_plan_stale, kPlan},
    Row{ErrorCode::migrate_undo, "restore the model from a copy, or export it again"},
    Row{ErrorCode::migrate_dynamic, "leave --dynamic out, or export the model again with symbolic sizes"},
    Row{ErrorCode::migrate_rename, "leave --rename-inputs out and feed the inputs by their type"},
    Row{ErrorCode::migrate_sources, "one line per pattern: models/bert*.onnx,google-bert/bert-base-uncased"},
    Row{ErrorCode::migrate_changed, "nothing was written; report the file"},
};

}  // namespace

std::string_view usual_hint(ErrorCode code) {
  const auto* row = std::find_if(kHints.begin(), kHints.end(),
                                 [&](const Row& candidate) { return candidate.code == code; });
  return row == kHints.end() ? std::string_view() : row->hint;
}

std::string hint_of(const Diagnostic& diagnostic) {
  if (!diagnostic.hint.empty()) return diagnostic.hint;
  std::string hint(usual_hint(diagnostic.code));
  const std::string& path = diagnostic.where.path;
  const bool shown =
      !path.empty() && path.front() != '-' && path.size() < 200 &&
      std::none_of(path.begin(), path.end(), [](char c) { return c >= 0 && (c < ' ' || c == '\x7f'); });
  const std::size_t at = shown ? hint.find("FILE") : std::string::npos;
  if (at != std::string::npos) hint.replace(at, 4, shell_word(path));
  return hint;
}

}  // namespace modelexport
