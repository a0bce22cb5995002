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
  EXPECT_EQ(render_diagnostic({ErrorCode::internal, Severity::error, "a\033[2Jb\nc", {}, "do\033"}, false),
            "error[ME-CLI-003]: a?[2Jb\n    c\n  = hint: do?\n");
}

TEST(Render, JsonIsTheErrorObject) {
  EXPECT_EQ(render_error_json(kError),
            R"({"error":{"code":"ME-IO-004","message":"bytes are missing","where":{"path":"model.pt",)"
            R"("field":"data/3","offset":17},"hint":"copy it again"}})"
            "\n");
  EXPECT_EQ(render_error_json({ErrorCode::zip_no_member, Severity::error, "odd", {}, "look"}),
            "{\"error\":{\"code\":\"ME-ARC-008\",\"message\":\"odd\",\"where\":null,\"hint\":\"look\"}}\n");
}

TEST(Render, AnErrorWithoutHintHasTheUsualOne) {
  const Diagnostic bare{ErrorCode::internal, Severity::error, "odd", {}, ""};
  EXPECT_NE(render_diagnostic(bare, false).find("  = hint: report it"), std::string::npos);
  EXPECT_EQ(render_error_json(bare).find("null}}"), std::string::npos);
}

}  // namespace
}  // namespace modelexport::cli
