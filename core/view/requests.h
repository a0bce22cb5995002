// What a viewer asks of an open file: one JSON request, one JSON document, by a table of requests.
//
// Purpose   The page (and whatever shows models interactively) needs several documents of one file. The
//           WebAssembly module has one entry point for all of them.
// Requests  {"ask": NAME, ...}
//           inspect {nodes}: the document of `inspect --json`
//           facts: {report: that document, runtimes: as in graph}, for a viewer's first look
//           sketch {head, tail, jumps}: of a large file what its beginning and end tell, with as many of the
//           large tensors as `jumps` (onnx/sketch.h): {report: as inspect, runtimes, complete, nodes, tail,
//           reached, large}; null where only the whole says something
//           graph: report/graph_report.h
//           node {offset, size, header}
//           tensor {dtype, elements, offset, length, data_field}: of this file; for a data file ask that one
//           check {files:[{name, size}], whole}: the findings of contract.md's `files`; `files` lie beside
//           the model; `whole`: with everything around them, as `check --json` prints it
//           inspect_text {tree, depth, nodes}, check_text {files, infos}: what the command line prints
//           plan {set:[{key,value}], remove:[key], repair}: report/plan_json.h; nothing is written
//           migrate {files:[{name, size, text}], source, config, rename_inputs, dynamic, version}: the
//           command's document of one file, with its edit as `plan`; `text` of sidecars, reports and
//           config.json. A source is a name with its commit or a directory: nobody is asked.
//           stamp {source, commit, task, license, version}: the entries that `stamp --source` writes, as
//           {set, remove, warnings} for plan; commit, task, license: what the Hub said components {pages}: of
//           a Hub model, by the answers of its tree: [{path, size, etag}] of the files that a package takes
//           sha256
//           members: of a zip, [{name, deflated, size, offset, stored}]
// Errors    json_field for a request that is not as described; those of the parts.
#pragma once

#include "json/json.h"
#include "modelexport/bytes.h"
#include "modelexport/limits.h"

namespace modelexport::view {

Result<json::Json> answer(const ByteSource& source, const std::string& file, std::string_view request,
                          Progress& progress, const Limits& limits);

}  // namespace modelexport::view
