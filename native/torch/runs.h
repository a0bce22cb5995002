// Several executions of one loaded program, each from and to a safetensors file.
#pragma once

#include <functional>

#include "commands.h"
#include "json/json.h"
#include "modelexport/result.h"
#include "safetensors.h"

namespace modelexport::torchscript {

/// {"code", "message", "where", "hint"}: the content of an error as JSON.
json::Json error_json(const Diagnostic& diagnostic);

/// Calls `execute` for every run. Without a report the first failure is thrown; with one, failures are
/// written there and the other runs go on.
void run_each(const Runs& runs, const std::function<NamedTensors(const NamedTensors&)>& execute);

}  // namespace modelexport::torchscript
