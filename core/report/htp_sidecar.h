// The sidecar X_htp_metadata.json in the predecessor's form (`export --sidecar`).
//
// Purpose   What readers of the predecessor's exports expect: eight top-level keys, a tree of the modules
// that ran,
//           and the tag of every node. Different on purpose: the tree loses no module (siblings have
//           different keys), the file name is complete, and nodes of unknown place are never counted as
//           covered.
// Ownership everything is borrowed for the call.
#pragma once

#include <string>

#include "json/json.h"
#include "modelexport/export.h"

namespace modelexport::report {

/// What is known of an export beside its result. Times are "2025-01-01T00:00:00.000Z".
struct HtpFacts {
  const ExportResult* result = nullptr;
  std::string model_name;  ///< Hub id, directory or archive; no paths of this machine
  std::string model_type;
  std::string task;
  std::string version;        ///< of this program
  bool inputs_given = false;  ///< by --input, not by the archive
  bool tags_embedded = true;
  std::string onnx_file;  ///< names without directory; "" where there is none
  std::string sidecar_file;
  std::string report_file;
  std::uint64_t onnx_bytes = 0;
  std::string started, read, lowered, written;
  double seconds = 0, seconds_read = 0, seconds_lowered = 0, seconds_written = 0;
};

json::Json htp_sidecar(const HtpFacts& facts);

/// "0.12": with so many decimals, rounded, the same everywhere.
std::string fixed(double value, unsigned decimals);
/// Share of nodes whose place is known; 100 for none.
double htp_coverage(const ExportFacts& facts);

}  // namespace modelexport::report
