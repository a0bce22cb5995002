#include "report/source_text.h"

#include <gtest/gtest.h>

namespace modelexport::report {
namespace {

TEST(SourceText, EveryReasonHasWords) {
  for (int i = 0; i <= static_cast<int>(source::Reason::bad_name); ++i) {
    EXPECT_FALSE(reason_text(static_cast<source::Reason>(i)).empty());
  }
}

TEST(SourceText, OneLinePerSource) {
  EXPECT_EQ(source_line(source::classify("hf://org/name@main", nullptr, nullptr)),
            "hf://org/name@main  hub  revision main  (hub-scheme: it is written as a Hub address)");
  EXPECT_EQ(source_line(source::classify("./x", nullptr, nullptr)),
            "./x  local  (path-prefix: it is written as a path; nothing is there)");
}

TEST(SourceText, WhatTheHubSaidOfASourceThatCannotBeUsed) {
  source::Source source = source::classify("hf://org/name@v9", nullptr, nullptr);
  source.hub_status = source::HubStatus::not_found;
  EXPECT_NE(source_line(source).find("Hub address; the Hub does not know it)"), std::string::npos);
  source.hub.revision_missing = true;
  EXPECT_NE(source_line(source).find("Hub address; the Hub knows the model, but not this revision)"),
            std::string::npos);
  source.reason = source::Reason::not_found;  // as of a name without hf://
  EXPECT_NE(source_line(source).find("(not-found: the Hub knows the model, but not this revision)"),
            std::string::npos);
  source.hub_status = source::HubStatus::private_model;
  source.reason = source::Reason::hub_scheme;
  EXPECT_NE(source_line(source).find("Hub address; the Hub refuses access)"), std::string::npos);
  source = source::classify("org/name", nullptr, nullptr);
  source.hub.detail = "no connection (http://hub/api)";
  EXPECT_NE(source_line(source).find("could not be asked: no connection (http://hub/api); nothing is there)"),
            std::string::npos);
}

}  // namespace
}  // namespace modelexport::report
