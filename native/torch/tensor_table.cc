#include "tensor_table.h"

#include "failure.h"

namespace modelexport::torchscript {
namespace {

DType dtype_of(const at::Tensor& tensor, const std::string& name) {
  const auto dtype = dtype_from_c10(static_cast<std::int64_t>(tensor.scalar_type()));
  if (!dtype || tensor.is_quantized() || tensor.layout() != c10::kStrided)
    throw Failure(ErrorCode::torchscript_unsupported,
                  std::string("A tensor of type ") + c10::toString(tensor.scalar_type()) +
                      " (quantized, sparse or unknown) cannot be exported",
                  {.field = name}, "save the model in floating point before tracing it: model.float()");
  return *dtype;
}

}  // namespace

TensorTable::TensorTable(aten::Graph& graph, const ArchiveFile& file, std::string side_path)
    : graph_(graph), file_(file), side_path_(std::move(side_path)) {
  side_.open(side_path_, std::ios::binary | std::ios::trunc);
  if (!side_) throw Failure(ErrorCode::io_write, "The side file cannot be created", {.path = side_path_});
}

TensorTable::Identity TensorTable::identity(const at::Tensor& tensor) {
  return {tensor.storage().data(), tensor.storage_offset(), static_cast<int>(tensor.scalar_type()),
          tensor.sizes().vec(), tensor.strides().vec()};
}

void TensorTable::place(aten::Tensor& entry, const at::Tensor& tensor) {
  const auto& storage = tensor.storage();
  if (const auto range = file_.origin(storage.data(), storage.nbytes()); range && storage.nbytes() > 0) {
    entry.file = aten::TensorFile::archive;
    entry.storage = *range;
    entry.strides = tensor.strides().vec();
    entry.storage_offset = tensor.storage_offset();
    return;
  }
  if (file_.is_skipped(storage.data()))  // its bytes were never read
    throw Failure(ErrorCode::torchscript_malformed, "A tensor does not fill its record of the archive",
                  {.field = entry.name});
  const at::Tensor dense = tensor.contiguous();
  entry.file = aten::TensorFile::side;
  entry.storage = {side_size_, static_cast<std::uint64_t>(dense.nbytes())};
  entry.strides = dense.strides().vec();
  side_.write(static_cast<const char*>(dense.data_ptr()), static_cast<std::streamsize>(dense.nbytes()));
  side_size_ += dense.nbytes();
}

std::uint32_t TensorTable::add(std::string name, const at::Tensor& tensor, aten::TensorKind kind) {
  if (graph_.tensors.size() >= Limits{}.tensors)
    throw Failure(ErrorCode::torchscript_unsupported, "The archive has too many tensors", {.field = name});
  aten::Tensor entry;
  entry.dtype = dtype_of(tensor, name);
  entry.name = std::move(name);
  entry.kind = kind;
  entry.sizes = tensor.sizes().vec();
  place(entry, tensor);
  const auto index = static_cast<std::uint32_t>(graph_.tensors.size());
  graph_.tensors.push_back(std::move(entry));
  kept_.push_back(tensor);
  if (tensor.numel() > 0) known_.emplace(identity(tensor), index);
  return index;
}

void TensorTable::add_named(const std::string& name, const at::Tensor& tensor, aten::TensorKind kind) {
  if (!tensor.defined()) return;
  names_.insert(name);
  const auto found = known_.find(identity(tensor));
  if (found != known_.end() && tensor.numel() > 0) {
    graph_.tensors[found->second].aliases.push_back(name);
  } else {
    add(name, tensor, kind);
  }
}

std::string TensorTable::constant_name(const std::string& scope) {
  for (;;) {
    const std::uint32_t k = constants_of_scope_[scope]++;
    std::string name = (scope.empty() ? "" : scope + ".") + "constant_" + std::to_string(k);
    if (names_.insert(name).second) return name;
  }
}

aten::ValueId TensorTable::value_of(const at::Tensor& tensor, const std::string& scope) {
  const auto found = known_.find(identity(tensor));
  const std::uint32_t index = found != known_.end() && tensor.numel() > 0
                                  ? found->second
                                  : add(constant_name(scope), tensor, aten::TensorKind::constant);
  const auto bound = values_.find(index);
  if (bound != values_.end()) return bound->second;
  const aten::ValueId value = graph_.add_value(graph_.tensors[index].name);
  graph_.values[value].tensor = index;
  values_.emplace(index, value);
  return value;
}

void TensorTable::finish() {
  side_.close();
  if (!side_) throw Failure(ErrorCode::io_write, "The side file cannot be written", {.path = side_path_});
}

}  // namespace modelexport::torchscript
