// What cannot be exported, all at once: operators with every place that uses them, and many problems as one
// error.
#pragma once

#include "modelexport/aten.h"

namespace modelexport::aten {

/// "encoder.layer.0 (modeling_bert.py:12)": the module that an operator runs in and its line, as far as
/// known.
std::string place_of(const Graph& graph, const Op& op);

/// "aten::foo is not supported (3 uses)" for one operator; `uses` is not empty. Several places are listed.
Diagnostic unsupported(const Graph& graph, const std::string& target, const std::vector<const Op*>& uses);

/// One error that tells them all: the first one's code, place and hint, the others below it in the message.
Diagnostic summary(const Diagnostics& problems);

}  // namespace modelexport::aten
