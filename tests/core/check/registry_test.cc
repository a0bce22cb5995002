// The table of rules: complete, in order, written for people.
#include <gtest/gtest.h>

#include "models.h"

namespace modelexport::check {
namespace {

TEST(Rules, IdsAreUniqueAndSorted) {
  std::string_view last;
  for (const Rule* rule : all_rules()) {
    EXPECT_LT(last, rule->id);
    last = rule->id;
    EXPECT_EQ(find_rule(rule->id), rule);
  }
  EXPECT_EQ(find_rule("ME-NONE-001"), nullptr);
}

TEST(Rules, SayWhatPeopleNeed) {
  for (const Rule* rule : all_rules()) {
    EXPECT_TRUE(rule->id.starts_with("ME-")) << rule->id;
    EXPECT_TRUE(rule->title.ends_with('.')) << rule->id;
    EXPECT_TRUE(rule->why.ends_with('.')) << rule->id;
    EXPECT_FALSE(rule->fix.empty()) << rule->id;
    EXPECT_FALSE(rule->example.empty()) << rule->id;
  }
}

TEST(Rules, ThoseOfErrorsHaveTheirMeaning) {
  for (const ErrorInfo& info : all_errors()) {
    const Rule* rule = find_rule(info.id);
    // Rules of their own start at 010 in areas that errors use, too.
    if (rule == nullptr) continue;
    EXPECT_LT(rule->id.substr(rule->id.rfind('-') + 1), "010") << rule->id;
  }
}

TEST(Rules, SelectorsAreIdsAndPrefixes) {
  const Rule& rule = *find_rule("ME-LEGACY-001");
  for (const char* word : {"ME-LEGACY-001", "me-legacy", "LEGACY", "legacy-001"})
    EXPECT_TRUE(names_rule(word, rule));
  for (const char* word : {"ME-LEGACY-00", "LEG", "ME-LEGACY-0011", ""})
    EXPECT_FALSE(names_rule(word, rule)) << word;
}

TEST(Rules, SelectAndIgnore) {
  proto::ModelProto model = good_model();
  model.mutable_graph()->clear_name();
  const MemorySource source(model.SerializeAsString());
  Options options;
  options.readers = Reader::onnx;
  EXPECT_EQ(errors_of(check_model(source, options)), std::vector<std::string>{"ME-GRAPH-020"});
  options.ignore = {"GRAPH"};
  EXPECT_TRUE(errors_of(check_model(source, options)).empty());
  options.ignore.clear();
  options.select = {"ME-WIRE"};
  EXPECT_TRUE(check_model(source, options).findings.empty());
}

TEST(Rules, ReadersDecideWhatIsAnError) {
  proto::ModelProto model = good_model();
  model.mutable_graph()->clear_name();
  const MemorySource source(model.SerializeAsString());
  Options options;
  EXPECT_EQ(find(check_model(source, options), "ME-GRAPH-020")->severity, Severity::warning);
  options.readers = Reader::ort | Reader::onnx;
  EXPECT_EQ(find(check_model(source, options), "ME-GRAPH-020")->severity, Severity::error);
}

TEST(Rules, RuntimeVersions) {
  proto::ModelProto model = good_model();
  model.mutable_opset_import(0)->set_version(21);
  const MemorySource source(model.SerializeAsString());
  Options options;
  EXPECT_EQ(find(check_model(source, options), "ME-MODEL-015"), nullptr);
  options.ort_version = "1.17";
  EXPECT_EQ(find(check_model(source, options), "ME-MODEL-015")->severity, Severity::error);
}

TEST(Containers, SayWhatTheFileIs) {
  const std::vector<std::pair<std::string, std::string_view>> files = {
      {"", "ME-FILE-001"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", "ME-FILE-002"},
      {"<!DOCTYPE html><html></html>", "ME-FILE-003"},
      {"{\"error\": \"Entry not found\"}", "ME-FILE-004"},
      {std::string("GGUF\3\0\0\0", 8), "ME-FILE-005"},
      {std::string("\x1f\x8b\x08\0\0\0\0\0", 8), "ME-FILE-006"},
      {std::string("\x14\0\0\0ORTM\0\0\0\0", 12), "ME-FILE-007"},
      {"\xff\x01\xff\x02\xff\xff\xff", "ME-FILE-012"},
  };
  for (const auto& [content, rule] : files) {
    const MemorySource source(content, "model.onnx");
    const Report report = check_model(source, {});
    EXPECT_NE(find(report, rule), nullptr) << rule;
    EXPECT_GT(report.count(Severity::error), 0U) << rule;
  }
}

TEST(Containers, ForeignBytesAreCutOff) {
  const std::string good = good_model().SerializeAsString();
  for (const std::string& bytes :
       {good + std::string(1, '\0'), good + std::string(16, '\0'), good + "<html>", "\xEF\xBB\xBF" + good}) {
    const MemorySource source(bytes);
    const auto plan = FixPlan::make(source, {});
    ASSERT_TRUE(plan);
    EXPECT_NE(find(plan->before(), "ME-FILE-010"), nullptr);
    MemorySink sink;
    ASSERT_TRUE(plan->execute(sink, no_progress()));
    EXPECT_EQ(as_text(sink.bytes()), good);
    EXPECT_EQ(plan->left().count(Severity::error), 0U);
  }
}

TEST(Containers, TruncatedAnywhereIsNoCrashAndNotFine) {
  const std::string good = good_model().SerializeAsString();
  for (std::size_t size = 0; size < good.size(); ++size) {
    const MemorySource source(good.substr(0, size));
    Options options;
    options.readers = Reader::ort | Reader::onnx;
    EXPECT_GT(check_model(source, options).count(Severity::error), 0U) << size;
  }
}

TEST(Containers, EveryFlippedByteEnds) {
  const std::string good = good_model().SerializeAsString();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int bit : {1, 8, 128}) {
      std::string bytes = good;
      bytes[i] = static_cast<char>(bytes[i] ^ bit);
      const MemorySource source(bytes);
      const auto plan = FixPlan::make(source, {});
      if (!plan) continue;
      EXPECT_LE(plan->left().count(Severity::error), plan->before().count(Severity::error));
    }
  }
}

TEST(Findings, AreBoundedAndSayHowManyMore) {
  proto::ModelProto model = good_model();
  for (int i = 0; i < 500; ++i) add_node(model.mutable_graph(), "Relu", {"nope"}, {"v" + std::to_string(i)});
  const MemorySource source(model.SerializeAsString());
  const Report report = check_model(source, {});
  EXPECT_LT(report.findings.size(), 60U);
  EXPECT_EQ(report.count(Severity::error), 500U);
}

}  // namespace
}  // namespace modelexport::check
