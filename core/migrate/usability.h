// Cured means usable: the quieter faults of a legacy export, and which class of Optimum runs it.
//
// Source    reference: legacy_htp.md §4.2 (static shapes, headless, permuted names), optimum_loading.md.
#pragma once

#include "migrate/report.h"
#include "package/model_io.h"

namespace modelexport::migrate {

/// How the cured file is opened, and why not where it cannot be.
struct Loader {
  std::string task;       ///< "" unknown
  std::string ort_class;  ///< "ORTModelForFeatureExtraction"
  std::string problem;    ///< "" if it opens and runs; else what is missing
};

struct Usability {
  Loader loader;
  std::vector<Note> notes;
  bool headless = false;
  bool permuted = false;  ///< inputs carry each other's names
};

/// `config` is the text of config.json, "" if none is known; `file` is what hints call the model.
Result<Usability> judge_usability(const onnx::ModelView& model, std::string_view config,
                                  const std::string& file);

}  // namespace modelexport::migrate
