#include "pickle/pickle.h"

#include <gtest/gtest.h>

namespace modelexport::pickle {
namespace {

using namespace std::string_literals;

Result<Pickle> parse(const std::string& bytes, Limits limits = {}) {
  return read(as_bytes(bytes), limits, "data.pkl");
}

ErrorCode error_of(const std::string& bytes, Limits limits = {}) {
  const auto result = parse(bytes, limits);
  EXPECT_FALSE(result);
  return result ? ErrorCode::internal : result.error().code;
}

std::string text(const std::string& s) { return "X"s + static_cast<char>(s.size()) + "\0\0\0"s + s; }

const std::string kStorage =
    "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\x06tQ";
const std::string kTensor = "ctorch._utils\n_rebuild_tensor_v2\n(" + kStorage +
                            "K\x01(K\x02K\x03t(K\x03K\x01t\x89" + "ccollections\nOrderedDict\n)RtR"s;

TEST(Read, Numbers) {
  const auto p = parse(
      "\x80\x02(K\x07M\x01\x02J\xff\xff\xff\xff\x8a\x02\xff\x7f\x8a\x01\xff\x8a\x00G\x3f\xf8\0\0\0\0\0\0\x88\x89Nt."s);
  ASSERT_TRUE(p) << p.error().message;
  const auto* items = p->get<Sequence>(p->root);
  ASSERT_EQ(items->items.size(), 10u);
  const std::int64_t expected[] = {7, 513, -1, 32767, -1, 0};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(*p->get<std::int64_t>(items->items[i]), expected[i]) << i;
  EXPECT_EQ(*p->get<double>(items->items[6]), 1.5);
  EXPECT_TRUE(*p->get<bool>(items->items[7]));
  EXPECT_FALSE(*p->get<bool>(items->items[8]));
  EXPECT_EQ(items->items[9], kNone);
}

TEST(Read, ContainersAndMemo) {
  const auto p = parse("}q\x00(" + text("a") + "]q\x01(K\x01K\x02" + "e" + text("b") + "h\x01u."s);
  const auto q = parse("\x80\x02}q\x00("s + text("a") + "]q\x01(K\x01K\x02"s + "e"s + text("b") + "h\x01u."s);
  ASSERT_TRUE(q) << q.error().message;
  const auto* dict = q->get<Dict>(q->root);
  ASSERT_EQ(dict->items.size(), 2u);
  EXPECT_EQ(q->find(*dict, "a"), q->find(*dict, "b"));
  EXPECT_EQ(q->get<Sequence>(q->find(*dict, "a"))->items.size(), 2u);
  EXPECT_EQ(q->find(*dict, "zz"), kNone);
  EXPECT_EQ(q->get<Sequence>(12345), nullptr);
}

TEST(Read, Tensors) {
  const auto p = parse(kTensor + ".");
  ASSERT_TRUE(p) << p.error().message;
  const auto* tensor = p->get<TensorRef>(p->root);
  ASSERT_NE(tensor, nullptr);
  EXPECT_EQ(tensor->dtype, DType::float32);
  EXPECT_EQ(tensor->offset, 1);
  EXPECT_EQ(tensor->sizes, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(tensor->strides, (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(p->get<Storage>(tensor->storage)->key, "0");
  EXPECT_EQ(p->get<Storage>(tensor->storage)->elements, 6);
  const auto parameter = parse("ctorch._utils\n_rebuild_parameter\n(" + kTensor + "\x88Nt" + "R.");
  ASSERT_TRUE(parameter) << parameter.error().message;
  EXPECT_TRUE(parameter->get<TensorRef>(parameter->root)->parameter);
}

TEST(Read, ObjectsAreRecords) {
  const auto p = parse("c__torch__.a.___torch_mangle_3\nB\n)\x81}(" + text("training") + "\x89" + "ub.");
  ASSERT_TRUE(p) << p.error().message;
  const auto* object = p->get<Object>(p->root);
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->class_name, "__torch__.a.___torch_mangle_3.B");
  EXPECT_EQ(p->get<Dict>(object->state)->items.size(), 1u);
}

TEST(Refuse, EveryForeignName) {
  for (const char* name :
       {"os\nsystem", "builtins\neval", "posix\nsystem", "torch\nload", "torch.nn.modules.linear\nLinear",
        "torch._utils\n_rebuild_qtensor", "numpy.core.multiarray\nscalar", "__main__\nX", "torch\nStorage",
        "collections\ndefaultdict", "_codecs\nencode"}) {
    const auto result = parse("c"s + name + "\n(" + text("echo") + "tR.");
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code, ErrorCode::pickle_refused) << name;
  }
  const auto result = parse("cos\nsystem\n.");
  EXPECT_NE(result.error().message.find("os.system"), std::string::npos);
  EXPECT_EQ(result.error().where.field, "data.pkl");
  EXPECT_EQ(result.error().where.offset, 0u);
  EXPECT_EQ(error_of(text("os") + text("system") + "\x93."), ErrorCode::pickle_refused);
  EXPECT_EQ(error_of("(K\x01ios\nsystem\n."), ErrorCode::pickle_refused);  // INST
  EXPECT_EQ(error_of("K\x01\x82\x01."), ErrorCode::pickle_refused);        // extension registry
}

TEST(Refuse, Malformed) {
  for (const std::string& bytes : {""s,
                                   "."s,
                                   "K"s,
                                   "K\x01"s,
                                   "K\x01K\x02."s,
                                   "(K\x01."s,
                                   "t."s,
                                   "h\x05."s,
                                   "K\x01."s + "x",
                                   "q\x01."s,
                                   "K\x01)R."s,
                                   "]K\x01K\x02s."s,
                                   "}K\x01K\x02K\x03(u."s,
                                   "X\xff\xff\xff\xff"
                                   "a."s,
                                   "\x8a\x09"
                                   "123456789."s,
                                   "K\x01Q."s,
                                   "\x80\x09N."s,
                                   "(K\x01"
                                   "\x85\x85\x86."s,
                                   "K\x01}b."s,
                                   "ccollections\nOrderedDict\nK\x01R."s}) {
    const auto result = parse(bytes);

    ASSERT_FALSE(result) << bytes;
  }
  // Negative and absurd tensor geometry.
  EXPECT_EQ(
      error_of("ctorch._utils\n_rebuild_tensor_v2\n(" + kStorage + "K\x01(J\xff\xff\xff\xfft(K\x01t\x89NtR."),
      ErrorCode::pickle_malformed);
}

TEST(Hostile, EveryTruncationAndFlipEndsCleanly) {
  const std::string whole =
      "\x80\x02}(" + text("w") + kTensor + text("m") + "c__torch__.a\nB\n)\x81}b" + "u.";
  ASSERT_TRUE(parse(whole)) << parse(whole).error().message;
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(parse(whole.substr(0, size)));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(value);
      (void)parse(bytes);
    }
  }
}

TEST(Hostile, LimitsHold) {
  Limits limits;
  limits.pickle_ops = 10;
  EXPECT_EQ(error_of("]" + std::string(1000, '2') + ".", limits), ErrorCode::pickle_limit);
  limits = {};
  limits.string_bytes = 3;
  EXPECT_EQ(error_of(text("abcd") + ".", limits), ErrorCode::pickle_limit);
  // A long shared name, instantiated again and again, must not multiply.
  std::string objects = "(c__torch__." + std::string(4000, 'a') + "\nB\nq\x01";
  for (int i = 0; i < 50'000; ++i) objects += "h\x01)\x81";
  limits = {};
  limits.inflated_member = 10 << 20;
  EXPECT_EQ(error_of(objects + "t.", limits), ErrorCode::pickle_limit);
}

}  // namespace
}  // namespace modelexport::pickle
