// What `export` says about its verification: the `verified` object of its JSON and a line of its summary.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "json/json.h"

namespace modelexport::report {

struct Verified {
  enum class Status : std::uint8_t { not_verified, ok, failed };
  struct Difference {
    double max_abs = 0;
    double max_rel = 0;
  };
  struct Shape {
    std::map<std::string, std::int64_t> sizes;  ///< of the symbolic axes
    Difference difference;
  };
  struct Output {
    std::string name;
    Difference difference;
  };

  Status status = Status::not_verified;
  std::string reason;   ///< why not, or what failed
  std::string runtime;  ///< "1.20.1"
  std::vector<Shape> shapes;
  std::vector<Output> outputs;  ///< the largest difference over all shapes
  std::string note;             ///< "" or what else a reader must know, such as shapes that could not be run
};

json::Json verified_json(const Verified& verified);
/// "at 3 shapes with ONNX Runtime 1.20.1: max abs 3.6e-07, max rel 2.1e-06".
std::string verified_text(const Verified& verified);
/// Two significant digits: "3.6e-07", "0".
std::string scientific(double value);

}  // namespace modelexport::report
