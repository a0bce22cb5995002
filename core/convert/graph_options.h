// The export options that describe inputs, axes, outputs and weights, from text to what export_graph takes.
#pragma once

#include <string_view>

#include "modelexport/export.h"
#include "options/option_values.h"

namespace modelexport::convert {

/// "input_ids:int64[2,16]" or, without quoting, "input_ids:int64:2x16". A scalar is "x:float32[]".
Result<InputSpec> parse_input_spec(std::string_view text);
/// "input_ids:0=batch_size".
Result<AxisSpec> parse_axis_spec(std::string_view text);
/// All of them: opset, input, dynamic, static, output-name, task, hierarchy, torch-modules.
Result<ExportOptions> parse_export_options(const options::OptionValues& values);
/// "auto" (also ""), "inline", "external", "reference".
Result<onnx::WeightMode> parse_weight_mode(std::string_view name);

}  // namespace modelexport::convert
