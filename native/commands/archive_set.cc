#include "commands/archive_set.h"

#include <unistd.h>

#include <algorithm>

#include "io/file_sink.h"

namespace modelexport::commands {

const std::vector<std::string>& part_names() {
  static const std::vector<std::string> names = {"encoder_model", "decoder_model", "decoder_with_past_model",
                                                 "decoder_model_merged", "model"};
  return names;
}

Result<std::vector<ArchivePart>> archives_in(const std::string& directory) {
  std::vector<ArchivePart> parts;
  for (const std::string& name : part_names()) {
    std::vector<std::string> found;
    for (const char* ending : {".pt", ".pt2"}) {
      std::string path = io::join_path(directory, name + ending);
      if (::access(path.c_str(), F_OK) == 0) found.push_back(std::move(path));
    }
    if (found.size() > 1) {
      return fail(ErrorCode::cli_usage, "the directory holds '" + name + "' as .pt and as .pt2",
                  {.path = directory}, "name the file to export, or move one of them away");
    }
    if (!found.empty()) parts.push_back({std::move(found[0]), name + ".onnx"});
  }
  return parts;
}

bool is_set(const std::vector<ArchivePart>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [](const ArchivePart& part) { return part.onnx.starts_with("encoder_"); }) &&
         parts.size() > 1;
}

}  // namespace modelexport::commands
