// What to paste to open a package: Python for Optimum, JavaScript for transformers.js.
//
// Purpose   The tests run these texts as they are printed.
#pragma once

#include <string>
#include <vector>

#include "package/plan.h"

namespace modelexport::package {

struct SnippetFacts {
  std::string output;  ///< directory or zip, as the user named it
  bool zip = false;
  std::string ort_class;  ///< "" if no class opens the package
  bool use_cache = true;  ///< false: the decoder has no cache
  bool trust_remote_code = false;
  std::vector<std::string> preprocessors;
  std::string task;
  std::string model_type;
  bool whole = true;  ///< not one of several files
  bool web = false;
  std::string pooling;  ///< of sentence-transformers: "mean", "cls", "" if there is none
  bool normalize = false;
};
Snippets make_snippets(const SnippetFacts& facts);

/// pipeline() of transformers.js for a task of Optimum; "" if it has none.
std::string web_pipeline(std::string_view task);

/// The files that transformers.js wants for a model of this task and type instead of one: "" if one will do.
std::string_view web_parts(std::string_view task, std::string_view model_type);

}  // namespace modelexport::package
