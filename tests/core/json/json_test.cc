#include "json/json.h"

#include <gtest/gtest.h>

namespace modelexport::json {
namespace {

Result<Json> read(std::string_view text, Limits limits = {}) { return parse(text, limits, "x.json"); }

TEST(Parse, KeepsOrderAndValues) {
  const char* text = R"({"b":[1,-2,3.5,true,null,"é"],"a":{"z":18446744073709551615}})";
  EXPECT_EQ(dump(read(text).value()), text);
  EXPECT_EQ(dump(read(" 1 ").value()), "1");
}

TEST(Parse, SyntaxErrorsHaveOffsets) {
  const auto result = read(R"({"a": tru})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::json_syntax);
  EXPECT_EQ(result.error().where.path, "x.json");
  EXPECT_EQ(result.error().where.offset, 9u);
  for (const char* bad :
       {"", "[", "{\"a\":1", "[1,]", "1 2", "\"\xff\"", "{\"a\":1e999}", "nul", "[1}", "\x00", "NaN"}) {
    const auto r = read(bad);
    ASSERT_FALSE(r) << bad;
    EXPECT_EQ(r.error().code, ErrorCode::json_syntax) << bad;
  }
}

TEST(Parse, DuplicateKeysAreRefused) {
  EXPECT_FALSE(read(R"({"a":1,"a":2})"));
  EXPECT_TRUE(read(R"({"a":1,"b":{"a":2}})"));
}

TEST(Parse, LimitsHold) {
  Limits limits;
  limits.depth = 3;
  EXPECT_TRUE(read("[[[1]]]", limits));
  EXPECT_EQ(read("[[[[1]]]]", limits).error().code, ErrorCode::json_limit);
  EXPECT_EQ(read(std::string(1'000'000, '['), limits).error().code, ErrorCode::json_limit);
  limits.json_values = 4;
  EXPECT_TRUE(read("[1,2,3]", limits));
  EXPECT_EQ(read("[1,2,3,4]", limits).error().code, ErrorCode::json_limit);
  limits.json_bytes = 3;
  EXPECT_EQ(read("[1,2]", limits).error().code, ErrorCode::json_limit);
}

TEST(Parse, MemoryIsLimitedBeforeItIsUsed) {
  const char* parts[] = {"{},",   "[],",        "1,",
                         "\"\",", "{\"a\":1},", "\"a text that needs memory of its own\","};
  for (const std::string part : parts) {
    std::string text = "[";
    for (int i = 0; i < 11'000'000; ++i) text += part;
    const auto result = read(text + "0]");
    ASSERT_FALSE(result) << part;
    EXPECT_EQ(result.error().code, ErrorCode::json_limit);
    ASSERT_TRUE(result.error().where.offset) << part;
    EXPECT_GT(*result.error().where.offset, 1000U);
    EXPECT_LT(*result.error().where.offset, text.size());
  }
}

TEST(Parse, WideObjectsAreLinear) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  const auto result = read(text + "}");
  ASSERT_TRUE(result);
  EXPECT_EQ(members(*result).size(), 200'000u);
}

TEST(Parse, PythonNumbersBecomeStrings) {
  const auto result = parse_python(R"({"a":[NaN,-Infinity,Infinity,-1],"NaN":"x Infinity \" NaN"})", {});
  ASSERT_TRUE(result);
  EXPECT_EQ(dump(*result), R"({"a":["NaN","-Infinity","Infinity",-1],"NaN":"x Infinity \" NaN"})");
  EXPECT_FALSE(parse_python("[Infinit]", {}));
  EXPECT_FALSE(parse_python("[NaN,\"\\", {}));
}

TEST(Dump, NeverFails) {
  EXPECT_EQ(dump(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
  EXPECT_EQ(dump(Json(std::numeric_limits<double>::quiet_NaN())), "null");
  EXPECT_EQ(dump(read(R"({"a":[1]})").value(), 2), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(Accessors, GiveValues) {
  const Json doc = read(R"({"s":"x","i":-5,"u":7,"f":1.5,"b":true,"o":{},"a":[1],"n":null})").value();
  EXPECT_EQ(get_string(doc, "s").value(), "x");
  EXPECT_EQ(get_int(doc, "i").value(), -5);
  EXPECT_EQ(get_int(doc, "u").value(), 7);
  EXPECT_EQ(get_number(doc, "f").value(), 1.5);
  EXPECT_EQ(get_number(doc, "i").value(), -5.0);
  EXPECT_TRUE(get_bool(doc, "b").value());
  EXPECT_TRUE(get_object(doc, "o"));
  EXPECT_EQ(elements(*get_array(doc, "a").value()).size(), 1u);
  EXPECT_TRUE(get(doc, "n").value()->is_null());
  EXPECT_EQ(find_string(doc, "i"), std::nullopt);
  EXPECT_EQ(find_int(doc, "u"), 7);
  EXPECT_EQ(find(doc, "zz"), nullptr);
  EXPECT_EQ(find(Json(1), "zz"), nullptr);
  EXPECT_TRUE(members(Json(1)).empty());
  EXPECT_TRUE(elements(Json(1)).empty());
}

TEST(Accessors, ErrorsNameTheField) {
  const Json doc = read(R"({"nodes":[{"target":1}]})").value();
  const Path root{nullptr, "graph"};
  const Path nodes{&root, "nodes"};
  const Path node{&nodes, {}, 0};
  const auto error = get_string(elements(*find(doc, "nodes"))[0], "target", node).error();
  EXPECT_EQ(error.code, ErrorCode::json_field);
  EXPECT_EQ(error.where.field, "graph.nodes[0].target");
  EXPECT_NE(error.message.find("must be a string"), std::string::npos);
  EXPECT_EQ(get_int(doc, "missing", root).error().where.field, "graph.missing");
  EXPECT_FALSE(get_int(Json(1), "x"));
  EXPECT_FALSE(as_int(Json(18446744073709551615ULL)));
}

}  // namespace
}  // namespace modelexport::json
