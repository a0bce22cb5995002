#include "hub/listing.h"

#include <gtest/gtest.h>

#include "hub/cache_layout.h"
#include "hub/choice.h"
#include "hub/model_info.h"

namespace modelexport::hub {
namespace {

const std::string kOid(40, 'a');
const std::string kSha(64, 'b');
const std::string kCommit(40, 'c');

std::string item(const std::string& path, const std::string& more = {}) {
  return R"({"type":"file","path":")" + path + R"(","size":3,"oid":")" + kOid + "\"" + more + "}";
}

TEST(Listing, FilesWithTheirEtags) {
  Listing files;
  const std::string page =
      "[" + item("config.json") + R"(,{"type":"directory","path":"d","oid":"x","size":0},)" +
      item("d/model.bin", R"(,"lfs":{"oid":")" + kSha + R"(","size":3,"pointerSize":130})") + "]";
  ASSERT_TRUE(parse_tree_page(page, "u", {}, files));
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].etag(), kOid);
  EXPECT_EQ(files[1].etag(), kSha);
  EXPECT_EQ(find(files, "d/model.bin")->size, 3U);
  EXPECT_EQ(find(files, "nothing"), nullptr);
}

TEST(Listing, HostileEntriesAreRefused) {
  for (const char* path : {"../x", "/etc/passwd", "a//b", "a/../b", "a\\\\b", "C:x", "a\\u0000b", ""}) {
    Listing files;
    EXPECT_EQ(parse_tree_page("[" + item(path) + "]", "u", {}, files).error().code, ErrorCode::hub_bad_answer)
        << path;
  }
  for (const char* page :
       {"<html>", "{}", "[1]", "[{}]", R"([{"type":"file","path":"a","size":-1,"oid":"x"}])",
        R"([{"type":"file","path":"a","size":1,"oid":"../../x"}])"}) {
    Listing files;
    EXPECT_EQ(parse_tree_page(page, "u", {}, files).error().code, ErrorCode::hub_bad_answer) << page;
  }
  Limits small;
  small.zip_members = 1;
  Listing files;
  EXPECT_FALSE(parse_tree_page("[" + item("a") + "," + item("b") + "]", "u", small, files));
}

TEST(Listing, TheWholeListIsConsistent) {
  Listing files{{"b", 1, kOid, ""}, {"a", 2, kOid, ""}, {"b", 1, kOid, ""}};
  ASSERT_TRUE(finish_listing(files, "u"));
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].path, "a");
  Listing different{{"b", 1, kOid, ""}, {"b", 2, kOid, ""}};
  EXPECT_EQ(finish_listing(different, "u").error().code, ErrorCode::hub_bad_answer);
  Listing directory{{"a/b/c", 1, kOid, ""}, {"a/b", 1, kOid, ""}};
  EXPECT_EQ(finish_listing(directory, "u").error().code, ErrorCode::hub_bad_answer);
  Listing sibling{{"a/b", 1, kOid, ""}, {"a.json", 1, kOid, ""}, {"a-b/c", 1, kOid, ""}};
  EXPECT_TRUE(finish_listing(sibling, "u"));
}

TEST(Listing, NextPage) {
  Headers headers;
  headers.add("Link: <https://h/a>; rel=\"prev\", <https://h/b?cursor=1>; rel=\"next\"");
  EXPECT_EQ(next_page(headers), "https://h/b?cursor=1");
  EXPECT_EQ(next_page(Headers()), "");
}

TEST(Listing, TreeFileOfTheCacheComesBack) {
  const Listing files{{"z.bin", 7, kOid, kSha}, {"a.json", 0, kOid, ""}};
  const auto read = parse_tree_file(tree_file(files), {});
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->front().path, "a.json");
  EXPECT_EQ(find(*read, "z.bin")->etag(), kSha);
  EXPECT_EQ(find(*read, "z.bin")->size, 7U);
  EXPECT_FALSE(parse_tree_file(R"({"format_version":2,"files":{}})", {}));
  EXPECT_FALSE(
      parse_tree_file(R"({"format_version":1,"files":{"../x":{"size":1,"blob_id":")" + kOid + R"("}}})", {}));
  EXPECT_FALSE(parse_tree_file("", {}));
}

TEST(CacheLayout, Names) {
  EXPECT_EQ(repo_folder("Org/a.b"), "models--Org--a.b");
  EXPECT_EQ(repo_folder("gpt2"), "models--gpt2");
  EXPECT_EQ(repo_id_of_folder("models--Org--a.b"), "Org/a.b");
  EXPECT_EQ(repo_id_of_folder("models--gpt2"), "gpt2");
  EXPECT_FALSE(repo_id_of_folder("datasets--x"));
  EXPECT_FALSE(repo_id_of_folder("models--.."));
  EXPECT_EQ(ref_path("refs/pr/1"), "refs/refs/pr/1");
  EXPECT_EQ(link_target("config.json", "e"), "../../blobs/e");
  EXPECT_EQ(link_target("sub/dir/f", "e"), "../../../../blobs/e");
  EXPECT_EQ(lock_path("a/b", "e"), ".locks/models--a--b/e.lock");
}

TEST(CacheLayout, ShortCommits) {
  const std::vector<std::string> commits{"abcd" + std::string(36, '0'), "abce" + std::string(36, '0'),
                                         "no commit"};
  EXPECT_EQ(complete_commit("abcd", commits), commits[0]);
  EXPECT_FALSE(complete_commit("abc", commits));
  EXPECT_FALSE(complete_commit("f", commits));
  EXPECT_TRUE(is_short_commit("607a30d7"));
  EXPECT_FALSE(is_short_commit("main"));
  EXPECT_FALSE(is_short_commit(kCommit));
}

TEST(Choice, ComponentsAndPatterns) {
  const Listing files{
      {"tokenizer.json", 1, kOid, ""}, {"config.json", 1, kOid, ""}, {"model.safetensors", 1, kOid, kSha},
      {"README.md", 1, kOid, ""},      {"LICENSE", 1, kOid, ""},     {"onnx/model.onnx", 1, kOid, kSha}};
  EXPECT_EQ(component_files(files), (std::vector<std::string>{"LICENSE", "config.json", "tokenizer.json"}));
  EXPECT_EQ(*named_files(files, {"*.json", "config.json", "onnx/*"}, "m"),
            (std::vector<std::string>{"config.json", "onnx/model.onnx", "tokenizer.json"}));
  EXPECT_EQ(named_files(files, {"*"}, "m")->size(), files.size());  // also what is in directories
  EXPECT_EQ(*named_files(files, {"*.onnx"}, "m"), (std::vector<std::string>{"onnx/model.onnx"}));
  EXPECT_EQ(*named_files(files, {"o*x/*l.onnx"}, "m"), (std::vector<std::string>{"onnx/model.onnx"}));
  EXPECT_EQ(*named_files(files, {"*tok*iz*"}, "m"), (std::vector<std::string>{"tokenizer.json"}));
  for (const char* none :
       {"none.*", "x*", "*.jso", "config.json*config.json", "config.js", "o*nn*nnx*onnx*x*x"})
    EXPECT_EQ(named_files(files, {none}, "m").error().code, ErrorCode::hub_file_not_found) << none;
}

TEST(Choice, WhetherTheCacheSuffices) {
  const std::string bert = R"({"model_type":"bert","architectures":["BertForSequenceClassification"]})";
  const std::string gpt2 = R"({"model_type":"gpt2","architectures":["GPT2LMHeadModel"]})";
  EXPECT_FALSE(has_all_components({{"config.json"}, {}, bert}));
  EXPECT_FALSE(has_all_components({{"config.json", "tokenizer.json"}, {}, bert}));
  EXPECT_TRUE(has_all_components({{"config.json", "tokenizer.json", "tokenizer_config.json"}, {}, bert}));
  EXPECT_TRUE(
      has_all_components({{"config.json", "preprocessor_config.json"}, {}, R"({"model_type":"vit"})"}));
  EXPECT_FALSE(has_all_components({{"config.json", "tokenizer.json", "tokenizer_config.json"}, {}, gpt2}));
  const std::set<std::string> text{"config.json", "tokenizer.json", "tokenizer_config.json"};
  EXPECT_FALSE(has_all_components({text, {"generation_config.json"}, gpt2}));  // a chat template may exist
  EXPECT_TRUE(has_all_components({text, {"generation_config.json", "chat_template.jinja"}, gpt2}));
  // A snapshot that was taken as a whole has what there is; one that broke off has not.
  std::set<std::string> whole = text;
  whole.insert(".gitattributes");
  EXPECT_FALSE(has_all_components({whole, {}, gpt2}));
  whole.insert("model.safetensors");
  EXPECT_TRUE(has_all_components({whole, {}, gpt2}));
  std::set<std::string> both = text;
  both.insert("preprocessor_config.json");
  EXPECT_FALSE(has_all_components({both, {}, R"({"model_type":"clip"})"}));
  EXPECT_TRUE(has_all_components({both, {"processor_config.json"}, R"({"model_type":"clip"})"}));
  const std::string whisper =
      R"({"model_type":"whisper","architectures":["WhisperForConditionalGeneration"]})";
  const CachedFiles spoken{
      {"config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"}, {}, whisper};
  EXPECT_FALSE(has_all_components(spoken));
  // Whatever the kind of model: nothing that a loader asks for is unknown.
  const std::vector<std::string> absent = absent_components({{"config.json", 1, kOid, ""}});
  EXPECT_EQ(absent.front(), "generation_config.json");
  EXPECT_TRUE(has_all_components({{"config.json"}, {absent.begin(), absent.end()}, bert}));
  EXPECT_TRUE(has_weights({"config.json", "model.safetensors"}));
  EXPECT_FALSE(has_weights({"config.json"}));
}

TEST(ModelInfo, FactsAndRefusals) {
  const std::string text =
      R"({"id":"Org/Name","sha":")" + kCommit +
      R"(","gated":"auto","cardData":{"license":["mit"]},"pipeline_tag":"fill-mask","tags":[]})";
  const auto info = parse_model_info(text, "u", {});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->id, "Org/Name");
  EXPECT_TRUE(info->gated);
  EXPECT_EQ(info->license, "mit");
  EXPECT_EQ(info->task, "fill-mask");
  EXPECT_EQ(
      parse_model_info(R"({"id":"a/b","sha":")" + kCommit + R"(","tags":["license:apache-2.0"]})", "u", {})
          ->license,
      "apache-2.0");
  for (const char* bad : {"<html></html>", "[]", R"({"id":"a/b"})", R"({"id":"a/b","sha":"main"})",
                          R"({"id":"../x","sha":"x"})"})
    EXPECT_EQ(parse_model_info(bad, "u", {}).error().code, ErrorCode::hub_bad_answer) << bad;
}

}  // namespace
}  // namespace modelexport::hub
