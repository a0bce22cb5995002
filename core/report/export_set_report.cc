#include <algorithm>

#include "report/export_report.h"

namespace modelexport::report {

json::Json export_set_json(const std::string& directory, const std::vector<ExportReport>& reports) {
  json::Json document = json::Json::object();
  document["schema"] = "modelexport/export/1";
  document["output"] = directory;
  json::Json models = json::Json::array();
  double seconds = 0;
  std::uint64_t peak = 0;
  for (const ExportReport& report : reports) {
    models.push_back(export_json(report));
    seconds += report.seconds;
    peak = std::max(peak, report.peak_rss_bytes);
  }
  const json::Json& first = models[0];
  for (const char* key : {"source", "components", "loader"}) document[key] = first[key];
  document["models"] = std::move(models);
  document["seconds"] = seconds;
  document["peak_rss_bytes"] = peak;
  return document;
}

std::string export_set_text(const std::vector<ExportReport>& reports) {
  std::string text;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    ExportReport report = reports[i];
    if (i + 1 < reports.size()) {
      report.components.clear();
      report.loader.clear();
      report.load_command.clear();
    }
    text += (text.empty() ? "" : "\n") + export_text(report);
  }
  return text;
}

}  // namespace modelexport::report
