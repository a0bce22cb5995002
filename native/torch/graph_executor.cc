#include "graph_executor.h"

#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <unordered_set>

#include "archive_file.h"
#include "commands.h"
#include "failure.h"
#include "runs.h"
#include "scalar_operators.h"
#include "schemas.h"

namespace modelexport::torchscript {
namespace {

std::string join(const std::vector<std::string>& path) {
  std::string text;
  for (const std::string& part : path) text += (text.empty() ? "" : ".") + part;
  return text.empty() ? "output" : text;
}

/// The type that is computed in.
int scalar_type_number(DType dtype) {
  if (dtype == DType::float16) dtype = DType::float32;
  const DTypeInfo* info = dtype_info(dtype);
  if (info == nullptr || info->c10 < 0)
    throw Failure(ErrorCode::torchscript_run, "A dtype is unknown to libtorch");
  return info->c10;
}

std::shared_ptr<torch::jit::Operator> find_operator(const aten::Op& op) {
  for (const auto& candidate : torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(op.target)))
    if (candidate->schema().overload_name() == op.overload) return candidate;
  throw Failure(ErrorCode::torchscript_run, "No such operator: " + op.target + "." + op.overload);
}

}  // namespace

GraphExecutor::GraphExecutor(const aten::Graph& graph, std::vector<at::Tensor> tensors)
    : graph_(graph), values_(graph.values.size()) {
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (!graph.values[i].tensor) continue;
    at::Tensor tensor = tensors.at(*graph.values[i].tensor);
    const bool number = graph.tensors[*graph.values[i].tensor].kind == aten::TensorKind::constant &&
                        tensor.dim() == 0 &&
                        (tensor.scalar_type() == at::kDouble || tensor.scalar_type() == at::kLong);
    // A Python number in a trace: it takes part in type promotion as a number, not as a tensor.
    if (number) tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
    values_[i] = tensor;
  }
}

NamedTensors GraphExecutor::run(const NamedTensors& inputs) {
  for (const aten::Input& input : graph_.inputs) {
    const std::string name = join(input.path);
    const auto found =
        std::find_if(inputs.begin(), inputs.end(), [&](const auto& i) { return i.first == name; });
    if (found == inputs.end())
      throw Failure(ErrorCode::torchscript_run, "The input is missing", {.field = name});
    const bool half = found->second.scalar_type() == at::kHalf;
    values_[input.value] = half ? found->second.to(at::kFloat) : found->second;
  }
  for (auto& [id, tensor] : kept_) tensor = at::Tensor();
  run(graph_.ops);
  NamedTensors result;
  for (const aten::Output& output : graph_.outputs) {
    const c10::IValue& value = values_[output.value];
    result.emplace_back(join(output.path), value.isTensor() ? value.toTensor() : tensor_of_number(value));
  }
  for (const auto& [id, tensor] : kept_)
    if (tensor.defined()) result.emplace_back("value:" + graph_.values[id].name, tensor);
  return result;
}

void GraphExecutor::keep(const std::vector<std::string>& names) {
  const std::unordered_set<std::string> wanted(names.begin(), names.end());
  for (aten::ValueId id = 0; id < graph_.values.size(); ++id)
    if (wanted.count(graph_.values[id].name) != 0) kept_[id] = at::Tensor();
}

void GraphExecutor::remember(const aten::Op& op) {
  if (kept_.empty()) return;
  for (const aten::ValueId id : op.outputs) {
    const auto wanted = kept_.find(id);
    if (wanted != kept_.end() && values_[id].isTensor() && values_[id].toTensor().defined())
      wanted->second = values_[id].toTensor().clone();
  }
}

void GraphExecutor::run(const std::vector<aten::Op>& ops) {
  for (const aten::Op& op : ops) run(op);
}

void GraphExecutor::run(const aten::Op& op) {
  try {
    if (!run_structural(op)) call(op);
    remember(op);
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    std::string place = graph_.modules[graph_.calls[op.call].module].path;
    if (place.empty()) place = "(root)";
    if (op.source < graph_.sources.size()) place += " (" + graph_.sources[op.source] + ")";
    throw Failure(ErrorCode::torchscript_run, op.target + ": " + text.substr(0, text.find('\n')),
                  {.field = place});
  }
}

bool GraphExecutor::run_structural(const aten::Op& op) {
  if (op.target == "prim::Constant") {
    const aten::Arg* value = op.find("value");
    values_[op.outputs.at(0)] = value == nullptr ? c10::IValue() : argument(*value, c10::AnyType::get());
  } else if (op.target == "prim::ListUnpack") {
    const c10::IValue list = argument(*op.find("list"), c10::AnyType::get());
    const auto items = list.isTuple() ? list.toTupleRef().elements().vec() : list.toList().vec();
    for (std::size_t i = 0; i < op.outputs.size(); ++i) values_[op.outputs[i]] = items.at(i);
  } else if (op.target == "prim::If") {
    const aten::Block& block = op.blocks.at(is_true(argument(*op.find("cond"), c10::AnyType::get())) ? 0 : 1);
    run(block.ops);
    for (std::size_t i = 0; i < op.outputs.size(); ++i) values_[op.outputs[i]] = values_[block.outputs.at(i)];
  } else if (op.target == "prim::Loop") {
    run_loop(op);
  } else {
    return run_scalar(op);
  }
  return true;
}

/// Arithmetic on sizes as torch.export writes it.
bool GraphExecutor::run_scalar(const aten::Op& op) {
  const bool candidate = op.target.rfind("operator::", 0) == 0 || op.target.rfind("math::", 0) == 0 ||
                         op.target.rfind("aten::sym_", 0) == 0;
  if (!candidate) return false;
  std::vector<c10::IValue> operands;
  for (const aten::NamedArg& arg : op.args) operands.push_back(argument(arg.value, c10::AnyType::get()));
  const auto result = run_scalar_operator(op.target, operands);
  if (result) values_[op.outputs.at(0)] = *result;
  return result.has_value();
}

void GraphExecutor::run_loop(const aten::Op& op) {
  const aten::Block& block = op.blocks.at(0);
  const std::int64_t trips = argument(*op.find("max_trip_count"), c10::IntType::get()).toInt();
  bool condition = is_true(argument(*op.find("cond"), c10::AnyType::get()));
  std::vector<c10::IValue> carried;
  for (const aten::Arg& arg : *op.find("inputs")->get<aten::ArgList>())
    carried.push_back(argument(arg, c10::AnyType::get()));
  for (std::int64_t trip = 0; trip < trips && condition; ++trip) {
    values_[block.inputs.at(0)] = trip;
    for (std::size_t i = 0; i < carried.size(); ++i) values_[block.inputs.at(i + 1)] = carried[i];
    run(block.ops);
    condition = is_true(values_[block.outputs.at(0)]);
    for (std::size_t i = 0; i < carried.size(); ++i) carried[i] = values_[block.outputs.at(i + 1)];
  }
  for (std::size_t i = 0; i < carried.size(); ++i) values_[op.outputs.at(i)] = carried[i];
}

void GraphExecutor::call(const aten::Op& op) {
  if (op.target == "aten::view" && op.overload.empty()) {
    // Strides may be others than where the archive was made; a view that needs them becomes a copy.
    values_[op.outputs.at(0)] =
        argument(*op.find("self"), c10::TensorType::get())
            .toTensor()
            .reshape(argument(*op.find("size"), c10::ListType::ofInts()).toIntVector());
    return;
  }
  const auto found = find_operator(op);
  torch::jit::Stack stack;
  for (const c10::Argument& parameter : found->schema().arguments()) {
    const aten::Arg* arg = op.find(parameter.name());
    if (arg != nullptr) {
      stack.push_back(argument(*arg, parameter.type()));
    } else if (parameter.default_value()) {
      stack.push_back(*parameter.default_value());
    } else if (parameter.type()->kind() == c10::TypeKind::DeviceObjType) {
      stack.emplace_back(c10::Device(c10::kCPU));
    } else if (parameter.type()->kind() == c10::TypeKind::BoolType) {
      stack.emplace_back(false);  // non_blocking, pin_memory
    } else {
      stack.emplace_back();
    }
  }
  found->getOperation()(stack);
  // torch.export names the elements of a list that an operator gives.
  const bool unpacked = stack.size() == 1 && stack[0].isList() && op.outputs.size() != 1;
  const std::vector<c10::IValue> results = unpacked ? stack[0].toList().vec() : stack;
  for (std::size_t i = 0; i < op.outputs.size(); ++i) values_[op.outputs[i]] = results.at(i);
}

namespace {

/// A number where a tensor is expected takes part in type promotion as a number.
c10::IValue as_tensor(const c10::IValue& value) {
  if (!value.isScalar()) return value;
  at::Tensor tensor = tensor_of_number(value);
  tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
  return tensor;
}

c10::IValue as_declared(const c10::IValue& value, c10::TypeKind kind) {
  if (kind == c10::TypeKind::TensorType) return as_tensor(value);
  if (kind == c10::TypeKind::FloatType && value.isInt()) return static_cast<double>(value.toInt());
  return value;
}

}  // namespace

c10::IValue GraphExecutor::argument(const aten::Arg& arg, const c10::TypePtr& declared) const {
  auto type = declared;
  if (const auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
  const c10::TypeKind kind = type->kind();
  if (arg.is_none()) return {};
  if (const auto* ref = arg.get<aten::Ref>()) return as_declared(values_.at(ref->value), kind);
  if (const auto* number = arg.get<std::int64_t>()) return as_declared(*number, kind);
  if (const auto* number = arg.get<double>()) return as_declared(*number, kind);
  if (const auto* flag = arg.get<bool>()) return as_declared(*flag, kind);
  if (const auto* text = arg.get<std::string>()) return *text;
  if (const auto* dtype = arg.get<DType>()) return static_cast<std::int64_t>(scalar_type_number(*dtype));
  return list_argument(*arg.get<aten::ArgList>(), type);
}

c10::IValue GraphExecutor::list_argument(const aten::ArgList& list, const c10::TypePtr& type) const {
  auto element = c10::TypePtr(c10::AnyType::get());
  if (type->kind() == c10::TypeKind::ListType) element = type->containedType(0);
  c10::impl::GenericList result(element);
  for (const aten::Arg& item : list) result.push_back(argument(item, element));
  return result;
}

std::vector<at::Tensor> load_tensors(const aten::Graph& graph, const std::string& archive_path,
                                     const std::string& side_path) {
  const ArchiveFile archive(archive_path, ArchiveFile::Weights::read);
  std::optional<ArchiveFile> side;
  if (!side_path.empty()) side.emplace(side_path, ArchiveFile::Weights::read);
  std::vector<at::Tensor> result;
  for (const aten::Tensor& tensor : graph.tensors) {
    const DTypeInfo* info = dtype_info(tensor.dtype);
    if (info == nullptr || info->c10 < 0)
      throw Failure(ErrorCode::torchscript_run, "A dtype is unknown to libtorch", {.field = tensor.name});
    const auto type = static_cast<at::ScalarType>(info->c10);
    const auto count = static_cast<std::int64_t>(tensor.storage.size / c10::elementSize(type));
    at::Tensor storage = at::empty({count}, type);
    const bool own = tensor.file == aten::TensorFile::archive;
    if (!own && !side)
      throw Failure(ErrorCode::io_short_read, "A tensor has no file", {.field = tensor.name});
    const ArchiveFile& file = own ? archive : *side;
    if (file.read(tensor.storage.offset, storage.data_ptr(), storage.nbytes(), "") != storage.nbytes())
      throw Failure(ErrorCode::io_short_read, "A tensor lies outside the file", {.field = tensor.name});
    at::Tensor view = storage.as_strided(tensor.sizes, tensor.strides, tensor.storage_offset);
    result.push_back(type == at::kHalf ? view.to(at::kFloat) : view);
  }
  return result;
}

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> read_names(const std::string& path) {
  std::vector<std::string> names;
  if (path.empty()) return names;
  const json::Json list = value_or_throw(json::parse(read_file(path), Limits{}, path));
  for (const json::Json& name : json::elements(list))
    names.emplace_back(value_or_throw(json::as_string(name)));
  return names;
}

}  // namespace

void run_graph_command(const std::string& graph_path, const std::string& archive_path,
                       const std::string& side_path, const Runs& runs, const std::string& values_path) {
  register_missing_operators();
  const aten::Graph graph = value_or_throw(aten::from_json(read_file(graph_path), Limits{}));
  if (const auto valid = graph.validate(Limits{}); !valid) throw Failure(valid.error());
  const c10::InferenceMode inference;
  GraphExecutor executor(graph, load_tensors(graph, archive_path, side_path));
  executor.keep(read_names(values_path));
  run_each(runs, [&](const NamedTensors& inputs) { return executor.run(inputs); });
}

}  // namespace modelexport::torchscript
