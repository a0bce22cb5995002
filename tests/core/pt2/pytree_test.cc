#include "pt2/pytree.h"

#include <gtest/gtest.h>

namespace modelexport::pt2 {
namespace {

const std::string kLeaf = R"({"type": null, "context": null, "children_spec": []})";

std::string node(const std::string& type, const std::string& context,
                 const std::vector<std::string>& children) {
  std::string text = R"({"type": ")" + type + R"(", "context": )" + json::dump(json::Json(context)) +
                     R"(, "children_spec": [)";
  for (std::size_t i = 0; i < children.size(); ++i) text += (i ? ", " : "") + children[i];
  return text + "]}";
}
std::string spec(const std::string& root) { return "[1, " + root + "]"; }

std::vector<std::string> flat(const Result<std::vector<Leaf>>& leaves) {
  std::vector<std::string> out;
  if (!leaves) return {"error: " + leaves.error().message};
  for (const Leaf& leaf : *leaves) {
    std::string text;
    for (const std::string& part : leaf.path) text += (text.empty() ? "" : "/") + part;
    out.push_back(text);
  }
  return out;
}
using Names = std::vector<std::string>;

TEST(Outputs, KeysPositionsAndNesting) {
  EXPECT_EQ(flat(parse_treespec(spec(kLeaf), nullptr, {})), Names{""});
  const std::string pair = node("builtins.tuple", "null", {kLeaf, kLeaf});
  EXPECT_EQ(flat(parse_treespec(spec(pair), nullptr, {})), (Names{"0", "1"}));
  const std::string output =
      node("transformers.X", R"(["logits", "past"])", {kLeaf, node("builtins.list", "null", {pair})});
  EXPECT_EQ(flat(parse_treespec(spec(output), nullptr, {})), (Names{"logits", "past/0/0", "past/0/1"}));
  const std::string by_default = node(
      "collections.defaultdict", R"({"default_factory_module":"builtins","dict_context":["a"]})", {kLeaf});
  EXPECT_EQ(flat(parse_treespec(spec(by_default), nullptr, {})), Names{"a"});
  EXPECT_EQ(flat(parse_treespec(spec(node("builtins.dict", "[1]", {kLeaf})), nullptr, {})), Names{"1"});
}

TEST(Outputs, Namedtuples) {
  const auto fields = json::parse(R"({"m.NT":{"field_names":["first","second"]}})", {}).value();
  const std::string root = node("collections.namedtuple", R"("m.NT")", {kLeaf, kLeaf});
  EXPECT_EQ(flat(parse_treespec(spec(root), &fields, {})), (Names{"first", "second"}));
  EXPECT_EQ(flat(parse_treespec(spec(root), nullptr, {})), (Names{"0", "1"}));
}

TEST(Inputs, PositionsTakeParameterNames) {
  const std::string args =
      node("builtins.tuple", "null", {kLeaf, node("builtins.list", "null", {kLeaf, kLeaf})});
  const std::string kwargs = node("builtins.dict", R"(["mask"])", {kLeaf});
  const std::string root = spec(node("builtins.tuple", "null", {args, kwargs}));
  EXPECT_EQ(flat(parse_input_spec(root, {"x", "past", "mask"}, nullptr, {})),
            (Names{"x", "past/0", "past/1", "mask"}));
  EXPECT_EQ(flat(parse_input_spec(root, {}, nullptr, {})), (Names{"0", "1/0", "1/1", "mask"}));
  EXPECT_FALSE(parse_input_spec(spec(kLeaf), {}, nullptr, {}));
}

TEST(Hostile, ErrorsNotCrashes) {
  for (const char* bad :
       {"", "[]", "[2, {}]", "[1]", "[1, {}]", "[1, null]", R"([1, {"type": "x"}])", "{}", "[1, 2]"}) {
    EXPECT_FALSE(parse_treespec(bad, nullptr, {})) << bad;
  }
  std::string deep = kLeaf;
  for (int i = 0; i < 40; ++i) deep = node("builtins.tuple", "null", {deep});
  EXPECT_TRUE(parse_treespec(spec(deep), nullptr, {}));
  Limits limits;
  limits.depth = 10;
  EXPECT_FALSE(parse_treespec(spec(deep), nullptr, limits));
}

}  // namespace
}  // namespace modelexport::pt2
