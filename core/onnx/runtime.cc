#include "onnx/runtime.h"

#include <algorithm>

namespace modelexport::onnx {
namespace {

constexpr RuntimeRelease releases[] = {
    {"1.10", 1, 10, 8, 15, 2},  {"1.11", 1, 11, 8, 16, 3},  {"1.12", 1, 12, 8, 17, 3},
    {"1.13", 1, 13, 8, 17, 3},  {"1.14", 1, 14, 8, 18, 3},  {"1.15", 1, 15, 9, 19, 3},
    {"1.16", 1, 16, 9, 19, 3},  {"1.17", 1, 17, 9, 20, 4},  {"1.18", 1, 18, 10, 21, 5},
    {"1.19", 1, 19, 10, 21, 5}, {"1.20", 1, 20, 10, 21, 5}, {"1.21", 1, 21, 10, 22, 5},
    {"1.22", 1, 22, 10, 22, 5}, {"1.23", 1, 23, 11, 23, 5}, {"1.24", 1, 24, 13, 25, 5},
    {"1.25", 1, 25, 13, 26, 5}, {"1.30", 1, 30, 13, 26, 5}, {"1.32", 1, 32, 14, 28, 5},
};

struct OpsetStep {
  int opset;  ///< up to this ai.onnx version
  int ir;
};
constexpr OpsetStep core_steps[] = {{8, 3},  {9, 4},   {10, 5},  {11, 6},  {14, 7},  {18, 8},
                                    {20, 9}, {22, 10}, {23, 11}, {24, 12}, {27, 13}, {28, 14}};
constexpr OpsetStep ml_steps[] = {{1, 3}, {2, 6}, {3, 8}, {4, 9}, {5, 10}};

int ir_for(std::span<const OpsetStep> steps, std::int64_t opset) {
  for (const OpsetStep& step : steps)
    if (opset <= step.opset) return step.ir;
  return steps.back().ir;
}

bool is_core(std::string_view domain) { return domain.empty() || domain == "ai.onnx"; }

/// Highest version of a domain that a release knows; nothing for domains it does not restrict.
std::optional<int> highest(const RuntimeRelease& release, std::string_view domain) {
  if (is_core(domain)) return release.opset;
  if (domain == "ai.onnx.ml") return release.ml;
  // Measured with ONNX Runtime 1.32; its other domains, and those of custom libraries, are not restricted.
  constexpr std::string_view first_only[] = {
      "ai.onnx.preview", "ai.onnx.preview.training",   "ai.onnx.training",
      "com.microsoft",   "com.microsoft.experimental", "com.microsoft.nchwc",
      "org.pytorch.aten"};
  if (std::find(std::begin(first_only), std::end(first_only), domain) != std::end(first_only)) return 1;
  return std::nullopt;
}

/// A decimal number from the front of `text`; nothing if there is none or it is absurd.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  std::size_t count = 0;
  for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count) {
    if (count == 4) return std::nullopt;
    value = value * 10 + (text[count] - '0');
  }
  if (count == 0) return std::nullopt;
  text.remove_prefix(count);
  return value;
}

}  // namespace

std::span<const RuntimeRelease> runtime_releases() { return releases; }

const RuntimeRelease* find_runtime(std::string_view version) {
  const auto major = take_number(version);
  if (!major || version.empty() || version.front() != '.') return nullptr;
  version.remove_prefix(1);
  const auto minor = take_number(version);
  if (!minor || (!version.empty() && version.front() != '.')) return nullptr;
  const RuntimeRelease* found = nullptr;
  for (const RuntimeRelease& release : releases)
    if (std::pair(release.major, release.minor) <= std::pair(*major, *minor)) found = &release;
  return found;
}

bool is_newer(std::string_view version, const RuntimeRelease& release) {
  const auto major = take_number(version);
  if (!major || version.empty()) return false;
  version.remove_prefix(1);
  const auto minor = take_number(version);
  return minor && std::pair(*major, *minor) > std::pair(release.major, release.minor);
}

std::string runtime_refusal(const RuntimeRelease& release, std::int64_t ir, const OpsetImports& opsets) {
  if (ir > release.ir) return "IR version " + std::to_string(ir) + " is above " + std::to_string(release.ir);
  for (const auto& [domain, version] : opsets) {
    const auto limit = highest(release, domain);
    if (limit && version > *limit)
      return "opset " + std::to_string(version) + " of " + (is_core(domain) ? "ai.onnx" : domain) +
             " is above " + std::to_string(*limit);
  }
  return {};
}

const RuntimeRelease* min_ort_version(std::int64_t ir, const OpsetImports& opsets) {
  for (const RuntimeRelease& release : releases)
    if (runtime_refusal(release, ir, opsets).empty()) return &release;
  return nullptr;
}

int min_ir_version(const OpsetImports& opsets) {
  int ir = 3;
  for (const auto& [domain, version] : opsets) {
    if (is_core(domain)) ir = std::max(ir, ir_for(core_steps, version));
    if (domain == "ai.onnx.ml") ir = std::max(ir, ir_for(ml_steps, version));
    if (domain == "ai.onnx.training") ir = std::max(ir, 7);
  }
  return ir;
}

}  // namespace modelexport::onnx
