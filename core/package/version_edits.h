// Edits that let transformers 4 read what transformers 5 saved, and change nothing for 5.
//
// Purpose   Optimum runs with transformers below 4.58, which refuses some names and forms of 5.x.
// Source    reference: transformers_files.md §11 (pitfalls 1, 3).
#pragma once

#include "package/component_set.h"

namespace modelexport::package {

/// tokenizer_class TokenizersBackend, extra_special_tokens as a list, image processors ending in Pil.
Status edit_for_versions(ComponentSet& set, const Limits& limits);

/// The image or audio part of a 5.x processor_config.json as the preprocessor_config.json that transformers
/// up to 4.55 and transformers.js read. Adds nothing if that file is there or there is no such part.
Status add_preprocessor(ComponentSet& set, const Limits& limits);

}  // namespace modelexport::package
