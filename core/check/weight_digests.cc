#include "check/weight_digests.h"

#include <iterator>

#include "check/findings.h"
#include "result/shell_word.h"

namespace modelexport::check {

constinit const Rule kOtherWeights{
    .id = "ME-EXT-026",
    .severity = Severity::error,
    .refused_by = {},
    .title = "A file with weights is not the one that the model was exported with.",
    .why =
        "The model records the SHA-256 of the Hub's safetensors that its weights are in (--weights hub). "
        "Readers do not compare it: another file of that name makes them compute with other weights.",
    .fix = "remove the file; modelexport load MODEL.onnx -o DIRECTORY brings the right one",
    .example = "model.safetensors of a later commit beside the model",
};

std::map<std::string, std::string> recorded_weight_files(const onnx::ModelView& model) {
  std::map<std::string, std::string> recorded;
  for (const auto& entry : model.header().metadata)
    if (entry.key.starts_with(kWeightFileKey))
      recorded[entry.key.substr(kWeightFileKey.size())] = entry.value;
  std::map<std::string, std::string> used;
  if (recorded.empty()) return used;
  for (const onnx::TensorView& tensor : model.graph().initializers)
    if (tensor.external)
      if (const auto found = recorded.find(tensor.external->location); found != recorded.end())
        used.insert(*found);
  return used;
}

void check_weight_digests(const ByteSource& source, const Options& options, const DigestOf& digest_of,
                          Report& report) {
  if (options.around == nullptr) return;
  const auto model = onnx::ModelView::open(source, options.limits);
  if (!model) return;
  const auto files = onnx::external_files(*model, onnx::ExternalScope::initializers);
  if (!files) return;
  const auto recorded = recorded_weight_files(*model);
  Findings findings(options);
  for (const onnx::ExternalFile& file : *files) {
    const auto wanted = recorded.find(file.location);
    if (wanted == recorded.end() || wanted->second.empty() || !file.acceptable) continue;
    const Surroundings::File known = options.around->look_up(file.location);
    if (!known.exists || !known.regular || !known.inside) continue;
    const auto found = digest_of(file.location);
    if (!found) {
      findings.add(found.error());
      continue;
    }
    if (*found == wanted->second) continue;
    Finding& finding =
        findings.add(kOtherWeights, in_quotes(file.location) +
                                        " is not the file that the weights are in: its SHA-256 is " + *found +
                                        ", the model says " + in_quotes(wanted->second));
    finding.hint = "remove the file; modelexport load " + shell_word(source.name()) +
                   " -o DIRECTORY brings the right one";
  }
  std::vector<Finding> list = findings.take();
  std::move(list.begin(), list.end(), std::back_inserter(report.findings));
  report.verdict = verdict_of(report.findings);
}

}  // namespace modelexport::check
