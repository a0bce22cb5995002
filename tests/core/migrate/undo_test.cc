// The inverse of any plan makes the original, also after a trip through its file.
#include "migrate/undo.h"

#include <gtest/gtest.h>

#include "modelexport/digest.h"
#include "toy.h"

namespace modelexport::migrate {
namespace {

std::string text_of(const ByteSource& source) {
  const auto text = read_text(source, 1 << 20);
  EXPECT_TRUE(text);
  return text ? *text : "";
}

onnx::EditPlan plan_of(std::vector<onnx::PlanPiece> pieces, std::uint64_t source_size) {
  onnx::EditPlan plan;
  plan.source_size = source_size;
  for (const onnx::PlanPiece& piece : pieces)
    plan.output_size += piece.index() == 0 ? std::get<0>(piece).size : std::get<1>(piece).size();
  plan.pieces = std::move(pieces);
  plan.notes = {{"x", std::nullopt, std::nullopt}};
  return plan;
}

TEST(Undo, TheInverseMakesTheOriginal) {
  const MemorySource source(std::string_view("abcdefghij"));
  const std::vector<std::vector<onnx::PlanPiece>> plans = {
      {ByteRange{0, 10}},
      {ByteRange{0, 3}, std::string("XY"), ByteRange{5, 5}},
      {std::string("new"), ByteRange{2, 4}},
      {ByteRange{5, 5}, ByteRange{0, 5}},
      {ByteRange{0, 6}, ByteRange{4, 6}},
      {std::string("nothing left")},
      {},
  };
  for (const auto& pieces : plans) {
    const onnx::EditPlan plan = plan_of(pieces, 10);
    const auto inverse = invert(plan, source);
    ASSERT_TRUE(inverse);
    const onnx::PlannedSource result(plan, source);
    const onnx::PlannedSource back(*inverse, result);
    EXPECT_EQ(text_of(back), "abcdefghij");
  }
}

Undo some_undo() {
  const MemorySource source(std::string_view("abc\0\xff\x80xyz", 9));
  const onnx::EditPlan plan = plan_of({ByteRange{0, 2}, ByteRange{7, 2}}, 9);
  Undo undo;
  undo.file = "m.onnx";
  undo.original = {9, std::string(64, 'a')};
  undo.migrated = {4, std::string(64, 'b')};
  undo.plan = *invert(plan, source);
  return undo;
}

TEST(Undo, SurvivesItsFile) {
  const Undo undo = some_undo();
  const auto read = read_undo(json::dump(undo_json(undo, "1.0.0")), {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->file, "m.onnx");
  EXPECT_EQ(read->original, undo.original);
  EXPECT_EQ(read->plan.pieces, undo.plan.pieces);
}

TEST(Undo, RemembersWhatWasPutBesideIt) {
  Undo undo = some_undo();
  undo.components = {{"config.json", {3, std::string(64, 'c')}},
                     {"1_Pooling/config.json", {4, std::string(64, 'd')}}};
  const auto read = read_undo(json::dump(undo_json(undo, "1.0.0")), {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->components, undo.components);
  for (const char* path : {"../config.json", "/etc/passwd", "a/../../b", ""}) {
    undo.components = {{path, {3, std::string(64, 'c')}}};
    EXPECT_FALSE(read_undo(json::dump(undo_json(undo, "1.0.0")), {})) << path;
  }
}

TEST(Undo, RefusesWhatDoesNotFit) {
  json::Json document = undo_json(some_undo(), "1.0.0");
  const auto refused = [](const json::Json& changed) {
    const auto read = read_undo(json::dump(changed), {});
    return !read && error_info(read.error().code).exit_code == 3;
  };
  json::Json outside = document;
  outside["pieces"][0]["size"] = 5;
  EXPECT_TRUE(refused(outside));
  json::Json other = document;
  other["original"]["size"] = 8;
  EXPECT_TRUE(refused(other));
  json::Json base64 = document;
  base64["pieces"][1] = {{"base64", "a*=="}};
  EXPECT_TRUE(refused(base64));
  json::Json schema = document;
  schema["schema"] = "modelexport/plan/1";
  EXPECT_TRUE(refused(schema));
  EXPECT_FALSE(read_undo("{", {}));
}

}  // namespace
}  // namespace modelexport::migrate
