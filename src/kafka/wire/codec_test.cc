// SPDX-License-Identifier: Apache-2.0
#include "kafka/wire/codec.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "kafka/server/api_table.h"
#include "kafka/server/dispatch.h"
#include "kafka/wire/header.h"
#include "kafka/wire/messages.h"

namespace millrace::kafka {
namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  std::string digits;
  for (const char c : hex) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    bytes.push_back(static_cast<std::byte>(std::stoi(digits, nullptr, 16)));
    digits.clear();
  }
  return bytes;
}

std::vector<std::byte> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// A block of exactly this size, so that ASan sees a read past it.
class Exact {
 public:
  explicit Exact(Bytes bytes) : size_(bytes.size()), block_(new std::byte[bytes.size()]) {
    std::copy(bytes.begin(), bytes.end(), block_.get());
  }
  Bytes view() const { return {block_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<std::byte[]> block_;
};

// Gives every field that a version has a value that it can carry.
class Fill {
 public:
  Fill(int16_t version, uint32_t seed) : version_(version), random_(seed) {}
  template <class T>
  void value(T& x) {
    if constexpr (std::is_same_v<T, bool>) {
      x = random_() % 2 == 0;
    } else if constexpr (std::is_integral_v<T>) {
      x = static_cast<T>(random_());
    } else if constexpr (std::is_same_v<T, Uuid>) {
      for (std::byte& byte : x) byte = static_cast<std::byte>(random_());
    } else if constexpr (std::is_same_v<T, std::string>) {
      x.assign(random_() % 200, static_cast<char>('a' + random_() % 26));
    } else if constexpr (std::is_same_v<T, Blob>) {
      x.data.assign(random_() % 300, static_cast<char>(random_()));
    } else if constexpr (std::is_same_v<T, Records>) {
      x.bytes = as_bytes("some record batches");
    } else if constexpr (is_vector<T>) {
      x.resize(random_() % 4);
      for (auto& element : x) value(element);
    } else {
      T::fields(x, *this);
    }
  }
  template <class T>
  void operator()(T& x, Versions in = kAll, Versions nullable = kAll) {
    if (!in.holds(version_)) return;
    if constexpr (is_optional<T>) {
      if (nullable.holds(version_) && random_() % 3 == 0) return;
      value(x.emplace());
    } else {
      value(x);
    }
  }
  template <class T>
  void tag(uint32_t, T& x, Versions in) {
    if (random_() % 2 == 0) (*this)(x, in);
  }

 private:
  int16_t version_;
  std::mt19937 random_;
};

template <class Message>
void expect_round_trip(const Api& api, int16_t version, uint32_t seed) {
  Message message;
  Fill(version, seed).value(message);
  Buffer bytes;
  Writer out(bytes, version, api.flexible(version));
  out.message(message);
  const Exact exact(bytes.view());
  Reader in(exact.view(), version, api.flexible(version));
  Message again;
  in.message(again);
  ASSERT_TRUE(in.ok()) << api.name << " v" << version << " seed " << seed;
  EXPECT_EQ(in.bytes_left().left(), 0U) << api.name << " v" << version;
  EXPECT_TRUE(message == again) << api.name << " v" << version << " seed " << seed;
}

template <class Message>
void expect_no_truncation_accepted(const Api& api, int16_t version) {
  Message message;
  Fill(version, 7).value(message);
  Buffer bytes;
  Writer out(bytes, version, api.flexible(version));
  out.message(message);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Exact cut(bytes.view().first(size));
    Reader in(cut.view(), version, api.flexible(version));
    Message again;
    in.message(again);
    EXPECT_FALSE(in.ok()) << api.name << " v" << version << " cut to " << size;
  }
}

// A request with numbers that are not its own: whatever they claim, the reader stays in its block.
template <class Message>
void expect_odd_numbers_are_survived(const Api& api, int16_t version) {
  Message message;
  Fill(version, 7).value(message);
  Buffer bytes;
  Writer(bytes, version, api.flexible(version)).message(message);
  const std::vector<std::vector<std::byte>> odd = {
      from_hex("ff ff ff fe"), from_hex("ff ff ff ff"),    from_hex("00 00 00 00"),
      from_hex("7f ff ff ff"), from_hex("ff ff ff ff 0f"), from_hex("80 80 80 80 80 80"),
      from_hex("80 89 7a")};
  for (size_t at = 0; at < std::min<size_t>(bytes.size(), 400); ++at)
    for (const auto& number : odd) {
      const Exact block(bytes.view());
      const Bytes view = block.view();
      auto* inside = const_cast<std::byte*>(view.data());
      std::copy_n(number.begin(), std::min(number.size(), view.size() - at), inside + at);
      Reader in(view, version, api.flexible(version));
      Message again;
      in.message(again);
    }
}

#define FOR_EACH_MESSAGE(check, ...)                                 \
  for (const Api& api : kApis)                                       \
    for (int16_t version = api.min; version <= api.max; ++version) { \
      const auto key = static_cast<ApiKey>(api.key);                 \
      MILLRACE_KAFKA_APIS(check)                                     \
    }

TEST(Codec, EveryMessageOfEveryVersionComesBackAsItWent) {
#define CHECK_ONE(name, number, min, max, flexible)          \
  if (key == ApiKey::k##name) {                              \
    for (uint32_t seed = 1; seed <= 5; ++seed) {             \
      expect_round_trip<name##Request>(api, version, seed);  \
      expect_round_trip<name##Response>(api, version, seed); \
    }                                                        \
  }
  FOR_EACH_MESSAGE(CHECK_ONE)
#undef CHECK_ONE
}

TEST(Codec, EveryTruncatedRequestIsRefusedAndNeverOverread) {
#define CHECK_ONE(name, number, min, max, flexible) \
  if (key == ApiKey::k##name) expect_no_truncation_accepted<name##Request>(api, version);
  FOR_EACH_MESSAGE(CHECK_ONE)
#undef CHECK_ONE
}

TEST(Codec, OddNumbersAnywhereAreNeverOverread) {
#define CHECK_ONE(name, number, min, max, flexible) \
  if (key == ApiKey::k##name) expect_odd_numbers_are_survived<name##Request>(api, version);
  FOR_EACH_MESSAGE(CHECK_ONE)
#undef CHECK_ONE
}

TEST(Codec, AMillionTagsAreMalformed) {
  // Two words, then a count of a million and as many zeros: tag 0 with nothing in it, again and
  // again.
  auto body = from_hex("02 61 02 62 c0 84 3d");
  body.resize(body.size() + 2'000'000);
  Reader in(body, 3, true);
  ApiVersionsRequest request;
  in.message(request);
  EXPECT_FALSE(in.ok());
}

TEST(Codec, UnknownTagsAreSkippedByTheirSize) {
  // ApiVersions v3: two words, then a tag section with tag 7 of three bytes.
  const auto body = from_hex("05 6b 63 61 74 06 31 2e 37 2e 31 01 07 03 aa bb cc");
  Reader in(body, 3, true);
  ApiVersionsRequest request;
  in.message(request);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(request.software_name, "kcat");
}

TEST(Codec, TagsOutOfOrderAreMalformed) {
  const auto body = from_hex("02 61 02 62 02 07 00 07 00");
  Reader in(body, 3, true);
  ApiVersionsRequest request;
  in.message(request);
  EXPECT_FALSE(in.ok());
}

TEST(Codec, ATagLongerThanItsContentIsMalformed) {
  FetchRequest request;
  request.replica_state = {-1, 5};
  Buffer bytes;
  Writer(bytes, 15, true).message(request);
  Reader good(bytes.view(), 15, true);
  FetchRequest again;
  good.message(again);
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(again.replica_state.epoch, 5);
  // The tag's payload is 13 bytes (i32, i64, no tags): claim 14, and give them.
  auto longer = copy_of(bytes.view());
  ASSERT_EQ(longer[longer.size() - 14], std::byte{13});
  longer[longer.size() - 14] = std::byte{14};
  longer.push_back(std::byte{0});
  Reader bad(longer, 15, true);
  bad.message(again);
  EXPECT_FALSE(bad.ok());
}

TEST(Codec, AHugeCountInATinyFrameIsRefusedBeforeAllocating) {
  for (const char* hex : {"7f ff ff ff", "ff ff ff fe", "80 00 00 00"}) {
    const auto body = from_hex(hex);
    Reader in(body, 1, false);
    MetadataRequest request;
    in.message(request);
    EXPECT_FALSE(in.ok()) << hex;
  }
}

TEST(Codec, ASixByteUvarintIsMalformed) {
  const auto body = from_hex("80 80 80 80 80 01");
  Reader in(body, 9, true);
  MetadataRequest request;
  in.message(request);
  EXPECT_FALSE(in.ok());
}

TEST(Codec, NullWhereNothingMayBeNullIsMalformed) {
  const auto body = from_hex("ff ff ff ff");  // Metadata v0: the topics
  Reader in(body, 0, false);
  MetadataRequest request;
  in.message(request);
  EXPECT_FALSE(in.ok());
}

TEST(Codec, NestedCountsDrawOnOneBudget) {
  // Ten topics of 20 000 partitions are each within the limits, and together are not.
  ListPartitionReassignmentsRequest request;
  request.topics.emplace(10);
  for (auto& topic : *request.topics) topic.partitions.resize(20'000);
  Buffer bytes;
  Writer(bytes, 0, true).message(request);
  Reader in(bytes.view(), 0, true);
  in.message(request);
  EXPECT_FALSE(in.ok());
}

TEST(Codec, AVersionWithoutNullGetsAnEmptyString) {
  JoinGroupResponse response;
  Buffer old_bytes, new_bytes;
  Writer(old_bytes, 6, true).message(response);
  Writer(new_bytes, 7, true).message(response);
  // throttle, error, generation, then the protocol: 1 is empty, 0 is null.
  EXPECT_EQ(old_bytes.data()[10], std::byte{1});
  EXPECT_EQ(new_bytes.data()[11], std::byte{0});
}

TEST(Header, OfTheSpecsExampleIsRead) {
  const auto frame =
      from_hex("00 12 00 03 00 00 00 07 00 04 64 65 6d 6f 00  05 6b 63 61 74 06 31 2e 37 2e 31 00");
  Bytes body;
  const auto header = read_header(frame, 3, body);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->key, 18);
  EXPECT_EQ(header->version, 3);
  EXPECT_EQ(header->correlation, 7);
  EXPECT_EQ(header->client_id, "demo");
  const auto request = decode_body<ApiVersionsRequest>(*find_api(18), 3, body);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->software_name, "kcat");
  EXPECT_EQ(request->software_version, "1.7.1");
}

TEST(Header, EveryTruncationIsRefusedAndNeverAnOverread) {
  const auto frame = from_hex("00 12 00 03 00 00 00 07 00 04 64 65 6d 6f 00");
  for (size_t size = 0; size < frame.size(); ++size) {
    const Exact cut(Bytes(frame).first(size));
    Bytes body;
    EXPECT_FALSE(read_header(cut.view(), 3, body)) << size;
  }
}

TEST(Header, ANullClientIdIsEmpty) {
  const auto frame = from_hex("00 03 00 01 00 00 00 09 ff ff 00 00 00 00");
  Bytes body;
  const auto header = read_header(frame, 9, body);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->client_id, "");
  EXPECT_EQ(body.size(), 4U);
}

TEST(Frame, ApiVersionsAnswersAsInTheSpec) {
  ApiVersionsResponse response;
  response.keys = {{1, 4, 17}, {18, 0, 4}};
  const Frame frame = encode_frame(*find_api(18), 3, 7, response);
  EXPECT_EQ(copy_of(frame.bytes.view()),
            from_hex("00 00 00 1a  00 00 00 07  00 00  03  00 01 00 04 00 11 00  00 12 00 00 00 04 "
                     "00  00 00 00 00  00"));
}

TEST(Frame, AnUnknownApiVersionsVersionIsAnsweredAsInTheSpec) {
  ApiVersionsResponse response;
  response.error = 35;
  response.keys = {{18, 0, 4}};
  const Frame frame = encode_frame(*find_api(18), 0, 7, response);
  EXPECT_EQ(copy_of(frame.bytes.view()),
            from_hex("00 00 00 10  00 00 00 07  00 23  00 00 00 01  00 12 00 00 00 04"));
}

TEST(Frame, CountsBytesThatItDoesNotHold) {
  FetchResponse response;
  response.topics.resize(1);
  response.topics[0].topic = "t";
  response.topics[0].partitions.resize(1);
  response.topics[0].partitions[0].records.emplace().external = 1000;
  const Frame frame = encode_frame(*find_api(1), 4, 1, response);
  ASSERT_EQ(frame.splices.size(), 1U);
  EXPECT_EQ(frame.splices[0].at, frame.bytes.size());
  EXPECT_EQ(frame.splices[0].size, 1000U);
  EXPECT_EQ(ByteReader(frame.bytes.view()).be(4), frame.bytes.size() - 4 + 1000);
}

}  // namespace
}  // namespace millrace::kafka
