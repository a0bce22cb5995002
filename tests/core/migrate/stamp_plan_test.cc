// What a legacy stamp can be completed to, and by what evidence.
#include "migrate/stamp_plan.h"

#include <gtest/gtest.h>

#include "toy.h"

namespace modelexport::migrate {
namespace {

const std::string kCommit = "01234567" + std::string(32, 'a');

StampFacts hub_stamp(const std::string& revision) {
  StampFacts facts;
  facts.old = {{"hf_hub_id", "org/name"}, {"hf_hub_revision", revision}, {"hf_model_type", "hub"}};
  facts.legacy = true;
  facts.version = "1.0.0";
  facts.file = "m.onnx";
  facts.result = "out/new.onnx";
  return facts;
}

source::HubAnswer found(const std::string& commit) {
  source::HubAnswer answer;
  answer.status = source::HubStatus::found;
  answer.commit = commit;
  return answer;
}

std::string value(const StampPlan& plan, std::string_view key) {
  for (const auto& [name, text] : plan.set)
    if (name == key) return text;
  return "(not set)";
}

StampPlan plan_of(const StampFacts& facts) {
  const auto plan = plan_stamp(facts, {});
  EXPECT_TRUE(plan);
  return plan ? *plan : StampPlan{};
}

TEST(StampPlan, AShortRevisionIsCompletedByTheHub) {
  TableHub hub;
  hub.online = found(kCommit);
  StampFacts facts = hub_stamp("01234567");
  facts.hub = &hub;
  const StampPlan plan = plan_of(facts);
  EXPECT_EQ(value(plan, "hf_hub_revision"), kCommit);
  EXPECT_EQ(value(plan, "hf_revision_evidence"), "given");
  EXPECT_TRUE(has_step(plan.steps, "ME-STAMP-004"));
}

TEST(StampPlan, TheCacheIsEnoughOffline) {
  TableHub hub;
  hub.in_cache = found(kCommit);
  StampFacts facts = hub_stamp("01234567");
  facts.hub = &hub;
  facts.offline = true;
  EXPECT_EQ(value(plan_of(facts), "hf_hub_revision"), kCommit);
  hub.in_cache = found(std::string(40, 'b'));  // another commit is no completion
  EXPECT_EQ(value(plan_of(facts), "hf_hub_revision"), "(not set)");
}

TEST(StampPlan, OfflineItStaysAndIsMarkedOnce) {
  StampFacts facts = hub_stamp("01234567");
  const StampPlan plan = plan_of(facts);
  EXPECT_EQ(plan.set, (stamp::Entries{{"hf_revision_evidence", "unresolved"}}));
  EXPECT_TRUE(has_note(plan.notes, "ME-STAMP-004"));
  facts.old.insert(facts.old.end(), plan.set.begin(), plan.set.end());
  const StampPlan again = plan_of(facts);
  EXPECT_TRUE(again.set.empty() && again.steps.empty());
  EXPECT_TRUE(has_note(again.notes, "ME-STAMP-004"));
}

TEST(StampPlan, TheHubsHeadIsNotTakenForAShortRevision) {
  TableHub hub;
  hub.online = found(std::string(40, 'c'));
  StampFacts facts = hub_stamp("01234567");
  facts.hub = &hub;
  EXPECT_EQ(value(plan_of(facts), "hf_hub_revision"), "(not set)");
}

TEST(StampPlan, AnEmptyRevisionBecomesTheHeadAndSaysSo) {
  TableHub hub;
  hub.online = found(kCommit);
  StampFacts facts = hub_stamp("");
  facts.hub = &hub;
  const StampPlan plan = plan_of(facts);
  EXPECT_EQ(value(plan, "hf_hub_revision"), kCommit);
  EXPECT_EQ(value(plan, "hf_revision_evidence"), "branch-head");
  // What is to be compared is the file that has the new stamp.
  ASSERT_TRUE(has_note(plan.notes, "ME-STAMP-004"));
  EXPECT_EQ(plan.notes.front().hint, "modelexport stamp out/new.onnx --verify-weights --in-place");
}

TEST(StampPlan, AMissingTypeFollowsFromTheId) {
  StampFacts facts = hub_stamp(kCommit);
  facts.old.pop_back();
  EXPECT_EQ(value(plan_of(facts), "hf_model_type"), "hub");
  // A bare name without revision may be a directory: nobody guesses.
  facts.old = {{"hf_hub_id", "model"}, {"hf_hub_revision", ""}};
  const StampPlan plan = plan_of(facts);
  EXPECT_EQ(value(plan, "hf_model_type"), "(not set)");
  EXPECT_TRUE(plan.needs_source);
}

TEST(StampPlan, WhatLiesBesideDecidesAnUnstampedExport) {
  StampFacts facts;
  facts.legacy = true;
  facts.config_beside = true;
  facts.task = "feature-extraction";
  facts.version = "1.0.0";
  EXPECT_EQ(plan_of(facts).set, (stamp::Entries{{"hf_model_type", "local"},
                                                {"hf_original_path", "."},
                                                {"hf_task", "feature-extraction"},
                                                {"modelexport.version", "1.0.0"}}));
  facts.config_beside = false;
  facts.proposed = "toy-org/toy";
  const StampPlan plan = plan_of(facts);
  EXPECT_TRUE(plan.set.empty() && plan.needs_source);
  ASSERT_EQ(plan.notes.size(), 1U);
  EXPECT_NE(plan.notes[0].hint.find("--source toy-org/toy"), std::string::npos);
  facts.legacy = false;  // any other model is none of migrate's business
  EXPECT_TRUE(plan_of(facts).notes.empty());
}

TEST(StampPlan, AGivenSourceWinsAndContradictionsAreSaid) {
  StampFacts facts = hub_stamp("01234567");
  facts.old.emplace_back("hf_export_timestamp", "2025-01-01T00:00:00+00:00");
  const source::Source other = source::classify("org/other@" + kCommit, nullptr, nullptr);
  facts.source = &other;
  const StampPlan plan = plan_of(facts);
  EXPECT_EQ(value(plan, "hf_hub_id"), "org/other");
  EXPECT_EQ(value(plan, "hf_hub_revision"), kCommit);
  EXPECT_TRUE(has_note(plan.notes, "ME-STAMP-002"));
  EXPECT_TRUE(plan.remove.empty());  // the predecessor's history stays
}

TEST(StampPlan, LocalAndHubAtOnceIsAsked) {
  StampFacts facts = hub_stamp(kCommit);
  facts.old.back().second = "local";
  const StampPlan plan = plan_of(facts);
  EXPECT_TRUE(plan.needs_source && plan.set.empty());
  facts.old = {{"hf_model_type", "remote"}};
  EXPECT_TRUE(has_note(plan_of(facts).notes, "ME-STAMP-003"));
}

}  // namespace
}  // namespace modelexport::migrate
