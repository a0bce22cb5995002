#include "run_command.h"

#include <algorithm>

#include "commands.h"
#include "failure.h"
#include "runs.h"
#include "scalar_operators.h"

namespace modelexport::torchscript {
namespace {

class ArgumentMaker {
 public:
  explicit ArgumentMaker(const NamedTensors& tensors) : tensors_(tensors) {}

  c10::IValue make(c10::TypePtr type, const std::string& name) const {
    const bool optional = type->kind() == c10::TypeKind::OptionalType;
    if (optional) type = type->expect<c10::OptionalType>()->getElementType();
    if (optional && !any_below(name)) return {};
    switch (type->kind()) {
      case c10::TypeKind::TensorType:
        return tensor(name);
      case c10::TypeKind::IntType:
        return tensor(name).item().toLong();
      case c10::TypeKind::FloatType:
        return tensor(name).item().toDouble();
      case c10::TypeKind::BoolType:
        return tensor(name).item().toBool();
      case c10::TypeKind::TupleType: {
        std::vector<c10::IValue> items;
        const auto elements = type->expect<c10::TupleType>()->elements();
        for (std::size_t i = 0; i < elements.size(); ++i)
          items.push_back(make(elements[i], name + "." + std::to_string(i)));
        return c10::ivalue::Tuple::create(std::move(items));
      }
      case c10::TypeKind::ListType: {
        c10::impl::GenericList list(type->containedType(0));
        for (std::size_t i = 0; any_below(name + "." + std::to_string(i)); ++i)
          list.push_back(make(type->containedType(0), name + "." + std::to_string(i)));
        return list;
      }
      case c10::TypeKind::DictType:
        return dict(type, name);
      default:
        throw Failure(ErrorCode::torchscript_run, "An input has an unknown type: " + type->annotation_str(),
                      {.field = name});
    }
  }

  [[nodiscard]] bool any_below(const std::string& name) const {
    return std::any_of(tensors_.begin(), tensors_.end(), [&](const auto& entry) {
      return entry.first == name || entry.first.rfind(name + ".", 0) == 0;
    });
  }

 private:
  [[nodiscard]] at::Tensor tensor(const std::string& name) const {
    for (const auto& [own, value] : tensors_)
      if (own == name) return value;
    throw Failure(ErrorCode::torchscript_run, "The input is missing from the tensor file", {.field = name});
  }

  [[nodiscard]] c10::IValue dict(const c10::TypePtr& type, const std::string& name) const {
    c10::impl::GenericDict result(type->containedType(0), type->containedType(1));
    for (const auto& [own, value] : tensors_) {
      if (own.rfind(name + ".", 0) != 0) continue;
      const std::string key = own.substr(name.size() + 1, own.find('.', name.size() + 1) - name.size() - 1);
      result.insert_or_assign(key, make(type->containedType(1), name + "." + key));
    }
    return result;
  }

  const NamedTensors& tensors_;
};

void collect(const c10::IValue& value, const std::string& name, NamedTensors& out) {
  const auto inner = [&](const std::string& part) { return name.empty() ? part : name + "." + part; };
  if (value.isTensor() && value.toTensor().defined()) {
    out.emplace_back(name.empty() ? "output" : name, value.toTensor().detach());
  } else if (value.isInt() || value.isDouble() || value.isBool()) {
    out.emplace_back(name.empty() ? "output" : name, tensor_of_number(value));
  } else if (value.isTuple()) {
    const auto tuple = value.toTuple();
    const auto type = tuple->type();
    for (std::size_t i = 0; i < tuple->elements().size(); ++i)
      collect(tuple->elements()[i],
              inner(type->schema() ? type->schema()->arguments()[i].name() : std::to_string(i)), out);
  } else if (value.isList()) {
    for (std::size_t i = 0; i < value.toListRef().size(); ++i)
      collect(value.toListRef()[i], inner(std::to_string(i)), out);
  } else if (value.isGenericDict()) {
    std::size_t i = 0;
    for (const auto& item : value.toGenericDict()) {
      collect(item.value(), inner(item.key().isString() ? item.key().toStringRef() : std::to_string(i)), out);
      ++i;
    }
  }
}

}  // namespace

std::vector<c10::IValue> make_arguments(const std::vector<Parameter>& parameters,
                                        const NamedTensors& tensors) {
  const ArgumentMaker maker(tensors);
  std::vector<c10::IValue> result;
  for (const Parameter& parameter : parameters) {
    const bool given = maker.any_below(parameter.name);
    if (!given && parameter.fallback) {
      result.push_back(*parameter.fallback);
    } else {
      result.push_back(maker.make(parameter.type, parameter.name));
    }
  }
  return result;
}

NamedTensors name_outputs(const c10::IValue& result) {
  NamedTensors out;
  collect(result, "", out);
  return out;
}

namespace {

NamedTensors call_forward(LoadedArchive& archive, const NamedTensors& inputs) {
  const auto arguments = make_arguments(forward_parameters(archive), inputs);
  try {
    // The plain executor: profiling runs would compile, and type numbers differently.
    const torch::jit::GraphOptimizerEnabledGuard plain(false);
    return name_outputs(archive.module.get_method("forward")(arguments));
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    const std::size_t reason = text.find("RuntimeError: ");
    throw Failure(ErrorCode::torchscript_run,
                  reason == std::string::npos
                      ? text.substr(0, text.find('\n'))
                      : text.substr(reason + 14, text.find('\n', reason) - reason - 14),
                  {.path = archive.file->path()}, "check names, dtypes and shapes of the inputs");
  }
}

}  // namespace

void run_command(const std::string& archive_path, const Runs& runs) {
  const c10::InferenceMode inference;
  LoadedArchive archive = load_archive(archive_path, ArchiveFile::Weights::read);
  run_each(runs, [&](const NamedTensors& inputs) { return call_forward(archive, inputs); });
}

}  // namespace modelexport::torchscript
