// Which token is sent and where it is said to come from; paths as the Hub's libraries expand them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "hub/hub_settings.h"

namespace modelexport::hub {
namespace {

constexpr const char* kVariables[] = {
    "HF_TOKEN",       "HUGGING_FACE_HUB_TOKEN",       "HF_TOKEN_PATH", "HF_HOME", "XDG_CACHE_HOME", "HOME",
    "HF_HUB_OFFLINE", "HF_HUB_DISABLE_IMPLICIT_TOKEN"};

class TokenTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : kVariables) ::unsetenv(name);
    char path[] = "/tmp/modelexport-token-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    home_ = path;
    ::setenv("HOME", home_.c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : kVariables) ::unsetenv(name);
    std::filesystem::remove_all(home_);
  }
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = std::filesystem::path(home_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  static void expect(const std::string& text, const std::string& from) {
    const auto token = find_token();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->text, text);
    EXPECT_EQ(token->from, from);
  }
  std::string home_;
};

TEST_F(TokenTest, TheOrderOfTheOfficialClient) {
  expect("", "");
  write(".cache/huggingface/token", "hf_default\n");
  expect("hf_default", "the file " + home_ + "/.cache/huggingface/token");
  write("xdg/huggingface/token", "hf_xdg");
  ::setenv("XDG_CACHE_HOME", "~/xdg", 1);
  expect("hf_xdg", "the file " + home_ + "/xdg/huggingface/token");
  write("home/token", " \r\nhf_home \n");
  ::setenv("HF_HOME", "$HOME/home", 1);
  expect("hf_home", "the file " + home_ + "/home/token");
  write("elsewhere", "hf_elsewhere");
  ::setenv("HF_TOKEN_PATH", "${HOME}/elsewhere", 1);
  expect("hf_elsewhere", "the file " + home_ + "/elsewhere");
  ::setenv("HUGGING_FACE_HUB_TOKEN", "hf_legacy", 1);
  expect("hf_legacy", "HUGGING_FACE_HUB_TOKEN");
  ::setenv("HF_TOKEN", " \n", 1);  // nothing but space is nothing
  expect("hf_legacy", "HUGGING_FACE_HUB_TOKEN");
  ::setenv("HF_TOKEN", "hf_first\r\n", 1);
  expect("hf_first", "HF_TOKEN");
  ::setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1", 1);
  expect("", "");
}

TEST_F(TokenTest, NothingIsSentThatCouldBeAnotherHeader) {
  for (const std::string bad : {"hf a", "hf\x01", "hf\xc3\xa9"}) {
    ::setenv("HF_TOKEN", bad.c_str(), 1);
    const auto token = find_token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, ErrorCode::hub_token);
    EXPECT_EQ(token.error().message.find(bad), std::string::npos);
    EXPECT_NE(token.error().message.find("HF_TOKEN"), std::string::npos);
  }
  ::setenv("HF_TOKEN", std::string(20000, 'x').c_str(), 1);
  EXPECT_FALSE(find_token());
}

TEST_F(TokenTest, PathsAsTheLibrariesExpandThem) {
  ::setenv("HF_HOME", "/hf", 1);
  EXPECT_EQ(expand_path("~"), home_);
  EXPECT_EQ(expand_path("~/a"), home_ + "/a");
  EXPECT_EQ(expand_path("~other/a"), "~other/a");
  EXPECT_EQ(expand_path("$HF_HOME/a"), "/hf/a");
  EXPECT_EQ(expand_path("x${HF_HOME}y"), "x/hfy");
  EXPECT_EQ(expand_path("$NO_SUCH_VARIABLE/a$"), "$NO_SUCH_VARIABLE/a$");
  EXPECT_EQ(expand_path("${HF_HOME"), "${HF_HOME");
}

}  // namespace
}  // namespace modelexport::hub
