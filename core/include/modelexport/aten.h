// aten::Graph: the one intermediate form between both archive formats and ONNX.
//
// Purpose   A flat list of ATen operators in execution order (calls inlined, tuples and dicts resolved), each
//           with the module call it ran in, and the archive's tensors as byte ranges.
// Made by   native/torch (TorchScript, as JSON: schema "modelexport/aten/1") and core/pt2 (torch.export).
// Rules     - Arguments are named after the operator's schema. Arguments that do not change values are left
//             out: device, layout, memory_format, pin_memory, non_blocking, generator. `dtype` arguments are
//             DType, whatever numbering the archive used. Arguments equal to nothing given are left out too:
//             aten/schema supplies defaults.
//           - Lists of known length are Arg lists; a Value can still be a list (aten::size without dim,
//             results of split): then ops prim::ListUnpack and aten::__getitem__ take it apart.
//           - Operators may be in place ("aten::add_"); lower/functionalise removes that.
//           - prim::NumToTensor, aten::Int, aten::item ... stay operators.
// Untrusted Graph::validate() is called by whoever reads one from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/dtype.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"
#include "modelexport/symbolic.h"

namespace modelexport::aten {

using ValueId = std::uint32_t;
inline constexpr ValueId kNoValue = 0xFFFFFFFF;

struct Ref {
  ValueId value = kNoValue;
  bool operator==(const Ref&) const = default;
};

struct Arg;
using ArgList = std::vector<Arg>;
/// One argument: nothing (None), a value of the graph, a constant, a dtype, or a list of arguments.
struct Arg {
  std::variant<std::monostate, Ref, std::int64_t, double, bool, std::string, DType, ArgList> data;

  [[nodiscard]] bool is_none() const { return std::holds_alternative<std::monostate>(data); }
  template <class T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&data);
  }
};

struct NamedArg {
  std::string name;
  Arg value;
};

struct Op;
/// Body of prim::If / prim::Loop or of a higher-order region.
struct Block {
  std::vector<ValueId> inputs;
  std::vector<Op> ops;
  std::vector<ValueId> outputs;
};

struct Op {
  std::string target;    ///< "aten::linear", "prim::ListUnpack", "prim::If"
  std::string overload;  ///< "Tensor", "dim_IntList", "" for default
  std::vector<NamedArg> args;
  std::vector<ValueId> outputs;
  std::vector<Block> blocks;
  std::uint32_t call = 0;             ///< index into Graph::calls
  std::uint32_t source = 0xFFFFFFFF;  ///< index into Graph::sources, or none

  [[nodiscard]] const Arg* find(std::string_view name) const;
};

/// What is known of a value without looking at its operator.
struct Value {
  std::string name;                     ///< debug name of the archive, unique
  std::optional<std::uint32_t> tensor;  ///< index into Graph::tensors: weight, buffer or constant
};

enum class TensorKind : std::uint8_t { parameter, buffer, constant };
enum class TensorFile : std::uint8_t { archive, side };  ///< side: the worker's file of computed constants

/// A strided view of stored bytes. Sizes and strides are in elements; storage is the whole storage's range.
struct Tensor {
  std::string name;  ///< state_dict name; for constants a readable unique name
  TensorKind kind = TensorKind::constant;
  DType dtype = DType::float32;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
  std::int64_t storage_offset = 0;
  TensorFile file = TensorFile::archive;
  ByteRange storage;
  std::vector<std::string> aliases;  ///< other state_dict names of the very same tensor (tied)
};

struct Module {
  std::string path;  ///< "encoder.layer.0", "" for the root
  std::string
      class_name;  ///< full dotted class, "transformers.models.bert.modeling_bert.BertLayer"; "" unknown
};

/// One run of a module's forward. calls[0] is the root.
struct Call {
  std::uint32_t module = 0;
  std::uint32_t parent = 0;   ///< index of the calling call; 0 for the root itself
  std::uint32_t ordinal = 1;  ///< k-th call of this module instance, counted over the whole run
};

struct Input {
  std::vector<std::string> path;  ///< {"input_ids"}; nested: {"past_key_values", "0", "1"}
  ValueId value = kNoValue;
  DType dtype = DType::undefined;                          ///< undefined: not known from the archive
  std::optional<std::vector<std::int64_t>> example_shape;  ///< from the archive's example inputs
  std::optional<std::vector<Expr>> shape;                  ///< .pt2: symbolic sizes as exported
};

struct Output {
  std::vector<std::string> path;  ///< {"logits"}; {} if the archive has no name for it; nested as Input
  ValueId value = kNoValue;
};

struct Graph {
  std::string producer;  ///< "torch 2.15.0", "" if unknown
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<Value> values;
  std::vector<Tensor> tensors;
  std::vector<Op> ops;
  std::vector<Module> modules;  ///< pre-order, all modules of the archive; [0] is the root
  std::vector<Call> calls;
  std::vector<std::string> sources;  ///< "modeling_bert.py:123"; file names without directories
  std::vector<std::uint32_t>
      updated;  ///< indices of stored tensors that a run leaves changed for the next one
  std::optional<std::string> record;  ///< text of the archive's extra file modelexport.json

  /// Every index in range, every value defined once before use, counts within limits.
  [[nodiscard]] Status validate(const Limits& limits) const;
  ValueId add_value(std::string name);
};

/// JSON form, schema "modelexport/aten/1".
std::string to_json(const Graph& graph);
Result<Graph> from_json(std::string_view json, const Limits& limits);

}  // namespace modelexport::aten
