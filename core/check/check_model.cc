// From a file to its report.
#include <algorithm>

#include "check/file_kind.h"
#include "check/ops/schema.h"
#include "check/walker.h"

namespace modelexport::check {
namespace {

constexpr std::pair<Reader, std::string_view> kReaders[] = {{Reader::ort, "ort"},
                                                            {Reader::onnx, "onnx"},
                                                            {Reader::optimum, "optimum"},
                                                            {Reader::transformers_js, "transformers.js"}};

const onnx::RuntimeRelease& release_for(const Options& options) {
  const onnx::RuntimeRelease* named = onnx::find_runtime(options.ort_version);
  return named ? *named : onnx::runtime_releases().back();
}

ModelContext make_context(const onnx::ModelView& model, const Options& options, Findings& findings) {
  ModelContext context{model, options, findings, release_for(options), 0, {}, {}};
  context.ir = model.header().ir_version.value_or(0);
  for (const onnx::OpsetImport& import : model.header().opset_imports)
    context.opsets.imports.emplace_back(import.domain, import.version);
  // Before operator sets had versions there was one.
  if (context.opsets.imports.empty() && context.ir < 3) context.opsets.imports.emplace_back("", 1);
  const auto& functions = model.header().functions;
  for (std::uint32_t i = 0; i < functions.size(); ++i) {
    const auto function = model.function(functions[i]);
    if (function) context.functions[function_key(function->domain, function->name, function->overload)] = i;
  }
  return context;
}

void check_source(const ByteSource& source, const Options& options, Findings& findings) {
  auto model = onnx::ModelView::open(source, options.limits);
  if (model) {
    check_container(source, findings);
    ModelContext context = make_context(*model, options, findings);
    walk(context);
    return;
  }
  const auto part = explain_unreadable(source, model.error(), findings);
  if (!part) return;
  const RangeSource inner(source, *part, source.name());
  auto inner_model = onnx::ModelView::open(inner, options.limits);
  if (!inner_model) {
    findings.add(inner_model.error());
    return;
  }
  // Offsets of what follows count from the model's start; its own fixes wait for the next pass.
  ModelContext context = make_context(*inner_model, options, findings);
  walk(context);
}

}  // namespace

std::vector<std::string_view> names(Readers readers) {
  std::vector<std::string_view> list;
  for (const auto& [reader, name] : kReaders)
    if (readers.has(reader)) list.push_back(name);
  return list;
}

std::optional<Readers> parse_readers(std::string_view list, std::string& what) {
  Readers readers;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    what = std::string(list.substr(at, comma - at));
    const auto found = std::find_if(std::begin(kReaders), std::end(kReaders),
                                    [&](const auto& entry) { return entry.second == what; });
    if (found == std::end(kReaders)) return std::nullopt;
    readers = readers | found->first;
    at = comma + 1;
  }
  return readers;
}

std::uint64_t Report::count(Severity severity) const {
  std::uint64_t count = 0;
  for (const Finding& finding : findings)
    if (finding.severity == severity) count += 1 + finding.more;
  return count;
}

Verdict verdict_of(const std::vector<Finding>& findings) {
  const bool any = std::any_of(findings.begin(), findings.end(),
                               [](const Finding& finding) { return finding.severity != Severity::info; });
  return any ? Verdict::findings : Verdict::ok;
}

Report check_model(const ByteSource& source, const Options& options) {
  Report report;
  report.path = source.name();
  Findings findings(options);
  check_source(source, options, findings);
  report.findings = findings.take();
  report.more_edits = findings.more_edits();
  report.verdict = verdict_of(report.findings);
  return report;
}

std::vector<std::pair<std::string_view, std::string_view>> table_versions() {
  return {{"ort", ort_table_version()}, {"onnx", onnx_table_version()}};
}

}  // namespace modelexport::check
