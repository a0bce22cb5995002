#include "hub/token_exchange.h"

#include <gtest/gtest.h>

namespace modelexport::hub {
namespace {

const std::string kUrl = "https://hub/oauth/token";

TEST(TokenExchange, RequestIsTheOneOfRfc8693) {
  EXPECT_EQ(token_request("org/a\"b", "e.y.J"),
            R"({"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange",)"
            R"("subject_token_type":"urn:ietf:params:oauth:token-type:id_token",)"
            R"("subject_token":"e.y.J",)"
            R"("resource":"org/a\"b"})");
}

TEST(TokenExchange, AnswerHasTokenAndLifetime) {
  const auto token = parse_access_token(R"({"access_token":"hf_jwt_x","expires_in":600})", kUrl, {});
  ASSERT_TRUE(token);
  EXPECT_EQ(token->text, "hf_jwt_x");
  EXPECT_EQ(token->seconds, 600U);
  EXPECT_EQ(parse_access_token(R"({"access_token":"x"})", kUrl, {})->seconds, 3600U);
  EXPECT_EQ(parse_access_token(R"({"access_token":"x","expires_in":-1})", kUrl, {})->seconds, 3600U);
  EXPECT_EQ(parse_access_token(R"({"access_token":"x","expires_in":1e99})", kUrl, {})->seconds, 3600U);
  EXPECT_EQ(parse_access_token(R"({"access_token":"x","expires_in":99999999999})", kUrl, {})->seconds,
            86400U);
}

TEST(TokenExchange, AnswersWithoutTokenAreErrorsThatDoNotQuoteThem) {
  for (const std::string text :
       {"", "<html>", "[]", "{}", R"({"access_token":""})", R"({"access_token":7})",
        R"({"access_token":"with space"})", R"({"access_token":"line\nbreak: secret"})"}) {
    const auto token = parse_access_token(text, kUrl, {});
    ASSERT_FALSE(token) << text;
    EXPECT_EQ(token.error().code, ErrorCode::hub_token);
    EXPECT_EQ(token.error().where.path, kUrl);
    EXPECT_EQ(token.error().message.find("secret"), std::string::npos);
  }
  EXPECT_FALSE(parse_access_token(R"({"access_token":")" + std::string(20000, 'x') + "\"}", kUrl, {}));
}

TEST(TokenExchange, IdentityIsTheProvidersValue) {
  EXPECT_EQ(*parse_id_token(R"({"count":1,"value":"a.b.c"})", kUrl, {}), "a.b.c");
  EXPECT_FALSE(parse_id_token(R"({"count":0})", kUrl, {}));
}

}  // namespace
}  // namespace modelexport::hub
