// SPDX-License-Identifier: Apache-2.0
#include "store/secrets.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "io/clock.h"
#include "io/sim_files.h"
#include "store/scram.h"

namespace millrace::store {
namespace {

class SecretsTest : public testing::Test {
 protected:
  SecretsTest() : files_(clock_) { static_cast<void>(files_.make_folder("d")); }
  io::SimClock clock_;
  io::SimFiles files_;
};

TEST_F(SecretsTest, WhatWasSealedOpensUnderTheSameKeyOnly) {
  std::string sealed;
  {
    const Secrets secrets = std::move(*Secrets::open(files_, "d/secret.key", true));
    sealed = secrets.seal("hunter2");
    EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
    EXPECT_NE(secrets.seal("hunter2"), sealed);
  }
  const Secrets again = std::move(*Secrets::open(files_, "d/secret.key", false));
  EXPECT_EQ(*again.unseal(sealed), "hunter2");
  EXPECT_EQ(*again.unseal(again.seal("")), "");
  const Secrets other = std::move(*Secrets::open(files_, "d/other.key", true));
  EXPECT_EQ(other.unseal(sealed).error().code, Errc::kDenied);
}

TEST_F(SecretsTest, EveryChangedCharacterIsNoticed) {
  const Secrets secrets = std::move(*Secrets::open(files_, "d/secret.key", true));
  const std::string sealed = secrets.seal("hunter2");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(secrets.unseal(changed)) << i;
    EXPECT_FALSE(secrets.unseal(sealed.substr(0, i))) << i;
  }
}

TEST_F(SecretsTest, AMissingKeyIsNotReplacedInSilence) {
  EXPECT_EQ(Secrets::open(files_, "d/secret.key", false).error().code, Errc::kNotFound);
  ASSERT_TRUE(io::replace_file(files_, "d/bad.key", as_bytes("c2hvcnQ=")));
  EXPECT_EQ(Secrets::open(files_, "d/bad.key", true).error().code, Errc::kCorrupt);
}

TEST(RandomNames, HaveTheirAlphabetAndDiffer) {
  const std::string name = random_name(12);
  EXPECT_EQ(name.size(), 12U);
  EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos);
  EXPECT_NE(random_name(12), name);
  EXPECT_EQ(random_token().size(), 43U);
}

std::string hex(const std::vector<std::byte>& bytes) {
  std::string out;
  for (const std::byte b : bytes) out += fmt::format("{:02x}", std::to_integer<int>(b));
  return out;
}

// RFC 7677 section 3: user "user", password "pencil".
TEST(Scram, MatchesTheExampleOfItsRfc) {
  const unsigned char salt[] = {0x5B, 0x6D, 0x99, 0x68, 0x9D, 0x12, 0x35, 0x8E,
                                0xEC, 0xA0, 0x4B, 0x14, 0x12, 0x36, 0xFA, 0x81};
  const ScramVerifier verifier =
      make_verifier(ScramHash::kSha256, "pencil", std::as_bytes(std::span(salt)), 4096);
  // The RFC gives signatures, not keys: these are Python's, whose signature is the RFC's.
  EXPECT_EQ(hex(verifier.stored_key),
            "586e5df283e6dceb5c3e791d8b8528ec191e664045ce971792e2e6b5bb13e2a6");
  EXPECT_EQ(hex(verifier.server_key),
            "c1f3cbc1c13a9d35a14c0990eed97629ea225863e566a4314ab99f3f00e5d9d5");
}

TEST(Scram, TellsThePasswordFromAnother) {
  for (const ScramHash hash : {ScramHash::kSha256, ScramHash::kSha512}) {
    const ScramVerifier verifier = make_verifier(hash, "Secret-123");
    EXPECT_GE(verifier.iterations, 4096);
    EXPECT_TRUE(matches(verifier, hash, "Secret-123"));
    EXPECT_FALSE(matches(verifier, hash, "Secret-12"));
    EXPECT_FALSE(matches(verifier, hash, ""));
  }
  EXPECT_FALSE(matches(ScramVerifier{}, ScramHash::kSha256, ""));
}

}  // namespace
}  // namespace millrace::store
