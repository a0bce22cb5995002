#include "report/hierarchy_report.h"

namespace modelexport::report {

using json::Json;

Json hierarchy_json(const hierarchy::Tree& tree) {
  Json modules = Json::array();
  for (const hierarchy::TreeModule& module : tree.modules) {
    Json item = Json::object();
    item["tag"] = module.tag;
    item["class"] = module.class_name.empty() ? Json() : Json(module.class_name);
    item["scope"] = module.scope;
    item["nodes_direct"] = module.nodes_direct;
    item["nodes_total"] = module.nodes_total;
    item["parameters_direct"] = module.parameters_direct;
    item["parameters_total"] = module.parameters_total;
    item["bytes_total"] = module.bytes_total;
    Json ops = Json::object();
    for (const auto& [name, count] : module.ops) ops[name] = count;
    item["ops"] = std::move(ops);
    modules.push_back(std::move(item));
  }
  Json object = Json::object();
  object["form"] = hierarchy::to_string(tree.form);
  object["derived"] = tree.derived;
  object["modules"] = std::move(modules);
  return object;
}

Json nodes_json(const hierarchy::Tree& tree) {
  Json list = Json::array();
  for (const hierarchy::NodePlace& node : tree.nodes) {
    Json item = Json::object();
    item["name"] = node.name;
    item["op"] = node.op;
    item["tag"] =
        node.tagged && node.module < tree.modules.size() ? Json(tree.modules[node.module].tag) : Json();
    item["scope"] = node.scope;
    list.push_back(std::move(item));
  }
  return list;
}

std::string hierarchy_line(const Json& hierarchy) {
  const std::string form(json::find_string(hierarchy, "form").value_or("none"));
  const Json* modules = json::find(hierarchy, "modules");
  if (form == "none" || modules == nullptr) return "none";
  const Json* derived = json::find(hierarchy, "derived");
  const bool concluded = derived != nullptr && json::as_bool(*derived).value_or(false);
  const std::size_t count = json::elements(*modules).size();
  return form + (concluded ? " (derived), " : ", ") + std::to_string(count) +
         (count == 1 ? " module" : " modules");
}

}  // namespace modelexport::report
