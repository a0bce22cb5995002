// One defect at a time in a good model: found by its rule, as an error for whom it is one, and cured where it
// can be. What is not concerned keeps its bytes.
#include <gtest/gtest.h>

#include "models.h"

namespace modelexport::check {
namespace {

using Model = proto::ModelProto;

struct Defect {
  const char* name;
  const char* rule;
  void (*seed)(Model&);
  bool error = true;   ///< for --for ort,onnx
  bool cured = false;  ///< by --fix
};

proto::NodeProto* node(Model& m, int i) { return m.mutable_graph()->mutable_node(i); }
proto::TensorProto* weight(Model& m) { return m.mutable_graph()->mutable_initializer(0); }

void external(Model& m, const std::vector<std::pair<std::string, std::string>>& entries) {
  weight(m)->clear_raw_data();
  weight(m)->set_data_location(proto::TensorProto::EXTERNAL);
  for (const auto& [key, value] : entries) add_entry(weight(m)->mutable_external_data(), key, value);
}

void add_if(Model& m, const std::string& inner_output) {
  set_value(m.mutable_graph()->add_input(), "c", {}, 9);
  proto::NodeProto* branch = add_node(m.mutable_graph(), "If", {"c"}, {"z"});
  for (const char* name : {"then_branch", "else_branch"}) {
    proto::AttributeProto* attribute = branch->add_attribute();
    attribute->set_name(name);
    attribute->set_type(proto::AttributeProto::GRAPH);
    attribute->mutable_g()->set_name(name);
    add_node(attribute->mutable_g(), "Identity", {"h"}, {inner_output});
    set_value(attribute->mutable_g()->add_output(), inner_output, {2, 4});
  }
}

/// Two values of 4 × 4, at these places.
void add_sparse(Model& m, const std::vector<std::int64_t>& places) {
  proto::SparseTensorProto* sparse = m.mutable_graph()->add_sparse_initializer();
  sparse->add_dims(4);
  sparse->add_dims(4);
  proto::TensorProto* values = sparse->mutable_values();
  values->set_name("S");
  values->set_data_type(1);
  values->add_dims(2);
  for (int i = 0; i < 2; ++i) values->add_float_data(1);
  proto::TensorProto* indices = sparse->mutable_indices();
  indices->set_data_type(7);
  indices->add_dims(static_cast<std::int64_t>(places.size()));
  for (const std::int64_t place : places) indices->add_int64_data(place);
}

proto::FunctionProto* add_function(Model& m, const std::string& name, const std::string& op,
                                   const std::string& domain) {
  proto::FunctionProto* function = m.add_functions();
  function->set_name(name);
  function->set_domain("f");
  function->add_input("a");
  function->add_output("b");
  function->add_opset_import()->set_version(17);
  proto::OperatorSetIdProto* own = function->add_opset_import();
  own->set_domain("f");
  own->set_version(1);
  proto::NodeProto* body = function->add_node();
  body->set_op_type(op);
  body->set_domain(domain);
  body->add_input("a");
  body->add_output("b");
  return function;
}

void import_f(Model& m) {
  proto::OperatorSetIdProto* import = m.add_opset_import();
  import->set_domain("f");
  import->set_version(1);
}

const Defect kDefects[] = {
    {"NoIrVersion", "ME-MODEL-010", [](Model& m) { m.clear_ir_version(); }},
    {"IrZero", "ME-MODEL-011", [](Model& m) { m.set_ir_version(0); }},
    {"IrTooNew", "ME-MODEL-012", [](Model& m) { m.set_ir_version(15); }},
    {"NoOpset", "ME-MODEL-013", [](Model& m) { m.clear_opset_import(); }},
    {"OpsetInIr2", "ME-MODEL-014", [](Model& m) { m.set_ir_version(2); }},
    {"OpsetTooNew", "ME-MODEL-015", [](Model& m) { m.mutable_opset_import(0)->set_version(29); }},
    {"MicrosoftOpsetTooNew", "ME-MODEL-015",
     [](Model& m) {
       m.add_opset_import()->set_domain("com.microsoft");
       m.mutable_opset_import(1)->set_version(2);
     }},
    {"OpsetZero", "ME-OP-003", [](Model& m) { m.mutable_opset_import(0)->set_version(0); }},
    {"UnusedOpsetZero", "ME-MODEL-016", [](Model& m) { m.add_opset_import()->set_domain("com.acme"); },
     false},
    {"FunctionOfANewOpset", "ME-MODEL-015",
     [](Model& m) { add_function(m, "F", "Relu", "")->mutable_opset_import(0)->set_version(99); }},
    {"PreviewTooNew", "ME-MODEL-015",
     [](Model& m) {
       m.add_opset_import()->set_domain("ai.onnx.preview.training");
       m.mutable_opset_import(1)->set_version(2);
     }},
    {"OpsetWide", "ME-MODEL-017", [](Model& m) { m.mutable_opset_import(0)->set_version((1LL << 32) + 15); }},
    {"OpsetTwice", "ME-MODEL-018", [](Model& m) { m.add_opset_import()->set_version(16); }, false, true},
    {"NoGraphName", "ME-GRAPH-020", [](Model& m) { m.mutable_graph()->clear_name(); }, true, true},
    {"InputWithoutType", "ME-GRAPH-022", [](Model& m) { m.mutable_graph()->mutable_input(0)->clear_type(); }},
    {"InputOfUnknownType", "ME-GRAPH-023",
     [](Model& m) {
       m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(99);
     }},
    {"InputWithoutShape", "ME-GRAPH-024",
     [](Model& m) {
       m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
     }},
    {"InputTwice", "ME-GRAPH-011",
     [](Model& m) {
       set_value(m.mutable_graph()->add_input(), "x", {2, 4});
     }},
    {"OutputTwice", "ME-GRAPH-026",
     [](Model& m) {
       set_value(m.mutable_graph()->add_output(), "y", {2, 4});
     },
     false},
    {"NameDefinedTwice", "ME-GRAPH-010", [](Model& m) { add_node(m.mutable_graph(), "Relu", {"x"}, {"h"}); }},
    {"SubgraphShadows", "ME-GRAPH-010", [](Model& m) { add_if(m, "h"); }},
    {"InitializerTwice", "ME-GRAPH-012",
     [](Model& m) { *m.mutable_graph()->add_initializer() = *weight(m); }},
    {"InitializerWithoutName", "ME-GRAPH-013",
     [](Model& m) {
       *m.mutable_graph()->add_initializer() = *weight(m);
       m.mutable_graph()->mutable_initializer(1)->clear_name();
     },
     true, true},
    {"InitializerIsNoInputAtIr3", "ME-GRAPH-014", [](Model& m) { m.set_ir_version(3); }},
    {"Unsorted", "ME-GRAPH-015", [](Model& m) { m.mutable_graph()->mutable_node()->SwapElements(0, 1); }},
    {"UndefinedInput", "ME-GRAPH-016", [](Model& m) { node(m, 1)->set_input(0, "nope"); }},
    {"OutputNotProduced", "ME-GRAPH-017",
     [](Model& m) {
       set_value(m.mutable_graph()->add_output(), "z", {2, 4});
     }},
    {"Cycle", "ME-GRAPH-018",
     [](Model& m) {
       add_node(m.mutable_graph(), "Add", {"h", "q"}, {"p"});
       add_node(m.mutable_graph(), "Relu", {"p"}, {"q"});
     }},
    {"OutputDeclaredWrong", "ME-GRAPH-030",
     [](Model& m) {
       m.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(7);
     }},
    {"InitializerUnlikeInput", "ME-GRAPH-031",
     [](Model& m) {
       set_value(m.mutable_graph()->add_input(), "W", {2, 2});
     }},
    {"OutputIsASequence", "ME-GRAPH-030",
     [](Model& m) { m.mutable_graph()->mutable_output(0)->mutable_type()->mutable_sequence_type(); }},
    {"SequenceForTensor", "ME-OP-010",
     [](Model& m) { m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_sequence_type(); }},
    {"BodyReturnsOuterValue", "ME-GRAPH-033",
     [](Model& m) {
       add_if(m, "t");
       m.mutable_graph()->mutable_node(2)->mutable_attribute(0)->mutable_g()->mutable_output(0)->set_name(
           "h");
     }},
    {"BodyWithTwoOutputs", "ME-OP-015",
     [](Model& m) {
       add_if(m, "t");
       proto::GraphProto* body = m.mutable_graph()->mutable_node(2)->mutable_attribute(0)->mutable_g();
       *body->add_output() = body->output(0);
     }},
    {"ConstantWithoutValue", "ME-OP-014",
     [](Model& m) { add_node(m.mutable_graph(), "Constant", {}, {"k"}); }},
    {"SparseCount", "ME-TENSOR-021",
     [](Model& m) {
       add_sparse(m, {1, 2, 3});
     }},
    {"SparseRange", "ME-TENSOR-022",
     [](Model& m) {
       add_sparse(m, {1, 16});
     }},
    {"SparseOrder", "ME-TENSOR-023",
     [](Model& m) {
       add_sparse(m, {5, 1});
     }},
    {"FunctionsTooDeep", "ME-GRAPH-045",
     [](Model& m) {
       for (int i = 0; i <= 100; ++i)
         add_function(m, "F" + std::to_string(i), i == 100 ? "Relu" : "F" + std::to_string(i + 1),
                      i == 100 ? "" : "f");
     }},
    {"CastToNothing", "ME-OP-013",
     [](Model& m) { add_int(add_node(m.mutable_graph(), "Cast", {"h"}, {"k"}), "to", 99); }},
    {"FunctionOfAnotherSet", "ME-GRAPH-044",
     [](Model& m) {
       import_f(m);
       add_function(m, "F", "Relu", "")->mutable_opset_import(0)->set_version(13);
       m.mutable_functions(0)->mutable_node(0)->set_op_type("Elu");
       m.mutable_functions(0)->mutable_opset_import(0)->set_version(1);
     }},
    {"NoOperator", "ME-OP-001", [](Model& m) { node(m, 1)->clear_op_type(); }},
    {"DomainNotImported", "ME-OP-002",
     [](Model& m) {
       m.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(1);
       add_node(m.mutable_graph(), "Scaler", {"x"}, {"s"})->set_domain("ai.onnx.ml");
     }},
    {"FunctionDomainNotImported", "ME-OP-002",
     [](Model& m) {
       add_function(m, "F", "Relu", "");
       add_node(m.mutable_graph(), "F", {"x"}, {"s"})->set_domain("f");
     },
     true, true},
    {"UnknownOperator", "ME-OP-003", [](Model& m) { node(m, 1)->set_op_type("NoSuchOp"); }},
    {"OperatorTooNew", "ME-OP-003", [](Model& m) { node(m, 1)->set_op_type("Gelu"); }},
    {"OperatorRemoved", "ME-OP-003", [](Model& m) { node(m, 1)->set_op_type("Scatter"); }},
    {"TooManyInputs", "ME-OP-004", [](Model& m) { node(m, 1)->add_input("h"); }},
    {"TooFewInputs", "ME-OP-004", [](Model& m) { node(m, 0)->mutable_input()->RemoveLast(); }},
    {"RequiredInputEmpty", "ME-OP-005", [](Model& m) { node(m, 0)->set_input(1, ""); }},
    {"UnknownAttribute", "ME-OP-006", [](Model& m) { add_int(node(m, 0), "nope", 1); }},
    {"ToolMarkAsAttribute", "ME-OP-006",
     [](Model& m) {
       proto::AttributeProto* mark = node(m, 0)->add_attribute();
       mark->set_name("pkg.torch.onnx.namespace");
       mark->set_s("a: B/c");
       mark->set_type(proto::AttributeProto::STRING);
     },
     true, true},
    {"AttributeOfWrongType", "ME-OP-007",
     [](Model& m) {
       node(m, 1)->set_op_type("Softmax");
       proto::AttributeProto* axis = node(m, 1)->add_attribute();
       axis->set_name("axis");
       axis->set_f(1);
       axis->set_type(proto::AttributeProto::FLOAT);
     }},
    {"RequiredAttributeMissing", "ME-OP-008", [](Model& m) { node(m, 1)->set_op_type("Cast"); }},
    {"NodeWithoutAnything", "ME-OP-009",
     [](Model& m) { m.mutable_graph()->add_node()->set_op_type("Identity"); }, true, true},
    {"TypeNotTaken", "ME-OP-010",
     [](Model& m) {
       m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(8);
     }},
    {"TypesUnequal", "ME-OP-011",
     [](Model& m) {
       m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(11);
     }},
    {"AttributeWithoutName", "ME-OP-020",
     [](Model& m) {
       proto::AttributeProto* attribute = node(m, 0)->add_attribute();
       attribute->set_i(1);
       attribute->set_type(proto::AttributeProto::INT);
     },
     true, true},
    {"AttributeWithoutType", "ME-OP-021",
     [](Model& m) {
       node(m, 1)->set_op_type("Softmax");
       add_int(node(m, 1), "axis", 1)->clear_type();
     },
     true, true},
    {"AttributeTwice", "ME-OP-022",
     [](Model& m) {
       node(m, 1)->set_op_type("Softmax");
       add_int(node(m, 1), "axis", 1);
       add_int(node(m, 1), "axis", 1);
     },
     true, true},
    {"AttributeWithTwoValues", "ME-OP-023",
     [](Model& m) {
       node(m, 1)->set_op_type("Softmax");
       add_int(node(m, 1), "axis", 1)->set_f(1);
     }},
    {"ReferenceOutsideOfFunction", "ME-OP-024",
     [](Model& m) {
       node(m, 1)->set_op_type("Softmax");
       proto::AttributeProto* axis = add_int(node(m, 1), "axis", 1);
       axis->clear_i();
       axis->set_ref_attr_name("axis");
     },
     false},
    {"FunctionTwice", "ME-GRAPH-041",
     [](Model& m) {
       import_f(m);
       add_function(m, "F", "Relu", "");
       add_function(m, "F", "Relu", "");
     }},
    {"FunctionCallsItself", "ME-GRAPH-042",
     [](Model& m) {
       import_f(m);
       add_function(m, "F", "F", "f");
     }},
    {"FunctionBomb", "ME-SEC-001",
     [](Model& m) {
       import_f(m);
       for (int i = 0; i < 30; ++i) {
         proto::FunctionProto* f = add_function(m, "F" + std::to_string(i), "F" + std::to_string(i + 1), "f");
         *f->add_node() = f->node(0);
         f->mutable_node(1)->set_output(0, "b2");
       }
       add_function(m, "F30", "Relu", "");
       add_node(m.mutable_graph(), "F0", {"x"}, {"s"})->set_domain("f");
     }},
    {"TensorWithoutType", "ME-TENSOR-010", [](Model& m) { weight(m)->clear_data_type(); }},
    {"TensorOfUnknownType", "ME-TENSOR-011", [](Model& m) { weight(m)->set_data_type(99); }},
    {"NegativeDimensions", "ME-TENSOR-012", [](Model& m) { weight(m)->set_dims(0, -4); }},
    {"DimensionsOverflow", "ME-TENSOR-012",
     [](Model& m) {
       weight(m)->set_dims(0, 1LL << 62);
       weight(m)->set_dims(1, 8);
     }},
    {"NoData", "ME-TENSOR-013", [](Model& m) { weight(m)->clear_raw_data(); }},
    {"TwoDataFields", "ME-TENSOR-014", [](Model& m) { weight(m)->add_float_data(1); }},
    {"RawTooShort", "ME-TENSOR-015", [](Model& m) { weight(m)->set_raw_data(std::string(60, '\1')); }},
    {"TypedTooShort", "ME-TENSOR-015",
     [](Model& m) {
       weight(m)->clear_raw_data();
       for (int i = 0; i < 15; ++i) weight(m)->add_float_data(1);
     }},
    {"RawTooLong", "ME-TENSOR-016", [](Model& m) { weight(m)->set_raw_data(std::string(68, '\1')); }},
    {"FloatsAsIntegers", "ME-TENSOR-017",
     [](Model& m) {
       weight(m)->clear_raw_data();
       for (int i = 0; i < 16; ++i) weight(m)->add_int32_data(1);
     }},
    {"StringsAsRaw", "ME-TENSOR-018", [](Model& m) { weight(m)->set_data_type(8); }},
    {"EmptyWithData", "ME-TENSOR-019", [](Model& m) { weight(m)->set_dims(0, 0); }},
    {"ExternalEscapes", "ME-EXT-001",
     [](Model& m) {
       external(m, {{"location", "../w.bin"}});
     }},
    {"ExternalAbsolute", "ME-EXT-001",
     [](Model& m) {
       external(m, {{"location", "/etc/passwd"}});
     }},
    {"ExternalThroughLink", "ME-EXT-001",
     [](Model& m) {
       external(m, {{"location", "out.bin"}});
     }},
    {"ExternalWithoutLocation", "ME-EXT-002", [](Model& m) { external(m, {}); }},
    {"ExternalMissing", "ME-EXT-010",
     [](Model& m) {
       external(m, {{"location", "nope.bin"}});
     }},
    {"ExternalRenamed", "ME-EXT-010",
     [](Model& m) {
       external(m, {{"location", "old.onnx_data"}});
     },
     true, true},
    {"ExternalOnHub", "ME-EXT-025",
     [](Model& m) {
       external(m, {{"location", "model.safetensors"}});
       add_entry(m.mutable_metadata_props(), "hf_model_type", "hub");
       add_entry(m.mutable_metadata_props(), "hf_hub_id", "org/name");
     }},
    {"ExternalOfNobody", "ME-EXT-010",
     [](Model& m) {
       external(m, {{"location", "model.safetensors"}});
       add_entry(m.mutable_metadata_props(), "hf_model_type", "local");
     }},
    {"ExternalIsDirectory", "ME-EXT-011",
     [](Model& m) {
       external(m, {{"location", "."}});
     }},
    {"ExternalTooShort", "ME-EXT-012",
     [](Model& m) {
       external(m, {{"location", "w.bin"}, {"offset", "32"}});
     }},
    {"ExternalLength", "ME-EXT-013",
     [](Model& m) {
       external(m, {{"location", "w.bin"}, {"length", "60"}});
     },
     true, true},
    {"ExternalOffsetHex", "ME-EXT-014",
     [](Model& m) {
       external(m, {{"location", "w.bin"}, {"offset", "0x0"}});
     }},
    {"ExternalUnknownKey", "ME-EXT-015",
     [](Model& m) {
       external(m, {{"location", "w.bin"}, {"basepath", "a"}});
     },
     true, true},
    {"ExternalLocationTwice", "ME-EXT-016",
     [](Model& m) {
       external(m, {{"location", "w.bin"}, {"location", "w.bin"}});
     }},
    {"ExternalLink", "ME-EXT-017",
     [](Model& m) {
       external(m, {{"location", "link.bin"}});
     }},
    {"ExternalDots", "ME-EXT-018",
     [](Model& m) {
       external(m, {{"location", "a..b.bin"}});
     }},
    {"ExternalSelf", "ME-EXT-019",
     [](Model& m) {
       external(m, {{"location", "model.onnx"}});
     }},
    {"ExternalNul", "ME-EXT-020",
     [](Model& m) {
       external(m, {{"location", std::string("w.bin\0x", 7)}});
     }},
    {"ExternalAndInline", "ME-EXT-021",
     [](Model& m) {
       external(m, {{"location", "w.bin"}});
       weight(m)->set_raw_data(std::string(64, '\1'));
     }},
    {"MemoryAddress", "ME-SEC-002",
     [](Model& m) {
       external(m, {{"location", "*/_ORT_MEM_ADDR_/*"}});
     }},
    {"MetadataTwice", "ME-META-010",
     [](Model& m) {
       add_entry(m.mutable_metadata_props(), "a", "1");
       add_entry(m.mutable_metadata_props(), "a", "2");
     },
     true, true},
    {"NodeMetadataTwice", "ME-META-011",
     [](Model& m) {
       add_entry(node(m, 0)->mutable_metadata_props(), "a", "1");
       add_entry(node(m, 0)->mutable_metadata_props(), "a", "2");
     },
     false, true},
    {"MetadataWithoutKey", "ME-META-012", [](Model& m) { add_entry(m.mutable_metadata_props(), "", "1"); },
     false, true},
    {"Token", "ME-SEC-010",
     [](Model& m) { add_entry(m.mutable_metadata_props(), "note", "hf_" + std::string(34, 'a')); }},
    {"LocalPath", "ME-META-013",
     [](Model& m) { add_entry(m.mutable_metadata_props(), "note", "/home/me/model"); }, false},
    {"HubStampWithoutId", "ME-STAMP-002",
     [](Model& m) { add_entry(m.mutable_metadata_props(), "hf_model_type", "hub"); }, false},
    {"StampOfUnknownType", "ME-STAMP-003",
     [](Model& m) { add_entry(m.mutable_metadata_props(), "hf_model_type", "remote"); }, false},
    {"ShortRevision", "ME-STAMP-004",
     [](Model& m) {
       add_entry(m.mutable_metadata_props(), "hf_model_type", "hub");
       add_entry(m.mutable_metadata_props(), "hf_hub_id", "org/name");
       add_entry(m.mutable_metadata_props(), "hf_hub_revision", "1a2b3c4d");
     },
     false},
    {"TagAttribute", "ME-LEGACY-001",
     [](Model& m) {
       for (int i = 0; i < 2; ++i) {
         proto::AttributeProto* tag = node(m, i)->add_attribute();
         tag->set_name("hierarchy_tag");
         tag->set_s("/Net/Layer");
         tag->set_type(proto::AttributeProto::STRING);
       }
     },
     true, true},
    {"TagInSubgraph", "ME-LEGACY-001",
     [](Model& m) {
       add_if(m, "i");
       proto::AttributeProto* tag =
           node(m, 2)->mutable_attribute(0)->mutable_g()->mutable_node(0)->add_attribute();
       tag->set_name("hierarchy_tag");
       tag->set_s("/Net");
       tag->set_type(proto::AttributeProto::STRING);
     },
     true, true},
    {"TrailingSlashInTag", "ME-TAG-010",
     [](Model& m) {
       for (int i = 0; i < 2; ++i) add_entry(node(m, i)->mutable_metadata_props(), "hierarchy_tag", "/Net/");
     },
     false, true},
    {"NotAllTagged", "ME-TAG-011",
     [](Model& m) { add_entry(node(m, 0)->mutable_metadata_props(), "hierarchy_tag", "/Net"); }, false},
    {"TagNamesNoModule", "ME-TAG-012",
     [](Model& m) {
       for (int i = 0; i < 2; ++i)
         add_entry(node(m, i)->mutable_metadata_props(), "hierarchy_tag", "/Net/Foo");
       add_entry(m.mutable_graph()->mutable_metadata_props(), "hierarchy_modules",
                 R"([{"path":"","class":"Net","tag":"/Net","calls":1}])");
     },
     false},
    {"NodeNameTwice", "ME-GRAPH-032", [](Model& m) { node(m, 1)->set_name(node(m, 0)->name()); }, true, true},
    {"NameIsNoUtf8", "ME-WIRE-013", [](Model& m) { m.set_producer_name("\xff\xfe"); }, false},
    {"NameHoldsNul", "ME-WIRE-014", [](Model& m) { m.set_producer_name(std::string("a\0b", 3)); }, false},
};

/// w.bin has 64 bytes; out.bin leads outside; link.bin is a link inside.
void fill(MemorySurroundings& around) {
  around.add("w.bin", {.regular = true, .size = 64});
  around.add("a..b.bin", {.regular = true, .size = 64});
  around.add("model.onnx_data", {.regular = true, .size = 64});
  around.add("out.bin", {.regular = true, .inside = false, .link = true, .size = 64});
  around.add("link.bin", {.regular = true, .link = true, .size = 64});
  around.add(".", {.regular = false});
  around.add("model.onnx", {.regular = true, .is_model = true, .size = 400});
}

class Seeded : public ::testing::TestWithParam<Defect> {
 protected:
  Seeded() {
    fill(around_);
    options_.readers = Reader::ort | Reader::onnx;
    options_.around = &around_;
    Model model = good_model();
    GetParam().seed(model);
    bytes_ = model.SerializeAsString();
  }
  MemorySurroundings around_;
  Options options_;
  std::string bytes_;
};

TEST_P(Seeded, IsFoundAndCured) {
  const MemorySource source(bytes_, "dir/model.onnx");
  const auto plan = FixPlan::make(source, options_);
  ASSERT_TRUE(plan) << plan.error().message;
  const Finding* finding = find(plan->before(), GetParam().rule);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity == Severity::error, GetParam().error);
  EXPECT_FALSE(finding->message.empty());
  EXPECT_FALSE(finding->where.field.empty() && !finding->where.offset && plan->before().findings.size() > 50);
  EXPECT_EQ(plan->before().count(Severity::error) > 0, GetParam().error);
  if (!GetParam().cured) return;
  EXPECT_TRUE(finding->fixable());
  EXPECT_EQ(find(plan->left(), GetParam().rule), nullptr);
  EXPECT_EQ(plan->left().count(Severity::error), 0U) << errors_of(plan->left()).front();
  MemorySink sink;
  ASSERT_TRUE(plan->execute(sink, no_progress()));
  Model before;
  Model after;
  ASSERT_TRUE(before.ParseFromString(bytes_));
  ASSERT_TRUE(after.ParseFromString(std::string(as_text(sink.bytes()))));
  EXPECT_EQ(before.graph().initializer(0).raw_data(), after.graph().initializer(0).raw_data());
  EXPECT_EQ(before.graph().node(0).op_type(), after.graph().node(0).op_type());
  const MemorySource cured(as_text(sink.bytes()), "dir/model.onnx");
  const auto again = FixPlan::make(cured, options_);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->unchanged());
}

INSTANTIATE_TEST_SUITE_P(Defects, Seeded, ::testing::ValuesIn(kDefects),
                         [](const auto& item) { return std::string(item.param.name); });

}  // namespace
}  // namespace modelexport::check
