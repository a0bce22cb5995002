// One package, step by step: open the ONNX files, find their source, plan, check the output, write, commit.
//
// Purpose   Everything that can be refused is refused before anything is written. Dropping the job at any
//           point leaves no output.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "commands/model_data.h"
#include "commands/onnx_file.h"
#include "commands/pack_source.h"
#include "commands/package_manifest.h"
#include "io/output_directory.h"
#include "modelexport/check.h"
#include "package/plan_package.h"
#include "report/pack_report.h"

namespace modelexport::commands {

/// What is packed, and where to. Everything else is what the command line says.
struct PackRequest {
  std::vector<std::string> models;
  std::string output;
  std::string source;  ///< "": what the stamp says
  std::string targets;
  std::vector<std::string> roles;
};

class PackJob {
 public:
  PackJob(cli::Context& context, PackRequest request) : context_(context), request_(std::move(request)) {}
  /// Makes the package, or its plan with --dry-run, and prints it.
  Result<int> run();

  /// What can be refused before the models are there: targets, and outputs that exist.
  Status check();
  /// The package, without a word.
  Status make();
  [[nodiscard]] report::PackReport report() const;
  /// Where a model of the request is by now: OUT/onnx/model.onnx. "" if it was not packed.
  [[nodiscard]] std::string path_in_package(const std::string& model) const;

 private:
  Status parse_options();
  Status open_models();
  /// Some weights are referred to in safetensors that are not beside the model (--weights hub).
  [[nodiscard]] bool needs_source_weights() const;
  /// The files that --weights hub referred to are there: beside the model with the recorded content, else in
  /// the source.
  [[nodiscard]] Status check_weight_files() const;
  [[nodiscard]] Status check_weight_file(std::size_t model, const std::string& name,
                                         const std::string& sha256) const;
  [[nodiscard]] Status no_weight_file(std::size_t model, const std::string& name) const;
  /// A Hub source that was given, and that the graph or the stamp contradicts.
  Status warn_about_given();
  Status make_plan();
  /// Brings what lies elsewhere (a Hub model) here, in one go.
  Status prepare_components();
  /// Whether the source's file is one of the models or of their data, which the package holds.
  [[nodiscard]] bool is_packed(const std::string& path) const;
  Status plan_directory();
  Status write_directory();
  Status write_zip();
  Status plan();
  Status write();
  /// The rules of `check` over the plan: what it will report is said before anything is written.
  void foresee();
  void print_plan() const;
  void print() const;

  cli::Context& context_;
  PackRequest request_;
  Limits limits_;
  package::PackOptions options_;
  std::string output_;
  bool zip_ = false;
  bool force_ = false;
  std::vector<OnnxFile> files_;
  std::vector<package::Role> roles_;
  std::unique_ptr<ModelData> data_;
  PackSource source_;
  components::ComponentPlan components_;
  package::PackagePlan plan_;
  std::unique_ptr<io::OutputDirectory> out_;
  PackageManifest manifest_;
  std::vector<const package::PackageFile*> to_write_;
  check::Report foreseen_;     ///< what check will say of the package
  package::Manifest written_;  ///< with all files
};

}  // namespace modelexport::commands
