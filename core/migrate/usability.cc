#include "migrate/usability.h"

#include <algorithm>

#include "hierarchy/input_names.h"
#include "json/json.h"
#include "modelexport/components.h"
#include "result/shell_word.h"

namespace modelexport::migrate {
namespace {

using onnx::ValueView;

struct Config {
  std::string model_type;
  std::vector<std::string> architectures;
  [[nodiscard]] std::string architecture() const {
    return architectures.empty() ? "" : architectures.front();
  }
};

Config read_config(std::string_view text, const Limits& limits) {
  Config config;
  if (text.empty()) return config;
  const auto document = json::parse_python(text, limits, "config.json");
  if (!document) return config;
  config.model_type = std::string(json::find_string(*document, "model_type").value_or(""));
  if (const json::Json* list = json::find(*document, "architectures"))
    for (const json::Json& item : json::elements(*list))
      if (item.is_string()) config.architectures.push_back(item.get<std::string>());
  return config;
}

Result<std::vector<ValueView>> read_values(const onnx::ModelView& model,
                                           const std::vector<onnx::MessageRef>& messages) {
  std::vector<ValueView> values;
  for (const onnx::MessageRef& message : messages) {
    ME_TRY(ValueView value, model.value(message));
    values.push_back(std::move(value));
  }
  return values;
}

bool has(const std::vector<ValueView>& values, std::string_view name) {
  return std::any_of(values.begin(), values.end(), [&](const ValueView& v) { return v.name == name; });
}

bool is_static(const ValueView& value) {
  return value.has_shape && !value.shape.empty() &&
         std::all_of(value.shape.begin(), value.shape.end(),
                     [](const onnx::Dim& dim) { return std::holds_alternative<std::int64_t>(dim); });
}

std::string listed(const std::vector<ValueView>& values) {
  std::string text;
  for (const ValueView& value : values)
    text += (text.empty() ? "" : ", ") + value.name + ": " + hierarchy::type_text(value);
  return text;
}

class Judge {
 public:
  Judge(std::vector<ValueView> inputs, std::vector<ValueView> outputs, package::ModelIo io, Config config,
        const Evidence& evidence, const std::string& file)
      : inputs_(std::move(inputs)),
        outputs_(std::move(outputs)),
        io_(std::move(io)),
        config_(std::move(config)),
        evidence_(evidence),
        file_(file) {}

  Usability run() {
    choose_class();
    headless();
    permuted();
    static_shapes();
    output_names();
    if (has(inputs_, "position_ids"))
      note("ME-LEGACY-008", Severity::info, "position_ids is an input: tokenizers do not make it",
           "pass position_ids = arange(length) for every row");
    if (evidence_.config.empty() && out_.loader.problem.empty())
      out_.loader.problem = "no config.json beside the model (--source SOURCE brings it)";
    return std::move(out_);
  }

 private:
  void note(std::string_view rule, Severity severity, std::string message, std::string hint) {
    out_.notes.push_back({std::string(rule), severity, std::move(message), std::move(hint)});
  }

  [[nodiscard]] bool fits(const std::string& ort_class) const {
    return !ort_class.empty() && !package::takes_several_files(ort_class) &&
           package::class_problem(ort_class, io_).empty();
  }

  /// The configuration's class, else the one that the model was exported from, else the stamp's task: the
  /// first that fits inputs and outputs.
  void choose_class() {
    const std::string task(evidence_.task);
    const components::TaskGuess guesses[] = {
        components::task_from_config(config_.model_type, config_.architectures),
        components::task_from_config(config_.model_type, {std::string(evidence_.root_class)}),
        {task, components::ort_class_for_task(task, config_.model_type)},
    };
    for (const components::TaskGuess& guess : guesses) {
      if (!fits(guess.ort_class)) continue;
      out_.loader.task = guess.task;
      out_.loader.ort_class = guess.ort_class;
      return;
    }
    const package::ClassChoice choice = package::class_for_io(io_);
    out_.loader.task = choice.task;
    out_.loader.ort_class = choice.ort_class;
  }

  void headless() {
    const bool hidden = has(outputs_, "last_hidden_state");
    const bool head = has(outputs_, "logits") || has(outputs_, "start_logits");
    const std::string architecture = config_.architecture();
    const bool promised = architecture.find("For") != std::string::npos ||
                          architecture.ends_with("HeadModel") || architecture.ends_with("HeadsModel");
    out_.headless = hidden && !head;
    if (!out_.headless || !promised) return;
    note("ME-LEGACY-008", Severity::warning,
         "the model has no head: config.json says " + architecture + ", the outputs are " + listed(outputs_) +
             "; it serves as " + (out_.loader.task.empty() ? "custom task" : out_.loader.task),
         "for logits export the checkpoint again: modelexport export SOURCE -o OUT");
  }

  void permuted() {
    std::vector<ValueView> wrong;
    for (const ValueView& input : inputs_)
      if (hierarchy::contradicts_name(input)) wrong.push_back(input);
    if (wrong.empty()) return;
    out_.permuted = true;
    const std::string names = listed(wrong);
    out_.loader.problem = "the inputs carry each other's names (--rename-inputs): " + names;
    note("ME-LEGACY-009", Severity::warning, "inputs carry each other's names: " + names,
         "modelexport migrate " + shell_word(file_) + " --rename-inputs -o NEW.onnx");
  }

  void static_shapes() {
    std::vector<ValueView> fixed;
    for (const ValueView& input : inputs_)
      if (is_static(input)) fixed.push_back(input);
    if (fixed.empty()) return;
    note("ME-LEGACY-004", Severity::warning,
         "the sizes are fixed, other ones are refused when the model runs: " + listed(fixed),
         "feed exactly these sizes (pad to them), try --dynamic, or export again: modelexport export SOURCE "
         "-o OUT");
  }

  void output_names() {
    std::string names;
    for (const ValueView& output : outputs_)
      if (output.name.starts_with("onnx::")) names += (names.empty() ? "" : ", ") + output.name;
    if (!names.empty())
      note("ME-LEGACY-010", Severity::info, "outputs with made-up names: " + names,
           "do not rely on these outputs");
  }

  std::vector<ValueView> inputs_;
  std::vector<ValueView> outputs_;
  package::ModelIo io_;
  Config config_;
  const Evidence& evidence_;
  const std::string& file_;
  Usability out_;
};

}  // namespace

Result<Usability> judge_usability(const onnx::ModelView& model, const Evidence& evidence,
                                  const std::string& file) {
  ME_TRY(std::vector<ValueView> inputs, read_values(model, model.graph().inputs));
  ME_TRY(std::vector<ValueView> outputs, read_values(model, model.graph().outputs));
  ME_TRY(package::ModelIo io, package::read_io(model));
  std::erase_if(inputs, [&](const ValueView& value) {
    return std::find(io.inputs.begin(), io.inputs.end(), value.name) == io.inputs.end();
  });
  return Judge(std::move(inputs), std::move(outputs), std::move(io),
               read_config(evidence.config, model.limits()), evidence, file)
      .run();
}

}  // namespace modelexport::migrate
