#include "commands/weight_files.h"

#include "commands/hub_weights.h"
#include "io/file_sink.h"
#include "io/real_path.h"
#include "modelexport/digest.h"
#include "result/shell_word.h"
#include "safetensors/refer.h"

namespace modelexport::commands {
namespace {

/// Initializers that could be referred to: stored ones of a size that is kept outside.
std::uint64_t stored_weights(const onnx::Model& model) {
  std::uint64_t count = 0;
  for (const auto& tensor : model.graph.initializers)
    if (std::holds_alternative<onnx::StoredTensor>(tensor.data)) ++count;
  return count;
}

}  // namespace

Result<std::string> reference_name(const std::string& path, const std::string& out_directory) {
  const auto [directory, name] = io::split_path(path);
  if (io::is_same_file(directory, out_directory)) return name;
  const std::string target = out_directory.empty() ? "." : out_directory;
  return fail(ErrorCode::ext_location, "weights can be referred to only in the output's directory",
              {.path = path},
              "mkdir -p " + shell_word(target) + " && cp " + shell_word(path) + " " + shell_word(target) +
                  ", then export from there; or use --weights external");
}

Status WeightFiles::open(const std::vector<std::string>& paths, const std::string& out_directory,
                         const std::string& out_name) {
  for (const std::string& path : paths) {
    File file;
    ME_TRY(auto source, io::FileSource::open(path));
    file.file = source.get();
    file.source = std::move(source);
    ME_TRY(file.name, reference_name(path, out_directory));
    if (file.name == out_name) {
      return fail(ErrorCode::io_output_exists, "the output would replace a file that is read", {.path = path},
                  "choose another name: -o OUT.onnx");
    }
    files_.push_back(std::move(file));
  }
  return {};
}

Status WeightFiles::open_hub(cli::Context& context, source::Source& source, const std::string& out_name,
                             const Limits& limits) {
  ME_TRY(auto files, open_hub_weights(context, source, limits));
  for (HubWeightFile& file : files) {
    if (file.name == out_name) {
      return fail(ErrorCode::io_output_exists, "the output has the name of a weight file of the model",
                  {.path = out_name}, "choose another name: -o OUT.onnx");
    }
    files_.push_back({std::move(file.source), std::move(file.name), nullptr, std::move(file.sha256)});
  }
  return {};
}

Result<WeightFiles::Reference> WeightFiles::refer(cli::Context& context, ExportResult& result,
                                                  const Limits& limits) const {
  std::vector<const ByteSource*> sources;
  for (const File& file : files_) sources.push_back(file.source.get());
  ME_TRY(const safetensors::Referred referred,
         safetensors::refer_weights(result.model, result.tied, sources, limits, context.progress));
  const std::uint64_t stored = stored_weights(result.model);
  if (referred.tensors == 0 && stored > 0) {
    std::string message = "no weight of the archive is in the files that it should refer to";
    if (referred.differ > 0) {
      message += ": " + std::to_string(referred.differ) +
                 " have another type, shape or content there, the first is '" + referred.first_differing +
                 "'";
    }
    return fail(ErrorCode::ext_location, message, {.path = files_.front().source->name()},
                "name the safetensors of the very model that was exported, or use --weights external");
  }
  Reference out;
  for (const File& file : files_)
    if (file.file == nullptr) out.stand_ins.push_back({file.name, file.source->size(), {}});
  if (!out.stand_ins.empty()) {
    for (const safetensors::Moved& moved : referred.moved)
      out.stand_ins[moved.file].parts.push_back({moved.offset, moved.from, moved.range});
  }
  out.is_proof = referred.differ == 0 && referred.tensors * 2 > stored;
  if (referred.tensors < stored) {
    out.note = std::to_string(stored - referred.tensors) + " of " + std::to_string(stored) +
               " weights and buffers are not in " + files_.front().name +
               (files_.size() > 1 ? " and its shards" : "") + " and stay in the ONNX file";
  }
  return out;
}

std::vector<std::pair<const ByteSource*, std::string>> WeightFiles::locations() const {
  std::vector<std::pair<const ByteSource*, std::string>> out;
  for (const File& file : files_) out.emplace_back(file.source.get(), file.name);
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> WeightFiles::hub_digests(Progress& progress) const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const File& file : files_) {
    if (file.file != nullptr) continue;
    std::string digest = file.sha256;
    if (digest.empty()) {  // kept in Git: small
      ME_TRY(digest, hex_digest(DigestKind::sha256, *file.source, progress));
    }
    out.emplace_back(file.name, std::move(digest));
  }
  return out;
}

Status WeightFiles::verify_unchanged() const {
  for (const File& file : files_)
    if (file.file != nullptr) ME_CHECK(file.file->verify_unchanged());
  return {};
}

}  // namespace modelexport::commands
