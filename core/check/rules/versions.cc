// IR version and operator sets: present, in range, known to the readers.
#include <algorithm>
#include <limits>

#include "check/rules/groups.h"
#include "wire/writer.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;
constexpr std::int64_t kCheckerIr = 14;  ///< of onnx 1.23
constexpr std::int64_t kOldOpset = 7;    ///< ONNX Runtime has kernels from here on

constexpr Rule kNoIr{
    .id = "ME-MODEL-010",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "The model has no IR version.",
    .why =
        "The first field of every ONNX file says which version of the format it is in. Readers refuse a file "
        "without it.",
    .fix = "export the model again, or get the file again",
    .example = "a ModelProto without ir_version",
};
constexpr Rule kBadIr{
    .id = "ME-MODEL-011",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "The IR version is not positive.",
    .why = "IR versions start at 1. ONNX Runtime does not look, onnx.checker refuses the file.",
    .fix = "export the model again",
    .example = "ir_version: 0",
};
constexpr Rule kNewIr{
    .id = "ME-MODEL-012",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "The IR version is newer than a reader knows.",
    .why = "A reader refuses every IR version above its own.",
    .fix =
        "export the model for an older runtime: modelexport export … --ort-version X.Y; or update the "
        "runtime",
    .example = "ir_version: 15 for ONNX Runtime 1.32",
};
constexpr Rule kNoOpset{
    .id = "ME-MODEL-013",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "The model imports no operator set.",
    .why =
        "Without it nobody knows what the operators mean. A download that stopped right after the graph "
        "looks "
        "like this, because the operator sets come last.",
    .fix = "get the file again and compare sizes, or export the model again",
    .example = "a ModelProto without opset_import",
};
constexpr Rule kOpsetInOldIr{
    .id = "ME-MODEL-014",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "Operator sets are imported in an IR version that has none.",
    .why = "opset_import came with IR version 3.",
    .fix = "export the model again",
    .example = "ir_version: 2, opset_import { version: 6 }",
};
constexpr Rule kOpsetTooNew{
    .id = "ME-MODEL-015",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "An operator set is newer than ONNX Runtime knows.",
    .why = "ONNX Runtime only guarantees support for released operator sets and refuses newer ones.",
    .fix =
        "export the model with an older operator set (modelexport export … --opset N), or update the runtime",
    .example = "opset_import { domain: \"ai.onnx.ml\" version: 7 }",
};
constexpr Rule kOpsetNotPositive{
    .id = "ME-MODEL-016",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "An operator set version is not positive.",
    .why = "Versions start at 1; no operator exists below that.",
    .fix = "export the model again",
    .example = "opset_import { version: 0 }",
};
constexpr Rule kOpsetWide{
    .id = "ME-MODEL-017",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "An operator set version does not fit into 32 bits.",
    .why =
        "ONNX Runtime cuts the number off and takes another version, onnx.checker refuses the file: "
        "different "
        "programs see different models.",
    .fix = "export the model again",
    .example = "opset_import { version: 4294967311 }",
};
constexpr Rule kOpsetTwice{
    .id = "ME-MODEL-018",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "An operator set is imported twice.",
    .why =
        "Readers disagree which of the versions counts: C++ takes the last, netron the lowest, the "
        "specification says the highest.",
    .fix = "modelexport check --fix keeps the last, which ONNX Runtime takes",
    .example = "opset_import { version: 15 } opset_import { version: 13 }",
    .fixable = true,
};
constexpr Rule kIrBelowOpset{
    .id = "ME-MODEL-019",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The IR version is older than the operator set's.",
    .why = "Each release of ONNX pairs an operator set with an IR version. No reader enforces it.",
    .fix = "nothing needs to be done for the known readers",
    .example = "ir_version: 4, opset 21",
};
constexpr Rule kOldOpset_{
    .id = "ME-RT-010",
    .severity = Severity::info,
    .refused_by = {},
    .title = "The operator set is older than ONNX Runtime's kernels.",
    .why =
        "ONNX Runtime supports operator sets from version 7 on; many operators of older ones have no kernel.",
    .fix = "export the model again with opset 13 or later",
    .example = "opset_import { version: 6 }",
};

constexpr const Rule* kRules[] = {
    &kNoIr,      &kBadIr,      &kNewIr,        &kNoOpset,  &kOpsetInOldIr, &kOpsetTooNew, &kOpsetNotPositive,
    &kOpsetWide, &kOpsetTwice, &kIrBelowOpset, &kOldOpset_};

std::optional<std::uint64_t> offset_of(const ModelContext& model, std::uint32_t number) {
  for (const onnx::ModelField& field : model.model.header().fields)
    if (field.number == number) return field.message.offset;
  return std::nullopt;
}

void check_ir(ModelContext& model) {
  const Place place{nullptr, "ir_version"};
  const std::uint64_t offset = offset_of(model, 1).value_or(0);
  if (!model.model.header().ir_version) {
    model.findings.add(kNoIr, "the model has no IR version");
    return;
  }
  const std::string text = "IR version " + std::to_string(model.ir);
  if (model.ir <= 0) model.report(kBadIr, text + " does not exist", place, offset);
  Readers refused;
  if (model.ir > model.release.ir) refused = refused | Reader::ort;
  if (model.ir > kCheckerIr) refused = refused | Reader::onnx;
  if (refused.empty()) return;
  const bool ort = refused.has(Reader::ort);
  model
      .report(kNewIr,
              text + " is above " + std::to_string(ort ? model.release.ir : kCheckerIr) +
                  ", the highest of " +
                  (ort ? "ONNX Runtime " + std::string(model.release.version) : "onnx 1.23"),
              place, offset)
      .refused_by = refused;
}

std::string domain_text(std::string_view domain) {
  return is_default_domain(domain) ? "ai.onnx" : in_quotes(domain);
}

void check_one(ModelContext& model, const onnx::OpsetImport& import, const Place& place) {
  const std::string text = "version " + std::to_string(import.version) + " of " + domain_text(import.domain);
  const std::uint64_t offset = import.message.offset;
  // Readers mind where a node wants an operator of it, which then does not exist.
  if (import.version < 1) model.report(kOpsetNotPositive, text + " does not exist", place, offset);
  if (import.version > std::numeric_limits<std::int32_t>::max()) {
    Finding& finding = model.report(kOpsetWide, text + " is out of range", place, offset);
    // What is left of it may be too new as well.
    const std::string reason =
        onnx::runtime_refusal(model.release, 0, {{import.domain, static_cast<std::int32_t>(import.version)}});
    if (!reason.empty()) finding.refused_by = kBoth;
    return;
  }
  const std::string reason = onnx::runtime_refusal(model.release, 0, {{import.domain, import.version}});
  if (!reason.empty())
    model.report(
        kOpsetTooNew,
        text + " is newer than ONNX Runtime " + std::string(model.release.version) + " knows: " + reason,
        place, offset);
}

void check_twice(ModelContext& model, std::size_t index) {
  const auto& imports = model.model.header().opset_imports;
  const auto same = [&](const onnx::OpsetImport& other) {
    return other.domain == imports[index].domain ||
           (is_default_domain(other.domain) && is_default_domain(imports[index].domain));
  };
  if (std::none_of(imports.begin() + static_cast<std::ptrdiff_t>(index) + 1, imports.end(), same)) return;
  const Place place{nullptr, "opset_import", index};
  const onnx::MessageRef message = imports[index].message;
  const std::string before = std::to_string(imports[index].version);
  model
      .report(kOpsetTwice, domain_text(imports[index].domain) + " is imported more than once", place,
              message.offset)
      .fixes.push_back({message.field(), [message, before, root = model.model.root(),
                                          path = place.text()](onnx::EditBuilder& edit) {
                          edit.remove(root, message, {path, "version " + before, {}});
                        }});
}

void check_opsets(ModelContext& model) {
  const auto& imports = model.model.header().opset_imports;
  if (imports.empty() && model.model.header().ir_version) {
    if (model.ir >= 3 || model.ir <= 0) {
      model.findings.add(kNoOpset, "the model imports no operator set").refused_by =
          model.ir >= 3 ? kBoth : Readers(Reader::ort);
    } else {
      model.findings.add(kNoOpset, "the model imports no operator set").refused_by = Reader::ort;
    }
  }
  if (!imports.empty() && model.ir < 3 && model.ir != 0 && model.model.header().ir_version)
    model.findings.add(kOpsetInOldIr, "operator sets are imported in IR version " + std::to_string(model.ir));
  for (std::size_t i = 0; i < imports.size(); ++i) {
    check_one(model, imports[i], Place{nullptr, "opset_import", i});
    if (imports.size() <= 1000) check_twice(model, i);
  }
  const int lowest = onnx::min_ir_version(model.opsets.imports);
  if (model.ir >= 1 && model.ir < lowest && model.ir >= 3)
    model.findings.add(kIrBelowOpset, "IR version " + std::to_string(model.ir) +
                                          " with operator sets that came with IR version " +
                                          std::to_string(lowest));
  const std::int64_t* core = model.opsets.find("");
  if (core != nullptr && *core >= 1 && *core < kOldOpset)
    model.findings.add(kOldOpset_,
                       "operator set " + std::to_string(*core) + " is older than ONNX Runtime's kernels");
}

/// ONNX Runtime looks at what functions import, called or not.
void check_functions(ModelContext& model) {
  const auto& functions = model.model.header().functions;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const auto function = model.model.function(functions[i]);
    if (!function) continue;
    const Place place{nullptr, "functions", i};
    for (std::size_t k = 0; k < function->opset_imports.size(); ++k) {
      const onnx::OpsetImport& import = function->opset_imports[k];
      const std::string reason = onnx::runtime_refusal(model.release, 0, {{import.domain, import.version}});
      if (!reason.empty())
        model.report(kOpsetTooNew, "function " + in_quotes(function->name) + ": " + reason,
                     Place{&place, "opset_import", k}, import.message.offset);
    }
  }
}

void check_model(ModelContext& model) {
  check_ir(model);
  check_opsets(model);
  check_functions(model);
}

}  // namespace

const Group kVersionsGroup{.rules = kRules, .model = check_model};

}  // namespace modelexport::check
