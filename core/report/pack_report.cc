#include "report/pack_report.h"

#include <algorithm>

#include "report/export_report.h"

namespace modelexport::report {
namespace {

using json::Json;
using package::PackageFile;

std::string action_of(const PackageFile& file) {
  if (file.from == "made") return "make";
  return file.edits.empty() ? "copy" : "edit";
}

std::string joined(const std::string& directory, const std::string& path) {
  return directory.empty() || directory.back() == '/' ? directory + path : directory + "/" + path;
}

std::string path_in(const PackReport& report, const std::string& path) {
  return report.zip ? report.output + ":" + path : joined(report.output, path);
}

Json left_out_json(const package::PackagePlan& plan) {
  Json out = Json::array();
  for (const components::LeftOut& left : plan.left_out)
    out.push_back({{"path", left.path}, {"reason", left.reason}});
  return out;
}

void row(std::string& text, std::string_view label, const std::string& value) {
  text +=
      "\n  " + std::string(label) + std::string(12 - std::min<std::size_t>(label.size(), 11), ' ') + value;
}

std::string source_text(const PackReport& report) {
  const package::ManifestSource& source = report.plan->manifest.source;
  std::string text = source.kind == "hub" ? source.hub_id : source.path;
  if (!source.revision.empty()) text += "@" + source.revision;
  if (text.empty()) text = source.kind;
  // ID and ID@SHA (also a short one) are in it already; ID@main and a local path say more.
  if (text.compare(0, report.shown.size(), report.shown) != 0) text += "  (" + report.shown + ")";
  return text;
}

/// Names in one row of the summary; a source may hold a hundred thousand files.
constexpr std::size_t kMostNames = 20;

/// Rows for everything that is not a plain copy.
void changes(std::string& text, const package::PackagePlan& plan) {
  for (const PackageFile& file : plan.files) {
    if (file.from == "made") row(text, "made", file.path + "  (" + file.reason + ")");
    for (const std::string& edit : file.edits) row(text, "edited", file.path + "  " + edit);
  }
  std::string left;
  for (std::size_t i = 0; i < std::min(plan.left_out.size(), kMostNames); ++i) {
    const components::LeftOut& out = plan.left_out[i];
    left += (left.empty() ? "" : ", ") + out.path + " (" + out.reason + ")";
  }
  if (plan.left_out.size() > kMostNames)
    left += " and " + std::to_string(plan.left_out.size() - kMostNames) + " more (--json lists them)";
  if (!left.empty()) row(text, "left out", left);
}

}  // namespace

package::Snippets pack_snippets(const PackReport& report) {
  package::SnippetFacts facts = package::snippet_facts(*report.plan, *report.options, report.output);
  facts.zip = report.zip;
  return package::make_snippets(facts);
}

Json pack_plan_json(const PackReport& report) {
  Json document = Json::object();
  document["schema"] = "modelexport/pack/1";
  document["dry_run"] = true;
  document["plan"] = Json::array();
  for (const PackageFile& file : report.plan->files) {
    Json item = Json::object();
    item["path"] = file.path;
    item["action"] = action_of(file);
    item["bytes"] = file.size;
    item["from"] = file.from;
    item["reason"] = file.reason;
    if (!file.edits.empty()) item["edits"] = file.edits;
    document["plan"].push_back(std::move(item));
  }
  document["left_out"] = left_out_json(*report.plan);
  document["task"] = report.plan->task;
  return document;
}

std::string pack_plan_text(const PackReport& report) {
  std::string text;
  for (const PackageFile& file : report.plan->files) {
    text += action_of(file) + "  " + path_in(report, file.path) + "  (" + file.reason + ", " +
            size_text(file.size) + ")\n";
    for (const std::string& edit : file.edits) text += "      " + edit + "\n";
  }
  text += "make  " + path_in(report, std::string(package::kManifestName)) + "  (manifest)\n";
  for (const components::LeftOut& left : report.plan->left_out)
    text += "leave " + left.path + "  (" + left.reason + ")\n";
  return text;
}

Json pack_json(const PackReport& report) {
  const package::PackagePlan& plan = *report.plan;
  Json document = Json::object();
  document["schema"] = "modelexport/pack/1";
  document["directory"] = report.output;
  for (const PackageFile& file : plan.files) {
    if (file.main && document.find("model") == document.end()) document["model"] = file.path;
  }
  document["files"] = Json::array();
  for (const package::ManifestFile& file : report.written->files) {
    document["files"].push_back(
        {{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}, {"from", file.from}});
  }
  document["source"] = package::manifest_json(plan.manifest)["source"];
  document["config"] = {{"model_type", plan.facts.model_type}, {"architectures", plan.facts.architectures}};
  document["preprocessors"] = plan.facts.preprocessors;
  document["task"] = plan.task;
  document["left_out"] = left_out_json(plan);
  document["choices"] = plan.choices;
  const package::Snippets snippets = pack_snippets(report);
  document["loader"] = Json::object();
  document["loader"]["python"] = snippets.python.empty() ? Json() : Json(snippets.python);
  document["loader"]["javascript"] = snippets.javascript.empty() ? Json() : Json(snippets.javascript);
  return document;
}

std::string pack_text(const PackReport& report) {
  const package::PackagePlan& plan = *report.plan;
  std::uint64_t bytes = 0;
  for (const package::ManifestFile& file : report.written->files) bytes += file.bytes;
  std::string text = "wrote " + report.output + " (" + std::to_string(report.written->files.size() + 1) +
                     " files, " + size_text(bytes) + ")";
  std::string models;
  std::string components;
  std::size_t named = 0;
  for (const PackageFile& file : plan.files) {
    std::string& list = file.from == "model" ? models : components;
    if (file.from == "made" || (file.from != "model" && ++named > kMostNames)) continue;
    list += (list.empty() ? "" : ", ") + file.path;
    if (file.from == "model") list += " (" + size_text(file.size) + ")";
  }
  if (named > kMostNames) components += " and " + std::to_string(named - kMostNames) + " more";
  row(text, "model", models);
  row(text, "components", components);
  row(text, "source", source_text(report));
  if (!plan.task.empty()) row(text, "task", plan.task);
  for (const std::string& choice : plan.choices) row(text, "opens", choice);
  changes(text, plan);
  const package::Snippets snippets = pack_snippets(report);
  if (!snippets.python.empty()) text += "\n\n" + snippets.python;
  if (!snippets.javascript.empty()) text += "\n\n" + snippets.javascript;
  return text;
}

}  // namespace modelexport::report
