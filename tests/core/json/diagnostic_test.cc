#include "json/diagnostic.h"

#include <gtest/gtest.h>

namespace modelexport::json {
namespace {

TEST(ErrorDocument, SaysCodePlaceAndHint) {
  const Diagnostic diagnostic{
      ErrorCode::io_short_read, Severity::error, "it ends early", {"a.onnx", "graph", 12}, "copy it again"};
  EXPECT_EQ(dump(error_document(diagnostic)),
            R"({"error":{"code":"ME-IO-004","message":"it ends early",)"
            R"("where":{"path":"a.onnx","field":"graph","offset":12},"hint":"copy it again"}})");
}

TEST(ErrorDocument, AnUnknownPlaceIsNullAndTheHintIsTheUsualOne) {
  const Diagnostic diagnostic{ErrorCode::io_read, Severity::error, "no", {}, {}};
  EXPECT_EQ(
      dump(error_document(diagnostic)),
      R"({"error":{"code":"ME-IO-003","message":"no","where":null,"hint":"check who may read it: ls -l FILE"}})");
}

}  // namespace
}  // namespace modelexport::json
