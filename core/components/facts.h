// What config.json and the preprocessor files say about a model.
#pragma once

#include "components/documents.h"

namespace modelexport::components {

/// Errors: pack_no_model_type.
Result<ConfigFacts> read_facts(const Documents& documents, const PlanOptions& options);
/// Which preprocessors the package has, in the order loaders try them. `has_tokenizer`: some tokenizer file
/// is there.
std::vector<std::string> find_preprocessors(const Documents& documents, bool has_tokenizer);

}  // namespace modelexport::components
