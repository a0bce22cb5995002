// .pt2 archives (torch.export.save) as aten::Graph, without PyTorch.
//
// Purpose   One of the two front ends: reads the exported program's JSON and the places of its weights.
//           Inputs keep the archive's own symbols ("s18"); a later pass names them.
// Reads     Schema major version 8: PyTorch 2.6 and later. Added fields are tolerated; another major
//           version, an unknown kind of argument or an unknown kind of region is an error.
// Ownership Nothing of the source is kept: ranges in Graph::tensors refer to it by offset.
// Errors    pt2_version, pt2_malformed, pt2_unsupported, zip_*, pickle_*, json_*.
// Limits    Limits::json_bytes, json_values, depth, nodes, tensors, rank, expression_nodes; of program
//           text 48 MiB, of size expressions in it 4 MiB.
// Source    torch/_export/serde/schema.py (8.2-8.20), serialize.py.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "modelexport/aten.h"
#include "modelexport/bytes.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"
#include "zip/zip.h"

namespace modelexport::pt2 {

/// What the archive itself says about values: to test inference against.
struct Pt2Types {
  struct Tensor {
    DType dtype = DType::undefined;
    std::vector<Expr> shape;
  };
  struct Range {
    std::optional<std::int64_t> min;
    std::optional<std::int64_t> max;
  };
  std::map<aten::ValueId, Tensor> tensors;
  std::map<aten::ValueId, Expr> numbers;
  std::map<std::string, Range> ranges;  ///< of symbols
};

/// True for archives of torch.export.save of any version, also of those that read_pt2 refuses.
bool looks_like_pt2(const zip::Archive& archive);

Result<aten::Graph> read_pt2(const ByteSource& source, const Limits& limits, Pt2Types* types = nullptr);

}  // namespace modelexport::pt2
