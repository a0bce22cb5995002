// The export options that describe inputs, axes and outputs, from text to what core/export takes.
#pragma once

#include <string_view>

#include "cli/arguments.h"
#include "modelexport/export.h"

namespace modelexport::commands {

/// "input_ids:int64[2,16]" or, without quoting, "input_ids:int64:2x16". A scalar is "x:float32[]".
Result<InputSpec> parse_input_spec(std::string_view text);
/// "input_ids:0=batch_size".
Result<AxisSpec> parse_axis_spec(std::string_view text);
/// All of them, with --opset, --static, --output-name, --task, --hierarchy, --torch-modules.
Result<ExportOptions> parse_export_options(const cli::Arguments& arguments);

}  // namespace modelexport::commands
