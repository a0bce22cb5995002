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

/// What is known of a model besides its own inputs and outputs.
struct Evidence {
  std::string_view config;      ///< text of config.json, "" if none is known
  std::string_view root_class;  ///< of the module hierarchy: "BertForSequenceClassification", "" unknown
  std::string_view task;        ///< of the stamp, "" unknown
};

/// `file` is what hints call the model.
Result<Usability> judge_usability(const onnx::ModelView& model, const Evidence& evidence,
                                  const std::string& file);

}  // namespace modelexport::migrate
