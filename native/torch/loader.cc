#include "loader.h"

#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/csrc/jit/serialization/import_read.h>

#include <algorithm>

#include "failure.h"
#include "modelexport/limits.h"
#include "result/shell_word.h"
#include "schemas.h"

namespace modelexport::torchscript {
namespace {

using caffe2::serialize::PyTorchStreamReader;

bool starts_with(const std::string& text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}
bool ends_with(const std::string& text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

[[noreturn]] void not_torchscript(ErrorCode code, const std::string& path, const std::string& why) {
  throw Failure(code, why, {.path = path},
                "make an archive in Python: torch.jit.trace(model, example_kwarg_inputs=inputs, "
                "strict=False).save(\"model.pt\")");
}

std::unique_ptr<PyTorchStreamReader> open_reader(const std::shared_ptr<ArchiveFile>& file) {
  try {
    return std::make_unique<PyTorchStreamReader>(file);
  } catch (const c10::Error&) {
    not_torchscript(ErrorCode::zip_not_an_archive, file->path(), "The file is no zip archive of PyTorch");
  }
}

void check_kind(PyTorchStreamReader& reader, const std::string& path) {
  if (reader.hasRecord("constants.pkl")) return;
  if (reader.hasRecord("data.pkl"))
    not_torchscript(ErrorCode::input_state_dict, path,
                    "The file holds saved tensors (torch.save), but no program");
  not_torchscript(ErrorCode::input_not_pytorch, path, "The archive holds no TorchScript program");
}

std::string text_of(PyTorchStreamReader& reader, const std::string& name) {
  const auto [data, size] = reader.getRecord(name);
  return {static_cast<const char*>(data.get()), size};
}

void mark_weights(PyTorchStreamReader& reader, const std::vector<std::string>& names, ArchiveFile& file) {
  for (const std::string& name : names)
    if (starts_with(name, "data/")) file.allow_skipping(reader.getRecordOffset(name));
}

std::optional<std::vector<c10::IValue>> read_examples(PyTorchStreamReader& reader) {
  if (!reader.hasRecord("traced_inputs.pkl")) return std::nullopt;
  try {
    const c10::IValue all = torch::jit::readArchiveAndTensors(
        "traced_inputs", "", "traced_inputs/", c10::nullopt, c10::nullopt, c10::Device(c10::kCPU), reader);
    if (!all.isGenericDict()) return std::nullopt;
    const auto methods = all.toGenericDict();
    const auto forward = methods.find(c10::IValue("forward"));
    if (forward == methods.end()) return std::nullopt;
    if (forward->value().isTuple()) return forward->value().toTupleRef().elements().vec();
    if (forward->value().isList()) return forward->value().toListRef().vec();
  } catch (const std::exception&) {
    // Example inputs are a convenience: without them shapes and list lengths are asked from the user.
  }
  return std::nullopt;
}

std::string first_line(const std::string& text) {
  std::size_t at = 0;
  while (at < text.size() && (text[at] == '\n' || text[at] == ' ')) ++at;
  return text.substr(at, text.find('\n', at) - at);
}

}  // namespace

namespace {

/// Every operator of the archive's code that has no schema here.
std::vector<UnknownOperator> find_unknown_operators(const std::string& path) {
  const auto file = std::make_shared<ArchiveFile>(path, ArchiveFile::Weights::read);
  const auto reader = open_reader(file);
  OperatorScan scan;
  for (const std::string& name : reader->getAllRecords())
    if (starts_with(name, "code/") && ends_with(name, ".py"))
      scan.add(name.substr(5, name.size() - 8), text_of(*reader, name));
  return scan.unknown();
}

std::string list(const std::vector<UnknownOperator>& unknown) {
  std::string text;
  for (const UnknownOperator& op : unknown) {
    text += (text.empty() ? "" : "; ") + op.name + " (" + std::to_string(op.uses) +
            (op.uses == 1 ? " use in " : " uses in ") + op.owners.front();
    if (op.owners.size() > 1) text += " and " + std::to_string(op.owners.size() - 1) + " more";
    text += ")";
  }
  return text;
}

void load_module(LoadedArchive& archive) {
  torch::jit::ExtraFilesMap extra{{"modelexport.json", ""}};
  archive.module = torch::jit::load(archive.file, c10::Device(c10::kCPU), extra);
  archive.module.eval();
  if (!extra["modelexport.json"].empty()) archive.record = extra["modelexport.json"];
}

/// After a first attempt failed with `error`: once more with placeholders for what is unknown.
void load_with_placeholders(LoadedArchive& archive, const std::string& error) {
  const std::string& path = archive.file->path();
  const auto unknown = find_unknown_operators(path);
  if (unknown.empty())
    throw Failure(ErrorCode::torchscript_load, "libtorch cannot load the archive: " + first_line(error),
                  {.path = path}, "check that the file is complete: modelexport inspect " + shell_word(path));
  try {
    if (register_placeholders(unknown)) return load_module(archive);
  } catch (const std::exception&) {
    // Named arguments or several results: the code alone must do.
  }
  throw Failure(
      ErrorCode::torchscript_unknown_operator, "Operators unknown to this libtorch: " + list(unknown),
      {.path = path},
      "export with torch.export instead (torch.export.save(program, \"model.pt2\")), which needs no "
      "libtorch here");
}

}  // namespace

LoadedArchive load_archive(const std::string& path, ArchiveFile::Weights weights) {
  register_missing_operators();
  LoadedArchive result;
  result.file = std::make_shared<ArchiveFile>(path, weights);
  const auto reader = open_reader(result.file);
  check_kind(*reader, path);
  const auto names = reader->getAllRecords();
  if (names.size() > Limits{}.zip_members)
    throw Failure(ErrorCode::torchscript_load, "The archive has too many members", {.path = path});
  mark_weights(*reader, names, *result.file);
  result.example_inputs = read_examples(*reader);
  try {
    load_module(result);
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& error) {
    load_with_placeholders(result, error.what());
  }
  return result;
}

}  // namespace modelexport::torchscript
