// Weight files beside a model against the checksums that the model has of them.
//
// Purpose   export --weights hub leaves weights in the Hub's safetensors and records each file's SHA-256: any
//           other file of that name would give other weights, without a word.
// Reads     Whole files, through the host; the rules of check_model read structure only.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "modelexport/check.h"
#include "modelexport/model_view.h"

namespace modelexport::check {

extern const Rule kOtherWeights;

/// Metadata "modelexport.weights.NAME" is the SHA-256 of the file NAME, which initializers are in.
inline constexpr std::string_view kWeightFileKey = "modelexport.weights.";

/// The files that a model records and that a tensor of it refers to: name and SHA-256.
std::map<std::string, std::string> recorded_weight_files(const onnx::ModelView& model);

/// SHA-256 of a file beside the model, 64 hexadecimal digits.
using DigestOf = std::function<Result<std::string>(const std::string& location)>;

/// Adds to the report of check_model(source, options). Files that are not there, or may not be opened, are
/// findings of that already.
void check_weight_digests(const ByteSource& source, const Options& options, const DigestOf& digest_of,
                          Report& report);

}  // namespace modelexport::check
