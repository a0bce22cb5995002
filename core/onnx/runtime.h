// What ONNX Runtime releases load: highest IR version and operator sets.
//
// Purpose   `--ort-version`, check and export ask whether a runtime can open a model, and which is the
// oldest. Source    measured with the releases themselves (reference: onnx_wire, section 11).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modelexport::onnx {

struct RuntimeRelease {
  std::string_view version;  ///< "1.18"
  int major;
  int minor;
  int ir;     ///< highest IR version; a higher one is refused
  int opset;  ///< highest ai.onnx
  int ml;     ///< highest ai.onnx.ml
};

/// Oldest first; minor releases that were not measured have the limits of the measured one before them.
std::span<const RuntimeRelease> runtime_releases();

/// "1.18", "1.18.2": the newest measured release that is not newer. Nothing if malformed or older than all.
const RuntimeRelease* find_runtime(std::string_view version);
/// "1.40" is newer than the release; false also for what is no version.
bool is_newer(std::string_view version, const RuntimeRelease& release);

using OpsetImports = std::vector<std::pair<std::string, std::int64_t>>;

/// Empty if the release loads such a model, else the reason: "opset 20 of ai.onnx is above 19".
std::string runtime_refusal(const RuntimeRelease& release, std::int64_t ir, const OpsetImports& opsets);

/// The oldest release that loads such a model; nullptr if none does.
const RuntimeRelease* min_ort_version(std::int64_t ir, const OpsetImports& opsets);

/// The lowest IR version whose specification has these operator sets (3 for unknown domains).
int min_ir_version(const OpsetImports& opsets);

}  // namespace modelexport::onnx
