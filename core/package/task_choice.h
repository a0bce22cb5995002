// Which task and which ORT class a package is for, so that the printed snippet works.
//
// Rule      --task, else the stamp's task, else what config.json's architecture says. A class that does not
//           fit the ONNX files is an error for --task and a warning with another class otherwise.
#pragma once

#include "package/model_io.h"
#include "package/plan.h"

namespace modelexport::package {

struct TaskChoice {
  std::string task;
  std::string ort_class;   ///< "" if no class of Optimum opens these files
  bool has_cache = true;   ///< for generating classes: key-value cache in the files
  bool several = false;    ///< encoder and decoder in files of their own
  bool generates = false;  ///< text-generation and sequence to sequence
};

struct TaskFacts {
  std::string given;    ///< --task
  std::string stamped;  ///< hf_task
  const components::ConfigFacts* config = nullptr;
  std::vector<Role> roles;
  ModelIo io;  ///< of the file with the role "model", or of the first
};

Result<TaskChoice> choose_task(const TaskFacts& facts, Diagnostics& warnings);

}  // namespace modelexport::package
