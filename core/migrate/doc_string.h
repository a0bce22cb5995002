// Clearing a node's doc_string that says nothing but its tag.
#pragma once

#include <string>
#include <string_view>

#include "migrate/nodes.h"
#include "modelexport/edit_plan.h"

namespace modelexport::migrate {

/// The JSON holds nothing but what the predecessor wrote about this one tag, so that nothing is lost with it.
bool says_only(std::string_view doc_string, std::string_view tag, const Limits& limits);

/// Removes the doc_string field of a node. Errors: those of reading.
Status clear_doc_string(const onnx::ModelView& model, const NodeRecord& node, onnx::EditBuilder& edit);

}  // namespace modelexport::migrate
