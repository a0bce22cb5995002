#include "modelexport/stamp.h"

#include <gtest/gtest.h>

namespace modelexport::stamp {
namespace {

const std::string kOne(40, '1');
const std::string kTwo(40, '2');

source::Source classify(const std::string& name) { return source::classify(name, nullptr, nullptr); }

constexpr const char* kRecord = R"({
  "schema": "modelexport/capture/1", "format": "pt2", "source": "org/name", "source_kind": "hub",
  "repo_id": "org/name", "revision": null, "commit": "1111111111111111111111111111111111111111",
  "task": "fill-mask", "class": "BertForMaskedLM", "model_type": "bert", "inputs": [], "outputs": [],
  "versions": {"torch": "2.15.0", "transformers": "4.57.6", "tokenizers": null},
  "tokenizer": {"class": "BertTokenizerFast", "size": 99, "fingerprint": "sha256:ab"}})";

Record record() {
  Result<Record> read = read_record(kRecord, Limits{});
  EXPECT_TRUE(read.has_value());
  return read ? *read : Record{};
}

MakeOptions options() {
  MakeOptions out;
  out.version = "1.0.0";
  return out;
}

TEST(StampMake, CapturedCommitWins) {
  const source::Source source = classify("org/name@" + kTwo);
  const Record captured = record();
  const Result<Made> made = make(&source, &captured, options());
  ASSERT_TRUE(made.has_value());
  const Entries expected = {
      {"hf_model_type", "hub"},
      {"hf_hub_id", "org/name"},
      {"hf_hub_revision", kOne},
      {"hf_revision_evidence", "captured"},
      {"hf_task", "fill-mask"},
      {"modelexport.version", "1.0.0"},
      {"modelexport.captured_with",
       R"({"torch":"2.15.0","transformers":"4.57.6","tokenizer":{"class":"BertTokenizerFast","size":99,)"
       R"("fingerprint":"sha256:ab"}})"}};
  EXPECT_EQ(made->entries, expected);
  ASSERT_EQ(made->warnings.size(), 1U);
  EXPECT_EQ(made->warnings[0].code, ErrorCode::stamp_conflict);
}

TEST(StampMake, RecordOfAnotherModelDoesNotPin) {
  const source::Source source = classify("org/other@" + kTwo);
  const Record captured = record();
  const Result<Made> made = make(&source, &captured, options());
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->evidence, Evidence::given);
  EXPECT_EQ(read(made->entries).revision, kTwo);
}

TEST(StampMake, RecordAloneNamesItsSource) {
  const Record captured = record();
  const source::Source source = source_of(captured);
  const Result<Made> made = make(&source, &captured, options());
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->evidence, Evidence::captured);
  EXPECT_TRUE(made->warnings.empty());
}

TEST(StampMake, BranchHeadIsWrittenWithAWarning) {
  source::Source source = classify("hf://org/name@main");
  source.commit = kOne;
  const Result<Made> made = make(&source, nullptr, options());
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->evidence, Evidence::branch_head);
  EXPECT_EQ(made->warnings.size(), 1U);
  MakeOptions matched = options();
  matched.weights_match = true;
  EXPECT_EQ(make(&source, nullptr, matched)->evidence, Evidence::weights_match);
}

TEST(StampMake, UnknownCommitNeedsPermission) {
  const source::Source source = classify("hf://org/name");
  const Result<Made> refused = make(&source, nullptr, options());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::stamp_unpinned);
  MakeOptions allowed = options();
  allowed.allow_unpinned = true;
  const Result<Made> made = make(&source, nullptr, allowed);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(read(made->entries).revision_form, RevisionForm::none);
  EXPECT_EQ(made->warnings.size(), 1U);
}

TEST(StampMake, LocalPathsLoseTheirDirectories) {
  const std::pair<const char*, const char*> cases[] = {{"./models/bert", "./models/bert"},
                                                       {"/home/me/bert/", "bert"},
                                                       {"~/models/bert", "bert"},
                                                       {"C:\\work\\bert", "bert"},
                                                       {"file:///home/me/my%20bert", "my bert"}};
  for (const auto& [input, shown] : cases) {
    const source::Source source = classify(input);
    const Result<Made> made = make(&source, nullptr, options());
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(read(made->entries).original_path, shown) << input;
    EXPECT_EQ(read(made->entries).kind, Kind::local);
  }
  MakeOptions keep = options();
  keep.keep_paths = true;
  const source::Source source = classify("/home/me/bert");
  EXPECT_EQ(read(make(&source, nullptr, keep)->entries).original_path, "/home/me/bert");
}

TEST(StampMake, UnknownSourceWritesNoHfKey) {
  const Result<Made> made = make(nullptr, nullptr, options());
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->entries, (Entries{{"modelexport.version", "1.0.0"}}));
}

TEST(StampRecord, UntrustedTextIsRefused) {
  for (const char* bad : {"", "{", "[]", R"({"schema":"x"})",
                          R"({"schema":"modelexport/capture/1","source_kind":"hub","repo_id":"../../x"})",
                          R"({"schema":"modelexport/capture/1","commit":"abc"})"}) {
    const Result<Record> read = read_record(bad, Limits{});
    ASSERT_FALSE(read.has_value()) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::record_invalid);
  }
}

TEST(StampEdit, ReplaceKeepsForeignKeysAndDropsOldStamps) {
  const Entries old = {{"author", "me"},
                       {"hf_hub_id", "a/b"},
                       {"hf_export_version", "0.1.0"},
                       {"k", "v"},
                       {"modelexport.version", "0.9"}};
  const Entries made = {{"hf_model_type", "local"}};
  EXPECT_EQ(replace(old, made), (Entries{{"author", "me"}, {"k", "v"}, {"hf_model_type", "local"}}));
  EXPECT_EQ(
      edit(old, {{"k", "w"}, {"new", "n"}}, {"author", "hf_hub_id"}),
      (Entries{{"hf_export_version", "0.1.0"}, {"k", "w"}, {"modelexport.version", "0.9"}, {"new", "n"}}));
}

TEST(StampRead, LegacyStamp) {
  const Entries entries = {{"hf_hub_id", "toy-org/toy"},     {"hf_hub_revision", "01234567"},
                           {"hf_model_type", "hub"},         {"hf_export_version", "0.1.0"},
                           {"hf_pipeline_tag", "fill-mask"}, {"hf_private", "False"}};
  const Stamp stamp = read(entries);
  EXPECT_EQ(stamp.kind, Kind::hub);
  EXPECT_EQ(stamp.revision_form, RevisionForm::short_hash);
  EXPECT_EQ(stamp.task, "fill-mask");
  EXPECT_TRUE(stamp.legacy);
  const Diagnostics findings = check(entries);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].code, ErrorCode::stamp_unpinned);
  const Result<source::Source> source = source_of(stamp, "m.onnx");
  ASSERT_TRUE(source.has_value());
  EXPECT_EQ(source->revision, "01234567");
  EXPECT_TRUE(source->commit.empty());
}

TEST(StampRead, Contradictions) {
  const std::pair<Entries, ErrorCode> cases[] = {
      {{{"hf_model_type", "hub"}}, ErrorCode::stamp_conflict},
      {{{"hf_model_type", "local"}, {"hf_hub_id", "a/b"}, {"hf_hub_revision", kOne}},
       ErrorCode::stamp_conflict},
      {{{"hf_hub_id", "a/b"}, {"hf_hub_revision", kOne}}, ErrorCode::stamp_conflict},
      {{{"hf_model_type", "gguf"}}, ErrorCode::stamp_unknown_type},
      {{{"hf_model_type", "hub"}, {"hf_hub_id", "a b"}, {"hf_hub_revision", kOne}},
       ErrorCode::stamp_bad_value},
      {{{"hf_model_type", "hub"}, {"hf_hub_id", "a/b"}, {"hf_hub_revision", "../x"}},
       ErrorCode::stamp_bad_value},
      {{{"hf_model_type", "hub"}, {"hf_hub_id", "a/b"}}, ErrorCode::stamp_unpinned},
      {{{"hf_model_type", "local"}, {"hf_model_type", "local"}}, ErrorCode::stamp_conflict}};
  for (const auto& [entries, code] : cases) {
    const Diagnostics findings = check(entries);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].code, code);
  }
  EXPECT_TRUE(check({}).empty());
  EXPECT_TRUE(check({{"hf_model_type", "hub"}, {"hf_hub_id", "a/b"}, {"hf_hub_revision", kOne}}).empty());
  const Result<source::Source> none = source_of(read({}), "m.onnx");
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(none.error().message.find("Cannot determine model type"), std::string::npos);
  const Result<source::Source> hostile =
      source_of(read({{"hf_model_type", "hub"}, {"hf_hub_id", "../../etc"}}), "my m.onnx");
  ASSERT_FALSE(hostile.has_value());
  EXPECT_EQ(hostile.error().code, ErrorCode::stamp_bad_value);
  EXPECT_NE(hostile.error().message.find("'../../etc', which is no Hub id"), std::string::npos);
  EXPECT_NE(hostile.error().hint.find("modelexport stamp 'my m.onnx' --source"), std::string::npos);
}

TEST(StampRead, WeightsThatStayOnTheHub) {
  const Stamp hub = read({{"hf_model_type", "hub"}, {"hf_hub_id", "a/b"}, {"hf_hub_revision", kOne}});
  EXPECT_EQ(hub_name(hub), std::string("a/b@") + kOne);
  EXPECT_TRUE(is_on_hub(hub, "model-00001-of-00002.safetensors"));
  for (const char* location : {"model.onnx_data", "sub/model.safetensors", "..\\model.safetensors", ""})
    EXPECT_FALSE(is_on_hub(hub, location)) << location;
  EXPECT_FALSE(is_on_hub(read({{"hf_model_type", "local"}, {"hf_hub_id", "a/b"}}), "model.safetensors"));
  EXPECT_FALSE(is_on_hub(read({{"hf_model_type", "hub"}, {"hf_hub_id", "../b"}}), "model.safetensors"));
  EXPECT_EQ(hub_name(read({{"hf_model_type", "hub"}, {"hf_hub_id", "a/b"}})), "a/b");
}

}  // namespace
}  // namespace modelexport::stamp
