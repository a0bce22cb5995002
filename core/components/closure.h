// Files that configuration files name.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "components/documents.h"

namespace modelexport::components {

struct Reference {
  std::string path;      ///< as written, relative to the model directory
  std::string named_by;  ///< "modules.json"
  bool required = true;  ///< a missing file is worth a warning
  bool weights = false;  ///< small weights that belong to the component (sentence-transformers Dense)
};

/// modules.json is sentence-transformers' list of modules; other programs use the name for other things.
bool is_module_list(const json::Json& value);

/// All references of the documents, in document order. `paths` are the files of the tree.
std::vector<Reference> references(const Documents& documents, const std::set<std::string>& paths);

/// True if a modules.json is sentence-transformers' list of modules and not another program's file of that
/// name.
bool is_sentence_modules(const json::Json& document);

struct CodeReferences {
  std::vector<std::string> modules;  ///< "configuration_x.py"
  std::vector<std::string> foreign;  ///< "org/repo--module.Class"
};
/// Python code that loaders of configurations and preprocessors need (not the models' own).
CodeReferences code_references(const Documents& documents);
/// "x.py" for every `import .x` and `from .x import` line.
std::vector<std::string> relative_imports(std::string_view python);

}  // namespace modelexport::components
