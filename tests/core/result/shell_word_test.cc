#include "result/shell_word.h"

#include <gtest/gtest.h>

namespace modelexport {
namespace {

TEST(ShellWord, PlainWordsStayAsTheyAre) {
  for (const char* word : {"model.onnx", "/tmp/a-b_c/x.pt2", "org/name@v1.0", "refs/pr/1", "a=b,c:d%+"})
    EXPECT_EQ(shell_word(word), word);
}

TEST(ShellWord, EverythingElseIsOneQuotedWord) {
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("my model.onnx"), "'my model.onnx'");
  EXPECT_EQ(shell_word("it's.onnx"), "'it'\\''s.onnx'");
  EXPECT_EQ(shell_word("$(reboot).onnx"), "'$(reboot).onnx'");
  EXPECT_EQ(shell_word("~/x"), "'~/x'");
  EXPECT_EQ(shell_word("*"), "'*'");
  EXPECT_EQ(shell_word("modèle.onnx"), "'modèle.onnx'");
}

}  // namespace
}  // namespace modelexport
