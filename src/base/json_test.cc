// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <gtest/gtest.h>

#include <memory>

namespace millrace::json {
namespace {

TEST(Json, WritesMembersInTheirOrderAndReadsThemBack) {
  const Value value = object()
                          .set("name", "a\"b\n")
                          .set("big", uint64_t{18446744073709551615U})
                          .set("small", -1)
                          .set("none", nullptr)
                          .set("list", Array{1, true, 0.5});
  const std::string text = write(value);
  EXPECT_EQ(
      text,
      R"({"name":"a\"b\n","big":18446744073709551615,"small":-1,"none":null,"list":[1,true,0.5]})");
  const Result<Value> back = parse(text);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, value);
}

TEST(Json, IndentsForPeople) {
  const Value value = object().set("a", Array{1}).set("b", object());
  EXPECT_EQ(write(value, 2), "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}");
}

TEST(Json, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(write(Value("a\xFF\xC0\x80z")), "\"a\uFFFD\uFFFD\uFFFDz\"");
  EXPECT_EQ(write(Value("\xED\xA0\x80")), "\"\uFFFD\uFFFD\uFFFD\"");  // a surrogate
  EXPECT_EQ(write(Value("gr\xC3\xB6\xC3\x9F \xF0\x9F\x98\x80")),
            "\"gr\xC3\xB6\xC3\x9F \xF0\x9F\x98\x80\"");
}

TEST(Json, RefusesTwoDocumentsAndHalfOfOne) {
  EXPECT_EQ(parse("{} {}").error().code, Errc::kInvalid);
  EXPECT_EQ(parse("{\"a\":").error().code, Errc::kInvalid);
  EXPECT_EQ(parse("").error().code, Errc::kInvalid);
  EXPECT_TRUE(parse(" {} \n"));
}

TEST(Json, RefusesNestingWithoutEnd) {
  EXPECT_FALSE(parse(std::string(100'000, '[')));
  EXPECT_TRUE(parse(std::string(30, '[') + std::string(30, ']')));
}

TEST(Json, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string whole = R"({"a":[1,2.5e3,"x\u00e4\ud83d\ude00",null,true],"b":{"c":"d"}})";
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::unique_ptr<char[]> cut(new char[size]);
    std::copy_n(whole.data(), size, cut.get());
    EXPECT_FALSE(parse({cut.get(), size})) << size;
  }
  EXPECT_TRUE(parse(whole));
}

TEST(Json, ReaderNamesTheMemberThatNobodyKnows) {
  const Value value = object().set("name", "x").set("tpyo", 1);
  Reader reader(value, "task");
  ASSERT_TRUE(reader.text("name"));
  const Status status = reader.done();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "task has no member \"tpyo\"; there are: name");
}

TEST(Json, ReaderSaysWhatItWantedWithoutRepeatingTheValue) {
  const Value value = object().set("password", Array{"secret"});
  Reader reader(value, "source");
  const auto text = reader.text("password");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().what, "source: \"password\" must be a text");
}

TEST(Json, ReaderTakesAbsentAndNullAlike) {
  const Value value = object().set("a", nullptr);
  Reader reader(value, "x");
  EXPECT_EQ(*reader.integer("a"), std::nullopt);
  EXPECT_EQ(*reader.integer("b"), std::nullopt);
  EXPECT_TRUE(reader.done());
}

}  // namespace
}  // namespace millrace::json
