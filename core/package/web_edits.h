// What transformers.js needs in the component files beyond what Python reads.
//
// Purpose   It reads tokenizer.json with tokenizer_config.json and nothing else of a tokenizer: chat
// templates
//           and the roles of special tokens must stand in tokenizer_config.json; preprocessors in
//           preprocessor_config.json; which ONNX file to open in config.json.
// Errors    pack_target: a tokenizer without tokenizer.json, which copying cannot make.
// Source    reference: transformers_files.md §9, §11 (pitfalls 2, 3, 4, 6, 7, 17, 22).
#pragma once

#include "package/component_set.h"

namespace modelexport::package {

Status edit_for_web(ComponentSet& set, const components::ConfigFacts& facts, const Limits& limits,
                    Diagnostics& warnings);

/// `transformers.js_config` of config.json, `value` merged into what is there.
Status set_web_config(ComponentSet& set, const json::Json& value, const Limits& limits);

/// NaN and Infinity, which Python writes, in forms that JavaScript reads as well. Last: this project's own
/// reader takes neither form.
Status make_strict_json(ComponentSet& set);

}  // namespace modelexport::package
