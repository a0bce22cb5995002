#include "pickle/torchscript.h"

#include <gtest/gtest.h>

#include "pickle/tensor_range.h"
#include "support/fixtures.h"
#include "zip/writer.h"

namespace modelexport::pickle {
namespace {

using namespace std::string_literals;

std::string text(const std::string& s) { return "X"s + static_cast<char>(s.size()) + "\0\0\0"s + s; }

/// An archive with a hand-made data.pkl and one storage of 24 bytes.
Bytes archive_with(const std::string& data) {
  MemorySink sink;
  zip::Writer writer(sink);
  EXPECT_TRUE(writer.add("m/data.pkl", as_bytes(data)));
  EXPECT_TRUE(writer.add("m/data/0", as_bytes(std::string(24, 'x'))));
  EXPECT_TRUE(writer.add("m/constants.pkl", as_bytes(").")));
  EXPECT_TRUE(writer.finish());
  return sink.bytes();
}

Result<ModuleData> read_hand_made(const std::string& data, const Limits& limits = {}) {
  const MemorySource source(archive_with(data));
  return read_module_tensors(zip::Archive::open(source, {}).value(), limits);
}

std::string tensor(char offset, char rows, char columns) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("0") +
         text("cpu") + "K\x06tQK"s + offset + "(K"s + rows + "K"s + columns + "t(K"s + columns +
         "K\x01t\x89NtR"s;
}

std::string module(const std::string& attributes) { return "c__torch__.a\nB\n)\x81}(" + attributes + "ub"; }

TEST(Fixtures, Torch113) {
  const MemorySource source(testing::read_fixture("archives/net-torch-1.13.1.pt"), "net.pt");
  const auto archive = zip::Archive::open(source, {});
  ASSERT_TRUE(archive) << archive.error().message;
  EXPECT_TRUE(looks_like_torchscript(*archive));
  const auto data = read_module_tensors(*archive, {});
  ASSERT_TRUE(data) << data.error().message;
  ASSERT_EQ(data->modules.size(), 7u);
  EXPECT_EQ(data->modules[0].class_name, "Net");
  EXPECT_EQ(data->modules[1].path, "conv");
  EXPECT_EQ(data->modules[1].class_name, "torch.nn.modules.container.Sequential");
  EXPECT_EQ(data->modules[2].path, "conv.0");
  ASSERT_EQ(data->tensors.size(), 9u);
  EXPECT_EQ(data->tensors[0].name, "conv.0.weight");
  EXPECT_EQ(data->tensors[0].sizes, (std::vector<std::int64_t>{8, 3, 3, 3}));
  EXPECT_EQ(data->tensors[0].storage.size, 864u);
  EXPECT_EQ(data->tensors[0].storage.offset % 64, 0u);
  EXPECT_FALSE(read_traced_inputs(*archive, {}).value());
  EXPECT_FALSE(read_record(*archive, {}).value());
}

TEST(Fixtures, TracedInputs) {
  const MemorySource source(testing::read_fixture("archives/tagger-torch-2.15.0.pt"));
  const auto archive = zip::Archive::open(source, {});
  ASSERT_TRUE(archive);
  const auto inputs = read_traced_inputs(*archive, {});
  ASSERT_TRUE(inputs && *inputs) << inputs.error().message;
  ASSERT_EQ((*inputs)->size(), 2u);
  EXPECT_EQ((**inputs)[0].kind, TracedInput::Kind::tensor);
  EXPECT_EQ((**inputs)[0].dtype, DType::int64);
  EXPECT_EQ((**inputs)[0].sizes, (std::vector<std::int64_t>{2, 6}));
}

TEST(Modules, TiedTensorsAndSharedModules) {
  const auto data =
      read_hand_made(module(text("w") + tensor(0, 2, 3) + text("tied") + tensor(0, 2, 3) + text("view") +
                            tensor(2, 2, 2) + text("sub") + module("") + "q\x07" + text("again") + "h\x07" +
                            text("n") + "K\x05" + text("l") + "](" + tensor(1, 1, 1) + "e") +
                     ".");
  ASSERT_TRUE(data) << data.error().message;
  ASSERT_EQ(data->tensors.size(), 3u);
  EXPECT_EQ(data->tensors[0].aliases, std::vector<std::string>{"tied"});
  EXPECT_EQ(data->tensors[1].name, "view");
  EXPECT_EQ(data->tensors[2].name, "l.0");
  ASSERT_EQ(data->modules.size(), 3u);
  EXPECT_EQ(data->modules[2].path, "again");
  EXPECT_EQ(data->modules[2].first_path, "sub");
  ASSERT_EQ(data->modules[0].scalars.size(), 1u);
  EXPECT_EQ(std::get<std::int64_t>(data->modules[0].scalars[0].second), 5);
}

TEST(Hostile, TensorsOutsideTheirStorage) {
  EXPECT_TRUE(read_hand_made(module(text("w") + tensor(3, 1, 3)) + "."));
  EXPECT_EQ(read_hand_made(module(text("w") + tensor(4, 1, 3)) + ".").error().code,
            ErrorCode::torchscript_malformed);
  EXPECT_TRUE(read_hand_made(module(text("w") + tensor(100, 0, 3)) + "."));
  EXPECT_EQ(read_hand_made(tensor(0, 1, 1) + ".").error().code, ErrorCode::torchscript_malformed);
  aten::Tensor huge;
  huge.storage.size = 100;
  huge.sizes = {INT64_MAX, INT64_MAX};
  huge.strides = {INT64_MAX, INT64_MAX};
  EXPECT_FALSE(view_fits(huge));
  huge.strides = {0, 0};
  EXPECT_TRUE(view_fits(huge));
  huge.strides = {-1, 0};
  EXPECT_FALSE(view_fits(huge));
}

TEST(Hostile, CyclesAndExplosions) {
  // A module that is its own attribute.
  EXPECT_EQ(read_hand_made("c__torch__.a\nB\n)\x81q\x01}(" + text("self") + "h\x01ub.").error().code,
            ErrorCode::torchscript_malformed);
  // A list that contains itself.
  EXPECT_EQ(read_hand_made(module(text("l") + "]q\x01(h\x01" + "e") + ".").error().code,
            ErrorCode::pickle_limit);
  // 2^60 modules by sharing.
  std::string nested = module("");
  for (int i = 0; i < 60; ++i)
    nested += "q"s + static_cast<char>(i) + "0" +
              module(text("a") + "h"s + static_cast<char>(i) + text("b") + "h"s + static_cast<char>(i));
  Limits limits;
  limits.nodes = 10'000;
  EXPECT_EQ(read_hand_made(nested + ".", limits).error().code, ErrorCode::pickle_limit);
}

TEST(Demangle, Classes) {
  EXPECT_EQ(demangle_class("__torch__.torch.nn.modules.linear.___torch_mangle_12.Linear"),
            "torch.nn.modules.linear.Linear");
  EXPECT_EQ(demangle_class("__torch__.Net"), "Net");
  EXPECT_EQ(demangle_class("__torch__.___torch_mangle_10.Block"), "Block");
  EXPECT_EQ(demangle_class("a.__torch__.B"), "a.__torch__.B");
}

TEST(Record, IsAnExtraFile) {
  MemorySink sink;
  zip::Writer writer(sink);
  ASSERT_TRUE(writer.add("m/extra/modelexport.json", as_bytes("{}")));
  ASSERT_TRUE(writer.add("m/data.pkl", as_bytes("N.")));
  ASSERT_TRUE(writer.finish());
  const MemorySource source(sink.bytes());
  const auto archive = zip::Archive::open(source, {});
  EXPECT_EQ(read_record(*archive, {}).value(), "{}");
  EXPECT_FALSE(looks_like_torchscript(*archive));
}

}  // namespace
}  // namespace modelexport::pickle
