// What `export` reports: the JSON of contract.md §2 and the summary for people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json/json.h"
#include "modelexport/onnx_model.h"
#include "modelexport/source.h"
#include "report/verified.h"

namespace modelexport::report {

/// Where the nodes' tags come from (contract.md, "Node placement counts").
struct HierarchyCounts {
  std::uint64_t modules = 0, called = 0, nodes_tagged = 0, direct = 0, parent = 0, root_own = 0, fallback = 0;
};

struct ExportReport {
  std::string output;  ///< the .onnx
  const onnx::Model* model = nullptr;
  std::uint64_t parameters = 0;
  onnx::WriteSummary written;
  std::string data_file;  ///< or what the weights refer to; "" if all weights are inline
  std::string hub_name;   ///< "org/name@COMMIT" if `data_file` is there and not here (--weights hub)
  std::string sidecar;    ///< "" if not written
  std::string report;
  HierarchyCounts hierarchy;
  std::optional<source::Source> source;  ///< nothing: unknown
  std::vector<std::string> components;
  std::string load_command;  ///< makes a directory of what is on the Hub; "" where nothing lacks
  Verified verified;
  double seconds = 0;
  std::uint64_t peak_rss_bytes = 0;
  std::string loader;  ///< Python to paste, "" if no loader is known
};

json::Json export_json(const ExportReport& report);
/// Lines without final newline.
std::string export_text(const ExportReport& report);

/// Several models in one directory: `models` holds what export_json says of each.
json::Json export_set_json(const std::string& directory, const std::vector<ExportReport>& reports);
/// The files one after the other; components and loader once, at the end.
std::string export_set_text(const std::vector<ExportReport>& reports);

struct LoaderFacts {
  std::string directory;
  std::string file_name;  ///< of the .onnx
  std::string ort_class;
  std::string task;
  std::vector<std::string> preprocessors;
};
/// "from optimum.onnxruntime import …": opens the directory. "" without class.
std::string loader_snippet(const LoaderFacts& facts);

/// "440 MB": decimal units, as disks and downloads are counted.
std::string size_text(std::uint64_t bytes);

}  // namespace modelexport::report
