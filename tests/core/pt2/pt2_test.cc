#include "pt2/pt2.h"

#include <gtest/gtest.h>

#include <set>

#include "json/json.h"
#include "pt2/nodes.h"
#include "support/fixtures.h"
#include "zip/writer.h"

namespace modelexport::pt2 {
namespace {

using json::Json;

Result<aten::Graph> read_fixture(const std::string& name, Pt2Types* types = nullptr) {
  const MemorySource source(testing::read_fixture("archives/" + name), name);
  return read_pt2(source, {}, types);
}

std::string call_name(const aten::Graph& graph, const aten::Op& op) {
  const aten::Call& call = graph.calls[op.call];
  return graph.modules[call.module].path + "#" + std::to_string(call.ordinal);
}

/// A program of one linear layer, to be changed by the tests.
struct HandMade {
  Json model = json::parse(R"json({
    "schema_version": {"major": 8, "minor": 20}, "torch_version": "2.15.0+cpu", "range_constraints": {"s0": {"min_val": 2, "max_val": null}},
    "added_later": [1],
    "graph_module": {
      "graph": {
        "inputs": [{"as_tensor": {"name": "p_w"}}, {"as_tensor": {"name": "x"}}],
        "outputs": [{"as_tensor": {"name": "linear"}}],
        "nodes": [{"target": "torch.ops.aten.linear.default",
                   "inputs": [{"name": "input", "arg": {"as_tensor": {"name": "x"}}, "kind": 1},
                              {"name": "weight", "arg": {"as_tensor": {"name": "p_w"}}, "kind": 1}],
                   "outputs": [{"as_tensor": {"name": "linear"}}],
                   "metadata": {"nn_module_stack": "L__self__,,m.Net;L__self__fc,fc,torch.nn.Linear",
                                "stack_trace": "  File \"/home/someone/secret/net.py\", line 12, in forward\n    x\n"}}],
        "tensor_values": {"x": {"dtype": 7, "sizes": [{"as_expr": {"expr_str": "Symbol('s0', positive=True, integer=True)", "hint": {"as_int": 4}}}, {"as_int": 3}]},
                          "linear": {"dtype": 7, "sizes": [{"as_expr": {"expr_str": "Symbol('s0', positive=True, integer=True)"}}, {"as_int": 2}]}},
        "sym_int_values": {}
      },
      "signature": {"input_specs": [{"parameter": {"arg": {"name": "p_w"}, "parameter_name": "fc.weight"}},
                                    {"user_input": {"arg": {"as_tensor": {"name": "x"}}}}],
                    "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "linear"}}}}]},
      "module_call_graph": []
    }})json",
                           {})
                   .value();
  std::string weights =
      R"({"config": {"fc.weight": {"path_name": "weight_0", "is_param": true, "use_pickle": false,
      "tensor_meta": {"dtype": 7, "sizes": [{"as_int": 2}, {"as_int": 3}], "strides": [{"as_int": 3}, {"as_int": 1}],
                      "storage_offset": {"as_int": 0}}}}})";
  std::string storage = std::string(24, 'w');
  std::string byteorder = "little";

  Json& graph() { return model["graph_module"]["graph"]; }
  Json& node() { return graph()["nodes"][0]; }
  Json& signature() { return model["graph_module"]["signature"]; }

  Result<aten::Graph> read(const Limits& limits = {}, Pt2Types* types = nullptr) const {
    return read_text(json::dump(model), limits, types);
  }
  Result<aten::Graph> read_text(const std::string& text, const Limits& limits = {},
                                Pt2Types* types = nullptr) const {
    MemorySink sink;
    zip::Writer writer(sink);
    EXPECT_TRUE(writer.add("m/models/model.json", as_bytes(text)));
    EXPECT_TRUE(writer.add("m/byteorder", as_bytes(byteorder)));
    EXPECT_TRUE(writer.add("m/data/weights/model_weights_config.json", as_bytes(weights)));
    EXPECT_TRUE(writer.add("m/data/weights/weight_0", as_bytes(storage)));
    EXPECT_TRUE(writer.add("m/extra/modelexport.json", as_bytes(R"({"task":"x"})")));
    EXPECT_TRUE(writer.finish());
    const MemorySource source(sink.bytes(), "hand.pt2");
    return read_pt2(source, limits, types);
  }
  ErrorCode error() const {
    const auto result = read();
    EXPECT_FALSE(result);
    return result ? ErrorCode::internal : result.error().code;
  }
};

TEST(Fixtures, EveryLayoutGivesTheSameProgram) {
  std::vector<std::string> first;
  for (const char* name : {"tagger-torch-2.6.0.pt2", "tagger-torch-2.9.1.pt2", "tagger-torch-2.15.0.pt2"}) {
    Pt2Types types;
    const auto graph = read_fixture(name, &types);
    ASSERT_TRUE(graph) << graph.error().message << " " << graph.error().where.field;
    EXPECT_EQ(graph->producer, "torch " + std::string(name).substr(13, std::string(name).size() - 17));
    std::vector<std::string> ops;
    for (const aten::Op& op : graph->ops)
      ops.push_back(op.target + "." + op.overload + "@" + call_name(*graph, op));
    if (first.empty()) first = ops;
    EXPECT_EQ(ops, first) << name;
    ASSERT_EQ(graph->inputs.size(), 2u);
    EXPECT_EQ(graph->inputs[0].path, std::vector<std::string>{"tokens"});
    EXPECT_EQ(graph->inputs[0].dtype, DType::int64);
    EXPECT_EQ(graph->inputs[0].example_shape, (std::vector<std::int64_t>{2, 6}));
    EXPECT_TRUE((*graph->inputs[0].shape)[1].as_symbol());
    EXPECT_EQ(graph->outputs[0].path, std::vector<std::string>{"scores"});
    EXPECT_EQ(graph->tensors.size(), 23u);
    EXPECT_EQ(graph->modules.size(), 20u);
    EXPECT_EQ(graph->modules[1].path, "emb");
    EXPECT_EQ(types.tensors.size(), 79u);
    EXPECT_FALSE(types.ranges.empty());
  }
}

TEST(Fixtures, NestedArchivesGiveRangesOfTheOuterFile) {
  const Bytes old_bytes = testing::read_fixture("archives/tagger-torch-2.6.0.pt2");
  const Bytes new_bytes = testing::read_fixture("archives/tagger-torch-2.15.0.pt2");
  const MemorySource old_source(old_bytes);
  const MemorySource new_source(new_bytes);
  const auto old_graph = read_pt2(old_source, {});
  const auto new_graph = read_pt2(new_source, {});
  ASSERT_TRUE(old_graph && new_graph);
  std::set<std::uint64_t> offsets;
  for (std::size_t i = 0; i < old_graph->tensors.size(); ++i) {
    const aten::Tensor& a = old_graph->tensors[i];
    const aten::Tensor& b = new_graph->tensors[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.sizes, b.sizes);
    EXPECT_EQ(a.storage.size, b.storage.size);
    EXPECT_TRUE(offsets.insert(a.storage.offset).second);
    EXPECT_TRUE(read_range(old_source, a.storage, 1 << 20));
  }
}

TEST(Fixtures, ForeignSchemaIsRefusedClearly) {
  const auto graph = read_fixture("net-torch-2.2.2.pt2");
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::pt2_version);
  EXPECT_NE(graph.error().message.find("schema version 2"), std::string::npos);
  EXPECT_EQ(graph.error().where.path, "net-torch-2.2.2.pt2");
  EXPECT_FALSE(graph.error().hint.empty());
  const auto torchscript = read_fixture("net-torch-2.15.0.pt");
  ASSERT_FALSE(torchscript);
  EXPECT_NE(torchscript.error().hint.find("TorchScript"), std::string::npos);
}

TEST(HandMadeProgram, ReadsEverything) {
  Pt2Types types;
  const auto graph = HandMade().read({}, &types);
  ASSERT_TRUE(graph) << graph.error().message << " " << graph.error().where.field;
  EXPECT_EQ(graph->producer, "torch 2.15.0");
  EXPECT_EQ(graph->record, R"({"task":"x"})");
  EXPECT_EQ(graph->sources, std::vector<std::string>{"net.py:12"});
  ASSERT_EQ(graph->ops.size(), 1u);
  EXPECT_EQ(graph->ops[0].target, "aten::linear");
  EXPECT_EQ(graph->ops[0].overload, "");
  EXPECT_EQ(call_name(*graph, graph->ops[0]), "fc#1");
  EXPECT_EQ(graph->tensors[0].kind, aten::TensorKind::parameter);
  EXPECT_EQ(graph->values[graph->ops[0].find("weight")->get<aten::Ref>()->value].tensor, 0u);
  EXPECT_EQ((*graph->inputs[0].shape)[0].to_string(), "s0");
  EXPECT_EQ(graph->inputs[0].example_shape, (std::vector<std::int64_t>{4, 3}));
  EXPECT_EQ(types.ranges["s0"].min, 2);
  EXPECT_EQ(types.ranges["s0"].max, std::nullopt);
  EXPECT_EQ(types.tensors[graph->ops[0].outputs[0]].shape[1], Expr(2));
}

TEST(HandMadeProgram, Arguments) {
  HandMade p;
  p.node()["inputs"] = json::parse(R"([
    {"name": "self", "arg": {"as_tensor": {"name": "x"}}}, {"name": "a", "arg": {"as_int": -3}},
    {"name": "b", "arg": {"as_float": "-Infinity"}}, {"name": "c", "arg": {"as_bool": true}},
    {"name": "d", "arg": {"as_sym_ints": [{"as_int": 5}, {"as_int": 6}]}}, {"name": "e", "arg": {"as_none": true}},
    {"name": "f", "arg": {"as_scalar_type": 5}}, {"name": "g", "arg": {"as_layout": 7}},
    {"name": "device", "arg": {"as_string": "cpu"}}, {"name": "h", "arg": {"as_optional_tensors": [{"as_none": true}, {"as_tensor": {"name": "x"}}]}},
    {"name": "i", "arg": {"as_string": "tanh"}}, {"name": "j", "arg": {"as_float": 2}}])",
                                   {})
                           .value();
  const auto graph = p.read();
  ASSERT_TRUE(graph) << graph.error().message;
  const aten::Op& op = graph->ops[0];
  EXPECT_EQ(op.args.size(), 9u);
  EXPECT_EQ(*op.find("a")->get<std::int64_t>(), -3);
  EXPECT_EQ(*op.find("b")->get<double>(), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(*op.find("c")->get<bool>());
  EXPECT_EQ(op.find("d")->get<aten::ArgList>()->size(), 2u);
  EXPECT_EQ(op.find("e"), nullptr);
  EXPECT_EQ(*op.find("f")->get<DType>(), DType::int64);
  EXPECT_EQ(op.find("g"), nullptr);
  EXPECT_EQ(op.find("device"), nullptr);
  EXPECT_TRUE((*op.find("h")->get<aten::ArgList>())[0].is_none());
  EXPECT_EQ(*op.find("i")->get<std::string>(), "tanh");
  EXPECT_EQ(*op.find("j")->get<double>(), 2.0);
}

/// wrap_with_set_grad_enabled(False, <graph of one node>, x), whose names are used outside, too.
Json region(const std::string& kind, const std::string& modes) {
  return json::parse(R"({"target": "torch.ops.higher_order.)" + kind + R"(", "inputs": [)" + modes + R"(
    {"name": "", "arg": {"as_graph": {"name": "submod_1", "graph": {
      "inputs": [{"as_tensor": {"name": "y"}}], "outputs": [{"as_tensor": {"name": "linear"}}],
      "nodes": [{"target": "torch.ops.aten.relu.default", "inputs": [{"name": "self", "arg": {"as_tensor": {"name": "y"}}}],
                 "outputs": [{"as_tensor": {"name": "linear"}}], "metadata": {}}], "tensor_values": {}}}}},
    {"name": "", "arg": {"as_tensor": {"name": "linear"}}}], "outputs": [{"as_tensors": [{"name": "getitem"}]}], "metadata": {}})",
                     {})
      .value();
}

TEST(HandMadeProgram, RegionsAreInlined) {
  for (const auto& [kind, modes] :
       {std::pair("wrap_with_set_grad_enabled", R"({"name":"","arg":{"as_bool":false}},)"),
        std::pair("wrap_with_autocast",
                  R"({"name":"","arg":{"as_string":"cpu"}},{"name":"","arg":{"as_scalar_type":13}},
                                      {"name":"","arg":{"as_bool":false}},{"name":"","arg":{"as_bool":false}},)")}) {
    HandMade p;
    p.graph()["nodes"].push_back(region(kind, modes));
    p.signature()["output_specs"][0]["user_output"]["arg"]["as_tensor"]["name"] = "getitem";
    const auto graph = p.read();
    ASSERT_TRUE(graph) << graph.error().message << graph.error().where.field;
    ASSERT_EQ(graph->ops.size(), 2u);
    EXPECT_EQ(graph->ops[1].target, "aten::relu");
    EXPECT_EQ(graph->ops[1].find("self")->get<aten::Ref>()->value, graph->ops[0].outputs[0]);
    EXPECT_EQ(graph->outputs[0].value, graph->ops[1].outputs[0]);
    EXPECT_NE(graph->values[graph->ops[1].outputs[0]].name, "linear");
  }
}

TEST(HandMadeProgram, RegionsThatMeanSomethingAreRefused) {
  HandMade p;
  p.graph()["nodes"].push_back(region("flex_attention", ""));
  EXPECT_EQ(p.error(), ErrorCode::pt2_unsupported);
}

TEST(HandMadeProgram, AutocastIsSpeltOut) {
  for (const bool enabled : {true, false}) {
    HandMade p;
    Json node =
        region("wrap_with_autocast",
               std::string(R"({"name":"","arg":{"as_string":"cpu"}},{"name":"","arg":{"as_scalar_type":13}},
      {"name":"","arg":{"as_bool":)") +
                   (enabled ? "true" : "false") + R"(}},{"name":"","arg":{"as_bool":false}},)");
    Json& tensors = node["inputs"][4]["arg"]["as_graph"]["graph"]["tensor_values"];
    const std::string meta = R"(, "sizes": [], "strides": [], "storage_offset": {"as_int": 0}, "layout": 7,
      "requires_grad": false, "device": {"type": "cpu", "index": null}})";
    tensors["y"] = json::parse(R"({"dtype": 7)" + meta, {}).value();
    tensors["linear"] = json::parse(R"({"dtype": 13)" + meta, {}).value();
    p.graph()["nodes"].push_back(std::move(node));
    p.signature()["output_specs"][0]["user_output"]["arg"]["as_tensor"]["name"] = "getitem";
    const auto graph = p.read();
    ASSERT_TRUE(graph) << graph.error().message << graph.error().where.field;
    ASSERT_EQ(graph->ops.size(), enabled ? 3u : 2u);
    if (!enabled) continue;
    EXPECT_EQ(graph->ops[1].target, "aten::to");
    EXPECT_EQ(*graph->ops[1].find("dtype")->get<DType>(), DType::bfloat16);
    EXPECT_EQ(graph->ops[2].find("self")->get<aten::Ref>()->value, graph->ops[1].outputs[0]);
  }
}

/// torch.cond(linear, <graph>, <graph>, [linear]); `broken` puts something else in place of an argument.
Json cond(const std::string& broken = {}, std::size_t at = 0) {
  Json node = region("cond", R"({"name": "", "arg": {"as_tensor": {"name": "linear"}}},)");
  Json& inputs = node["inputs"];
  Json operands = json::parse(R"({"name": "", "arg": {"as_tensors": [{"name": "linear"}]}})", {}).value();
  inputs[2] = inputs[1];
  inputs.push_back(std::move(operands));
  if (!broken.empty()) inputs[at]["arg"] = json::parse(broken, {}).value();
  return node;
}

TEST(HandMadeProgram, CondIsAnIf) {
  HandMade p;
  p.graph()["nodes"].push_back(cond());
  p.signature()["output_specs"][0]["user_output"]["arg"]["as_tensor"]["name"] = "getitem";
  const auto graph = p.read();
  ASSERT_TRUE(graph) << graph.error().message << graph.error().where.field;
  ASSERT_EQ(graph->ops.size(), 2u);
  const aten::Op& op = graph->ops[1];
  EXPECT_EQ(op.target, "prim::If");
  ASSERT_EQ(op.blocks.size(), 2u);
  for (const aten::Block& block : op.blocks) {
    ASSERT_EQ(block.ops.size(), 1u);
    EXPECT_EQ(block.ops[0].find("self")->get<aten::Ref>()->value, graph->ops[0].outputs[0]);
    EXPECT_EQ(block.outputs, block.ops[0].outputs);
  }
  EXPECT_NE(op.blocks[0].outputs, op.blocks[1].outputs);
  EXPECT_EQ(graph->outputs[0].value, op.outputs[0]);
}

TEST(HandMadeProgram, BrokenConds) {
  const std::pair<const char*, std::size_t> cases[] = {{R"({"as_tensor": {"name": "linear"}})", 1},
                                                       {R"({"as_tensor": {"name": "linear"}})", 3},
                                                       {R"({"as_tensors": []})", 3},
                                                       {R"({"as_tensor": {"name": "nowhere"}})", 0}};
  for (const auto& [broken, at] : cases) {
    HandMade p;
    p.graph()["nodes"].push_back(cond(broken, at));
    EXPECT_FALSE(p.read()) << broken << " at " << at;
  }
}

TEST(HandMadeProgram, Signature) {
  HandMade p;
  p.signature()["output_specs"].push_back(
      json::parse(R"({"buffer_mutation": {"arg": {"name": "linear"}, "buffer_name": "fc.weight"}})", {})
          .value());
  p.signature()["input_specs"].push_back(
      json::parse(R"({"constant_input": {"name": "n", "value": {"as_int": 3}}})", {}).value());
  p.signature()["output_specs"].push_back(
      json::parse(R"({"user_output": {"arg": {"as_none": true}}})", {}).value());
  const auto graph = p.read();
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(graph->inputs.size(), 1u);
  EXPECT_EQ(graph->outputs.size(), 1u);
  ASSERT_EQ(graph->updated.size(), 1u);
  EXPECT_EQ(graph->tensors[graph->updated[0]].name, "fc.weight");
  p.signature()["output_specs"].push_back(
      json::parse(R"({"user_input_mutation": {"arg": {"name": "linear"}, "user_input_name": "x"}})", {})
          .value());
  EXPECT_EQ(p.error(), ErrorCode::pt2_unsupported);
}

TEST(HandMadeProgram, TiedWeights) {
  HandMade p;
  p.weights.insert(
      p.weights.rfind("}}"),
      ", \"head.weight\"" + p.weights.substr(p.weights.find(": {\"path_name"),
                                             p.weights.rfind("}}") - p.weights.find(": {\"path_name")));
  const auto graph = p.read();
  ASSERT_TRUE(graph) << graph.error().message;
  ASSERT_EQ(graph->tensors.size(), 1u);
  EXPECT_EQ(graph->tensors[0].aliases, std::vector<std::string>{"head.weight"});
}

std::string pickled_text(const std::string& text) {
  return "X" + std::string(1, static_cast<char>(text.size())) + std::string(3, '\0') + text;
}
/// The 2x3 float tensor of storage "0", as torch.save writes it.
std::string pickled_tensor() {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + pickled_text("storage") + "ctorch\nFloatStorage\n" +
         pickled_text("0") + pickled_text("cpu") + "K\x06tQK" + std::string(1, '\0') +
         "(K\x02K\x03t(K\x03K\x01t\x89NtR";
}
std::string saved_archive(const std::string& pickle) {
  MemorySink sink;
  zip::Writer writer(sink);
  EXPECT_TRUE(writer.add("archive/data.pkl", as_bytes(pickle)));
  EXPECT_TRUE(writer.add("archive/data/0", as_bytes(std::string(24, 's'))));
  EXPECT_TRUE(writer.finish());
  return std::string(as_text(sink.bytes()));
}

TEST(Weights, SingleTensorsAndDictionariesOfTorchSave) {
  HandMade one;
  one.weights.replace(one.weights.find("false"), 5, "true");
  one.storage = saved_archive(pickled_tensor() + ".");
  const auto single = one.read();
  ASSERT_TRUE(single) << single.error().message;
  EXPECT_EQ(single->tensors[0].storage.size, 24u);
  EXPECT_EQ(single->tensors[0].sizes, (std::vector<std::int64_t>{2, 3}));

  MemorySink sink;
  zip::Writer writer(sink);
  ASSERT_TRUE(writer.add("m/models/model.json", as_bytes(json::dump(one.model))));
  const std::string dict =
      "ccollections\nOrderedDict\n)R(" + pickled_text("fc.weight") + pickled_tensor() + "u.";
  ASSERT_TRUE(writer.add("m/data/weights/model.pt", as_bytes(saved_archive(dict))));
  ASSERT_TRUE(writer.finish());
  const MemorySource source(sink.bytes());
  const auto all = read_pt2(source, {});
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(as_text(read_range(source, all->tensors[0].storage, 100).value()), std::string(24, 's'));
}

TEST(Hostile, PicklesInsideAreReadAsData) {
  HandMade p;
  p.weights.replace(p.weights.find("false"), 5, "true");
  p.storage = saved_archive("cos\nsystem\n" + pickled_text("true") + "\x85R.");
  EXPECT_EQ(p.error(), ErrorCode::pickle_refused);
  p.storage = saved_archive(pickled_tensor() + ".").substr(0, 200);
  EXPECT_EQ(p.error(), ErrorCode::zip_not_an_archive);
}

TEST(Hostile, ContradictionsAreErrors) {
  const auto broken = [](const std::function<void(HandMade&)>& change) {
    HandMade p;
    change(p);
    return p.error();
  };
  EXPECT_EQ(broken([](auto& p) { p.model["schema_version"]["major"] = 9; }), ErrorCode::pt2_version);
  EXPECT_EQ(broken([](auto& p) { p.model.erase("schema_version"); }), ErrorCode::pt2_version);
  EXPECT_EQ(broken([](auto& p) { p.model.erase("graph_module"); }), ErrorCode::json_field);
  EXPECT_EQ(broken([](auto& p) { p.storage.resize(23); }), ErrorCode::pt2_malformed);
  EXPECT_EQ(broken([](auto& p) { p.storage.clear(); }), ErrorCode::pt2_malformed);
  EXPECT_EQ(broken([](auto& p) { p.weights = "{\"config\": {}}"; }), ErrorCode::pt2_malformed);
  EXPECT_EQ(broken([](auto& p) { p.weights.replace(p.weights.find("weight_0"), 8, "weight_9"); }),
            ErrorCode::zip_no_member);
  EXPECT_EQ(broken([](auto& p) { p.graph()["tensor_values"].begin().value()["dtype"] = 99; }),
            ErrorCode::json_field);
  EXPECT_EQ(broken([](auto& p) { p.byteorder = "big"; }), ErrorCode::pt2_unsupported);
  EXPECT_EQ(broken([](auto& p) { p.node()["inputs"][0]["arg"]["as_tensor"]["name"] = "nowhere"; }),
            ErrorCode::pt2_malformed);
  EXPECT_EQ(broken([](auto& p) {
              p.node()["inputs"][0]["arg"] = json::parse(R"({"as_custom_obj": {}})", {}).value();
            }),
            ErrorCode::pt2_unsupported);
  EXPECT_EQ(broken([](auto& p) { p.node()["outputs"][0]["as_tensor"]["name"] = "x"; }),
            ErrorCode::pt2_malformed);
  EXPECT_EQ(broken([](auto& p) { p.graph()["nodes"].push_back(p.node()); }), ErrorCode::pt2_malformed);
  EXPECT_EQ(broken([](auto& p) { p.signature()["input_specs"].push_back(p.signature()["input_specs"][1]); }),
            ErrorCode::pt2_malformed);
}

/// Every value of the program replaced by something of another type.
TEST(Hostile, WrongTypesAreErrorsNotCrashes) {
  const HandMade good;
  const std::string text = json::dump(good.model);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != ':') continue;
    for (const char* value : {"null", "1", "\"x\"", "[]", "{}", "[{}]", "{\"as_int\":[1]}"}) {
      // Cuts out one value (up to the matching end) and puts another there.
      std::size_t end = at + 1;
      int depth = 0;
      for (bool quoted = false; end < text.size(); ++end) {
        const char c = text[end];
        if (c == '\\') {
          ++end;
          continue;
        }
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') {
          if (depth == 0) break;
          --depth;
        }
        if (c == ',' && depth == 0) break;
      }
      (void)good.read_text(text.substr(0, at + 1) + value + text.substr(end));
    }
  }
}

TEST(Target, Names) {
  EXPECT_EQ(read_target("torch.ops.aten.add.Tensor").name, "aten::add");
  EXPECT_EQ(read_target("torch.ops.aten.add.Tensor").overload, "Tensor");
  EXPECT_EQ(read_target("torch.ops.aten.linear.default").overload, "");
  EXPECT_EQ(read_target("_operator.mul").name, "operator::mul");
  EXPECT_EQ(read_target("math.trunc").name, "math::trunc");
  EXPECT_EQ(read_target("torch.sym_max").name, "operator::sym_max");
  EXPECT_EQ(read_target("something").name, "something");
}

TEST(Source, OnlyFileNames) {
  EXPECT_EQ(source_of("File \"/a/b.py\", line 3, in f\n  x\nFile \"C:\\\\u\\\\c.py\", line 44, in g\n"),
            "c.py:44");
  EXPECT_EQ(source_of("nothing"), "");
  EXPECT_EQ(source_of("File \"x"), "");
  EXPECT_EQ(source_of("File \"/a/\", line 3"), "");
}

}  // namespace
}  // namespace modelexport::pt2
