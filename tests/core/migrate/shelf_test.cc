// Tables of sources and plans that people edit.
#include "migrate/shelf.h"

#include <gtest/gtest.h>

namespace modelexport::migrate {
namespace {

TEST(Sources, PatternsAndQuotes) {
  const auto rows = read_sources(
      "pattern,source\r\n# a comment\n\n models/bert*.onnx , org/bert\n\"a,b\"\"c\",./dir\n*,org/rest\n",
      "s.csv");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[1].pattern, "a,b\"c");
  EXPECT_EQ(source_for(*rows, "models/bert-1.onnx"), "org/bert");
  EXPECT_EQ(source_for(*rows, "x/y.onnx"), "org/rest");
  EXPECT_EQ(source_for({{"t5.onnx", "org/t5"}}, "deep/t5.onnx"), "org/t5");
  EXPECT_EQ(source_for({{"t5.onnx", "org/t5"}}, "deep/not.onnx"), "");
}

TEST(Sources, BadLinesAreNamed) {
  for (const char* text : {"only-a-pattern\n", ",source\n", "\"open,x\n"}) {
    const auto rows = read_sources(text, "s.csv");
    ASSERT_FALSE(rows) << text;
    EXPECT_EQ(rows.error().code, ErrorCode::migrate_sources);
  }
}

TEST(Sources, Matching) {
  EXPECT_TRUE(matches("a*c?e", "abbbcde"));
  EXPECT_TRUE(matches("**", ""));
  EXPECT_FALSE(matches("a?", "a"));
  EXPECT_FALSE(matches("", "a"));
  // Linear, whatever the pattern.
  EXPECT_FALSE(matches(std::string(50, '*') + "b", std::string(10'000, 'a')));
}

TEST(ShelfPlan, ComesBackAsItWas) {
  ShelfPlan plan;
  plan.output = "new";
  plan.dynamic = true;
  plan.roots = {"shelf"};
  plan.files.push_back({"shelf/a.onnx",
                        {7, "x"},
                        "attribute",
                        "Bert",
                        "yes",
                        "",
                        "org/a",
                        false,
                        {{"ME-LEGACY-001", "1 tag"}}});
  plan.files.push_back({"shelf/b.onnx", {8, "y"}, "none", "", "no", "why", "", true, {}});
  const auto read = read_shelf(json::dump(shelf_json(plan)), "p.json", {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->output, "new");
  EXPECT_TRUE(read->dynamic && !read->rename_inputs);
  ASSERT_EQ(read->files.size(), 2U);
  EXPECT_EQ(read->files[0].identity, plan.files[0].identity);
  EXPECT_EQ(read->files[0].source, "org/a");
  ASSERT_EQ(read->files[0].steps.size(), 1U);
  EXPECT_TRUE(read->files[1].skip);
}

TEST(ShelfPlan, NonsenseIsRefused) {
  for (const char* text :
       {"", "{}", R"({"schema":"modelexport/migrate-plan/1"})",
        R"({"schema":"modelexport/migrate-plan/1","files":[{"path":"a"}]})",
        R"({"schema":"modelexport/migrate-plan/1","files":[{"path":"a","size":1,"sha256":"",
                              "steps":[{"rule":"ME-NONE-001"}]}]})"}) {
    const auto read = read_shelf(text, "p.json", {});
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::migrate_plan_invalid);
  }
}

TEST(Csv, QuotesWhatMustBe) { EXPECT_EQ(csv_line({"a", "b,c", "d\"e"}), "a,\"b,c\",\"d\"\"e\"\n"); }

}  // namespace
}  // namespace modelexport::migrate
