// A package as a value: which files, each put together from ranges of inputs and literal bytes.
//
// Purpose   --dry-run prints it, write_package() and write_zip() execute the same object natively and in the
//           browser. Building it reads headers and small JSON files, never weights.
// Ownership Plans own their text; inputs are named, and opened by whoever executes the plan (Inputs).
// Errors    PACK and EXT codes; see plan_package().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "modelexport/components.h"
#include "modelexport/model_view.h"
#include "package/manifest.h"
#include "package/roles.h"

namespace modelexport::package {

/// Where bytes come from.
enum class Origin : std::uint8_t {
  model,      ///< an ONNX file; `path` as the caller named it
  data,       ///< a data file of an ONNX file; `path` is its location, `model` the file's index
  component,  ///< a file of the source tree
};
struct InputFile {
  Origin origin = Origin::component;
  std::string path;
  std::size_t model = 0;
};

struct InputRange {
  std::size_t input = 0;  ///< index into PackagePlan::inputs
  ByteRange range;
};
using Piece = std::variant<InputRange, std::string>;

struct PackageFile {
  std::string path;  ///< in the package
  std::uint64_t size = 0;
  std::vector<Piece> pieces;
  std::string from;  ///< "model", "source" or "made"
  std::string reason;
  std::vector<std::string> edits;
  bool main = false;  ///< an ONNX file: appears last

  [[nodiscard]] bool is_copy() const { return edits.empty() && from != "made"; }
};

/// What a user pastes to open the package.
struct Snippets {
  std::string python;
  std::string javascript;  ///< "" if the target is not transformers.js or cannot run the model
};

/// Where the files are for loaders.
enum class Layout : std::uint8_t {
  root,  ///< ONNX files beside config.json
  onnx,  ///< ONNX files in onnx/, which both loaders find
};

struct PackagePlan {
  std::vector<InputFile> inputs;
  std::vector<PackageFile> files;  ///< sorted by path; without the manifest
  std::vector<components::LeftOut> left_out;
  Manifest manifest;  ///< without files
  components::ConfigFacts facts;
  std::string task;
  std::string ort_class;  ///< "" if no class of Optimum opens the package
  bool use_cache = true;  ///< false: a generating model without key-value cache
  std::string pooling;    ///< of sentence-transformers: "mean", "cls", "" if there is none
  bool normalize = false;
  std::vector<std::string> choices;  ///< which file each loader opens: "Optimum: onnx/model.onnx"
  Diagnostics warnings;
};

/// Total of all files, without the manifest.
std::uint64_t total_size(const PackagePlan& plan);

}  // namespace modelexport::package
