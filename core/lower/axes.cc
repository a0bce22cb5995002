#include "lower/axes.h"

#include <algorithm>
#include <set>

#include "lower/example_inputs.h"

namespace modelexport {

namespace {
bool is_index(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}
}  // namespace

std::string flat_name(const std::vector<std::string>& path) {
  std::string out;
  const bool cache =
      path.size() > 2 && is_index(path[1]) && (path[0] == "past_key_values" || path[0] == "present");
  const auto pair = [](const std::string& index) { return index == "0" || index == "1"; };
  for (std::size_t i = 0; i < path.size(); ++i) {
    std::string part = path[i];
    // (key, value) pairs of a cache: past_key_values.{layer}.key|value; where each layer has two of them,
    // those of the decoder itself and those of the encoder:
    // past_key_values.{layer}.decoder|encoder.key|value.
    if (cache && i > 1 && i + 1 == path.size() && path.size() <= 4 && pair(part) &&
        (path.size() == 3 || pair(path[2])))
      part = part == "0" ? "key" : "value";
    else if (cache && i == 2 && path.size() == 4 && pair(part) && pair(path[3]))
      part = part == "0" ? "decoder" : "encoder";
    out += (out.empty() ? "" : ".") + part;
  }
  return out;
}

namespace lower {
namespace {

using aten::Graph;
using aten::Input;
using aten::Shape;

/// Layers of four, (key, value, encoder's key, encoder's value), become layers of two pairs.
void split_quadruples(std::vector<std::vector<std::string>>& paths) {
  const auto in_layer = [](const std::vector<std::string>& path) {
    return path.size() == 3 && is_index(path[1]) && is_index(path[2]) && path[2].size() == 1;
  };
  std::set<std::string> wide;  // first parts of caches with four tensors in a layer
  for (const auto& path : paths)
    if (in_layer(path) && path[2] == "3") wide.insert(path[0]);
  for (auto& path : paths) {
    if (!in_layer(path) || wide.count(path[0]) == 0) continue;
    const int index = path[2][0] - '0';
    path[2] = index / 2 == 0 ? "0" : "1";
    path.push_back(index % 2 == 0 ? "0" : "1");
  }
}

/// What the set of inputs says about the model; decides between names for the same axis.
struct Family {
  bool encoder_decoder = false;
  bool decoder = false;  ///< of an encoder-decoder model, by itself
  bool cached = false;
  bool text_and_image = false;
};

bool is_encoder_cache(std::string_view name) {
  return name.starts_with("past_key_values.") && name.find(".encoder.") != std::string_view::npos;
}

Family family_of(const std::vector<std::string>& names) {
  Family family;
  const auto has = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const auto& name : names) {
    family.encoder_decoder = family.encoder_decoder || name.starts_with("decoder_");
    family.cached = family.cached || name.starts_with("past_key_values.");
    family.decoder = family.decoder || name == "encoder_hidden_states" || is_encoder_cache(name);
  }
  family.encoder_decoder = family.encoder_decoder && !family.decoder;
  family.text_and_image = has("input_ids") && has("pixel_values");
  return family;
}

bool is_text(std::string_view name) {
  return name == "input_ids" || name == "attention_mask" || name == "token_type_ids" ||
         name == "position_ids" || name == "bbox";
}

/// Inputs whose sizes belong together by Optimum's conventions.
bool is_known(std::string_view name) {
  return is_text(name) || name.starts_with("past_key_values.") || name.starts_with("decoder_") ||
         name == "encoder_attention_mask" || name == "encoder_hidden_states";
}

/// Inputs that are one value or one per step, never one per batch item.
bool has_no_batch(std::string_view name) { return name == "use_cache_branch" || name == "cache_position"; }

/// The names of axis 1 and of the past's axis 2 in the decoder of an encoder-decoder model.
std::optional<Expr> decoder_axis(const std::string& name, std::int64_t axis, const Family& family) {
  const Expr past = Expr::symbol("past_decoder_sequence_length");
  const Expr steps = Expr::symbol("decoder_sequence_length");
  const Expr source = Expr::symbol("encoder_sequence_length");
  if (name.starts_with("past_key_values.")) {
    if (axis != 2) return std::nullopt;
    return is_encoder_cache(name) ? source : past;
  }
  if (axis != 1) return std::nullopt;
  if (name == "encoder_hidden_states" || name == "encoder_attention_mask") return source;
  if (name == "attention_mask" && family.cached) return past + steps;
  if (is_text(name)) return steps;
  return std::nullopt;
}

/// The size of a dynamic axis, or nothing if the axis is fixed (contract.md, "Symbolic axes by default").
std::optional<Expr> dynamic_axis(const std::string& name, std::int64_t axis, std::int64_t rank,
                                 const Family& family) {
  const auto symbol = [](const char* text) { return Expr::symbol(text); };
  if (has_no_batch(name)) return std::nullopt;
  if (axis == 0) {
    if (family.text_and_image) return symbol(is_text(name) ? "text_batch_size" : "image_batch_size");
    return symbol("batch_size");
  }
  if (family.decoder) return decoder_axis(name, axis, family);
  if (name.starts_with("past_key_values.")) {
    if (axis == 2) return symbol("past_sequence_length");
    return std::nullopt;
  }
  if (axis != 1) return std::nullopt;
  if (name.starts_with("decoder_")) return symbol("decoder_sequence_length");
  if (family.encoder_decoder && (name == "input_ids" || name == "attention_mask"))
    return symbol("encoder_sequence_length");
  if (name == "attention_mask" && family.cached)
    return symbol("past_sequence_length") + symbol("sequence_length");
  if (is_text(name) || (name == "input_values" && rank == 2)) return symbol("sequence_length");
  return std::nullopt;
}

std::string open_axis_name(const std::string& input, std::int64_t axis, std::int64_t rank) {
  if (rank == 4 && axis == 2) return "height";
  if (rank == 4 && axis == 3) return "width";
  return input + "_axis_" + std::to_string(axis);
}

/// Renames the archive's own symbols (s18, ...) by the first input axis that is exactly that symbol.
class SymbolNames {
 public:
  void learn(const std::string& input, const Shape& shape, const Family& family) {
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const auto raw = shape[axis].as_symbol();
      if (!raw || names_.count(*raw) != 0) continue;
      const auto rank = static_cast<std::int64_t>(shape.size());
      const auto rule = dynamic_axis(input, static_cast<std::int64_t>(axis), rank, family);
      // Inputs that loaders know by name have the sizes that loaders give them, whatever the archive could
      // prove: keys and values of one length, a mask as long as past and sequence together.
      if (rule && is_known(input)) {
        names_[*raw] = *rule;
        used_.insert(rule->to_string());
        continue;
      }
      std::string name =
          rule ? rule->to_string() : open_axis_name(input, static_cast<std::int64_t>(axis), rank);
      if (!used_.insert(name).second) {
        name = input + "_" + name;
        used_.insert(name);
      }
      names_[*raw] = Expr::symbol(name);
    }
  }
  [[nodiscard]] const std::map<std::string, Expr>& map() const { return names_; }

 private:
  std::map<std::string, Expr> names_;
  std::set<std::string> used_;
};

tl::unexpected<Diagnostic> bad_option(std::string message, std::string hint) {
  return fail(ErrorCode::exp_bad_input_option, std::move(message), {}, std::move(hint));
}

std::string list_names(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string list_names(const std::vector<NamedInput>& inputs) {
  std::vector<std::string> names;
  for (const NamedInput& input : inputs) names.push_back(input.name);
  return list_names(names);
}

/// --output-name: as many as there are outputs at most, none twice, none of an input.
Status check_output_names(const Graph& graph, const ExportOptions& options,
                          const std::vector<std::string>& inputs) {
  const std::vector<std::string>& names = options.output_names;
  if (names.size() > graph.outputs.size())
    return bad_option("--output-name gives " + std::to_string(names.size()) + " names, the archive has " +
                          std::to_string(graph.outputs.size()) + " outputs",
                      "name them in order, or leave the option out");
  std::set<std::string> used(inputs.begin(), inputs.end());
  for (const aten::Tensor& tensor : graph.tensors) used.insert(tensor.name);
  for (const std::string& name : names)
    if (!used.insert(name).second)
      return bad_option("--output-name '" + name + "' is the name of another input, output or stored tensor",
                        "every input and output needs a name of its own");
  return {};
}

/// A .pt2 says which sizes it takes.
Status check_sizes(const NamedInput& named, const std::vector<std::int64_t>& given) {
  for (std::size_t i = 0; i < given.size() && i < named.shape.size(); ++i) {
    const auto fixed = named.shape[i].constant();
    if (!fixed || *fixed == given[i]) continue;
    return bad_option("--input gives axis " + std::to_string(i) + " of '" + named.name + "' the size " +
                          std::to_string(given[i]) + ", the archive fixes it at " + std::to_string(*fixed),
                      "export it from PyTorch with that axis dynamic");
  }
  return {};
}

Result<void> apply_spec(const InputSpec& spec, const Input& input, NamedInput& named,
                        std::optional<std::vector<std::int64_t>>& example) {
  if (spec.dtype != DType::undefined) {
    if (input.dtype != DType::undefined && input.dtype != spec.dtype)
      return bad_option("--input gives '" + named.name + "' the dtype " +
                            std::string(dtype_name(spec.dtype)) + ", the archive was made with " +
                            std::string(dtype_name(input.dtype)),
                        "leave the dtype out or use --input " + named.name + ":" +
                            std::string(dtype_name(input.dtype)) + ":...");
    named.dtype = spec.dtype;
  }
  const std::size_t rank = input.shape ? input.shape->size() : example ? example->size() : spec.shape.size();
  if (rank != spec.shape.size())
    return bad_option("--input gives '" + named.name + "' " + std::to_string(spec.shape.size()) +
                          " dimensions, the archive was made with " + std::to_string(rank),
                      "give " + std::to_string(rank) + " sizes");
  example = spec.shape;
  return {};
}

Result<Shape> torchscript_shape(const NamedInput& named, const std::vector<std::int64_t>& example,
                                const Family& family, const ExportOptions& options) {
  Shape shape;
  const auto rank = static_cast<std::int64_t>(example.size());
  for (std::int64_t axis = 0; axis < rank; ++axis) {
    const std::int64_t size = example[static_cast<std::size_t>(axis)];
    std::optional<Expr> open;
    if (!options.static_shapes) open = dynamic_axis(named.name, axis, rank, family);
    shape.push_back(open ? *open : Expr(size));
  }
  return shape;
}

/// Axes that the archive was traced with at different sizes are not one size, whatever their inputs are
/// called. Inputs that loaders know by name keep the sizes that loaders give them.
void part_sizes(const Graph& graph, std::vector<NamedInput>& inputs) {
  std::map<std::string, std::int64_t> sizes;
  for (const bool known : {true, false}) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      NamedInput& input = inputs[i];
      if (graph.inputs[i].shape || !input.example || is_known(input.name) != known) continue;
      const auto rank = static_cast<std::int64_t>(input.shape.size());
      for (std::int64_t axis = 0; axis < rank; ++axis) {
        Expr& shown = input.shape[static_cast<std::size_t>(axis)];
        const auto symbol = shown.as_symbol();
        if (!symbol) continue;
        const std::int64_t size = (*input.example)[static_cast<std::size_t>(axis)];
        const std::int64_t first = sizes.emplace(*symbol, size).first->second;
        if (!known && first != size) shown = Expr::symbol(open_axis_name(input.name, axis, rank));
      }
    }
  }
}

/// One symbol of --dynamic is one size: what the archive was made with must not say otherwise.
Status apply_dynamic(const ExportOptions& options, std::vector<NamedInput>& inputs) {
  std::map<std::string, std::pair<std::int64_t, std::string>> sizes;  // by symbol, with the first place
  for (const AxisSpec& spec : options.dynamic) {
    const auto found =
        std::find_if(inputs.begin(), inputs.end(), [&](const auto& i) { return i.name == spec.input; });
    if (found == inputs.end() || spec.axis < 0 || spec.axis >= static_cast<std::int64_t>(found->shape.size()))
      return bad_option(
          "--dynamic " + spec.input + ":" + std::to_string(spec.axis) + " names no axis of an input",
          found == inputs.end() ? "its inputs are: " + list_names(inputs) : std::string("axes count from 0"));
    found->shape[static_cast<std::size_t>(spec.axis)] = Expr::symbol(spec.symbol);
    if (!found->example) continue;
    const std::int64_t size = (*found->example)[static_cast<std::size_t>(spec.axis)];
    const std::string place = spec.input + ":" + std::to_string(spec.axis);
    const auto& [first_size, first_place] = sizes.emplace(spec.symbol, std::pair(size, place)).first->second;
    if (first_size != size)
      return bad_option("--dynamic gives " + first_place + " and " + place + " the one size '" + spec.symbol +
                            "', the archive was made with " + std::to_string(first_size) + " and " +
                            std::to_string(size),
                        "give them different symbols");
  }
  return {};
}

}  // namespace

Result<std::vector<NamedInput>> name_inputs(const Graph& graph, const ExportOptions& options) {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> paths;
  for (const Input& input : graph.inputs) paths.push_back(input.path);
  split_quadruples(paths);
  for (const auto& path : paths) names.push_back(flat_name(path));
  for (const InputSpec& spec : options.inputs)
    if (std::find(names.begin(), names.end(), spec.name) == names.end())
      return bad_option("--input names '" + spec.name + "', which is no input of the archive",
                        "its inputs are: " + list_names(names));
  ME_CHECK(check_output_names(graph, options, names));
  const Family family = family_of(names);
  SymbolNames symbols;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (graph.inputs[i].shape) symbols.learn(names[i], *graph.inputs[i].shape, family);
  std::vector<NamedInput> out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Input& input = graph.inputs[i];
    NamedInput named{names[i], input.dtype, {}, {}};
    auto example = input.example_shape;
    for (const InputSpec& spec : options.inputs)
      if (spec.name == named.name) ME_CHECK(apply_spec(spec, input, named, example));
    if (input.shape) {
      for (const Expr& size : *input.shape) named.shape.push_back(size.substitute(symbols.map()));
      for (const InputSpec& spec : options.inputs)
        if (spec.name == named.name) ME_CHECK(check_sizes(named, spec.shape));
    } else {
      if (!example)
        return fail(ErrorCode::exp_no_example_shape,
                    "the archive does not say the shape of input '" + named.name + "'", {},
                    "give dtype and sizes as the model was traced with: " + missing_examples(graph, names));
      ME_TRY(named.shape, torchscript_shape(named, *example, family, options));
    }
    if (named.dtype == DType::undefined) named.dtype = DType::float32;
    named.example = std::move(example);
    out.push_back(std::move(named));
  }
  part_sizes(graph, out);
  ME_CHECK(apply_dynamic(options, out));
  return out;
}

namespace {
/// Output names that the task implies where an archive has none.
struct TaskOutputs {
  std::string_view task;
  std::vector<std::string> names;
};
const std::vector<TaskOutputs>& task_outputs() {
  static const std::vector<TaskOutputs> table = {
      {"feature-extraction", {"last_hidden_state", "pooler_output"}},
      {"question-answering", {"start_logits", "end_logits"}},
      {"zero-shot-image-classification",
       {"logits_per_image", "logits_per_text", "text_embeds", "image_embeds"}},
      {"object-detection", {"logits", "pred_boxes"}},
      {"mask-generation", {"iou_scores", "pred_masks"}},
      {"text-classification", {"logits"}},
      {"token-classification", {"logits"}},
      {"fill-mask", {"logits"}},
      {"text-generation", {"logits"}},
      {"text-generation-with-past", {"logits"}},
      {"text2text-generation", {"logits"}},
      {"text2text-generation-with-past", {"logits"}},
      {"multiple-choice", {"logits"}},
      {"image-classification", {"logits"}},
      {"semantic-segmentation", {"logits"}},
      {"image-segmentation", {"logits"}},
      {"audio-classification", {"logits"}},
      {"automatic-speech-recognition", {"logits"}},
  };
  return table;
}

std::string unnamed_output(const ExportOptions& options, std::size_t index) {
  for (const auto& row : task_outputs())
    if (row.task == options.task && index < row.names.size()) return row.names[index];
  return "output_" + std::to_string(index);
}
}  // namespace

namespace {

/// Names that inputs and stored tensors have in the file.
std::set<std::string> names_of_others(const Graph& graph) {
  std::vector<std::vector<std::string>> paths;
  for (const Input& input : graph.inputs) paths.push_back(input.path);
  split_quadruples(paths);
  std::set<std::string> out;
  for (const auto& path : paths) out.insert(flat_name(path));
  for (const aten::Tensor& tensor : graph.tensors) out.insert(tensor.name);
  return out;
}

}  // namespace

std::vector<std::string> name_outputs(const Graph& graph, const ExportOptions& options) {
  const bool cached = std::any_of(graph.inputs.begin(), graph.inputs.end(), [](const Input& input) {
    return input.path.size() >= 3 && input.path[0] == "past_key_values";
  });
  std::vector<std::vector<std::string>> paths;
  for (const auto& output : graph.outputs) paths.push_back(output.path);
  split_quadruples(paths);
  std::vector<std::string> out;
  std::set<std::string> used;
  const std::set<std::string> taken = names_of_others(graph);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    std::vector<std::string> path = paths[i];
    std::string name;
    const bool unnamed = path.empty() || is_index(path[0]) || path[0].empty();
    if (path.size() >= 3 && (path[0] == "past_key_values" || (cached && unnamed))) path[0] = "present";
    if (i < options.output_names.size()) {
      name = options.output_names[i];
    } else if (path.empty() || is_index(path[0]) || path[0].empty()) {
      name = unnamed_output(options, i);
      if (path.size() > 1) {
        path[0] = unnamed_output(options, is_index(path[0]) && path[0].size() < 6
                                              ? static_cast<std::size_t>(std::stoi(path[0]))
                                              : i);
        name = flat_name(path);
      }
    } else {
      name = flat_name(path);
    }
    // A mask that the model gives back, say: in ONNX every value has a name of its own.
    if (i >= options.output_names.size() && taken.count(name) != 0) name += "_output";
    while (!used.insert(name).second || taken.count(name) != 0) name += "_" + std::to_string(i);
    out.push_back(std::move(name));
  }
  return out;
}

}  // namespace lower
}  // namespace modelexport
