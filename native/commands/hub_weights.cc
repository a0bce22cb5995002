#include "commands/hub_weights.h"

#include <algorithm>
#include <map>
#include <set>

#include "commands/source_tree.h"
#include "io/file_sink.h"
#include "io/staged_file.h"
#include "modelexport/digest.h"

namespace modelexport::commands {
namespace {

/// Files of the repository's root that hold the model's weights: one file or its shards.
std::vector<std::string> weight_files(const io::FileTree& tree) {
  constexpr std::string_view kEnd = ".safetensors";
  std::vector<std::string> all;
  for (const auto& entry : tree.list())
    if (entry.path.ends_with(kEnd) && entry.path.find('/') == std::string::npos) all.push_back(entry.path);
  if (std::find(all.begin(), all.end(), "model.safetensors") != all.end()) return {"model.safetensors"};
  std::vector<std::string> shards;
  std::copy_if(all.begin(), all.end(), std::back_inserter(shards), [](const std::string& name) {
    return name.starts_with("model-") && name.find("-of-") != std::string::npos;
  });
  return shards.empty() ? all : shards;
}

/// Files beside the model that hold its external data, opened once each.
class DataFiles {
 public:
  explicit DataFiles(const std::string& model_path) : directory_(io::split_path(model_path).first) {}

  const ByteSource* open(const std::string& model_path, const onnx::ExternalData& data,
                         std::uint64_t needed) {
    if (!data.valid || !has_external_file(model_path, data.location, needed)) return nullptr;
    auto& file = files_[data.location];
    if (file == nullptr) {
      auto opened = io::FileSource::open(io::join_path(directory_, data.location));
      if (!opened) return nullptr;
      file = std::move(*opened);
    }
    return file.get();
  }

 private:
  std::string directory_;
  std::map<std::string, std::unique_ptr<io::FileSource>> files_;
};

const HubWeightFile* hub_file(const std::vector<HubWeightFile>& files, const std::string& name) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const HubWeightFile& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

/// Which of the recorded weight files the commit has: comparing those with themselves proves something only
/// because the record is right. hub_weights_differ if one is in neither the commit nor beside the model.
Result<std::set<std::string>> recorded_in(const std::vector<HubWeightFile>& hub, const OnnxFile& model,
                                          const std::string& commit, Progress& progress) {
  std::set<std::string> same;
  for (const auto& [name, sha256] : check::recorded_weight_files(*model.view)) {
    const HubWeightFile* file = hub_file(hub, name);
    std::string digest = file != nullptr ? file->sha256 : std::string();
    if (file != nullptr && digest.empty()) {
      ME_TRY(digest, hex_digest(DigestKind::sha256, *file->source, progress));
    }
    if (file != nullptr && digest == sha256) {
      same.insert(name);
    } else if (!has_external_file(model.source->name(), name, 1)) {
      return fail(ErrorCode::hub_weights_differ,
                  "the weights are in another " + name + " than " + commit + " has (SHA-256 " + sha256 + ")",
                  {.path = model.source->name()},
                  "name the commit that the model was exported from: --source ID@COMMIT");
    }
  }
  return same;
}

/// Tensors in the file, in files beside it, and those that --weights hub left in files of this very commit.
std::vector<safetensors::Candidate> candidates(const OnnxFile& file, DataFiles& data,
                                               const std::vector<HubWeightFile>& hub,
                                               const std::set<std::string>& recorded) {
  std::vector<safetensors::Candidate> out;
  for (const onnx::TensorView& tensor : file.view->graph().initializers) {
    const auto bytes = tensor.bytes();
    if (!bytes || *bytes == 0) continue;
    safetensors::Candidate candidate{
        tensor.name, static_cast<DType>(tensor.data_type), tensor.dims, nullptr, {}};
    if (tensor.external) {
      const std::uint64_t offset = tensor.external->offset.value_or(0);
      candidate.source = data.open(file.source->name(), *tensor.external, offset + *bytes);
      if (candidate.source == nullptr && recorded.count(tensor.external->location) != 0)
        candidate.source = hub_file(hub, tensor.external->location)->source.get();
      candidate.range = {offset, *bytes};
    } else if (tensor.data_entries == 1 && tensor.data.size == *bytes) {
      candidate.source = file.source.get();
      candidate.range = tensor.data;
    }
    if (candidate.source != nullptr) out.push_back(std::move(candidate));
  }
  return out;
}

/// Folded constants and tables of indices have no counterpart, and are a few percent of a small model; what
/// may be a weight under another name must be next to nothing.
bool proves(const safetensors::Compared& compared) {
  constexpr std::uint64_t kMostUnknown = 10;    // 1/10 of the bytes
  constexpr std::uint64_t kMostMissing = 1000;  // 1/1000 of the bytes
  const std::uint64_t total = compared.equal_bytes + compared.unknown_bytes;
  return compared.equal > 0 && compared.unknown_bytes <= total / kMostUnknown &&
         compared.missing_bytes <= total / kMostMissing;
}

}  // namespace

Result<std::vector<HubWeightFile>> open_hub_weights(cli::Context& context, source::Source& source,
                                                    const Limits& limits) {
  ME_TRY(const auto tree, open_hub_tree(context, source, limits, true));
  const std::vector<std::string> names = weight_files(*tree);
  if (names.empty() && !tree->is_complete()) {
    return fail(ErrorCode::hub_not_cached,
                "the safetensors of " + tree->name() +
                    " are not in the shared cache, and the network may not be used",
                {.field = source.repo_id},
                "go online once: modelexport fetch " + tree->name() + " '*.safetensors'");
  }
  if (names.empty()) {
    return fail(ErrorCode::hub_file_not_found, source.repo_id + "@" + source.commit + " has no safetensors",
                {.field = source.repo_id}, "name a commit that has them: " + source.repo_id + "@COMMIT");
  }
  std::vector<HubWeightFile> files;
  for (const std::string& name : names) {
    HubWeightFile file;
    ME_TRY(file.source, tree->remote(name));
    file.name = name;
    file.sha256 = tree->sha256(name);
    files.push_back(std::move(file));
  }
  return files;
}

Status verify_weights(cli::Context& context, const OnnxFile& file, source::Source& source,
                      const Limits& limits) {
  ME_TRY(const auto files, open_hub_weights(context, source, limits));
  std::vector<const ByteSource*> sources;
  for (const HubWeightFile& weights : files) sources.push_back(weights.source.get());
  DataFiles data(file.source->name());
  const std::string model = source.repo_id + "@" + source.commit;
  ME_TRY(const auto recorded, recorded_in(files, file, model, context.progress));
  ME_TRY(const safetensors::Compared compared,
         safetensors::compare_weights(candidates(file, data, files, recorded), sources, limits,
                                      context.progress));
  if (compared.differ > 0) {
    return fail(ErrorCode::hub_weights_differ,
                std::to_string(compared.differ) + " tensors have another type, shape or content in " + model +
                    ", the first is '" + compared.first_differing + "'",
                {.path = file.source->name()},
                "the weights are of another model or commit: --source ID@COMMIT");
  }
  if (!proves(compared)) {
    const std::uint64_t total = compared.equal_bytes + compared.unknown_bytes;
    return fail(ErrorCode::hub_weights_differ,
                "only " + std::to_string(compared.equal) + " of " +
                    std::to_string(compared.equal + compared.unknown) + " tensors, " +
                    cli::human_bytes(compared.equal_bytes) + " of " + cli::human_bytes(total) +
                    ", have a counterpart in " + model + "; the largest that has none is '" +
                    compared.largest_unknown + "'",
                {.path = file.source->name()}, "names must be those of the model's state_dict");
  }
  context.note(
      std::to_string(compared.equal) + " tensors are byte-equal to those of " + model +
      (compared.unknown > 0 ? "; " + std::to_string(compared.unknown) + " have no counterpart there" : ""));
  return {};
}

}  // namespace modelexport::commands
