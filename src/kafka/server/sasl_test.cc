// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/sasl.h"

#include <gtest/gtest.h>

#include <memory>

#include "kafka/server/scram.h"
#include "kafka/testing.h"
#include "store/scram.h"

namespace millrace::kafka {
namespace {

using testing::FakeBackend;

constexpr const char* kClientNonce = "rOprNGfwEbeRWgbNEkqO";
constexpr const char* kServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

// The user and password of RFC 7677's example.
FakeBackend& with_pencil(FakeBackend& backend, const std::string& user = "user") {
  const Bytes salt = as_bytes("\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81");
  for (const auto& [hash, mechanism] :
       {std::pair(store::ScramHash::kSha256, ScramMechanism::kSha256),
        std::pair(store::ScramHash::kSha512, ScramMechanism::kSha512)}) {
    const store::ScramVerifier made = store::make_verifier(hash, "pencil", salt, 4096);
    backend.add_scram(user, mechanism,
                      {made.salt, made.iterations, made.stored_key, made.server_key});
  }
  return backend;
}

std::string nonce() { return std::string(kClientNonce) + kServerNonce; }

TEST(Plain, TakesUserAndPassword) {
  const auto parsed = parse_plain(std::string_view("\0user\0pass word", 15));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->user, "user");
  EXPECT_EQ(parsed->password, "pass word");
}

TEST(Plain, TheAuthorizationIdMayOnlyRepeatTheUser) {
  EXPECT_TRUE(parse_plain(std::string_view("user\0user\0pw", 12)));
  EXPECT_FALSE(parse_plain(std::string_view("boss\0user\0pw", 12)));
}

TEST(Plain, AnythingButThreeFullPartsIsMalformed) {
  for (const std::string_view token :
       {std::string_view(""), std::string_view("user"), std::string_view("\0user", 5),
        std::string_view("\0user\0", 6), std::string_view("\0\0pw", 4),
        std::string_view("\0user\0pw\0more", 13)})
    EXPECT_FALSE(parse_plain(token)) << token;
}

TEST(Plain, EveryTruncationIsRefusedAndNeverAnOverread) {
  const std::string_view whole("user\0user\0p", 11);
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::unique_ptr<char[]> cut(new char[size]);
    whole.copy(cut.get(), size);
    EXPECT_FALSE(parse_plain({cut.get(), size})) << size;
  }
}

TEST(Scram, TheExampleOfRfc7677IsExact) {
  FakeBackend backend;
  const auto exchange = start_scram(ScramMechanism::kSha256, kServerNonce);
  const SaslOutcome first =
      exchange->step(with_pencil(backend), std::string("n,,n=user,r=") + kClientNonce);
  EXPECT_EQ(first.token, "r=" + nonce() + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  const SaslOutcome last = exchange->step(
      backend, "c=biws,r=" + nonce() + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_EQ(last.kind, SaslOutcome::Kind::kDone);
  EXPECT_EQ(last.token, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  EXPECT_EQ(last.principal->name, "cache-dtsgroup");
  EXPECT_EQ(exchange->step(backend, "more").kind, SaslOutcome::Kind::kFailed);
}

TEST(Scram, Sha512IsExact) {
  FakeBackend backend;
  const auto exchange = start_scram(ScramMechanism::kSha512, kServerNonce);
  exchange->step(with_pencil(backend), std::string("n,,n=user,r=") + kClientNonce);
  const SaslOutcome last =
      exchange->step(backend, "c=biws,r=" + nonce() +
                                  ",p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+"
                                  "xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==");
  EXPECT_EQ(last.kind, SaslOutcome::Kind::kDone);
  EXPECT_EQ(last.token,
            "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+"
            "5ZxXnJq199RVG2rR7N7Zw==");
}

TEST(Scram, WrongNonceBindingOrProofFails) {
  const std::string proof = ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  for (const std::string& answer :
       {"c=biws,r=" + std::string(kClientNonce) + proof, "c=eSws,r=" + nonce() + proof,
        "c=biws,r=" + nonce() + ",p=AAAA", "c=biws,r=" + nonce(),
        "c=biws,r=" + nonce() + ",p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="}) {
    FakeBackend backend;
    const auto exchange = start_scram(ScramMechanism::kSha256, kServerNonce);
    exchange->step(with_pencil(backend), std::string("n,,n=user,r=") + kClientNonce);
    EXPECT_EQ(exchange->step(backend, answer).kind, SaslOutcome::Kind::kFailed) << answer;
  }
}

TEST(Scram, AnUnknownUserFailsAtTheProofOnly) {
  FakeBackend backend;
  std::string salts[2];
  for (std::string& salt : salts) {
    const auto exchange = start_scram(ScramMechanism::kSha256, kServerNonce);
    const SaslOutcome first = exchange->step(backend, std::string("n,,n=nobody,r=") + kClientNonce);
    EXPECT_EQ(first.kind, SaslOutcome::Kind::kContinue);
    salt = first.token;
    EXPECT_EQ(exchange
                  ->step(backend,
                         "c=biws,r=" + nonce() + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
                  .kind,
              SaslOutcome::Kind::kFailed);
  }
  EXPECT_EQ(salts[0], salts[1]) << "asking twice shows nothing";
}

TEST(Scram, UserNamesAreUnescaped) {
  FakeBackend backend;
  with_pencil(backend, "a,b=c");
  const auto exchange = start_scram(ScramMechanism::kSha256, kServerNonce);
  const SaslOutcome first =
      exchange->step(backend, std::string("n,a=a=2Cb=3Dc,n=a=2Cb=3Dc,r=") + kClientNonce);
  EXPECT_NE(first.token.find("s=W22ZaJ0SNY7soEsUEjb6gQ=="), std::string::npos) << first.token;
}

TEST(Scram, UserNamesAreUtf8AsTheyCome) {
  FakeBackend backend;
  with_pencil(backend, "j\xC3\xBCrgen");
  const auto exchange = start_scram(ScramMechanism::kSha256, kServerNonce);
  const SaslOutcome first =
      exchange->step(backend, std::string("n,,n=j\xC3\xBCrgen,r=") + kClientNonce);
  EXPECT_NE(first.token.find("s=W22ZaJ0SNY7soEsUEjb6gQ=="), std::string::npos) << first.token;
  const auto parsed = parse_plain(std::string_view("\0j\xC3\xBCrgen\0p\xC3\xA4ss", 14));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->user, "j\xC3\xBCrgen");
}

TEST(Scram, ChannelBindingAndDelegationTokensAreRefused) {
  for (const std::string& token :
       {std::string("y,,n=user,r=abc"), std::string("p=tls-unique,,n=user,r=abc"),
        std::string("n,,n=user,r=abc,tokenauth=true"), std::string("n,,n=us=er,r=abc"),
        std::string("n,,m=x,n=user,r=abc"), std::string("n,,n=user"),
        std::string("n,,n=user,r=")}) {
    FakeBackend backend;
    EXPECT_EQ(
        start_scram(ScramMechanism::kSha256, kServerNonce)->step(with_pencil(backend), token).kind,
        SaslOutcome::Kind::kFailed)
        << token;
  }
}

TEST(Scram, EveryTruncationIsRefusedOrContinuesAndNeverAnOverread) {
  const std::string whole = std::string("n,a=user,n=user,r=") + kClientNonce;
  for (size_t size = 0; size < whole.size(); ++size) {
    FakeBackend backend;
    const std::unique_ptr<char[]> cut(new char[size]);
    whole.copy(cut.get(), size);
    const auto exchange = start_scram(ScramMechanism::kSha256, kServerNonce);
    const SaslOutcome outcome =
        exchange->step(with_pencil(backend), std::string_view(cut.get(), size));
    EXPECT_EQ(outcome.kind == SaslOutcome::Kind::kContinue, size > 18) << size;
  }
}

}  // namespace
}  // namespace millrace::kafka
