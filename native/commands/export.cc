// `export`: an archive of PyTorch to an ONNX file or package.
#include "cli/context.h"
#include "commands/export_run.h"
#include "commands/table.h"
#include "commands/task_option.h"

namespace modelexport::commands {
namespace {

Result<int> run(cli::Context& context) {
  warn_about_task(context);
  return ExportRun(context).run();
}

constexpr cli::Option kOptions[] = {
    {.name = "output",
     .letter = 'o',
     .value = "OUT",
     .help = "NAME.onnx, or a directory that receives model.onnx and the model's configuration"},
    {.name = "source",
     .letter = 's',
     .value = "SOURCE",
     .help = "model directory or Hub id that configuration and tokenizer come from"},
    {.name = "task",
     .value = "TASK",
     .help = "task, such as text-classification; default: what the source says"},
    {.name = "with-past",
     .help = "capture a decoder with its key/value cache, also where OUT is one .onnx file"},
    {.name = "opset", .value = "N", .help = "opset to write, 17 to 21; default 18"},
    {.name = "input",
     .value = "SPEC",
     .help = "dtype and shape of an input: NAME:DTYPE[D0,D1] or NAME:DTYPE:D0xD1",
     .repeated = true},
    {.name = "dynamic",
     .value = "SPEC",
     .help = "a further symbolic axis: NAME:AXIS=SYMBOL",
     .repeated = true},
    {.name = "static", .help = "freeze all axes that --dynamic does not name"},
    {.name = "output-name", .value = "NAME", .help = "names of the outputs, in order", .repeated = true},
    {.name = "weights",
     .value = "WHERE",
     .help = "where weights go; auto: inline below 1.5 GiB, else external",
     .choices = "auto|inline|external|reference|hub"},
    {.name = "weights-from", .value = "FILE", .help = "safetensors beside OUT to refer to", .repeated = true},
    {.name = "hierarchy",
     .value = "FORM",
     .help = "how much of the module hierarchy is written; default full",
     .choices = "full|tag|none"},
    {.name = "torch-modules", .help = "give torch.nn modules levels of their own in the tags"},
    {.name = "sidecar", .help = "write NAME_htp_metadata.json: modules and the tag of every node"},
    {.name = "report", .help = "write NAME_htp_export_report.md: the same to read"},
    {.name = "verify",
     .value = "WHEN",
     .help = "run the result with ONNX Runtime and compare it with the archive's own execution; default "
             "auto: where "
             "one is found",
     .choices = "auto|on|off"},
    {.name = "atol",
     .value = "X",
     .help = "largest difference that is accepted, times max(1, magnitude); default 5e-4, with float16 "
             "weights 2e-2, bfloat16 6e-2"},
    {.name = "keep-unverified", .help = "keep the file also when verification fails"},
    {.name = "no-merge", .help = "do not add decoder_model_merged.onnx to an encoder-decoder set"},
    {.name = "keep-paths", .help = "keep absolute paths of this machine in stamp and configuration"},
    {.name = "allow-unpinned", .help = "stamp a Hub source also when its commit is not known"},
    {.name = "python", .value = "PATH", .help = "the Python that captures a model directory or Hub id"},
    {.name = "no-capture", .help = "do not run Python; show the command instead"},
    {.name = "timeout",
     .value = "SECONDS",
     .help = "how long reading the archive may take; default 600, 0: no limit"},
    {.name = "target",
     .letter = 't',
     .value = "LIST",
     .help = "pack the result for these loaders: optimum, transformers.js, or both; OUT is a directory or "
             "FILE.zip, complete also for a Hub source"},
    {.name = "force", .letter = 'f', .help = "replace existing outputs"},
    {.name = "dry-run", .letter = 'n', .help = "print what would be written, and stop"},
    {.name = "ort-version", .value = "X.Y", .planned = true},
};

constexpr cli::OptionAlias kAliases[] = {
    {"model", "source"},
    {"with-report", "report"},
    {"torch-module", "torch-modules"},
    {"clean-onnx", "hierarchy", "none"},
};

constexpr cli::Example kExamples[] = {
    {"modelexport export model.pt --source ./model_dir -o out",
     "An archive and its model directory to a package"},
    {"modelexport export model.pt --source org/name@COMMIT --target optimum,transformers.js -o out.zip",
     "Everything that Python and browsers need, in one file"},
    {"modelexport export model.pt2 -o model.onnx", "One ONNX file and nothing else"},
    {"modelexport export ./model_dir -o out", "Capture with your own PyTorch, then export"},
    {"modelexport export plain.pt --input x:float32:1x3x224x224 -o plain.onnx",
     "An archive without example inputs"},
};

}  // namespace

constexpr cli::Command kExport{
    .name = "export",
    .arguments = "ARCHIVE|SOURCE -o OUT",
    .summary = "a PyTorch archive to ONNX, with its module hierarchy",
    .description =
        "Turns a TorchScript (.pt) or torch.export (.pt2) archive into an ONNX file in which every node "
        "names the "
        "module it came from, stamped with the model's source. With a local source, configuration and "
        "tokenizer are "
        "written beside it, so that Optimum opens the directory as it is. A model directory or Hub id is "
        "captured "
        "first with your own PyTorch, a generating one with its key/value cache. A directory of archives "
        "(encoder_model.pt, decoder_model.pt, decoder_with_past_model.pt) gives one ONNX file for each, and "
        "decoder_model_merged.onnx of both decoders. "
        "Nothing appears under its final name before it is complete.",
    .options = kOptions,
    .option_aliases = kAliases,
    .examples = kExamples,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};

}  // namespace modelexport::commands
