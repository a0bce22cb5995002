#include "lower/builder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "lower/half.h"
#include "modelexport/hierarchy.h"

namespace modelexport::lower {
namespace {

template <class T>
void put(Bytes& out, T value) {
  const auto* p = reinterpret_cast<const std::byte*>(&value);
  out.insert(out.end(), p, p + sizeof value);
}

/// One element in a dtype's little-endian form. Conversions are exact or round to nearest even.
void put_element(Bytes& out, DType dtype, double real, std::int64_t integer) {
  switch (dtype) {
    case DType::float32:
      put(out, static_cast<float>(real));
      break;
    case DType::float64:
      put(out, real);
      break;
    case DType::float16:
      put(out, to_half(static_cast<float>(real)));
      break;
    case DType::bfloat16:
      put(out, to_bfloat16(static_cast<float>(real)));
      break;
    case DType::boolean:
      put(out, static_cast<std::uint8_t>(integer != 0));
      break;
    case DType::int8:
    case DType::uint8:
      put(out, static_cast<std::uint8_t>(integer));
      break;
    case DType::int16:
    case DType::uint16:
      put(out, static_cast<std::uint16_t>(integer));
      break;
    case DType::int32:
    case DType::uint32:
      put(out, static_cast<std::uint32_t>(integer));
      break;
    default:
      put(out, integer);
      break;
  }
}

std::int64_t truncate(double v) {
  if (std::isnan(v)) return 0;
  if (v >= 9.2233720368547758e18) return INT64_MAX;
  if (v <= -9.2233720368547758e18) return INT64_MIN;
  return static_cast<std::int64_t>(v);
}

void put_element(Bytes& out, DType dtype, const aten::Element& element) {
  if (const double* real = std::get_if<double>(&element)) {
    put_element(out, dtype, *real, dtype == DType::boolean ? (*real != 0 ? 1 : 0) : truncate(*real));
  } else {
    const std::int64_t value = std::get<Expr>(element).constant().value_or(0);
    put_element(out, dtype, static_cast<double>(value), value);
  }
}

/// Stored as an initializer of the same shape would be; a complex tensor has one dimension more there.
bool row_major(const aten::Tensor& t) {
  std::int64_t stride = 1;
  for (std::size_t d = t.sizes.size(); d-- > 0; stride *= t.sizes[d])
    if (t.sizes[d] != 1 && t.strides[d] != stride) return false;
  return !is_complex(t.dtype);
}

bool is_constant(const aten::Element& element) {
  return std::holds_alternative<double>(element) || std::get<Expr>(element).constant().has_value();
}

}  // namespace

std::vector<onnx::Dim> dims_of(const Shape& shape) {
  std::vector<onnx::Dim> out;
  for (const Expr& size : shape) {
    if (auto value = size.constant())
      out.emplace_back(*value);
    else
      out.emplace_back(size.to_string());
  }
  return out;
}

Builder::Builder(const aten::Graph& graph, aten::Types& types, TensorSources sources, std::int64_t opset)
    : graph_(graph),
      types_(types),
      sources_(sources),
      opset_(opset),
      scopes_(1),
      names_(graph.values.size()) {}

std::string Builder::node_key(const onnx::Node& node) const {
  std::string key = node.domain + "\x1f" + node.op_type;
  for (const auto& input : node.inputs) key += "\x1f" + input;
  for (const auto& attribute : node.attributes) {
    key += "\x1e" + attribute.name + "=";
    struct Visitor {
      std::string& key;
      void operator()(std::int64_t v) { key += std::to_string(v); }
      void operator()(float v) { key.append(reinterpret_cast<const char*>(&v), sizeof v); }
      void operator()(const std::string& v) { key += v; }
      void operator()(const std::vector<std::int64_t>& v) {
        for (auto x : v) key += std::to_string(x) + ",";
      }
      void operator()(const std::vector<float>& v) {
        key.append(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(float));
      }
      void operator()(const std::vector<std::string>& v) {
        for (const auto& x : v) key += x + ",";
      }
      void operator()(const onnx::Initializer& v) {
        key += dtype_name(v.dtype);
        if (const Bytes* b = std::get_if<Bytes>(&v.data)) key += as_text(*b);
      }
      void operator()(const std::shared_ptr<onnx::Graph>& v) {
        key += std::to_string(reinterpret_cast<std::uintptr_t>(v.get()));
      }
    } visitor{key};
    std::visit(visitor, attribute.value);
  }
  return key;
}

std::vector<std::string> Builder::add(std::string op_type, std::vector<std::string> inputs,
                                      Attributes attributes, std::size_t outputs, std::string domain) {
  BuiltNode built;
  built.node.op_type = std::move(op_type);
  built.node.domain = std::move(domain);
  built.node.inputs = std::move(inputs);
  while (!built.node.inputs.empty() && built.node.inputs.back().empty()) built.node.inputs.pop_back();
  built.node.attributes = std::move(attributes);
  built.call = call_;
  std::string key = node_key(built.node) + "\x1f" + std::to_string(outputs);
  // A node that reads a parameter stays where its module is: merging it would move the parameter's place.
  const bool own = std::any_of(built.node.inputs.begin(), built.node.inputs.end(),
                               [&](const std::string& name) { return parameters_.count(name) != 0; });
  if (own) key += "\x1f" + std::to_string(call_);
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    if (auto found = scope->index.find(key); found != scope->index.end()) {
      BuiltNode& same = scope->nodes[found->second];
      same.call = hierarchy::common_ancestor(graph_, same.call, call_);
      return same.node.outputs;
    }
  }
  for (std::size_t i = 0; i < outputs; ++i) built.node.outputs.push_back(fresh());
  std::vector<std::string> names = built.node.outputs;
  for (const auto& name : names) producers_[name] = {scopes_.size() - 1, scopes_.back().nodes.size()};
  scopes_.back().index.emplace(std::move(key), scopes_.back().nodes.size());
  scopes_.back().nodes.push_back(std::move(built));
  return names;
}

const onnx::Node* Builder::producer(const std::string& value) const {
  const auto found = producers_.find(value);
  if (found == producers_.end() || found->second.first >= scopes_.size()) return nullptr;
  const auto& nodes = scopes_[found->second.first].nodes;
  if (found->second.second >= nodes.size()) return nullptr;
  const onnx::Node& node = nodes[found->second.second].node;
  // A closed scope's place may be taken by another node.
  return std::find(node.outputs.begin(), node.outputs.end(), value) == node.outputs.end() ? nullptr : &node;
}

std::optional<std::vector<std::int64_t>> Builder::constant_ints(const std::string& name) const {
  const auto found = initializers_.find(name);
  if (found == initializers_.end() || found->second.dtype != DType::int64) return std::nullopt;
  const Bytes* data = std::get_if<Bytes>(&found->second.data);
  if (data == nullptr) return std::nullopt;
  std::vector<std::int64_t> out(data->size() / sizeof(std::int64_t));
  if (!out.empty()) std::memcpy(out.data(), data->data(), out.size() * sizeof(std::int64_t));
  return out;
}

void Builder::note_reshape(const std::string& value, std::string source, Shape from) {
  reshapes_.insert_or_assign(value, std::make_pair(std::move(source), std::move(from)));
}
const std::pair<std::string, Shape>* Builder::reshape_source(const std::string& value) const {
  const auto found = reshapes_.find(value);
  return found == reshapes_.end() ? nullptr : &found->second;
}

std::string Builder::copy(const std::string& value) {
  BuiltNode built;
  built.node.op_type = "Identity";
  built.node.inputs = {value};
  built.node.outputs = {fresh()};
  built.call = call_;
  scopes_.back().nodes.push_back(std::move(built));
  return scopes_.back().nodes.back().node.outputs.front();
}

std::string Builder::constant(DType dtype, std::vector<std::int64_t> dims, Bytes data) {
  std::string key = std::string(dtype_name(dtype)) + "[";
  for (std::int64_t d : dims) key += std::to_string(d) + ",";
  key += "]" + std::string(as_text(data));
  auto [at, fresh_key] = constants_.try_emplace(std::move(key));
  if (fresh_key) {
    at->second = "constant." + std::to_string(constants_.size() - 1);
    initializers_[at->second] = {at->second, dtype, std::move(dims), std::move(data)};
  }
  return at->second;
}

std::string Builder::ints(const std::vector<std::int64_t>& values) {
  Bytes data;
  for (std::int64_t v : values) put(data, v);
  return constant(DType::int64, {static_cast<std::int64_t>(values.size())}, std::move(data));
}
std::string Builder::scalar(DType dtype, double value) {
  Bytes data;
  put_element(data, dtype, aten::Element(value));
  return constant(dtype, {}, std::move(data));
}
std::string Builder::scalar_int(std::int64_t value, DType dtype) {
  Bytes data;
  put_element(data, dtype, aten::Element(Expr(value)));
  return constant(dtype, {}, std::move(data));
}

std::string Builder::numbers(DType dtype, std::vector<std::int64_t> dims, const std::vector<double>& values) {
  Bytes data;
  for (double value : values) put_element(data, dtype, aten::Element(value));
  return constant(dtype, std::move(dims), std::move(data));
}
std::string Builder::filled(DType dtype, const std::vector<std::int64_t>& dims, double value) {
  std::int64_t count = 1;
  for (std::int64_t d : dims) count *= d;
  Bytes data;
  for (std::int64_t i = 0; i < count; ++i) put_element(data, dtype, aten::Element(value));
  return constant(dtype, dims, std::move(data));
}

// ---- symbolic sizes

std::string Builder::symbol(const std::string& name) {
  const auto origin = types_.origins.find(name);
  if (origin == types_.origins.end()) return {};
  const std::string value = name_of(origin->second.value);
  if (value.empty()) {
    unreadable_ = name;
    return ints({1});
  }
  if (origin->second.axis < 0) {
    // A number known only at run time: any integer dtype and rank 0 or 1.
    const aten::Type& type = types_.of[origin->second.value];
    std::string as_int64 =
        type.dtype == DType::int64 ? value : add1("Cast", {value}, {{"to", std::int64_t{7}}});
    return add1("Reshape", {as_int64, ints({1})});
  }
  const std::int64_t axis = origin->second.axis;
  return add1("Shape", {value}, {{"start", axis}, {"end", axis + 1}});
}

std::string Builder::atom(const Expr::Atom& atom) {
  if (atom.kind == Expr::Kind::symbol) return symbol(atom.name);
  const std::string a = size1(atom.arguments[0]);
  const std::string b = size1(atom.arguments[1]);
  switch (atom.kind) {
    case Expr::Kind::max:
      return add1("Max", {a, b});
    case Expr::Kind::min:
      return add1("Min", {a, b});
    case Expr::Kind::mod:
      return add1("Mod", {a, b});
    default:
      break;
  }
  if (atom.arguments[0].known_non_negative()) return add1("Div", {a, b});
  // ONNX divides towards zero; a // b == (a - a mod b) / b with Mod taking the divisor's sign.
  return add1("Div", {add1("Sub", {a, add1("Mod", {a, b})}), b});
}

std::string Builder::term(const Expr::Term& term) {
  std::string out;
  for (const auto& factor : term.atoms) {
    std::string value = atom(*factor);
    out = out.empty() ? value : add1("Mul", {out, value});
  }
  if (out.empty()) return ints({term.coefficient});
  if (term.coefficient != 1) out = add1("Mul", {out, ints({term.coefficient})});
  return out;
}

std::string Builder::size1(const Expr& size) {
  if (auto value = size.constant()) return ints({*value});
  std::string out;
  std::int64_t offset = 0;
  const Expr::Term* negative = nullptr;
  std::vector<const Expr::Term*> order;
  for (const auto& t : size.terms()) {
    if (t.atoms.empty())
      offset = t.coefficient;
    else if (t.coefficient == -1 && negative == nullptr)
      negative = &t;
    else
      order.push_back(&t);
  }
  for (const auto* t : order) {
    std::string value = term(*t);
    out = out.empty() ? value : add1("Add", {out, value});
  }
  if (negative != nullptr) {
    Expr::Term positive = *negative;
    positive.coefficient = 1;
    const std::string value = term(positive);
    if (out.empty()) {
      out = ints({offset});
      offset = 0;
    }
    out = add1("Sub", {out, value});
  }
  if (offset != 0) out = add1("Add", {out, ints({offset})});
  return out;
}

std::string Builder::size_scalar(const Expr& size) {
  if (auto value = size.constant()) return scalar_int(*value);
  return add1("Squeeze", {size1(size), ints({0})});
}

std::string Builder::sizes(const Shape& sizes) {
  std::vector<std::int64_t> known;
  for (const Expr& size : sizes)
    if (auto value = size.constant()) known.push_back(*value);
  if (known.size() == sizes.size()) return ints(known);
  std::vector<std::string> parts;
  std::vector<std::int64_t> run;
  const auto flush = [&] {
    if (!run.empty()) parts.push_back(ints(run));
    run.clear();
  };
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (auto value = sizes[i].constant()) {
      run.push_back(*value);
      continue;
    }
    flush();
    // Neighbouring dimensions of one tensor come from one Shape node.
    std::size_t end = i + 1;
    const auto origin_of = [&](const Expr& e) -> const aten::SymbolOrigin* {
      const auto name = e.as_symbol();
      if (!name) return nullptr;
      const auto found = types_.origins.find(*name);
      return found == types_.origins.end() || found->second.axis < 0 ? nullptr : &found->second;
    };
    if (const auto* first = origin_of(sizes[i])) {
      while (end < sizes.size()) {
        const auto* next = origin_of(sizes[end]);
        if (next == nullptr || next->value != first->value ||
            next->axis != first->axis + static_cast<std::int32_t>(end - i))
          break;
        ++end;
      }
      if (end - i > 1) {
        parts.push_back(add1("Shape", {name_of(first->value)},
                             {{"start", std::int64_t{first->axis}},
                              {"end", first->axis + static_cast<std::int64_t>(end - i)}}));
        i = end - 1;
        continue;
      }
    }
    parts.push_back(size1(sizes[i]));
  }
  flush();
  if (parts.size() == 1) return parts.front();
  return add1("Concat", std::move(parts), {{"axis", std::int64_t{0}}});
}

// ---- weights

onnx::Initializer Builder::stored(std::uint32_t tensor, bool transposed) const {
  const aten::Tensor& t = graph_.tensors[tensor];
  onnx::Initializer out;
  out.name = t.name;
  out.dtype = t.dtype;
  out.dims = t.sizes;
  onnx::StoredTensor data;
  data.source = t.file == aten::TensorFile::archive ? sources_.archive : sources_.side;
  data.storage = t.storage;
  data.storage_offset = t.storage_offset;
  data.strides = t.strides;
  if (is_complex(t.dtype)) {  // pairs of floats: see lower/complex.cc
    out.dtype = t.dtype == DType::complex64 ? DType::float32 : DType::float64;
    out.dims.push_back(2);
    data.storage_offset *= 2;
    for (auto& stride : data.strides) stride *= 2;
    data.strides.push_back(1);
  }
  if (transposed) {
    out.name += "_t";
    std::swap(out.dims[out.dims.size() - 1], out.dims[out.dims.size() - 2]);
    std::swap(data.strides[data.strides.size() - 1], data.strides[data.strides.size() - 2]);
  }
  // No elements are stored nowhere: the archive or the side file may hold no byte at all.
  if (std::find(out.dims.begin(), out.dims.end(), 0) == out.dims.end()) out.data = std::move(data);
  return out;
}

std::string Builder::weight(std::uint32_t tensor) {
  const aten::Tensor& t = graph_.tensors[tensor];
  if (initializers_.try_emplace(t.name, stored(tensor, false)).second && t.kind != aten::TensorKind::constant)
    parameters_.insert(t.name);
  return t.name;
}

std::string Builder::weight_transposed(std::uint32_t tensor) {
  if (keep_stored_ && row_major(graph_.tensors[tensor])) {
    std::vector<std::int64_t> perm(graph_.tensors[tensor].sizes.size());
    for (std::size_t i = 0; i < perm.size(); ++i) perm[i] = static_cast<std::int64_t>(i);
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
    return add1("Transpose", {weight(tensor)}, {{"perm", std::move(perm)}});
  }
  onnx::Initializer view = stored(tensor, true);
  std::string name = view.name;
  parameters_.insert(name);
  transposed_[name] = tensor;
  initializers_.try_emplace(name, std::move(view));
  return name;
}

// ---- values

void Builder::bind(ValueId id, std::string name) { names_[id] = std::move(name); }
void Builder::bind_list(ValueId id, std::vector<std::string> names) { lists_[id] = std::move(names); }
const std::vector<std::string>* Builder::list_of(ValueId id) const {
  const auto found = lists_.find(id);
  return found == lists_.end() ? nullptr : &found->second;
}

std::string Builder::content(const aten::Type& type, DType dtype) {
  const auto& elements = *type.content;
  std::vector<std::int64_t> dims;
  for (const Expr& d : type.shape) dims.push_back(d.constant().value_or(0));
  if (std::all_of(elements.begin(), elements.end(), is_constant)) {
    Bytes data;
    for (const auto& element : elements) put_element(data, dtype, element);
    return constant(dtype, dims, std::move(data));
  }
  Shape values;
  for (const auto& element : elements)
    values.push_back(std::holds_alternative<Expr>(element) ? std::get<Expr>(element)
                                                           : Expr(truncate(std::get<double>(element))));
  std::string out = dims.empty() ? size_scalar(values.front()) : sizes(values);
  if (dims.size() > 1) out = add1("Reshape", {out, ints(dims)});
  if (dtype != DType::int64) out = add1("Cast", {out}, {{"to", static_cast<std::int64_t>(dtype)}});
  return out;
}

std::string Builder::name_of(ValueId id) {
  if (!names_[id].empty()) return names_[id];
  if (graph_.values[id].tensor) return weight(*graph_.values[id].tensor);
  const aten::Type& type = types_.of[id];
  if (type.content) return content(type, type.dtype);
  return {};
}

// ---- scopes and the end

void Builder::open_scope() { scopes_.emplace_back(); }

onnx::Graph Builder::close_scope(std::vector<onnx::ValueInfo> inputs, std::vector<onnx::ValueInfo> outputs,
                                 const std::vector<std::string>& output_names) {
  onnx::Graph out;
  // Results that the scope does not make itself need a node of its own.
  std::set<std::string> made;
  for (const auto& built : scopes_.back().nodes)
    made.insert(built.node.outputs.begin(), built.node.outputs.end());
  std::set<std::string> used;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    outputs[i].name = output_names[i];
    if (made.count(output_names[i]) == 0 || !used.insert(output_names[i]).second) {
      BuiltNode identity;
      identity.node.op_type = "Identity";
      identity.node.inputs = {output_names[i]};
      outputs[i].name = fresh();
      identity.node.outputs = {outputs[i].name};
      identity.call = call_;
      scopes_.back().nodes.push_back(std::move(identity));
    }
  }
  for (auto& built : scopes_.back().nodes) {
    // The call travels as metadata until export.cc puts the labels on.
    built.node.metadata = {{"call", std::to_string(built.call)}};
    out.nodes.push_back(std::move(built.node));
  }
  scopes_.pop_back();
  out.inputs = std::move(inputs);
  out.outputs = std::move(outputs);
  return out;
}

namespace {
void uses_of(const onnx::Node& node, std::set<std::string>& out) {
  out.insert(node.inputs.begin(), node.inputs.end());
  for (const auto& attribute : node.attributes)
    if (const auto* body = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value)) {
      for (const auto& inner : (*body)->nodes) uses_of(inner, out);
      for (const auto& output : (*body)->outputs) out.insert(output.name);
    }
}
/// Replaces an input's name in a node and its subgraphs; true if it occurred.
bool replace_use(onnx::Node& node, const std::string& from, const std::string& to) {
  bool found = false;
  for (auto& input : node.inputs) {
    if (input != from) continue;
    input = to;
    found = true;
  }
  for (auto& attribute : node.attributes)
    if (const auto* body = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value))
      for (auto& inner : (*body)->nodes) found = replace_use(inner, from, to) || found;
  return found;
}
}  // namespace

/// Shapes with their symbols, which runtimes cannot always infer; several of their fusions ask for equal
/// ones.
std::vector<onnx::ValueInfo> Builder::result_types(const std::vector<BuiltNode>& nodes) const {
  std::map<std::string, const aten::Type*> known;
  for (ValueId id = 0; id < names_.size(); ++id) {
    const aten::Type& type = types_.of[id];
    if (names_[id].starts_with('%') && type.kind == aten::Type::Kind::tensor && !is_complex(type.dtype) &&
        type.dtype != DType::undefined)
      known.try_emplace(names_[id], &type);
  }
  std::vector<onnx::ValueInfo> out;
  for (const auto& built : nodes)
    for (const auto& name : built.node.outputs)
      if (const auto found = known.find(name); found != known.end())
        out.push_back({name, found->second->dtype, dims_of(found->second->shape)});
  return out;
}

Builder::Finished Builder::finish(const std::vector<std::string>& outputs) {
  Finished out;
  std::set<std::string> live(outputs.begin(), outputs.end());
  auto& nodes = scopes_.front().nodes;
  std::vector<bool> keep(nodes.size());
  for (std::size_t i = nodes.size(); i-- > 0;) {
    const auto& made = nodes[i].node.outputs;
    keep[i] =
        std::any_of(made.begin(), made.end(), [&](const std::string& name) { return live.count(name) != 0; });
    if (keep[i]) uses_of(nodes[i].node, live);
  }
  // A weight that is used both ways is stored once: its transpose becomes a node that runtimes fold.
  std::vector<BuiltNode> transposes;
  std::map<std::string, std::string> renamed;
  for (const auto& [name, tensor] : transposed_) {
    const std::string& base = graph_.tensors[tensor].name;
    if (live.count(name) == 0) continue;
    if (live.count(base) == 0 || parameters_.count(base) == 0) continue;
    const std::size_t rank = initializers_[base].dims.size();
    std::vector<std::int64_t> perm(rank);
    for (std::size_t i = 0; i < rank; ++i) perm[i] = static_cast<std::int64_t>(i);
    std::swap(perm[rank - 1], perm[rank - 2]);
    BuiltNode node;
    node.node.op_type = "Transpose";
    node.node.inputs = {base};
    node.node.outputs = {fresh()};
    node.node.attributes = {{"perm", perm}};
    renamed[name] = node.node.outputs[0];
    bool first = true;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!keep[i] || !replace_use(nodes[i].node, name, renamed[name])) continue;
      node.call = first ? nodes[i].call : hierarchy::common_ancestor(graph_, node.call, nodes[i].call);
      first = false;
    }
    live.erase(name);
    transposes.push_back(std::move(node));
  }
  for (auto& node : transposes) out.nodes.push_back(std::move(node));
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (keep[i]) out.nodes.push_back(std::move(nodes[i]));
  out.types = result_types(out.nodes);
  for (auto& [name, initializer] : initializers_)
    if (live.count(name) != 0) out.initializers.push_back(initializer);
  out.parameters = parameters_;
  return out;
}

}  // namespace modelexport::lower
