#include "cli/arguments.h"

#include <gtest/gtest.h>

namespace modelexport::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "output", .letter = 'o', .value = "OUT"},
    {.name = "input", .value = "SPEC", .repeated = true},
    {.name = "hierarchy", .value = "FORM", .choices = "full|tag|none"},
    {.name = "force", .letter = 'f'},
    {.name = "sidecar", .planned = true},
};
constexpr OptionAlias kOptionAliases[] = {
    {"out-file", "output"},
    {"clean-onnx", "hierarchy", "none"},
};
constexpr Command kExport{.name = "export",
                          .arguments = "ARCHIVE",
                          .summary = "",
                          .description = "",
                          .options = kOptions,
                          .option_aliases = kOptionAliases,
                          .examples = {},
                          .min_arguments = 1,
                          .max_arguments = 1};
constexpr Command kInspect{.name = "inspect",
                           .arguments = "FILE",
                           .summary = "",
                           .description = "",
                           .options = {},
                           .option_aliases = {},
                           .examples = {},
                           .min_arguments = 1,
                           .max_arguments = 1};
constexpr const Command* kCommands[] = {&kExport, &kInspect};
constexpr CommandAlias kAliases[] = {
    {"analyze", "inspect", true}, {"show", "inspect", false}, {"load", "pack", false}};
constexpr PlannedCommand kPlanned[] = {{"pack", "later"}};
constexpr CommandTable kTable{kCommands, kAliases, kPlanned};

Result<Arguments> parse(std::vector<std::string> words) { return parse_arguments(kTable, words); }

Diagnostic error(std::vector<std::string> words) {
  auto result = parse(std::move(words));
  EXPECT_FALSE(result);
  return result ? Diagnostic{ErrorCode::internal, Severity::error, "", {}, ""} : result.error();
}

TEST(Arguments, UnderstandsEveryWayToWriteAValue) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"export", "a", "--output", "x"},
                                                                 {"export", "--output=x", "a"},
                                                                 {"export", "-o", "x", "a"},
                                                                 {"export", "-ox", "a"},
                                                                 {"export", "-fox", "a"},
                                                                 {"--quiet", "export", "a", "-o", "x"}}) {
    auto result = parse(words);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->get("output"), "x");
    EXPECT_EQ(result->positional(), std::vector<std::string>{"a"});
  }
}

TEST(Arguments, DashesEndOptions) {
  auto result = parse({"export", "--", "--force"});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->has("force"));
  EXPECT_EQ(result->positional(), std::vector<std::string>{"--force"});
  EXPECT_EQ(parse({"inspect", "-"})->positional(), std::vector<std::string>{"-"});
}

TEST(Arguments, RepeatedOptionsKeepTheirOrder) {
  auto result = parse({"export", "a", "--input", "x", "--input", "y"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->all("input"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(error({"export", "a", "-o", "x", "-o", "y"}).code, ErrorCode::cli_usage);
}

TEST(Arguments, OldNamesWorkAndAreMentionedOnce) {
  auto result = parse({"analyze", "a"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->command(), &kInspect);
  EXPECT_EQ(result->notes(), std::vector<std::string>{"`analyze` is now `inspect`"});
  EXPECT_TRUE(parse({"show", "a"})->notes().empty());
  auto option = parse({"export", "a", "--clean-onnx", "--clean-onnx", "--out-file", "x"});
  ASSERT_TRUE(option) << option.error().message;
  EXPECT_EQ(option->get("hierarchy"), "none");
  EXPECT_EQ(option->get("output"), "x");
  EXPECT_EQ(option->notes().size(), 2U);
}

TEST(Arguments, MistypedNamesAreGuessed) {
  EXPECT_EQ(error({"exprot", "a"}).hint, "did you mean export?  See modelexport --help");
  EXPECT_EQ(error({"export", "a", "--ouptut=x"}).hint,
            "did you mean --output?  See modelexport export --help");
  EXPECT_EQ(error({"export", "a", "--hierarchy", "fulll"}).hint,
            "did you mean full?  values: full, tag, none");
  EXPECT_EQ(error({"zzz"}).hint, "modelexport --help");
}

TEST(Arguments, PlannedNamesAreRefusedNotIgnored) {
  EXPECT_EQ(error({"pack", "a"}).code, ErrorCode::cli_not_supported_yet);
  EXPECT_EQ(error({"load", "a"}).code, ErrorCode::cli_not_supported_yet);
  EXPECT_EQ(error({"export", "a", "--sidecar"}).message,
            "the option '--sidecar' is not supported by this version");
}

TEST(Arguments, CountsAndValuesAreChecked) {
  EXPECT_EQ(error({"export"}).message, "an argument is missing");
  EXPECT_EQ(error({"export", "a", "b"}).message, "unexpected argument 'b'");
  EXPECT_EQ(error({"export", "a", "-o"}).message, "the option '-o' needs a value");
  EXPECT_EQ(error({"export", "a", "--output", "--force"}).message, "the option '--output' needs a value");
  EXPECT_EQ(error({"export", "a", "--force=1"}).message, "the option '--force' takes no value");
  EXPECT_EQ(error({"export", "a", "-x"}).message, "unknown option '-x' for 'export'");
  EXPECT_TRUE(parse({"export", "--help"}));
}

}  // namespace
}  // namespace modelexport::cli
