#include "cli/render.h"

#include <gtest/gtest.h>

namespace modelexport::cli {
namespace {

const Diagnostic kError{ErrorCode::io_short_read,
                        Severity::error,
                        "bytes are missing",
                        {.path = "model.pt", .field = "data/3", .offset = 17},
                        "copy it again"};

TEST(Render, TextHasCodePlaceAndHint) {
  EXPECT_EQ(render_diagnostic(kError, false),
            "error[ME-IO-004]: bytes are missing\n"
            "  --> model.pt: data/3, byte 17\n"
            "  = hint: copy it again\n");
}

TEST(Render, UnknownPartsAreLeftOut) {
  EXPECT_EQ(render_diagnostic({ErrorCode::internal, Severity::warning, "odd", {}, ""}, false),
            "warning[ME-CLI-003]: odd\n");
  EXPECT_EQ(render_where({.offset = 4}), "byte 4");
}

TEST(Render, TextFromFilesCannotDriveTheTerminal) {
  EXPECT_EQ(render_diagnostic({ErrorCode::internal, Severity::error, "a\033[2Jb\nc", {}, ""}, false),
            "error[ME-CLI-003]: a?[2Jb\n    c\n");
}

TEST(Render, JsonIsTheErrorObject) {
  EXPECT_EQ(render_error_json(kError),
            R"({"error":{"code":"ME-IO-004","message":"bytes are missing","where":{"path":"model.pt",)"
            R"("field":"data/3","offset":17},"hint":"copy it again"}})"
            "\n");
  EXPECT_EQ(render_error_json({ErrorCode::internal, Severity::error, "odd", {}, ""}),
            "{\"error\":{\"code\":\"ME-CLI-003\",\"message\":\"odd\",\"where\":null,\"hint\":null}}\n");
}

}  // namespace
}  // namespace modelexport::cli
