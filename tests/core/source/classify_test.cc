#include <gtest/gtest.h>

#include <map>
#include <set>

#include "modelexport/source.h"

namespace modelexport::source {
namespace {

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";

class Paths : public PathProbe {
 public:
  bool exists(std::string_view path) const override { return found.count(std::string(path)) != 0; }
  bool is_directory(std::string_view path) const override { return exists(path); }
  std::set<std::string> found;
};

class Hub : public HubProbe {
 public:
  HubAnswer ask(std::string_view id, std::string_view) override {
    ++asked;
    const auto found = answers.find(std::string(id));
    HubAnswer answer;
    answer.status = found == answers.end() ? HubStatus::not_found : found->second;
    if (answer.status == HubStatus::found) answer.commit = kCommit;
    answer.revision_missing = answer.status == HubStatus::not_found && id == no_revision;
    if (answer.status == HubStatus::unreachable) answer.detail = "no JSON (http://hub/api)";
    return answer;
  }
  HubAnswer cached(std::string_view id, std::string_view) override {
    HubAnswer answer;
    if (cache.count(std::string(id)) != 0) {
      answer.status = HubStatus::found;
      answer.commit = kCommit;
    }
    answer.suggestions = {"bert-base-uncased"};
    return answer;
  }
  std::map<std::string, HubStatus> answers;
  std::set<std::string> cache;
  std::string no_revision;  ///< a model that is known, but not at the revision that is asked for
  int asked = 0;
};

struct Case {
  const char* input;
  Kind kind;
  Reason reason;
};

TEST(Classify, RulesWithAnEmptyWorld) {
  const Case cases[] = {
      {"./my_model", Kind::local, Reason::path_prefix},
      {"../models/custom", Kind::local, Reason::path_prefix},
      {"/mnt/models/bert", Kind::local, Reason::path_prefix},
      {"~", Kind::local, Reason::path_prefix},
      {"~/bert", Kind::local, Reason::path_prefix},
      {"~user/bert", Kind::local, Reason::path_prefix},
      {"file:model", Kind::local, Reason::path_prefix},
      {"FILE:///opt/model", Kind::local, Reason::path_prefix},
      {"C:\\models\\bert", Kind::local, Reason::path_prefix},
      {"c:/models/bert", Kind::local, Reason::path_prefix},
      {"\\\\server\\share\\bert", Kind::local, Reason::path_prefix},
      {".hidden", Kind::local, Reason::path_prefix},
      {"org/.hidden", Kind::local, Reason::path_prefix},
      {".", Kind::local, Reason::path_prefix},
      {"models\\bert", Kind::local, Reason::path_separator},
      {"path/to/model", Kind::local, Reason::path_separator},
      {"org/name/", Kind::local, Reason::path_separator},
      {"bert-base-uncased", Kind::local, Reason::unverified},
      {"google/flan-t5-xl", Kind::local, Reason::unverified},
      {"google/flan-t5-xl@main", Kind::local, Reason::unverified},
      {"a--b", Kind::invalid, Reason::bad_name},
      {"a b", Kind::invalid, Reason::bad_name},
      {"-a/b", Kind::invalid, Reason::bad_name},
      {"org/name.git", Kind::invalid, Reason::bad_name},
      {"org/name@", Kind::invalid, Reason::bad_name},
      {"org/name@a..b", Kind::invalid, Reason::bad_name},
      {"", Kind::invalid, Reason::bad_name},
      {"b\xc3\xa9rt", Kind::invalid, Reason::bad_name},
      {"bert\n", Kind::invalid, Reason::bad_name},
      {"https://example.com/org/name", Kind::invalid, Reason::bad_name},
      {"https://huggingface.co/datasets/org/name", Kind::invalid, Reason::bad_name},
      {"hf://datasets/org/name", Kind::invalid, Reason::bad_name},
      {"hf://name", Kind::invalid, Reason::bad_name},
      {"hf://org/name@main/../../x", Kind::invalid, Reason::bad_name},
      {"hf://org/name", Kind::hub, Reason::hub_scheme},
      {"https://huggingface.co/gpt2", Kind::hub, Reason::hub_scheme},
  };
  for (const Case& c : cases) {
    const Source source = classify(c.input, nullptr, nullptr);
    EXPECT_EQ(source.kind, c.kind) << c.input;
    EXPECT_EQ(source.reason, c.reason) << c.input << " " << to_string(source.reason);
    EXPECT_EQ(source.verified, Verified::none) << c.input;
  }
}

TEST(Classify, ExistingPathWinsOverEverythingButLinks) {
  Paths paths;
  paths.found = {"bert", "org/name@main", "./x"};
  Hub hub;
  hub.answers["bert"] = HubStatus::found;
  EXPECT_EQ(classify("bert", &paths, &hub).reason, Reason::existing_path);
  EXPECT_EQ(classify("org/name@main", &paths, &hub).kind, Kind::local);
  EXPECT_EQ(classify("./x", &paths, &hub).reason, Reason::existing_path);
  EXPECT_EQ(classify("hf://org/name@main", &paths, &hub).kind, Kind::hub);
  EXPECT_TRUE(require_usable(classify("bert", &paths, &hub)).has_value());
}

TEST(Classify, TheCacheHasNoRevisionThatTheHubDenies) {
  for (const char* input : {"google/t5@gone", "hf://google/t5@gone"}) {
    Hub hub;
    hub.cache = {"google/t5"};
    EXPECT_EQ(classify(input, nullptr, &hub).verified, Verified::cache) << input;  // an unknown model
    hub.no_revision = "google/t5";
    const Source source = classify(input, nullptr, &hub);
    EXPECT_EQ(source.hub_status, HubStatus::not_found) << input;
    EXPECT_EQ(source.commit, "");
    EXPECT_EQ(require_usable(source).error().code, ErrorCode::hub_revision_not_found);
  }
}

TEST(Classify, HubAndCacheVerify) {
  Hub hub;
  hub.answers = {{"google/t5", HubStatus::found},
                 {"secret/model", HubStatus::private_model},
                 {"far/away", HubStatus::unreachable},
                 {"old/gone", HubStatus::not_found},
                 {"cached/model", HubStatus::unreachable}};
  hub.cache = {"cached/model"};
  Source source = classify("google/t5", nullptr, &hub);
  EXPECT_EQ(source.kind, Kind::hub);
  EXPECT_EQ(source.reason, Reason::hub_api);
  EXPECT_EQ(source.verified, Verified::api);
  EXPECT_EQ(source.commit, kCommit);
  source = classify("cached/model", nullptr, &hub);
  EXPECT_EQ(source.reason, Reason::hub_cache);
  EXPECT_EQ(source.verified, Verified::cache);
  EXPECT_EQ(source.hub.status, HubStatus::unreachable);  // why the cache had to be asked
  EXPECT_EQ(source.hub.detail, "no JSON (http://hub/api)");

  const std::map<std::string, std::pair<Reason, ErrorCode>> local = {
      {"secret/model", {Reason::private_model, ErrorCode::source_private}},
      {"far/away", {Reason::unverified, ErrorCode::source_unreachable}},
      {"old/gone", {Reason::not_found, ErrorCode::source_not_found}}};
  for (const auto& [name, expected] : local) {
    source = classify(name, nullptr, &hub);
    EXPECT_EQ(source.kind, Kind::local) << name;
    EXPECT_EQ(source.reason, expected.first) << name;
    const Status status = require_usable(source);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, expected.second) << name;
    EXPECT_EQ(error_info(status.error().code).exit_code, 4) << name;
  }
  const Status gone = require_usable(classify("old/gone", nullptr, &hub));
  EXPECT_NE(gone.error().message.find("Model not found on HuggingFace Hub"), std::string::npos);
  EXPECT_NE(gone.error().hint.find("Did you mean bert-base-uncased?"), std::string::npos);
}

TEST(Classify, AKnownModelWithoutTheRevisionIsHub) {
  Hub hub;
  hub.no_revision = "org/name";
  for (const char* name : {"org/name@v9", "hf://org/name@v9"}) {
    const Source source = classify(name, nullptr, &hub);
    EXPECT_EQ(source.kind, Kind::hub) << name;
    EXPECT_TRUE(source.commit.empty());
    const Status status = require_usable(source);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::hub_revision_not_found);
    EXPECT_NE(status.error().message.find("org/name has no revision 'v9'"), std::string::npos);
  }
  EXPECT_EQ(classify("org/name@v9", nullptr, &hub).reason, Reason::not_found);
}

TEST(Classify, TheErrorSaysWhyNobodyCouldBeAsked) {
  Hub hub;
  hub.answers["far/away"] = HubStatus::unreachable;
  const Status status = require_usable(classify("far/away", nullptr, &hub));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().message,
            "'far/away' could not be verified, and no such directory exists: no JSON (http://hub/api).");
}

TEST(Classify, OfflineAsksOnlyTheCache) {
  Hub hub;
  hub.answers["google/t5"] = HubStatus::found;
  ClassifyOptions options;
  options.offline = true;
  EXPECT_EQ(classify("google/t5", nullptr, &hub, options).reason, Reason::unverified);
  EXPECT_EQ(hub.asked, 0);
}

TEST(Classify, CommitNeedsNoNetwork) {
  Hub hub;
  Source source = classify(std::string("org/name@") + kCommit, nullptr, &hub);
  EXPECT_EQ(source.kind, Kind::hub);
  EXPECT_EQ(source.reason, Reason::pinned);
  EXPECT_EQ(source.repo_id, "org/name");
  EXPECT_EQ(source.commit, kCommit);
  EXPECT_EQ(source.path, "org/name@" + std::string(kCommit));
  EXPECT_EQ(hub.asked, 0);
  source = classify("org/name@0123456789ABCDEF0123456789ABCDEF01234567", nullptr, &hub);
  EXPECT_EQ(source.commit, kCommit);
  ClassifyOptions options;
  options.revision = kCommit;
  EXPECT_EQ(classify("org/name", nullptr, &hub, options).reason, Reason::pinned);
}

TEST(Classify, LinksNameRevisionAndFile) {
  struct Link {
    const char* input;
    const char* id;
    const char* revision;
    const char* file;
  };
  const Link links[] = {
      {"hf://org/name@v1.0/onnx/model.onnx", "org/name", "v1.0", "onnx/model.onnx"},
      {"hf://models/org/name", "org/name", "", ""},
      {"hf://gpt2@v1.0/model.onnx", "gpt2", "v1.0", "model.onnx"},
      {"hf://org/name@refs/pr/3/model.onnx", "org/name", "refs/pr/3", "model.onnx"},
      {"hf://org/name/model.onnx", "org/name", "", "model.onnx"},
      {"https://huggingface.co/org/name/", "org/name", "", ""},
      {"https://hf.co/org/name/tree/dev/sub", "org/name", "dev", ""},
      {"https://huggingface.co/org/name/resolve/refs%2Fpr%2F1/a%20b.onnx?download=true", "org/name",
       "refs/pr/1", "a b.onnx"},
      {"http://huggingface.co/org/name/blob/main/config.json#L3", "org/name", "main", "config.json"},
  };
  for (const Link& link : links) {
    const Source source = classify(link.input, nullptr, nullptr);
    EXPECT_EQ(source.kind, Kind::hub) << link.input;
    EXPECT_EQ(source.repo_id, link.id) << link.input;
    EXPECT_EQ(source.revision, link.revision) << link.input;
    EXPECT_EQ(source.file, link.file) << link.input;
  }
}

TEST(Classify, LinksIntoAMirror) {
  ClassifyOptions options;
  options.hub_hosts = {"mirror:8080", "hub.corp/api/hf"};
  for (const char* link :
       {"http://mirror:8080/org/name/tree/dev", "https://HUB.corp/api/hf/org/name/resolve/dev/a.onnx",
        "https://huggingface.co/org/name/tree/dev"}) {
    const Source source = classify(link, nullptr, nullptr, options);
    EXPECT_EQ(source.repo_id, "org/name") << link;
    EXPECT_EQ(source.revision, "dev") << link;
  }
  for (const char* link :
       {"http://mirror/org/name", "http://mirror:80801/org/name", "https://hub.corp/org/name",
        "https://hub.corp/api/hfx/org/name", "http://mirror:8080", "http://mirror:8080/"})
    EXPECT_EQ(classify(link, nullptr, nullptr, options).kind, Kind::invalid) << link;
}

TEST(Classify, LocalPathsAreReadyToOpen) {
  ClassifyOptions options;
  options.home = "/home/me";
  EXPECT_EQ(classify("~/m", nullptr, nullptr, options).path, "/home/me/m");
  EXPECT_EQ(classify("file:///opt/a%20b", nullptr, nullptr).path, "/opt/a b");
  EXPECT_EQ(classify("file://localhost/opt", nullptr, nullptr).path, "/opt");
  EXPECT_EQ(classify("file:///C:/m", nullptr, nullptr).path, "C:/m");
  EXPECT_EQ(classify("file:m", nullptr, nullptr).path, "m");
  EXPECT_EQ(classify("file://server/share", nullptr, nullptr).path, "//server/share");
  const Status missing = require_usable(classify("./nothing", nullptr, nullptr));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::source_no_directory);
}

TEST(Classify, Json) {
  EXPECT_EQ(to_json(classify(std::string("hf://org/name@") + kCommit, nullptr, nullptr)),
            std::string(R"({"input":"hf://org/name@)") + kCommit +
                R"(","kind":"hub","reason":"hub-scheme","repo_id":"org/name","revision":")" + kCommit +
                R"(","commit":")" + kCommit + R"(","verified":"none"})");
  EXPECT_EQ(to_json(classify("./x", nullptr, nullptr)),
            R"({"input":"./x","kind":"local","reason":"path-prefix","path":"./x","verified":"none"})");
  EXPECT_EQ(to_json(classify("a b", nullptr, nullptr)),
            R"({"input":"a b","kind":"invalid","reason":"bad-name","verified":"none"})");
}

TEST(HubId, Grammar) {
  for (const char* good : {"gpt2", "a/b", "_a_/b.c-d", "openai/clip-vit-base-patch32", "datasets/x"}) {
    EXPECT_TRUE(is_hub_id(good)) << good;
  }
  for (const char* bad : {"", "a/b/c", "a/", "/b", ".a", "a.", "a-/b", "a--b", "a..b", "x.git", "a b"}) {
    EXPECT_FALSE(is_hub_id(bad)) << bad;
  }
  EXPECT_TRUE(is_hub_id("org/" + std::string(96, 'n')));
  EXPECT_FALSE(is_hub_id("org/" + std::string(97, 'n')));
}

}  // namespace
}  // namespace modelexport::source
