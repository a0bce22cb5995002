#include "hub/url.h"

#include <gtest/gtest.h>

#include "hub/endpoint.h"
#include "hub/redirect.h"

namespace modelexport::hub {
namespace {

std::string joined(const char* base, const char* location) {
  const auto url = join(*parse_url(base), location);
  return url ? to_text(*url) : "refused";
}

TEST(Url, PartsAndText) {
  const auto url = parse_url("HTTPS://Hub.Example:8443/a/b?q=1#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "hub.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(to_text(*url), "https://hub.example:8443/a/b?q=1");
  EXPECT_EQ(shown(*url), "https://hub.example:8443/a/b");
  EXPECT_EQ(to_text(*parse_url("http://[::1]:80")), "http://[::1]/");
}

TEST(Url, RefusesWhatIsNoWebAddress) {
  for (const char* text : {"file:///etc/passwd", "ftp://h/a", "https://", "https://user:pass@h/",
                           "https://h:0/", "https://h:99999/", "https://h/a b", "https://h/a\nb", "//h/a",
                           "https://h:x/", "https://h\\evil/", ""}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

TEST(Url, OriginIsSchemeHostAndPort) {
  const Url base = *parse_url("https://hub.example/x");
  EXPECT_TRUE(same_origin(base, *parse_url("https://HUB.example:443/y?z")));
  for (const char* other : {"http://hub.example/", "https://hub.example:8443/", "https://hub.example.evil/"})
    EXPECT_FALSE(same_origin(base, *parse_url(other))) << other;
}

TEST(Url, LocationHeaders) {
  EXPECT_EQ(joined("https://h/api/x?old=1", "/other?new=1"), "https://h/other?new=1");
  EXPECT_EQ(joined("https://h/api/x", "y"), "https://h/api/y");
  EXPECT_EQ(joined("https://h/api/x", "../z"), "https://h/z");
  EXPECT_EQ(joined("https://h/a", "/../../etc"), "https://h/etc");
  EXPECT_EQ(joined("https://h/a", "?q=2"), "https://h/a?q=2");
  EXPECT_EQ(joined("https://h/a", "//other/b"), "https://other/b");
  EXPECT_EQ(joined("https://h/a", "http://other/b"), "http://other/b");
  for (const char* bad : {"file:///etc/passwd", "javascript:alert(1)", "data:,x", "http://u@h/", ""})
    EXPECT_EQ(joined("https://h/a", bad), "refused") << bad;
}

TEST(Url, Encoding) {
  EXPECT_EQ(percent_encode("refs/pr/1", false), "refs%2Fpr%2F1");
  EXPECT_EQ(percent_encode("a b#c?+~%\xc3\xa9/d", true), "a%20b%23c%3F%2B~%25%C3%A9/d");
}

TEST(Url, PrivateAddresses) {
  for (const char* host : {"127.0.0.1",       "10.1.2.3",   "192.168.0.1", "172.16.0.1", "172.31.255.255",
                           "169.254.169.254", "100.64.0.1", "0.0.0.0",     "224.0.0.1",  "localhost",
                           "x.localhost",     "[::1]",      "[fe80::1]",   "[fd00::1]",  "[::ffff:10.0.0.1]",
                           "0x7f.1",          "2130706433", "127.1",       "localhost.", "127.0.0.1."}) {
    EXPECT_TRUE(is_private_host(host)) << host;
  }
  for (const char* host :
       {"huggingface.co", "8.8.8.8", "172.32.0.1", "[2606:4700::1]", "10.example", "fd.example"})
    EXPECT_FALSE(is_private_host(host)) << host;
}

TEST(Endpoint, Addresses) {
  const Endpoint hub = *Endpoint::parse("http://127.0.0.1:80/mirror/");
  EXPECT_EQ(to_text(hub.model_info("a/b", "")), "http://127.0.0.1/mirror/api/models/a/b");
  EXPECT_EQ(to_text(hub.model_info("a/b", "refs/pr/1")),
            "http://127.0.0.1/mirror/api/models/a/b/revision/refs%2Fpr%2F1");
  EXPECT_EQ(to_text(hub.file("a/b", "main", "x/y z")), "http://127.0.0.1/mirror/a/b/resolve/main/x/y%20z");
  EXPECT_FALSE(hub.is_unprotected());
  EXPECT_TRUE(Endpoint::parse("http://hub.example")->is_unprotected());
  EXPECT_FALSE(Endpoint::parse("https://hub.example")->is_unprotected());
  for (const char* bad : {"hub.example", "file:///x", "https://u:p@hub.example", "https://hub.example/?x=1"})
    EXPECT_EQ(Endpoint::parse(bad).error().code, ErrorCode::hub_endpoint) << bad;
}

TEST(Redirect, WhatIsFollowed) {
  const Endpoint hub = *Endpoint::parse("https://huggingface.co");
  const Url from = hub.file("a/b", "main", "x");
  EXPECT_EQ(to_text(*next_hop(from, "https://cdn.example/x?sig=1", hub, 0)), "https://cdn.example/x?sig=1");
  EXPECT_TRUE(next_hop(from, "/api/resolve-cache/x", hub, 9));
  for (const char* bad :
       {"http://cdn.example/x", "https://10.0.0.1/x", "https://localhost/x", "file:///etc/passwd", ""})
    EXPECT_EQ(next_hop(from, bad, hub, 0).error().code, ErrorCode::hub_redirect) << bad;
  EXPECT_EQ(next_hop(from, "/x", hub, 10).error().code, ErrorCode::hub_redirect);
  const Endpoint local = *Endpoint::parse("http://127.0.0.1:8000");
  EXPECT_TRUE(next_hop(local.base(), "http://127.0.0.2:9/x", local, 0));
}

}  // namespace
}  // namespace modelexport::hub
