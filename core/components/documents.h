// The JSON configuration files of a model directory, read once and checked.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "json/json.h"
#include "modelexport/components.h"

namespace modelexport::components {

struct Document {
  std::string text;  ///< bytes of the file
  json::Json value;  ///< parsed; NaN and Infinity are null
};
using Documents = std::map<std::string, Document>;

/// True for the configuration files that are read and cleaned (not tokenizer.json and vocabularies).
bool is_configuration(std::string_view path);

/// Reads one document. LFS pointers, invalid JSON, over-long files and access tokens are errors.
Result<Document> read_document(const SourceTree& tree, const FileEntry& file, const PlanOptions& options,
                               Diagnostics& warnings);

/// Value of `key` in the document `path`; nullptr if either is absent.
const json::Json* find_in(const Documents& documents, std::string_view path, std::string_view key);
/// The same for strings; "" if absent.
std::string text_in(const Documents& documents, std::string_view path, std::string_view key);

}  // namespace modelexport::components
