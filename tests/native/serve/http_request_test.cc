// Request heads: what is understood, and what is refused with which status.
#include "serve/http_request.h"

#include <gtest/gtest.h>

namespace modelexport::serve {
namespace {

HttpRequest parsed(const std::string& line, const std::string& headers = "Host: 127.0.0.1:8080\r\n") {
  return parse_request(line + "\r\n" + headers + "\r\n", 8080);
}

TEST(HttpRequest, PathsAreDecodedAndQueriesDropped) {
  const HttpRequest request = parsed("GET /file/a%20b.onnx?x=1 HTTP/1.1");
  EXPECT_EQ(request.status, 200);
  EXPECT_EQ(request.path, "/file/a b.onnx");
  EXPECT_FALSE(request.head);
  EXPECT_TRUE(parsed("HEAD / HTTP/1.0").head);
}

TEST(HttpRequest, OnlyThisHostIsServed) {
  EXPECT_EQ(parsed("GET / HTTP/1.1", "Host: localhost:8080\r\n").status, 200);
  for (const char* host : {"evil.example", "127.0.0.1", "127.0.0.1:81", "127.0.0.1:8080.evil.example", ""})
    EXPECT_EQ(parsed("GET / HTTP/1.1", "Host: " + std::string(host) + "\r\n").status, 403) << host;
  EXPECT_EQ(parsed("GET / HTTP/1.1", "").status, 400);
  EXPECT_EQ(parsed("GET / HTTP/1.1", "Host: localhost:8080\r\nhost: localhost:8080\r\n").status, 400);
}

TEST(HttpRequest, WhatIsNoPlainRequestIsRefused) {
  for (const char* line : {"POST / HTTP/1.1", "PUT / HTTP/1.1", "DELETE / HTTP/1.1", "get / HTTP/1.1"})
    EXPECT_EQ(parsed(line).status, 405) << line;
  for (const char* line : {"", "GET", "GET /", "GET / HTTP/2", "GET http://x/ HTTP/1.1", "GET /%zz HTTP/1.1",
                           "GET /%00 HTTP/1.1", "GET /% HTTP/1.1", "GET  HTTP/1.1", "GET * HTTP/1.1"})
    EXPECT_EQ(parsed(line).status, 400) << line;
  EXPECT_EQ(parsed("GET / HTTP/1.1", "no colon\r\n").status, 400);
  EXPECT_EQ(parsed("GET / HTTP/1.1", "Host: localhost:8080\r\nX: a\nb\r\n").status, 400);
  EXPECT_EQ(parse_request("GET / HTTP/1.1\r\nHost: localhost:8080", 8080).status, 400);
}

TEST(HttpRequest, Ranges) {
  const auto range = [](const std::string& text, std::uint64_t size) {
    const HttpRequest request = parsed("GET / HTTP/1.1", "Host: localhost:8080\r\nRange: " + text + "\r\n");
    return request.range ? resolve_range(*request.range, size)
                         : std::optional(std::pair<std::uint64_t, std::uint64_t>(7, 7));
  };
  using Pair = std::pair<std::uint64_t, std::uint64_t>;
  EXPECT_EQ(range("bytes=0-9", 100), Pair(0, 9));
  EXPECT_EQ(range("bytes=90-", 100), Pair(90, 99));
  EXPECT_EQ(range("bytes=90-500", 100), Pair(90, 99));
  EXPECT_EQ(range("bytes=-5", 100), Pair(95, 99));
  EXPECT_EQ(range("bytes=-500", 100), Pair(0, 99));
  for (const char* outside : {"bytes=100-", "bytes=-0"}) EXPECT_FALSE(range(outside, 100)) << outside;
  EXPECT_FALSE(range("bytes=0-", 0));
  for (const char* ignored :
       {"bytes=0-1,5-6", "lines=0-1", "bytes=5-4", "bytes=-", "bytes=a-b", "bytes=99999999999999999999-"})
    EXPECT_EQ(range(ignored, 100), Pair(7, 7)) << ignored;
}

TEST(HttpRequest, NamesForUrls) { EXPECT_EQ(percent_encoded("a b/ü.onnx"), "a%20b%2F%C3%BC.onnx"); }

}  // namespace
}  // namespace modelexport::serve
