#include "signature.h"

#include "failure.h"

namespace modelexport::torchscript {
namespace {

using Path = std::vector<std::string>;

std::string join(const Path& path) {
  std::string text;
  for (const std::string& part : path) text += (text.empty() ? "" : ".") + part;
  return text;
}

c10::TypePtr without_optional(c10::TypePtr type) {
  while (const auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
  return type;
}

class InputMaker {
 public:
  InputMaker(aten::Graph& graph, Walker& walker) : graph_(graph), walker_(walker) {}

  Symbol make(const c10::TypePtr& declared, const c10::optional<c10::IValue>& example, const Path& path) {
    const auto type = without_optional(declared);
    switch (type->kind()) {
      case c10::TypeKind::TensorType:
        return tensor(example, path);
      case c10::TypeKind::IntType:
      case c10::TypeKind::NumberType:
        return leaf(path, DType::int64, Shape());
      case c10::TypeKind::FloatType:
        return leaf(path, DType::float64, Shape());
      case c10::TypeKind::BoolType:
        return leaf(path, DType::boolean, Shape());
      case c10::TypeKind::TupleType:
        return tuple(*type->expect<c10::TupleType>(), example, path);
      case c10::TypeKind::ListType:
        return list(type->containedType(0), example, path);
      case c10::TypeKind::DictType:
        return dict(type->containedType(1), example, path);
      default:
        throw Failure(ErrorCode::torchscript_inputs,
                      "An input has a type that ONNX inputs cannot have: " + declared->annotation_str(),
                      {.field = join(path)}, "trace a wrapper that takes tensors");
    }
  }

 private:
  using Shape = std::vector<std::int64_t>;

  Symbol leaf(const Path& path, DType dtype, std::optional<Shape> shape) {
    aten::Input input;
    input.path = path;
    input.dtype = dtype;
    input.example_shape = std::move(shape);
    input.value = walker_.new_value(join(path));
    graph_.inputs.push_back(input);
    return input.value;
  }

  Symbol tensor(const c10::optional<c10::IValue>& example, const Path& path) {
    if (!example || !example->isTensor() || !example->toTensor().defined())
      return leaf(path, DType::undefined, std::nullopt);
    const at::Tensor& value = example->toTensor();
    const auto dtype = dtype_from_c10(static_cast<std::int64_t>(value.scalar_type()));
    return leaf(path, dtype.value_or(DType::undefined), value.sizes().vec());
  }

  Symbol tuple(const c10::TupleType& type, const c10::optional<c10::IValue>& example, const Path& path) {
    auto result = std::make_shared<Container>();
    const auto elements = type.elements();
    const bool fits =
        example && example->isTuple() && example->toTupleRef().elements().size() == elements.size();
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const bool named = type.schema() != nullptr;
      Path inner = path;
      inner.push_back(named ? type.schema()->arguments()[i].name() : std::to_string(i));
      result->items.push_back(make(
          elements[i], fits ? c10::make_optional(example->toTupleRef().elements()[i]) : c10::nullopt, inner));
    }
    return result;
  }

  [[noreturn]] static void unknown_structure(const Path& path) {
    throw Failure(
        ErrorCode::torchscript_inputs,
        "The input is a list or dictionary, and the archive does not say what is in it",
        {.field = join(path)},
        "trace with a current PyTorch (example inputs are recorded), or take a tuple of tensors instead");
  }

  Symbol list(const c10::TypePtr& element, const c10::optional<c10::IValue>& example, const Path& path) {
    auto result = std::make_shared<Container>();
    result->kind = Container::Kind::list;
    std::vector<c10::IValue> items;
    if (example && example->isList())
      items = example->toListRef().vec();
    else if (example && example->isTuple())
      items = example->toTupleRef().elements().vec();
    else
      unknown_structure(path);
    for (std::size_t i = 0; i < items.size(); ++i) {
      Path inner = path;
      inner.push_back(std::to_string(i));
      result->items.push_back(make(element, items[i], inner));
    }
    return result;
  }

  Symbol dict(const c10::TypePtr& element, const c10::optional<c10::IValue>& example, const Path& path) {
    if (!example || !example->isGenericDict()) unknown_structure(path);
    auto result = std::make_shared<Container>();
    result->kind = Container::Kind::dict;
    for (const auto& item : example->toGenericDict()) {
      Path inner = path;
      inner.push_back(item.key().isString() ? item.key().toStringRef() : std::to_string(result->keys.size()));
      result->keys.push_back(item.key());
      result->items.push_back(make(element, item.value(), inner));
    }
    return result;
  }

  aten::Graph& graph_;
  Walker& walker_;
};

void add_outputs(const Symbol& symbol, const Path& path, aten::Graph& graph) {
  if (const auto* value = value_of(symbol)) {
    graph.outputs.push_back({path, *value});
  } else if (const Container* container = container_of(symbol)) {
    for (std::size_t i = 0; i < container->items.size(); ++i) {
      Path inner = path;
      if (i < container->fields.size())
        inner.push_back(container->fields[i]);
      else if (i < container->keys.size() && container->keys[i].isString())
        inner.push_back(container->keys[i].toStringRef());
      else
        inner.push_back(std::to_string(i));
      add_outputs(container->items[i], inner, graph);
    }
  }
  // None and constants are no outputs.
}

}  // namespace

std::vector<Parameter> forward_parameters(const LoadedArchive& archive) {
  const auto forward = archive.module.find_method("forward");
  if (!forward)
    throw Failure(ErrorCode::torchscript_inputs, "The program has no method `forward`",
                  {.path = archive.file->path()},
                  "trace or script the module itself, not one of its methods");
  std::vector<Parameter> result;
  const auto& arguments = forward->function().getSchema().arguments();
  for (std::size_t i = 1; i < arguments.size(); ++i) {  // 0 is self
    Parameter parameter{arguments[i].name(), arguments[i].type(), arguments[i].default_value(), c10::nullopt};
    if (archive.example_inputs && archive.example_inputs->size() + 1 == arguments.size())
      parameter.example = (*archive.example_inputs)[i - 1];
    result.push_back(std::move(parameter));
  }
  return result;
}

std::vector<Symbol> make_inputs(const std::vector<Parameter>& parameters, aten::Graph& graph,
                                Walker& walker) {
  InputMaker maker(graph, walker);
  std::vector<Symbol> result;
  for (const Parameter& parameter : parameters) {
    // What has a default and no example stays at its default: None, a flag, a number.
    const bool fixed =
        (parameter.fallback && !parameter.example) || (parameter.example && parameter.example->isNone());
    if (fixed) {
      result.push_back(walker.import(parameter.example ? *parameter.example : *parameter.fallback));
    } else {
      result.push_back(maker.make(parameter.type, parameter.example, {parameter.name}));
    }
  }
  return result;
}

void make_outputs(const Symbol& result, aten::Graph& graph) {
  add_outputs(result, {}, graph);
  if (graph.outputs.empty())
    throw Failure(ErrorCode::torchscript_unsupported, "The program returns no tensor", {},
                  "let forward return the tensors that the exported model shall compute");
}

}  // namespace modelexport::torchscript
