// Builds the plan of a package: ONNX files, their data, components, card.
//
// Purpose   One function for the command line and the page; what it refuses is refused before anything is
//           written.
// Errors    PACK: roles, targets, classes, data files, names; MODEL and WIRE when a file cannot be read.
#pragma once

#include "package/data_files.h"
#include "package/snippets.h"
#include "package/targets.h"

namespace modelexport::package {

struct ModelFile {
  std::string name;  ///< as the user named it
  const onnx::ModelView* view = nullptr;
  Role role;
};

struct PackSources {
  std::vector<ModelFile> models;
  const components::SourceTree& tree;
  const components::ComponentPlan& components;
  const DataSizes& data;
  ManifestSource source;  ///< what --source named; kind "unknown" takes the stamp's
};

struct PackOptions {
  Targets targets;
  std::string task;  ///< --task: wins over the stamp and config.json, and must fit
  bool card = true;
  bool keep_paths = false;
  bool trust_remote_code = false;
  std::string title;    ///< of the card: the package's name
  std::string version;  ///< of this program
  Limits limits;
};

Result<PackagePlan> plan_package(const PackSources& sources, const PackOptions& options);

/// What the snippets say about a plan; `output` is the directory or zip as the user named it.
SnippetFacts snippet_facts(const PackagePlan& plan, const PackOptions& options, const std::string& output);

}  // namespace modelexport::package
