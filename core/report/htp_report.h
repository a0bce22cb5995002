// The Markdown report X_htp_export_report.md in the predecessor's form (`export --report`).
//
// Purpose   The same headings and tables, complete, with measured times and counts per placement.
// Untrusted Names come from the archive: characters that would be Markdown or HTML are escaped.
#pragma once

#include <string>

#include "report/htp_sidecar.h"

namespace modelexport::report {

std::string htp_report(const HtpFacts& facts);

}  // namespace modelexport::report
