// SPDX-License-Identifier: Apache-2.0
// SASL PLAIN, and what is served before and after it.
#include "kafka/server/server_test_support.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

using namespace testing;

using LoginTest = ServerTest;

TEST_F(LoginTest, PlainLogsInWithTokensInRequests) {
  start();
  Client client(sasl());
  CALL(client, ApiVersions, 3, (ApiVersionsRequest{"a", "1"}));
  log_in(client, "cache-dtsgroup", "secret");
  EXPECT_EQ(CALL(client, Metadata, 1, MetadataRequest{}).topics.size(), 1U);
  EXPECT_EQ(CALL(client, SaslHandshake, 1, SaslHandshakeRequest{"PLAIN"}).error,
            error::kIllegalSaslState);
}

TEST_F(LoginTest, PlainLogsInWithBareTokens) {
  start();
  Client client(sasl());
  const auto handshake = CALL(client, SaslHandshake, 0, SaslHandshakeRequest{"PLAIN"});
  EXPECT_EQ(handshake.error, 0);
  client.send_raw(std::string("cache\0cache\0secret", 18));  // kafka-python names itself twice
  const auto answer = client.receive_frame();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->empty());
  EXPECT_EQ(CALL(client, Metadata, 1, MetadataRequest{}).topics.size(), 1U);
}

TEST_F(LoginTest, AFailedLoginSaysNothingAboutWhy) {
  start();
  std::string text;
  for (const auto& [user, password] : std::vector<std::pair<std::string, std::string>>{
           {"cache-dtsgroup", "wrong"}, {"nobody", "secret"}, {"cache-dtsgroup", ""}}) {
    Client client(sasl());
    CALL(client, SaslHandshake, 1, SaslHandshakeRequest{"PLAIN"});
    SaslAuthenticateRequest token;
    token.auth.data = std::string(1, '\0') + user + std::string(1, '\0') + password;
    const auto refused = CALL(client, SaslAuthenticate, 1, token);
    EXPECT_EQ(refused.error, error::kSaslAuthenticationFailed);
    if (text.empty()) text = refused.message.value_or("");
    EXPECT_EQ(refused.message, text);
    EXPECT_TRUE(client.closed());
  }
  Client bare(sasl());
  CALL(bare, SaslHandshake, 0, SaslHandshakeRequest{"PLAIN"});
  bare.send_raw(std::string("\0cache\0wrong", 12));
  EXPECT_TRUE(bare.closed());
  EXPECT_EQ(server->counts().authentication_failures, 4U);
  EXPECT_EQ(log_text().find("wrong"), std::string::npos);
}

TEST_F(LoginTest, AnUnknownMechanismIsToldWhichThereAre) {
  start();
  Client client(sasl());
  const auto refused = CALL(client, SaslHandshake, 1, SaslHandshakeRequest{"GSSAPI"});
  EXPECT_EQ(refused.error, error::kUnsupportedSaslMechanism);
  EXPECT_NE(std::find(refused.mechanisms.begin(), refused.mechanisms.end(), "PLAIN"),
            refused.mechanisms.end());
  EXPECT_TRUE(client.closed());
}

TEST_F(LoginTest, NothingElseIsServedBeforeTheLogin) {
  start();
  Client client(sasl());
  client.send(ApiKey::kMetadata, 1, MetadataRequest{});
  EXPECT_TRUE(client.closed());
  Client impatient(sasl());
  impatient.send(ApiKey::kSaslAuthenticate, 1, SaslAuthenticateRequest{});
  EXPECT_EQ(impatient.receive<SaslAuthenticateResponse>(ApiKey::kSaslAuthenticate, 1).error,
            error::kIllegalSaslState);
  EXPECT_TRUE(impatient.closed());
}

TEST_F(LoginTest, WhoMayNotUseTheListenerIsToldLikeAWrongPassword) {
  backend.close_listener("sasl");
  start();
  Client client(sasl());
  CALL(client, SaslHandshake, 1, SaslHandshakeRequest{"PLAIN"});
  SaslAuthenticateRequest token;
  token.auth.data = std::string("\0cache-dtsgroup\0secret", 22);
  const auto refused = CALL(client, SaslAuthenticate, 1, token);
  EXPECT_EQ(refused.error, error::kSaslAuthenticationFailed);
  EXPECT_EQ(refused.message, "Authentication failed: wrong user name or password");
  EXPECT_TRUE(client.closed());
  EXPECT_NE(log_text().find("may not use listener"), std::string::npos) << log_text();
  Client boss(sasl());
  log_in(boss, "boss", "bosspass");
}

TEST_F(LoginTest, WhoMayNoLongerUseTheListenerIsCutOff) {
  start();
  Client stays(plain()), goes(sasl());
  log_in(goes, "cache-dtsgroup", "secret");
  backend.close_listener("sasl");
  server->topics_changed();
  EXPECT_TRUE(goes.closed());
  EXPECT_EQ(CALL(stays, Metadata, 1, MetadataRequest{}).topics.size(), 1U);
}

TEST_F(LoginTest, ARevokedUserIsCutOffEvenWhileParked) {
  start();
  Client client(sasl());
  log_in(client, "cache-dtsgroup", "secret");
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000));
  eventually([&] { return server->counts().parked_fetches == 1; });
  server->disconnect("cache-dtsgroup");
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace millrace::kafka
