// Export: aten::Graph to an ONNX model with the module hierarchy on every node.
//
// Purpose   The core half of `modelexport export`, the same natively and in WebAssembly: functionalise, name
// axes,
//           infer, lower, label. The result still reads its weights from the archive; write it with
//           onnx::write_model.
// Ownership `sources` must live until the model is written.
// Errors    exp_* codes; all unsupported operators are reported at once (in `problems`, the first is
// returned).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "modelexport/aten.h"
#include "modelexport/onnx_model.h"

namespace modelexport {

/// --input NAME:DTYPE[D0,D1,...]: fills in or overrides what the archive says of one input.
struct InputSpec {
  std::string name;
  DType dtype = DType::undefined;
  std::vector<std::int64_t> shape;
};
/// --dynamic NAME:AXIS=SYMBOL
struct AxisSpec {
  std::string input;
  std::int64_t axis = 0;
  std::string symbol;
};

enum class HierarchyMode : std::uint8_t { full, tag, none };

struct ExportOptions {
  std::int64_t opset = 18;  ///< 17 to 21
  std::vector<InputSpec> inputs;
  std::vector<AxisSpec> dynamic;
  bool static_shapes = false;
  std::vector<std::string> output_names;  ///< by position; shorter than the outputs is fine
  std::string task;                       ///< names unnamed outputs; "" unknown
  HierarchyMode hierarchy = HierarchyMode::full;
  bool torch_modules = false;
  bool reference_weights =
      false;  ///< weights stay as they are stored: transposed by a node, not by name "_t"
  std::string producer_version;
  onnx::Metadata metadata;  ///< the stamp
  Limits limits;
};

struct ExportFacts {
  std::uint64_t modules = 0, called = 0;
  std::uint64_t nodes = 0, nodes_tagged = 0, direct = 0, parent = 0, root_own = 0, fallback = 0;
  std::uint64_t parameters = 0;  ///< elements of state_dict parameters in the file, tied ones once
};

/// An input or output of the model beside what the archive calls it.
struct PortFact {
  std::string name;
  std::string archive_name;  ///< its path joined by dots; "output" for a single unnamed result
  DType dtype = DType::undefined;
  std::vector<Expr> shape;
  std::optional<std::vector<std::int64_t>> example;  ///< sizes the archive was made with; inputs only
};
/// A value that one module call makes and another one uses: where two executions of the model are compared to
/// find the module in which they part.
struct BorderFact {
  std::string name;           ///< in the ONNX graph
  std::string archive_value;  ///< aten::Value::name
  DType dtype = DType::undefined;
  std::vector<Expr> shape;
  std::string module;  ///< path of the module whose code makes it, "" for the root
  std::string class_name;
  std::string source;  ///< "modeling_bert.py:123", "" unknown
};

/// A call of a module that has a level of its own in the tags.
struct CallFact {
  std::string module;      ///< path, "" for the root
  std::string class_name;  ///< full dotted class, "" unknown
  std::string tag;
  std::string scope;  ///< path and "@k"
};
struct NodeFact {
  std::string name, op, tag, scope;
};

struct ExportResult {
  onnx::Model model;
  ExportFacts facts;
  std::vector<CallFact> calls;  ///< in the order they began; [0] is the root's
  std::vector<NodeFact>
      nodes;  ///< as in the file, also without tags there; bodies follow the node that holds them
  /// Initializers of tied weights with the other state_dict names of the same tensor.
  std::vector<std::pair<std::string, std::vector<std::string>>> tied;
  std::vector<PortFact> inputs, outputs;  ///< as in the graph
  std::vector<BorderFact> borders;        ///< in the order of execution, the main graph's only
  Diagnostics warnings;
};

struct ExportSources {
  const ByteSource* archive = nullptr;  ///< what TensorFile::archive ranges point into
  const ByteSource* side = nullptr;     ///< the worker's computed constants, if any
};

Result<ExportResult> export_graph(aten::Graph graph, const ExportSources& sources,
                                  const ExportOptions& options, Diagnostics& problems);

/// "past_key_values.0.key" for {"past_key_values", "0", "0"} when `pairs`; else the parts joined by dots.
std::string flat_name(const std::vector<std::string>& path);

}  // namespace modelexport
