// `pack`: ONNX files and their source to a package that loaders open as it is. `load` is the same for a file
// whose stamp names its source.
#include "cli/context.h"
#include "commands/pack_job.h"
#include "commands/source_option.h"
#include "commands/table.h"
#include "commands/task_option.h"

namespace modelexport::commands {
namespace {

Result<int> run(cli::Context& context) {
  warn_about_task(context);
  const cli::Arguments& arguments = context.arguments;
  PackRequest request{arguments.positional(), arguments.get("output"), arguments.get("source"),
                      arguments.get("target", "optimum"), arguments.all("role")};
  return PackJob(context, std::move(request)).run();
}

constexpr std::size_t kMostFiles = 64;

constexpr cli::Option kOptions[] = {
    {.name = "output", .letter = 'o', .value = "OUT", .help = "directory, or FILE.zip"},
    {.name = "source",
     .letter = 's',
     .value = "SOURCE",
     .help = "model directory or Hub id that configuration and tokenizer come from; default: the stamp's"},
    {.name = "target",
     .letter = 't',
     .value = "LIST",
     .help = "loaders that must open it: optimum (default), transformers.js, or both"},
    {.name = "role",
     .value = "FILE=ROLE",
     .help = "which part a file is: encoder_model, decoder_model_merged, model_quantized, ...",
     .repeated = true},
    {.name = "task", .value = "TASK", .help = "task of the model; default: what stamp or config.json say"},
    kSourceRevision,
    {.name = "trust-remote-code", .help = "take along the Python code that the configuration names"},
    {.name = "no-card", .help = "write no README.md"},
    {.name = "keep-paths", .help = "keep paths of this machine in configuration and stamp"},
    {.name = "force", .letter = 'f', .help = "replace existing outputs, also files of an older package"},
    {.name = "dry-run", .letter = 'n', .help = "print what would be written, and stop"},
};
constexpr cli::OptionAlias kAliases[] = {{"model", "source"}};

constexpr cli::Example kExamples[] = {
    {"modelexport pack model.onnx --source ./model_dir -o out", "A directory that Optimum opens"},
    {"modelexport pack model.onnx model_quantized.onnx -s ./model_dir -t optimum,transformers.js -o out",
     "One directory for Python and for browsers"},
    {"modelexport pack encoder_model.onnx decoder_model_merged.onnx -s ./t5_dir -o t5.zip",
     "An encoder with its decoder, as one file"},
};
constexpr cli::Example kLoadExamples[] = {
    {"modelexport load model.onnx -o out",
     "A directory for Optimum, with the configuration that the stamp names"},
    {"modelexport load model.onnx -o out --offline", "The same from the shared cache, without network"},
    {"modelexport load model.onnx -t transformers.js -o out", "A directory for browsers"},
    {"modelexport load model.onnx --revision v1.0 -o out", "At another revision than the stamped one"},
};

}  // namespace

constexpr cli::Command kPack{
    .name = "pack",
    .arguments = "MODEL.onnx... -o OUT",
    .summary = "ONNX files and their source to a complete package",
    .description =
        "Puts ONNX files, their weights and the model's configuration, tokenizer and processors into one "
        "directory or zip that Optimum or transformers.js opens without arguments and without network. "
        "Files are taken by name from what is known to belong to a model: never weights of other formats, "
        "training state or secrets; paths of this machine are removed from configurations. What was changed "
        "is listed, in the summary and in modelexport.json, which has the checksum of every file.",
    .options = kOptions,
    .option_aliases = kAliases,
    .examples = kExamples,
    .min_arguments = 1,
    .max_arguments = kMostFiles,
    .run = run,
};

constexpr cli::Command kLoad{
    .name = "load",
    .arguments = "MODEL.onnx... -o OUT",
    .summary = "a stamped ONNX file to a directory that loaders open",
    .description =
        "Makes a directory or zip that Optimum or transformers.js opens out of an ONNX file alone: its stamp "
        "says which model and commit the configuration, tokenizer and processors are of. They are taken from "
        "beside the file if a manifest there names that commit, else from the shared cache, else from the "
        "Hub; weights that stay on the Hub (export --weights hub) come the same way. Files are copies, never "
        "links. This is pack with the stamp as the source, and takes the same options. --revision takes "
        "another "
        "commit of the stamp's model. The packed file's stamp names the commit that its configuration is of.",
    .options = kOptions,
    .option_aliases = kAliases,
    .examples = kLoadExamples,
    .min_arguments = 1,
    .max_arguments = kMostFiles,
    .run = run,
};

}  // namespace modelexport::commands
