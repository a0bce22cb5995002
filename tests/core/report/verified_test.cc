#include "report/verified.h"

#include <gtest/gtest.h>

#include <cmath>

namespace modelexport::report {
namespace {

TEST(Verified, TwoDigits) {
  EXPECT_EQ(scientific(0), "0");
  EXPECT_EQ(scientific(3.56e-7), "3.6e-07");
  EXPECT_EQ(scientific(9.97), "1.0e+01");
  EXPECT_EQ(scientific(-0.25), "-2.5e-01");
  EXPECT_EQ(scientific(1e-100), "1.0e-100");
  EXPECT_EQ(scientific(HUGE_VAL), "infinite");
}

TEST(Verified, NothingIsClaimedWithoutARun) {
  Verified verified;
  verified.reason = "no ONNX Runtime found";
  EXPECT_EQ(verified_text(verified), "not verified (no ONNX Runtime found)");
  EXPECT_EQ(json::dump(verified_json(verified)),
            R"({"status":"not verified","max_abs":null,"max_rel":null,"reason":"no ONNX Runtime found"})");
}

TEST(Verified, TheLargestDifferenceOfAllShapes) {
  Verified verified;
  verified.status = Verified::Status::ok;
  verified.runtime = "1.20.1";
  verified.outputs = {{"logits", {2e-6, 1e-6}}};
  verified.shapes = {{{{"batch_size", 2}}, {1e-6, 1e-6}}, {{{"batch_size", 1}}, {2e-6, 5e-7}}};
  EXPECT_EQ(verified_text(verified),
            "at 2 shapes with ONNX Runtime 1.20.1: max abs 2.0e-06, max rel 1.0e-06");
  const json::Json document = verified_json(verified);
  EXPECT_EQ(json::find_string(document, "status"), "ok");
  EXPECT_EQ(json::dump(*json::find(document, "shapes")->begin()),
            R"({"sizes":{"batch_size":2},"max_abs":1e-06,"max_rel":1e-06})");
  verified.status = Verified::Status::failed;
  EXPECT_EQ(verified_text(verified).substr(0, 7), "FAILED ");
}

}  // namespace
}  // namespace modelexport::report
