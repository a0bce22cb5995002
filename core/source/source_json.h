// JSON form of a source, for reports that hold one (contract.md `resolve`).
#pragma once

#include "json/json.h"
#include "modelexport/source.h"

namespace modelexport::source {

json::Json source_json(const Source& source);

}  // namespace modelexport::source
