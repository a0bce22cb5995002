#include "walker.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>

#include "failure.h"

namespace modelexport::torchscript {
namespace {

constexpr unsigned kMaxCallDepth = 200;
constexpr std::uint64_t kMaxSteps = 20'000'000;  // nodes looked at, so that walking ends

}  // namespace

Symbol Walker::run(const torch::jit::Module& root, std::vector<Symbol> arguments) {
  graph_.calls.push_back({0, 0, 1});
  calls_of_module_[0] = 1;
  for (const aten::Input& input : graph_.inputs)
    if (input.example_shape) ranks_[input.value] = static_cast<std::int64_t>(input.example_shape->size());
  arguments.insert(arguments.begin(), ModuleRef{root._ivalue()});
  return call_graph(root.get_method("forward").function(), std::move(arguments), 0, root._ivalue().get());
}

Symbol Walker::import(const c10::IValue& value) {
  if (value.isTensor())
    return value.toTensor().defined() ? Symbol(tensors_.value_of(value.toTensor(), frame_ ? scope() : ""))
                                      : none_symbol();
  if (value.isModule() || value.isObject()) return ModuleRef{value.toObject()};
  if (value.isTuple()) {
    auto tuple = new_container(Container::Kind::tuple);
    for (const auto& item : value.toTupleRef().elements()) tuple->items.push_back(import(item));
    return tuple;
  }
  if (value.isList()) {
    auto list = new_container(Container::Kind::list);
    for (const c10::IValue& item : value.toListRef()) list->items.push_back(import(item));
    return list;
  }
  if (value.isGenericDict()) {
    auto dict = new_container(Container::Kind::dict);
    for (const auto& item : value.toGenericDict()) {
      dict->keys.push_back(item.key());
      dict->items.push_back(import(item.value()));
    }
    return dict;
  }
  return value;
}

aten::ValueId Walker::new_value(const std::string& name) {
  // Names of different methods meet here: the second "x.1" becomes "x.1~2".
  const std::uint32_t uses = ++names_[name];
  return graph_.add_value(uses == 1 ? name : name + "~" + std::to_string(uses));
}

Symbol& Walker::at(const torch::jit::Value* value) {
  const auto found = frame_->values.find(value);
  if (found == frame_->values.end())
    throw Failure(ErrorCode::torchscript_unsupported,
                  "A value is used before it is defined: " + value->debugName(), {.field = scope()});
  return found->second;
}

std::string Walker::describe_place(Node* node) {
  const auto original = node->sourceRange().findSourceRangeThatGenerated();
  const auto place = original ? original->file_line_col() : node->sourceRange().file_line_col();
  if (!place || std::get<0>(*place).empty()) return "";
  const std::string& file = std::get<0>(*place);
  return file.substr(file.find_last_of("/\\") + 1) + ":" + std::to_string(std::get<1>(*place));
}

void Walker::unsupported(Node* node, const std::string& what, const std::string& hint) {
  const std::string place = describe_place(node);
  throw Failure(ErrorCode::torchscript_unsupported, what + (place.empty() ? "" : " (" + place + ")"),
                {.field = frame_ != nullptr ? scope() : ""},
                hint.empty()
                    ? "export with torch.export instead: torch.export.save(torch.export.export(model, (), "
                      "inputs), \"model.pt2\")"
                    : hint);
}

Symbol Walker::call_graph(torch::jit::Function& function, std::vector<Symbol> arguments, std::uint32_t call,
                          const c10::ivalue::Object* self) {
  const auto graph = torch::jit::toGraphFunction(function).graph();
  Frame frame;
  frame.call = call;
  frame.self = self;
  Frame* const caller = frame_;
  if (++depth_ > kMaxCallDepth || graph->inputs().size() != arguments.size())
    throw Failure(ErrorCode::torchscript_unsupported,
                  "Calls are nested too deeply or do not fit: " + function.name());
  for (std::size_t i = 0; i < arguments.size(); ++i)
    frame.values[graph->inputs()[i]] = std::move(arguments[i]);
  frame_ = &frame;
  walk(graph->block());
  auto result = none_symbol();
  if (graph->outputs().size() == 1) result = at(graph->outputs()[0]);
  frame_ = caller;
  --depth_;
  return result;
}

void Walker::walk(torch::jit::Block* block) {
  for (Node* node : block->nodes()) walk(node);
}

void Walker::walk(Node* node) {
  if (++steps_ > kMaxSteps) unsupported(node, "The program is too large");
  const auto& table = handlers();
  const auto found = table.find(node->kind().toQualString());
  if (found != table.end()) {
    (this->*found->second)(node);
  } else if (!on_list_method(node) && !on_dict_method(node)) {
    on_operator(node);
  }
}

const std::unordered_map<std::string, Walker::Handler>& Walker::handlers() {
  static const std::unordered_map<std::string, Handler> table{
      {"prim::Constant", &Walker::on_constant},
      {"prim::GetAttr", &Walker::on_get_attr},
      {"prim::SetAttr", &Walker::on_set_attr},
      {"prim::CallMethod", &Walker::on_call_method},
      {"prim::CallFunction", &Walker::on_call_function},
      {"prim::TupleConstruct", &Walker::on_tuple_construct},
      {"prim::ListConstruct", &Walker::on_list_construct},
      {"prim::DictConstruct", &Walker::on_dict_construct},
      {"prim::TupleUnpack", &Walker::on_unpack},
      {"prim::ListUnpack", &Walker::on_unpack},
      {"prim::TupleIndex", &Walker::on_tuple_index},
      {"prim::TupleSlice", &Walker::on_tuple_slice},
      {"prim::If", &Walker::on_if},
      {"prim::Loop", &Walker::on_loop},
      {"aten::dim", &Walker::on_dim},
      {"prim::RaiseException", &Walker::on_raise},
      {"prim::Print", &Walker::on_forget},
      {"aten::warn", &Walker::on_forget},
      {"aten::_assert_tensor_metadata", &Walker::on_forget},
      {"aten::_assert_async", &Walker::on_forget},
      {"aten::_assert_scalar", &Walker::on_forget},
      {"prim::unchecked_cast", &Walker::on_pass},
      {"prim::unchecked_unwrap_optional", &Walker::on_pass},
      {"aten::_unwrap_optional", &Walker::on_pass},
      {"prim::annotate", &Walker::on_pass},
      {"prim::data", &Walker::on_pass},
      {"prim::device", &Walker::on_property},
      {"prim::layout", &Walker::on_property},
      {"prim::is_cuda", &Walker::on_property},
      {"prim::is_sparse", &Walker::on_property},
      {"prim::is_quantized", &Walker::on_property},
      {"prim::requires_grad", &Walker::on_property},
      {"prim::Uninitialized", &Walker::on_property},
      {"aten::__is__", &Walker::on_identity_test},
      {"aten::__isnot__", &Walker::on_identity_test},
  };
  return table;
}

void Walker::on_constant(Node* node) {
  if (const auto type = node->output()->type()->cast<c10::FunctionType>()) {
    bind(node->output(), FunctionRef{type->function()});
    return;
  }
  const auto value = torch::jit::toIValue(node->output());
  bind(node->output(), value ? import(*value) : none_symbol());
}

void Walker::on_get_attr(Node* node) {
  const auto* module = std::get_if<ModuleRef>(&at(node->input()));
  if (module == nullptr) unsupported(node, "An attribute of something that is no module is read");
  const std::string& name = node->s(c10::attr::name);
  bind(node->output(), import(module->object->getAttr(name)));
}

void Walker::on_set_attr(Node* node) {
  unsupported(node, "The model changes itself while it runs: it sets attribute " + node->s(c10::attr::name),
              "return the new value as an output and take the old one as an input");
}

std::uint32_t Walker::enter_module(const c10::ivalue::Object& object) {
  const std::uint32_t module = modules_.index_of(object);
  const std::uint32_t ordinal = ++calls_of_module_[module];
  graph_.calls.push_back({module, frame_->call, ordinal});
  return static_cast<std::uint32_t>(graph_.calls.size() - 1);
}

void Walker::on_call_method(Node* node) {
  std::vector<Symbol> arguments;
  for (const auto* input : node->inputs()) arguments.push_back(at(input));
  const auto* module = std::get_if<ModuleRef>(&arguments.at(0));
  if (module == nullptr) unsupported(node, "A method of something that is no module is called");
  const auto object = module->object;
  torch::jit::Function& method = object->type()->getMethod(node->s(c10::attr::name));
  // A module calling a helper method of its own stays in the same call.
  const std::uint32_t call = object.get() == frame_->self ? frame_->call : enter_module(*object);
  bind(node->output(), call_graph(method, std::move(arguments), call, object.get()));
}

void Walker::on_call_function(Node* node) {
  std::vector<Symbol> arguments;
  for (const auto* input : node->inputs()) arguments.push_back(at(input));
  const auto* function = std::get_if<FunctionRef>(&arguments.at(0));
  if (function == nullptr || function->function == nullptr)
    unsupported(node, "An unknown function is called");
  torch::jit::Function* callee = function->function;
  arguments.erase(arguments.begin());
  bind(node->output(), call_graph(*callee, std::move(arguments), frame_->call, frame_->self));
}

}  // namespace modelexport::torchscript
