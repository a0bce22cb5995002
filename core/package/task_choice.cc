#include "package/task_choice.h"

#include <algorithm>

namespace modelexport::package {
namespace {

constexpr std::string_view kCausal = "ORTModelForCausalLM";

bool has_role(const std::vector<Role>& roles, std::string_view name) {
  return std::any_of(roles.begin(), roles.end(), [&](const Role& role) { return role.name == name; });
}

bool is_sequence_set(const std::vector<Role>& roles) {
  return has_role(roles, "encoder_model") &&
         (has_role(roles, "decoder_model_merged") || has_role(roles, "decoder_model"));
}

class Chooser {
 public:
  Chooser(const TaskFacts& facts, Diagnostics& warnings) : facts_(facts), warnings_(warnings) {}

  Result<TaskChoice> run() {
    pick();
    if (takes_several_files(choice_.ort_class)) {
      ME_CHECK(fit_several());
    } else if (is_sequence_set(facts_.roles) && facts_.given.empty()) {
      choice_ = {"text2text-generation", "ORTModelForSeq2SeqLM", true, true, true};
    } else if (has_role(facts_.roles, "model")) {
      ME_CHECK(fit_single());
    } else if (choice_.ort_class != kCausal) {
      choice_.ort_class.clear();
    }
    cache();
    return choice_;
  }

 private:
  void pick() {
    const std::string& model_type = facts_.config->model_type;
    choice_.task = !facts_.given.empty()     ? facts_.given
                   : !facts_.stamped.empty() ? facts_.stamped
                                             : facts_.config->task.task;
    choice_.ort_class = components::ort_class_for_task(choice_.task, model_type);
    if (choice_.ort_class.empty()) {
      const ClassChoice by_io = class_for_io(facts_.io);
      choice_.task = by_io.task;
      choice_.ort_class = by_io.ort_class;
    }
  }

  Status fit_several() {
    if (is_sequence_set(facts_.roles)) {
      choice_.several = true;
      return {};
    }
    const std::string needed = choice_.ort_class +
                               " opens encoder_model.onnx together with decoder_model_merged.onnx or "
                               "decoder_model.onnx";
    if (!has_role(facts_.roles, "model") || !facts_.given.empty()) {
      return fail(ErrorCode::pack_target, needed + "; they are not all there.", {},
                  "Name all files of the model, or say which is which: --role FILE=encoder");
    }
    return take_other(needed);
  }

  Status fit_single() {
    const std::string problem = class_problem(choice_.ort_class, facts_.io);
    if (problem.empty()) return {};
    if (!facts_.given.empty()) {
      return fail(ErrorCode::pack_class,
                  "The model does not fit the task " + facts_.given + ": " + problem + ".",
                  {.field = choice_.ort_class},
                  "Leave --task out, or export the model with the names that the class uses.");
    }
    return take_other(problem);
  }

  /// The class that the outputs' names fit instead.
  Status take_other(const std::string& problem) {
    const ClassChoice other = class_for_io(facts_.io);
    warnings_.push_back({ErrorCode::pack_class,
                         Severity::warning,
                         problem + "; the package opens with " + other.ort_class + " instead.",
                         {.field = choice_.ort_class},
                         "Pass --task to insist on another class."});
    choice_.ort_class = other.ort_class;
    if (!other.task.empty()) choice_.task = other.task;
    return {};
  }

  void cache() {
    choice_.generates = choice_.ort_class == kCausal || takes_several_files(choice_.ort_class);
    if (!choice_.generates) return;
    choice_.has_cache = choice_.several ? has_role(facts_.roles, "decoder_model_merged") ||
                                              has_role(facts_.roles, "decoder_with_past_model")
                                        : facts_.io.has_cache;
    if (choice_.has_cache) return;
    warnings_.push_back(
        {ErrorCode::pack_no_cache, Severity::warning,
         "The decoder has no key-value cache: loaders need use_cache=False, and generate "
         "slowly.",
         Where{}, "Capture the model with --with-past (modelexport.capture) for a decoder with cache."});
  }

  const TaskFacts& facts_;
  Diagnostics& warnings_;
  TaskChoice choice_;
};

}  // namespace

Result<TaskChoice> choose_task(const TaskFacts& facts, Diagnostics& warnings) {
  return Chooser(facts, warnings).run();
}

}  // namespace modelexport::package
