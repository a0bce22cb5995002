// What a loader's class feeds and reads, against what an ONNX file has.
//
// Purpose   The snippet that pack prints must be right: a class that would fail on the first call is not
//           proposed. For a task of configuration's guess another class that fits is taken, with a warning.
// Source    reference: optimum_loading.md §5, §6.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modelexport/model_view.h"

namespace modelexport::package {

struct ModelIo {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  bool has_cache = false;  ///< past_key_values.* in and present.* out
};
/// Names of the graph's inputs (without initializers that old files list among them) and outputs.
Result<ModelIo> read_io(const onnx::ModelView& model);

/// Why `ort_class` cannot run a model with these inputs and outputs; "" if it can. Unknown classes can.
std::string class_problem(std::string_view ort_class, const ModelIo& io);

struct ClassChoice {
  std::string task;
  std::string ort_class;
};
/// A class that fits: by the outputs' names, else ORTModelForCustomTasks.
ClassChoice class_for_io(const ModelIo& io);

/// The roles an ORT class loads from several files ("encoder_model", …) are ready. Empty for single-file
/// classes.
bool takes_several_files(std::string_view ort_class);

}  // namespace modelexport::package
