// What `inspect` reports of an ONNX file: the JSON of contract.md §2 and the text for people.
//
// Purpose   One document, made from a lazy view; the text is rendered from the JSON, so both always agree,
// and the
//           page shows the same.
// Reads     Structure only: no tensor bytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "json/json.h"
#include "modelexport/hierarchy.h"
#include "modelexport/model_view.h"

namespace modelexport::report {

struct InspectOptions {
  std::string file;    ///< as the user named it
  bool nodes = false;  ///< add node_list; `tree` must have been read with its nodes
  /// Whether a data file that the model names is there with at least so many bytes; nothing: unknown (null).
  std::function<bool(std::string_view location, std::uint64_t needed)> has_external;
};

Result<json::Json> inspect_json(const onnx::ModelView& model, const hierarchy::Tree& tree,
                                const InspectOptions& options);

/// Facts without the tree, lines with final newline. Also for the short document of a file that is not ONNX.
std::string inspect_text(const json::Json& document);
/// One line per node of `node_list`.
std::string nodes_text(const json::Json& document);

}  // namespace modelexport::report
