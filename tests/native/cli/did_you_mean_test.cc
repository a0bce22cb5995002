#include "cli/did_you_mean.h"

#include <gtest/gtest.h>

namespace modelexport::cli {
namespace {

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("inspect", "inspct"), 1U);
  EXPECT_EQ(edit_distance("export", "exprot"), 1U);  // neighbours swapped
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance(std::string(1000, 'a'), "b"), 1000U);
}

TEST(DidYouMean, OnlyNearWordsAreMeant) {
  EXPECT_EQ(did_you_mean("inspct", {"export", "inspect"}), "inspect");
  EXPECT_EQ(did_you_mean("frobnicate", {"export", "inspect"}), "");
  EXPECT_EQ(did_you_mean("ME-ARC-020", {"ME-ARC-002", "ME-SRC-001"}), "ME-ARC-002");
}

}  // namespace
}  // namespace modelexport::cli
