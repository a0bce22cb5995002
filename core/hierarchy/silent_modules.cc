#include "hierarchy/silent_modules.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

#include "hierarchy/names.h"
#include "json/json.h"
#include "modelexport/hierarchy.h"

namespace modelexport::hierarchy {
namespace {

struct Silent {
  std::string_view owner;  ///< class of the nearest module above that has one
  std::string_view path;   ///< below the owner; "*" stands for an index
  std::string_view class_name;
};

// clang-format off
constexpr Silent kSilent[] = {
    // A decoder without its encoder: the head calls self.model.decoder.
    {"OPTForCausalLM", "model", "OPTModel"},
    {"BartForCausalLM", "model", "BartDecoderWrapper"},
    {"BigBirdPegasusForCausalLM", "model", "BigBirdPegasusDecoderWrapper"},
    {"BlenderbotForCausalLM", "model", "BlenderbotDecoderWrapper"},
    {"BlenderbotSmallForCausalLM", "model", "BlenderbotSmallDecoderWrapper"},
    {"MarianForCausalLM", "model", "MarianDecoderWrapper"},
    {"MBartForCausalLM", "model", "MBartDecoderWrapper"},
    {"MvpForCausalLM", "model", "MvpDecoderWrapper"},
    {"PegasusForCausalLM", "model", "PegasusDecoderWrapper"},
    {"PLBartForCausalLM", "model", "PLBartDecoderWrapper"},
    {"ProphetNetForCausalLM", "prophetnet", "ProphetNetDecoderWrapper"},
    {"TrOCRForCausalLM", "model", "TrOCRDecoderWrapper"},
    {"WhisperForCausalLM", "model", "WhisperDecoderWrapper"},
    // layer.forward(...), or methods and parts of a module that is not called itself.
    {"SqueezeBertEncoder", "layers.*", "SqueezeBertModule"},
    {"FunnelEncoder", "attention_structure", "FunnelAttentionStructure"},
    {"FunnelDecoder", "attention_structure", "FunnelAttentionStructure"},
    {"CLIPSegForImageSegmentation", "clip", "CLIPSegModel"},
    {"OwlViTForObjectDetection", "owlvit", "OwlViTModel"},
    {"Owlv2ForObjectDetection", "owlv2", "Owlv2Model"},
    {"LayoutLMv2Model", "embeddings", "LayoutLMv2Embeddings"},
    {"BridgeTowerModel", "text_model", "BridgeTowerTextModel"},
};
// clang-format on

/// "layers.3" is "layers.*".
std::string with_stars(std::string_view path) {
  std::string out;
  for (std::size_t start = 0;;) {
    const std::size_t dot = path.find('.', start);
    const std::string_view part = path.substr(start, dot - start);
    out += is_number(part) ? std::string_view("*") : part;
    if (dot == std::string_view::npos) return out;
    out += '.';
    start = dot + 1;
  }
}

std::string_view known(std::string_view owner, std::string_view path) {
  const std::string pattern = with_stars(path);
  const auto* found = std::find_if(std::begin(kSilent), std::end(kSilent), [&](const Silent& entry) {
    return entry.owner == owner && entry.path == pattern;
  });
  return found == std::end(kSilent) ? std::string_view() : found->class_name;
}

std::unordered_map<std::string, std::string> recorded(const aten::Graph& graph, const Limits& limits) {
  std::unordered_map<std::string, std::string> out;
  if (!graph.record) return out;
  const Result<json::Json> record = json::parse(*graph.record, limits, "modelexport.json");
  if (!record) return out;  // the stamp's reader reports it
  const json::Json* silent = json::find(*record, "silent_modules");
  if (silent == nullptr) return out;
  for (const auto& [path, name] : json::members(*silent)) {
    if (const auto* text = name.get_ptr<const json::Json::string_t*>()) out[path] = *text;
  }
  return out;
}

}  // namespace

void name_silent_modules(aten::Graph& graph, const Limits& limits) {
  const auto from_record = recorded(graph, limits);
  std::vector<std::uint32_t> named;  // modules above the current one that have a class
  for (std::uint32_t i = 0; i < graph.modules.size(); ++i) {
    aten::Module& module = graph.modules[i];
    while (!named.empty() && !is_below(module.path, graph.modules[named.back()].path)) named.pop_back();
    if (module.class_name.empty()) {
      if (const auto found = from_record.find(module.path); found != from_record.end()) {
        module.class_name = found->second;
      } else if (!named.empty()) {
        const aten::Module& owner = graph.modules[named.back()];
        const std::size_t skip = owner.path.empty() ? 0 : owner.path.size() + 1;
        module.class_name = known(short_class(owner.class_name), module.path.substr(skip));
      }
    }
    if (!module.class_name.empty()) named.push_back(i);
  }
}

}  // namespace modelexport::hierarchy
