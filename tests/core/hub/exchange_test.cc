#include "hub/exchange.h"

#include <gtest/gtest.h>

#include "hub/failure.h"
#include "hub/retry.h"

namespace modelexport::hub {
namespace {

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";

Exchange answer(int status, std::initializer_list<const char*> headers, std::string text = {}) {
  Exchange exchange;
  exchange.status = status;
  exchange.url = "https://hub.example/x";
  exchange.text = std::move(text);
  for (const char* line : headers) exchange.headers.add(line);
  return exchange;
}

TEST(Headers, NamesWithoutCaseTheLastWins) {
  Headers headers;
  headers.add("ETag: one\r\n");
  headers.add("etag:  two ");
  headers.add("no colon");
  EXPECT_EQ(headers.get("etag"), "two");
  EXPECT_FALSE(headers.find("no colon"));
}

TEST(FileFacts, EtagForms) {
  for (const char* text : {"\"abc\"", "W/\"abc\"", "abc", " \"abc\" "})
    EXPECT_EQ(normal_etag(text), "abc") << text;
  EXPECT_FALSE(is_blob_name(""));
  for (const char* bad : {"a/b", "..", ".hidden", "a\nb", "a b"}) EXPECT_FALSE(is_blob_name(bad)) << bad;
  EXPECT_EQ(digest_of(std::string(40, 'a')), DigestKind::sha1);
  EXPECT_EQ(digest_of(std::string(64, '0')), DigestKind::sha256);
  EXPECT_FALSE(digest_of(std::string(40, 'G')));
}

TEST(FileFacts, LinkedFactsWinAndRedirectLengthsAreNoSizes) {
  FileFacts facts;
  collect(facts,
          answer(302, {"X-Repo-Commit: 0123456789abcdef0123456789abcdef01234567", "X-Linked-ETag: \"linked\"",
                       "X-Linked-Size: 12", "Content-Length: 17", "ETag: \"redirect\""}),
          true);
  collect(facts, answer(200, {"ETag: \"stored\"", "Content-Length: 12", "X-Repo-Commit: ffff"}), false);
  EXPECT_EQ(facts.commit, kCommit);
  EXPECT_EQ(facts.etag, "linked");
  EXPECT_EQ(facts.size, 12U);

  FileFacts plain;
  collect(plain, answer(307, {"Content-Length: 17"}), true);
  EXPECT_FALSE(plain.size);
  collect(plain, answer(200, {"ETag: \"e\"", "Content-Length: 3"}), true);
  EXPECT_EQ(plain.etag, "e");
  EXPECT_EQ(plain.size, 3U);
  EXPECT_TRUE(plain.commit.empty());

  FileFacts foreign;  // another host cannot say which commit or digest a file has
  collect(foreign,
          answer(200, {"X-Repo-Commit: 0123456789abcdef0123456789abcdef01234567", "X-Linked-ETag: \"x\""}),
          false);
  EXPECT_TRUE(foreign.commit.empty());
  EXPECT_FALSE(foreign.linked);
}

TEST(FileFacts, ContentRange) {
  const auto range = parse_content_range("bytes 10-99/100");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 10U);
  EXPECT_EQ(range->total, 100U);
  for (const char* bad : {"bytes */100", "bytes 10-9/100", "bytes 0-100/100", "bytes 0-9", "items 0-9/10",
                          "bytes -1-2/3", "bytes 0-9/99999999999999999999"})
    EXPECT_FALSE(parse_content_range(bad)) << bad;
}

TEST(Retry, Waits) {
  EXPECT_EQ(retry_wait(answer(503, {}), 0), 1);
  EXPECT_EQ(retry_wait(answer(503, {}), 2), 4);
  EXPECT_EQ(retry_wait(answer(503, {}), 4), 8);
  EXPECT_FALSE(retry_wait(answer(503, {}), 5));
  EXPECT_EQ(retry_wait(answer(429, {"RateLimit: \"resolvers\";r=0;t=55"}), 0), 56);
  EXPECT_EQ(retry_wait(answer(429, {"RateLimit: \"resolvers\";r=10;t=55", "Retry-After: 3"}), 0), 4);
  EXPECT_EQ(retry_wait(answer(429, {"Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"}), 1), 2);
  EXPECT_FALSE(retry_wait(answer(429, {"Retry-After: 999999"}), 0));
  for (int status : {200, 302, 400, 401, 403, 404, 416, 501})
    EXPECT_FALSE(retry_wait(answer(status, {}), 0)) << status;
  Exchange broken = answer(200, {});
  for (const auto& [failure, yes] : {std::pair{Failure::cut, true},
                                     {Failure::timeout, true},
                                     {Failure::connect, true},
                                     {Failure::tls, false},
                                     {Failure::cancelled, false},
                                     {Failure::private_ip, false}}) {
    broken.failure = failure;
    EXPECT_EQ(retry_wait(broken, 0).has_value(), yes);
  }
}

struct Row {
  Exchange exchange;
  Verdict verdict;
  ErrorCode code;
};

TEST(Retry, WhatIsWaitedForIsSaid) {
  EXPECT_EQ(waiting_text(answer(503, {}), 1, 2), "hub.example is busy (503); trying again in 2 s (2 of 5)");
  EXPECT_EQ(waiting_text(answer(502, {}), 0, 1),
            "hub.example answered with status 502; trying again in 1 s (1 of 5)");
  Exchange limited = answer(429, {});
  limited.url = "http://127.0.0.1:8080/api/models/x";
  EXPECT_EQ(waiting_text(limited, 0, 56),
            "127.0.0.1:8080 allows no more requests for now (429); trying again in 56 s (1 of 5)");
  Exchange silent = answer(0, {});
  silent.failure = Failure::timeout;
  EXPECT_EQ(waiting_text(silent, 0, 1), "hub.example does not answer; trying again in 1 s (1 of 2)");
}

TEST(Failure, AdviceFitsTheEndpoint) {
  const Endpoint official = *Endpoint::parse("https://huggingface.co");
  const Endpoint mirror = *Endpoint::parse("http://127.0.0.1:8080");
  for (const int status : {429, 503}) {
    Exchange exchange = answer(status, {});
    exchange.url = "https://huggingface.co/api/models/x";
    const std::string known = explain(exchange, {}, official).hint;
    EXPECT_NE(known.find(status == 503 ? "status.huggingface.co" : "hf auth login"), std::string::npos)
        << known;
    exchange.url = "http://127.0.0.1:8080/api/models/x";
    EXPECT_EQ(explain(exchange, {}, mirror).hint,
              "try again later, or ask those who run 127.0.0.1:8080 (HF_ENDPOINT)");
  }
}

TEST(Failure, WhatAnswersMean) {
  const Row rows[] = {
      {answer(404, {"X-Error-Code: RepoNotFound"}), Verdict::model_missing, ErrorCode::source_not_found},
      {answer(404, {"X-Error-Code: RevisionNotFound"}), Verdict::revision_missing,
       ErrorCode::hub_revision_not_found},
      {answer(404, {"X-Error-Code: EntryNotFound"}), Verdict::file_missing, ErrorCode::hub_file_not_found},
      {answer(401, {"X-Error-Message: Invalid username or password."}), Verdict::private_or_missing,
       ErrorCode::source_private},
      {answer(401, {"X-Error-Message: Invalid credentials in Authorization header"}), Verdict::bad_token,
       ErrorCode::hub_token},
      {answer(401, {"X-Error-Code: GatedRepo"}), Verdict::gated, ErrorCode::source_private},
      {answer(403, {"X-Error-Message: Access to this resource is disabled."}), Verdict::disabled,
       ErrorCode::source_private},
      {answer(429, {}), Verdict::rate_limited, ErrorCode::hub_rate_limited},
      {answer(500, {}, "<html>"), Verdict::bad_answer, ErrorCode::hub_server_error},
      {answer(404, {}, "<html>"), Verdict::bad_answer, ErrorCode::hub_server_error},
  };
  const Endpoint hub = *Endpoint::parse("https://hub.example");
  const Subject subject{"org/name", "v1", "f.json", {}};
  for (const Row& row : rows) {
    EXPECT_EQ(judge(row.exchange, subject), row.verdict) << row.exchange.status;
    const Diagnostic shown = explain(row.exchange, subject, hub);
    EXPECT_EQ(shown.code, row.code) << row.exchange.status;
    EXPECT_EQ(shown.where.path, "https://hub.example/x");
    EXPECT_FALSE(shown.hint.empty());
  }
  EXPECT_NE(explain(rows[0].exchange, subject, hub).message.find("Model not found on HuggingFace Hub"),
            std::string::npos);
  EXPECT_NE(explain(rows[5].exchange, subject, hub).hint.find("https://hub.example/org/name"),
            std::string::npos);
}

TEST(Failure, TheTokenThatWasSentIsNamedByItsSource) {
  const Endpoint hub = *Endpoint::parse("https://hub.example");
  const Subject with{"org/name", {}, {}, "the file /home/u/token"};
  const Exchange exchanges[] = {
      answer(401, {"X-Error-Message: Invalid credentials in Authorization header"}),
      answer(401, {"X-Error-Message: Invalid username or password."}),
      answer(401, {"X-Error-Code: RepoNotFound"}),
      answer(403, {"X-Error-Code: GatedRepo"}),
      answer(404, {"X-Error-Code: RepoNotFound"}),
  };
  for (const Exchange& exchange : exchanges) {
    const Diagnostic shown = explain(exchange, with, hub);
    EXPECT_NE((shown.message + shown.hint).find("the file /home/u/token"), std::string::npos)
        << shown.message;
    const Diagnostic without = explain(exchange, {"org/name", {}, {}, {}}, hub);
    EXPECT_EQ((without.message + without.hint).find(" of  "), std::string::npos) << without.message;
  }
}

TEST(Failure, WhoKeepsTheFilesKnowsNothingOfModels) {
  const Endpoint hub = *Endpoint::parse("https://elsewhere.example");
  for (const int status : {401, 403, 404}) {
    const Diagnostic shown =
        explain(answer(status, {"X-Error-Code: GatedRepo"}), {"org/name", {}, {}, "HF_TOKEN"}, hub);
    EXPECT_EQ(shown.code, ErrorCode::hub_server_error) << status;
    EXPECT_EQ(shown.message.find("HF_TOKEN"), std::string::npos);
  }
}

TEST(Failure, WhatIsNoHttpIsABadAnswer) {
  for (const Failure failure : {Failure::malformed, Failure::too_long}) {
    Exchange broken = answer(0, {});
    broken.failure = failure;
    broken.detail = "Received HTTP/0.9 when not allowed";
    EXPECT_FALSE(retry_wait(broken, 0));
    EXPECT_EQ(explain(broken, {}, *Endpoint::parse("https://h")).code, ErrorCode::hub_bad_answer);
  }
}

TEST(Failure, ServersCannotWriteToTheTerminal) {
  const Diagnostic shown = explain(answer(500, {}, "{\"error\": \"a\\u001b[31mb\\nc\"}"), {},
                                   *Endpoint::parse("https://hub.example"));
  EXPECT_NE(shown.message.find("a [31mb c"), std::string::npos) << shown.message;
  EXPECT_EQ(shown.message.find('\x1b'), std::string::npos);
  EXPECT_EQ(shown.message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace modelexport::hub
