#include "pickle/torchscript.h"

#include <unordered_map>
#include <unordered_set>

#include "pickle/globals.h"
#include "pickle/pickle.h"
#include "pickle/tensor_range.h"

namespace modelexport::pickle {
namespace {

Result<Pickle> read_member(const zip::Archive& archive, std::string_view name, const Limits& limits) {
  ME_TRY(const zip::Entry* entry, archive.require(name));
  ME_TRY(const Bytes bytes, archive.read(*entry, limits.inflated_member));
  auto pickle = read(bytes, limits, entry->name);
  if (!pickle) {
    Diagnostic error = std::move(pickle).error();
    error.where.path = archive.source().name();
    return fail(std::move(error));
  }
  return pickle;
}

/// Walks the objects of data.pkl in pre-order.
class ModuleWalk {
 public:
  ModuleWalk(const zip::Archive& archive, const Pickle& pickle, const Limits& limits)
      : archive_(archive), pickle_(pickle), limits_(limits) {}

  Status visit(const std::string& path, Id id, std::uint32_t depth) {
    const auto* object = pickle_.get<Object>(id);
    ME_CHECK(spend(path, depth));
    if (data_.modules.size() >= limits_.nodes) return too_large(path);
    if (!open_.insert(id).second) {
      return fail(ErrorCode::torchscript_malformed, "module `" + path + "` contains itself", {{}, path, {}});
    }
    const std::size_t index = data_.modules.size();
    const auto first = first_path_.emplace(id, path).first;
    data_.modules.push_back({path, demangle_class(object->class_name), first->second, {}});
    if (const auto* state = pickle_.get<Dict>(object->state)) {
      for (const auto& [key, value] : state->items) {
        const auto* name = pickle_.get<std::string>(key);
        if (name == nullptr)
          return fail(ErrorCode::torchscript_malformed, "an attribute has no name", {{}, path, {}});
        ME_CHECK(attribute(index, path.empty() ? *name : path + "." + *name, *name, value, depth));
      }
    }
    open_.erase(id);
    return {};
  }

  ModuleData take() { return std::move(data_); }

 private:
  Status attribute(std::size_t module, const std::string& path, const std::string& name, Id value,
                   std::uint32_t depth) {
    if (pickle_.get<Object>(value) != nullptr) return visit(path, value, depth + 1);
    if (const auto* ref = pickle_.get<TensorRef>(value)) return tensor(path, *ref);
    auto& scalars = data_.modules[module].scalars;
    if (const auto* b = pickle_.get<bool>(value)) scalars.emplace_back(name, *b);
    if (const auto* i = pickle_.get<std::int64_t>(value)) scalars.emplace_back(name, *i);
    if (const auto* d = pickle_.get<double>(value)) scalars.emplace_back(name, *d);
    if (const auto* s = pickle_.get<std::string>(value)) scalars.emplace_back(name, *s);
    return container(path, value, depth);
  }

  /// Tensors and modules in list, tuple and dictionary attributes are named by index or key.
  Status container(const std::string& path, Id value, std::uint32_t depth) {
    ME_CHECK(spend(path, depth));
    const auto visit_item = [&](const std::string& item_path, Id item) -> Status {
      if (pickle_.get<Object>(item) != nullptr) return visit(item_path, item, depth + 1);
      if (const auto* ref = pickle_.get<TensorRef>(item)) return tensor(item_path, *ref);
      return container(item_path, item, depth + 1);
    };
    if (const auto* sequence = pickle_.get<Sequence>(value)) {
      for (std::size_t i = 0; i < sequence->items.size(); ++i) {
        ME_CHECK(visit_item(path + "." + std::to_string(i), sequence->items[i]));
      }
    } else if (const auto* dict = pickle_.get<Dict>(value)) {
      for (std::size_t i = 0; i < dict->items.size(); ++i) {
        const auto* text = pickle_.get<std::string>(dict->items[i].first);
        ME_CHECK(
            visit_item(path + "." + (text != nullptr ? *text : std::to_string(i)), dict->items[i].second));
      }
    }
    return {};
  }

  Status tensor(const std::string& path, const TensorRef& ref) {
    ME_CHECK(spend(path, 0));
    ME_TRY(aten::Tensor tensor, locate(pickle_, ref, archive_, "data", path));
    const auto [at, is_new] = by_identity_.emplace(identity_of(tensor), data_.tensors.size());
    if (!is_new) {
      data_.tensors[at->second].aliases.push_back(path);
      return {};
    }
    if (data_.tensors.size() >= limits_.tensors) return too_large(path);
    data_.tensors.push_back(std::move(tensor));
    return {};
  }

  /// Objects can be shared, so a small pickle can describe a huge tree: steps and the bytes of names are
  /// counted.
  Status spend(const std::string& path, std::uint32_t depth) {
    name_bytes_ += path.size();
    const bool fits =
        depth <= limits_.depth && ++steps_ <= limits_.pickle_ops && name_bytes_ <= limits_.inflated_member;
    return fits ? Status() : too_large(path);
  }

  static Status too_large(const std::string& path) {
    return fail(ErrorCode::pickle_limit, "the module tree is too deep or too large",
                {{}, path.substr(0, 200), {}});
  }

  const zip::Archive& archive_;
  const Pickle& pickle_;
  const Limits& limits_;
  ModuleData data_;
  std::unordered_map<std::string, std::size_t> by_identity_;
  std::unordered_map<Id, std::string> first_path_;
  std::unordered_set<Id> open_;
  std::uint64_t steps_ = 0;
  std::uint64_t name_bytes_ = 0;
};

struct InputWalk {
  const Pickle& pickle;
  const Limits& limits;
  std::uint64_t steps = 0;

  Result<TracedInput> visit(Id id, std::uint32_t depth) {
    if (depth > limits.depth || ++steps > limits.tensors) {
      return fail(ErrorCode::pickle_limit, "the example inputs are nested too deeply or too many");
    }
    TracedInput input;
    if (const auto* tensor = pickle.get<TensorRef>(id)) {
      input.kind = TracedInput::Kind::tensor;
      input.dtype = tensor->dtype;
      input.sizes = tensor->sizes;
    } else if (const auto* sequence = pickle.get<Sequence>(id)) {
      input.kind = sequence->list ? TracedInput::Kind::list : TracedInput::Kind::tuple;
      for (const Id item : sequence->items) {
        ME_TRY(TracedInput child, visit(item, depth + 1));
        input.items.push_back(std::move(child));
      }
    } else if (const auto* dict = pickle.get<Dict>(id)) {
      input.kind = TracedInput::Kind::dict;
      for (const auto& [key, item] : dict->items) {
        const auto* text = pickle.get<std::string>(key);
        ME_TRY(TracedInput child, visit(item, depth + 1));
        input.keys.push_back(text != nullptr ? *text : std::to_string(input.keys.size()));
        input.items.push_back(std::move(child));
      }
    }
    return input;
  }
};

}  // namespace

std::string demangle_class(std::string_view name) {
  constexpr std::string_view kPrefix = "__torch__";
  constexpr std::string_view kMangle = "___torch_mangle_";
  std::string out;
  bool first = true;
  for (std::size_t start = 0; start <= name.size();) {
    const std::size_t end = std::min(name.find('.', start), name.size());
    const std::string_view part = name.substr(start, end - start);
    const bool mangle = part.starts_with(kMangle) &&
                        part.find_first_not_of("0123456789", kMangle.size()) == std::string_view::npos;
    if (!mangle && !(first && part == kPrefix)) {
      if (!out.empty()) out += '.';
      out += part;
    }
    first = false;
    start = end + 1;
  }
  return out;
}

bool looks_like_torchscript(const zip::Archive& archive) {
  if (archive.find_in_root("data.pkl") == nullptr) return false;
  if (archive.find_in_root("constants.pkl") != nullptr) return true;
  const std::string prefix = archive.root() + "/code/";
  for (const zip::Entry& entry : archive.entries()) {
    if (entry.name.starts_with(prefix)) return true;
  }
  return false;
}

Result<ModuleData> read_module_tensors(const zip::Archive& archive, const Limits& limits) {
  ME_TRY(const Pickle pickle, read_member(archive, "data.pkl", limits));
  if (pickle.get<Object>(pickle.root) == nullptr) {
    return fail(ErrorCode::torchscript_malformed,
                "the archive holds no module: it is not from torch.jit.save",
                {archive.source().name(), "data.pkl", {}},
                "Export from the model directory, or save the model with torch.export.save");
  }
  ModuleWalk walk(archive, pickle, limits);
  if (auto done = walk.visit("", pickle.root, 0); !done) {
    Diagnostic error = std::move(done).error();
    if (error.where.path.empty()) error.where.path = archive.source().name();
    return fail(std::move(error));
  }
  return walk.take();
}

Result<std::optional<std::vector<TracedInput>>> read_traced_inputs(const zip::Archive& archive,
                                                                   const Limits& limits) {
  using Inputs = std::optional<std::vector<TracedInput>>;
  if (archive.find_in_root("traced_inputs.pkl") == nullptr) return Inputs();
  ME_TRY(const Pickle pickle, read_member(archive, "traced_inputs.pkl", limits));
  const auto* methods = pickle.get<Dict>(pickle.root);
  const Id forward = methods != nullptr ? pickle.find(*methods, "forward") : kNone;
  if (pickle.get<Sequence>(forward) == nullptr) return Inputs();
  InputWalk walk{pickle, limits};
  ME_TRY(TracedInput all, walk.visit(forward, 0));
  return Inputs(std::move(all.items));
}

Result<std::optional<std::string>> read_record(const zip::Archive& archive, const Limits& limits) {
  const zip::Entry* entry = archive.find_in_root("extra/modelexport.json");
  if (entry == nullptr) return std::optional<std::string>();
  ME_TRY(std::string text, archive.read_text(*entry, limits.json_bytes));
  return std::optional<std::string>(std::move(text));
}

}  // namespace modelexport::pickle
