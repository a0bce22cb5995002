#include "stamp/config_fit.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <optional>

#include "json/json.h"

namespace modelexport::stamp {
namespace {

using json::Json;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string architecture(const Json& config) {
  const Json* list = json::find(config, "architectures");
  if (list == nullptr || !list->is_array() || list->empty() || !list->front().is_string()) return {};
  return list->front().get<std::string>();
}

std::optional<std::int64_t> labels_of(const Json& config) {
  if (const Json* names = json::find(config, "id2label"); names != nullptr && names->is_object())
    return static_cast<std::int64_t>(names->size());
  return json::find_int(config, "num_labels");
}

/// The last dimension of an output; of a certain rank if one is given.
std::optional<std::int64_t> last_dim(const GraphShape& graph, std::string_view output, std::size_t rank = 0) {
  for (const auto& value : graph.outputs) {
    if (rank != 0 && value.dims.size() != rank) continue;
    if (value.name == output && !value.dims.empty() && value.dims.back() >= 0) return value.dims.back();
  }
  return std::nullopt;
}

bool has_label_head(std::string_view name) {
  return ends_with(name, "ForSequenceClassification") || ends_with(name, "ForTokenClassification") ||
         ends_with(name, "ForImageClassification") || ends_with(name, "ForAudioClassification");
}

bool has_vocabulary_head(std::string_view name) {
  return ends_with(name, "ForCausalLM") || ends_with(name, "ForMaskedLM") || ends_with(name, "LMHeadModel") ||
         ends_with(name, "ForCTC");
}

/// Names of the table that has one row per token.
bool is_token_table(std::string_view name) {
  return ends_with(name, "word_embeddings.weight") || ends_with(name, "embed_tokens.weight") ||
         ends_with(name, "wte.weight") || name == "shared.weight" ||
         ends_with(name, ".tok_embeddings.weight") || ends_with(name, "token_embedding.weight");
}

/// A number of the configuration, and its key.
struct Fact {
  std::string_view key = "hidden_size";
  std::optional<std::int64_t> value;
};

Fact first_of(const Json& config, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    if (const auto found = json::find_int(config, key)) return {key, found};
  return {};
}

/// The width of the model under the names that families give it.
Fact width_of(const Json& config) { return first_of(config, {"hidden_size", "d_model", "n_embd", "dim"}); }

/// The width in which tokens are embedded: another one where that is projected (ELECTRA, ALBERT, OPT,
/// RemBERT, XLM), the text model's where a configuration holds several (CLIP).
Fact embedding_width(const Json& config) {
  const Fact apart = first_of(
      config, {"embedding_size", "word_embed_proj_dim", "input_embedding_size", "d_embed", "emb_dim"});
  if (apart.value) return apart;
  const Fact width = width_of(config);
  const Json* text = json::find(config, "text_config");
  return width.value || text == nullptr || !text->is_object() ? width : embedding_width(*text);
}

/// The width of last_hidden_state: OPT projects it back, an adapter makes another one (wav2vec 2.0); Reformer
/// joins two streams, Perceiver's latents have their own.
Fact output_width(const Json& config) {
  if (json::find_string(config, "model_type").value_or("") == "reformer") return {};
  if (json::find(config, "d_latents") != nullptr) return {};
  const Json* adapter = json::find(config, "add_adapter");
  if (adapter != nullptr && adapter->is_boolean() && adapter->get<bool>())
    return first_of(config, {"output_hidden_size"});
  const Fact projected = first_of(config, {"word_embed_proj_dim"});
  return projected.value ? projected : width_of(config);
}

/// "gpt2" of "GPT2" and of "gpt-2": how model types and names of classes have a family in common.
std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// "bert" of BertForMaskedLM, BertModel and BertLMHeadModel; "" for a class that is not named as Transformers
/// names its models.
std::string family_of(std::string_view name) {
  for (std::size_t at = name.rfind("For"); at != std::string_view::npos && at > 0;
       at = name.rfind("For", at - 1))
    if (name.size() > at + 3 && std::isupper(static_cast<unsigned char>(name[at + 3])) != 0)
      return folded(name.substr(0, at));
  for (const std::string_view end : {"LMHeadModel", "DoubleHeadsModel", "Model"})
    if (ends_with(name, end)) return folded(name.substr(0, name.size() - end.size()));
  return {};
}

/// The first model among the classes, if no class is of the configuration's family; "" if that cannot be
/// told. A wrapper of the user's around the model is no other architecture.
std::string other_model(const Json& config, const std::vector<std::string>& classes) {
  std::vector<std::string> families = {family_of(architecture(config)),
                                       folded(json::find_string(config, "model_type").value_or(""))};
  families.erase(std::remove(families.begin(), families.end(), std::string()), families.end());
  if (families.empty()) return {};
  std::string model;
  for (const std::string& name : classes) {
    const std::string family = family_of(name);
    if (model.empty() && !family.empty()) model = name;
    for (const std::string& wanted : families) {
      const bool part = !family.empty() && wanted.compare(0, family.size(), family) == 0;
      if (part || folded(name).compare(0, wanted.size(), wanted) == 0) return {};
    }
  }
  return model;
}

class Check {
 public:
  explicit Check(std::string_view model) : model_(model) {}

  void compare(std::string_view what, std::optional<std::int64_t> said, std::optional<std::int64_t> has,
               std::string_view where) {
    if (!said || !has || *said == *has) return;
    differs(std::string(what) + " is " + std::to_string(*said) + " there, " + std::to_string(*has) + " in " +
            std::string(where) + ".");
  }
  void differs(const std::string& how) {
    found.push_back(
        Diagnostic{ErrorCode::stamp_config_differs, Severity::warning,
                   "The graph does not fit the configuration of " + std::string(model_) + ": " + how, Where{},
                   "Name the model and commit that the weights are from: --source ID@COMMIT."});
  }
  Diagnostics found;

 private:
  std::string_view model_;
};

/// The width of the model where a weight has it. Names end in "_t" where the weight is stored transposed.
void compare_width_of_weights(Check& check, const Json& config, std::string_view name,
                              const GraphShape& graph) {
  const Fact width = width_of(config);
  const Fact output = output_width(config);
  for (const auto& weight : graph.weights) {
    if (weight.dims.size() != 2) continue;
    if (ends_with(weight.name, "embed_positions.weight"))
      return check.compare(width.key, width.value, weight.dims[1], weight.name);
    const bool transposed = ends_with(weight.name, "lm_head.weight_t");
    if (has_vocabulary_head(name) && (transposed || ends_with(weight.name, "lm_head.weight")))
      return check.compare(output.key, output.value, weight.dims[transposed ? 0 : 1], weight.name);
  }
}

void compare_widths(Check& check, const Json& config, std::string_view name, const GraphShape& graph) {
  const Fact output = output_width(config);
  check.compare(output.key, output.value, last_dim(graph, "last_hidden_state", 3),
                "output last_hidden_state");
  const Fact projection = first_of(config, {"projection_dim"});
  // Of rank 2 they are projected; OWL-ViT's and BLIP-2's image_embeds are features of patches.
  for (const std::string_view embeds : {"text_embeds", "image_embeds", "audio_embeds"})
    if (projection.value.value_or(0) > 0)
      check.compare(projection.key, projection.value, last_dim(graph, embeds, 2),
                    "output " + std::string(embeds));
  for (const auto& weight : graph.weights) {
    const bool other = contains(weight.name, "position") || contains(weight.name, "token_type");
    if (other || weight.dims.size() != 2 || !is_token_table(weight.name)) continue;
    const Fact embedded = embedding_width(config);
    check.compare("vocab_size", json::find_int(config, "vocab_size"), weight.dims[0], weight.name);
    return check.compare(embedded.key, embedded.value, weight.dims[1], weight.name);
  }
  compare_width_of_weights(check, config, name, graph);
}

}  // namespace

Diagnostics check_fit(std::string_view config, const GraphShape& graph, std::string_view model,
                      const Limits& limits) {
  const auto parsed = json::parse_python(config, limits, "config.json");
  if (!parsed) return {};
  Check check(model);
  const std::string name = architecture(*parsed);
  if (const std::string other = other_model(*parsed, graph.classes); !other.empty()) {
    const std::string type(json::find_string(*parsed, "model_type").value_or(""));
    check.differs("that is of " + (name.empty() ? "type " + type : name) + ", the graph is of " + other +
                  ".");
    return std::move(check.found);
  }
  if (has_label_head(name))
    check.compare("the number of labels", labels_of(*parsed), last_dim(graph, "logits"), "output logits");
  const auto vocabulary = json::find_int(*parsed, "vocab_size");
  if (has_vocabulary_head(name))
    check.compare("vocab_size", vocabulary, last_dim(graph, "logits"), "output logits");
  compare_widths(check, *parsed, name, graph);
  return std::move(check.found);
}

}  // namespace modelexport::stamp
