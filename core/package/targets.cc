#include "package/targets.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace modelexport::package {
namespace {

using json::Json;

/// What is opened where the usual dtype is missing, best first.
constexpr std::array<std::string_view, 12> kElsewhere = {"fp32", "fp16",  "q8",    "int8",  "uint8", "q4",
                                                         "bnb4", "q4f16", "q2f16", "q1f16", "q2",    "q1"};
constexpr std::array<std::string_view, 12> kWasm = {"q8",   "int8",  "uint8", "q4",    "fp32", "bnb4",
                                                    "fp16", "q4f16", "q2",    "q2f16", "q1",   "q1f16"};

/// A role's lone variant takes the standard name where a loader looks for that, or knows no other.
void take_standard_names(std::vector<Role>& roles, bool optimum) {
  std::map<std::string, std::size_t> count;
  for (const Role& role : roles) ++count[role.name];
  for (Role& role : roles) {
    if (count[role.name] == 1 && (optimum || dtype_of_variant(role.variant).empty())) role.variant.clear();
  }
}

/// Files that Optimum opens without arguments; nothing if some role has no standard name.
std::string opened_by_optimum(const Naming& naming) {
  std::set<std::string> open;
  std::string text;
  for (const Role& role : naming.roles) {
    if (!role.variant.empty()) open.insert(role.name);
  }
  for (std::size_t i = 0; i < naming.roles.size(); ++i) {
    if (!naming.roles[i].variant.empty()) continue;
    open.erase(naming.roles[i].name);
    text += (text.empty() ? "" : ", ") + naming.paths[i];
  }
  return open.empty() ? text : std::string();
}

std::vector<std::string> names_of(const std::vector<Role>& roles) {
  std::set<std::string> out;
  for (const Role& role : roles) out.insert(role.name);
  return {out.begin(), out.end()};
}

std::set<std::string_view> dtypes_of(const std::vector<Role>& roles, std::string_view name) {
  std::set<std::string_view> out;
  for (const Role& role : roles) {
    if (role.name == name) out.insert(dtype_of_variant(role.variant));
  }
  return out;
}

template <class Order>
std::string_view first_of(const Order& order, const std::set<std::string_view>& available) {
  const auto found = std::find_if(order.begin(), order.end(),
                                  [&](std::string_view dtype) { return available.count(dtype) != 0; });
  return found == order.end() ? std::string_view{} : *found;
}

/// The dtype of every role on a device: one text if they agree, else an object.
template <class Order>
Json choose(const std::vector<Role>& roles, const Order& order) {
  Json by_role = Json::object();
  std::set<std::string> different;
  for (const std::string& name : names_of(roles)) {
    const std::string dtype(first_of(order, dtypes_of(roles, name)));
    by_role[name] = dtype;
    different.insert(dtype);
  }
  return different.size() == 1 ? Json(*different.begin()) : by_role;
}

std::string variant_for(const std::vector<Role>& roles, const std::string& name, std::string_view dtype) {
  for (const Role& role : roles) {
    if (role.name == name && dtype_of_variant(role.variant) == dtype) return file_name(role);
  }
  return {};
}

std::string files_text(const std::vector<Role>& roles, const Json& dtypes) {
  std::string text;
  for (const std::string& name : names_of(roles)) {
    const std::string dtype = dtypes.is_string()
                                  ? dtypes.get_ref<const std::string&>()
                                  : std::string(json::find_string(dtypes, name).value_or(std::string_view{}));
    text += (text.empty() ? "onnx/" : ", onnx/") + variant_for(roles, name, dtype) + " (" + dtype + ")";
  }
  return text;
}

Status require_dtypes(const std::vector<Role>& roles) {
  for (const Role& role : roles) {
    if (!dtype_of_variant(role.variant).empty()) continue;
    return fail(ErrorCode::pack_target,
                "transformers.js knows no variant '" + role.variant + "' beside others.", {},
                "Give the file a dtype it knows: --role FILE=" + role.name + "_q8, or pack it alone.");
  }
  return {};
}

}  // namespace

std::vector<std::string> Targets::names() const {
  std::vector<std::string> out;
  if (optimum) out.emplace_back("optimum");
  if (web) out.emplace_back("transformers.js");
  return out;
}

Result<Targets> parse_targets(std::string_view list) {
  Targets targets{false, false};
  while (true) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view name = list.substr(0, end);
    if (name == "optimum") {
      targets.optimum = true;
    } else if (name == "transformers.js") {
      targets.web = true;
    } else if (name == "genai" || name == "ort-package") {
      return fail(ErrorCode::cli_not_supported_yet,
                  "the target '" + std::string(name) + "' is not supported by this version", {},
                  "use --target optimum or --target transformers.js");
    } else {
      return fail(ErrorCode::cli_usage, "there is no target '" + std::string(name) + "'", {},
                  "--target optimum,transformers.js");
    }
    if (end == list.size()) return targets;
    list.remove_prefix(end + 1);
  }
}

Result<Naming> name_files(const std::vector<Role>& roles, const Targets& targets) {
  Naming naming;
  naming.roles = roles;
  take_standard_names(naming.roles, targets.optimum);
  if (targets.web) ME_CHECK(require_dtypes(naming.roles));
  const std::string directory = targets.layout() == Layout::onnx ? "onnx/" : "";
  for (const Role& role : naming.roles) naming.paths.push_back(directory + file_name(role));
  if (targets.optimum) {
    const std::string opened = opened_by_optimum(naming);
    if (opened.empty()) {
      naming.warnings.push_back(
          {ErrorCode::pack_choice, Severity::warning,
           "No file has a standard name: Optimum warns, and opens the first it finds.", Where{},
           "Say which one is opened without arguments: --role FILE=" + roles.front().name});
    } else {
      naming.choices.push_back("Optimum: " + opened);
    }
  }
  if (targets.web) {
    for (std::string& choice : web_choices(naming.roles)) naming.choices.push_back(std::move(choice));
  }
  return naming;
}

Json web_config(const std::vector<Role>& roles, const std::vector<bool>& has_data) {
  Json out = Json::object();
  const Json elsewhere = choose(roles, kElsewhere);
  const Json wasm = choose(roles, kWasm);
  if (!(elsewhere == "fp32" && wasm == "q8")) {
    out["dtype"] = elsewhere;
    if (wasm != elsewhere) out["device_config"]["wasm"]["dtype"] = wasm;
  }
  Json data = Json::object();
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (has_data[i]) data[file_name(roles[i])] = 1;
  }
  if (!data.empty()) out["use_external_data_format"] = data;
  return out;
}

std::vector<std::string> web_choices(const std::vector<Role>& roles) {
  const std::string elsewhere = files_text(roles, choose(roles, kElsewhere));
  const std::string wasm = files_text(roles, choose(roles, kWasm));
  if (elsewhere == wasm) return {"transformers.js: " + elsewhere};
  return {"transformers.js in Node and on WebGPU: " + elsewhere, "transformers.js on WebAssembly: " + wasm};
}

}  // namespace modelexport::package
