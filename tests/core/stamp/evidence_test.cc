#include "stamp/evidence.h"

#include <gtest/gtest.h>

namespace modelexport::stamp {
namespace {

const std::string kOne(40, '1');
const std::string kTwo(40, '2');

source::Source source_at(const std::string& revision, const std::string& commit) {
  source::Source source = source::classify("org/name@" + kOne, nullptr, nullptr);
  source.revision = revision;
  source.commit = commit;
  return source;
}

Entries stamp(const std::string& id, const std::string& commit, const std::string& evidence) {
  return {{"hf_model_type", "hub"},
          {"hf_hub_id", id},
          {"hf_hub_revision", commit},
          {"hf_revision_evidence", evidence}};
}

Made made_of(const source::Source& source) {
  auto made = make(&source, nullptr, {});
  EXPECT_TRUE(made.has_value());
  return made ? std::move(*made) : Made{};
}

TEST(Evidence, ACommitIsGivenInFullOrByItsFirstDigits) {
  EXPECT_EQ(evidence_of(source_at(kOne, kOne)), Evidence::given);
  EXPECT_EQ(evidence_of(source_at(kOne.substr(0, 7), kOne)), Evidence::given);
  EXPECT_EQ(evidence_of(source_at("main", kOne)), Evidence::branch_head);
  EXPECT_EQ(evidence_of(source_at("", kOne)), Evidence::branch_head);
  EXPECT_EQ(evidence_of(source_at("111111", kOne)), Evidence::branch_head);  // too short to be a hash
  EXPECT_EQ(evidence_of(source_at(kTwo.substr(0, 8), kOne)), Evidence::branch_head);  // a branch of that name
  EXPECT_EQ(evidence_of(source_at("main", "")), Evidence::none);
}

TEST(Evidence, ACompletedHashIsNoBranchHead) {
  EXPECT_TRUE(made_of(source_at(kOne.substr(0, 8), kOne)).warnings.empty());
  EXPECT_EQ(made_of(source_at("main", kOne)).warnings.size(), 1U);
}

TEST(Evidence, TheStrongerOneStaysForTheSameCommit) {
  struct Row {
    const char* old;
    const char* revision;
    const char* expected;
  };
  const std::string given = kOne;
  const Row rows[] = {{"weights-match", given.c_str(), "weights-match"},
                      {"captured", "main", "captured"},
                      {"given", "main", "given"},
                      {"branch-head", given.c_str(), "given"},
                      {"branch-head", "main", "branch-head"},
                      {"anything", "main", "branch-head"}};
  for (const Row& row : rows) {
    Made made = made_of(source_at(row.revision, kOne));
    keep_what_is_known(stamp("org/name", kOne, row.old), made);
    EXPECT_EQ(read(made.entries).evidence, row.expected) << row.old << " " << row.revision;
    EXPECT_EQ(made.warnings.empty(), std::string_view(row.expected) != "branch-head");
  }
}

TEST(Evidence, AnotherModelOrCommitKeepsNothing) {
  for (const Entries& old :
       {stamp("org/other", kOne, "weights-match"), stamp("org/name", kTwo, "captured")}) {
    Made made = made_of(source_at(kOne, kOne));
    keep_what_is_known(old, made);
    EXPECT_EQ(read(made.entries).evidence, "given");
  }
}

TEST(Evidence, EditingTheNameOrCommitEndsAProof) {
  struct Row {
    Entries set;
    const char* expected;
  };
  const Row rows[] = {
      {{{"hf_task", "fill-mask"}}, "captured"},
      {{{"hf_hub_revision", kOne}}, "captured"},
      {{{"hf_hub_revision", kTwo}}, "given"},
      {{{"hf_hub_id", "org/other"}}, "given"},
      {{{"hf_hub_revision", "main"}}, ""},
      {{{"hf_model_type", "local"}}, ""},
      {{{"hf_hub_revision", kTwo}, {"hf_revision_evidence", "weights-match"}}, "weights-match"}};
  for (const Row& row : rows) {
    const Entries before = stamp("org/name", kOne, "captured");
    Entries after = edit(before, row.set, {});
    settle_evidence(before, row.set, after);
    EXPECT_EQ(read(after).evidence, row.expected) << row.set[0].first << "=" << row.set[0].second;
  }
}

TEST(Evidence, ACompletedStampKeepsItsLicence) {
  for (const std::string& revision : {kOne.substr(0, 8), std::string()}) {
    Entries old = stamp("org/name", revision, "");
    old.emplace_back("hf_license", "mit");
    Made made = made_of(source_at(kOne, kOne));
    keep_what_is_known(old, made);
    EXPECT_EQ(read(made.entries).license, "mit");
    made = made_of(source_at(kOne, kOne));
    old[1].second = "org/other";
    keep_what_is_known(old, made);
    EXPECT_EQ(read(made.entries).license, "");
  }
}

TEST(Evidence, ALicenceThatNobodyCouldBeAskedForStays) {
  Entries old = stamp("org/name", kOne, "given");
  old.emplace_back("hf_license", "mit");
  Made made = made_of(source_at(kOne, kOne));
  keep_what_is_known(old, made);
  EXPECT_EQ(read(made.entries).license, "mit");
  source::Source changed = source_at(kOne, kOne);
  changed.hub.license = "apache-2.0";
  made = made_of(changed);
  keep_what_is_known(old, made);
  EXPECT_EQ(read(made.entries).license, "apache-2.0");
}

}  // namespace
}  // namespace modelexport::stamp
