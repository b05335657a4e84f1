// SPDX-License-Identifier: Apache-2.0
#include "task/precheck/addresses.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace millrace::task::precheck {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

AddressReport reached(const std::string& address, Variables variables,
                      std::vector<PrecheckItem> items = {}) {
  AddressReport out{.address = address, .report = {}, .facts = {}};
  out.facts = facts_of("8.0.36", std::move(variables));
  out.report.server_version = "8.0.36";
  out.report.items = std::move(items);
  out.report.items.insert(out.report.items.begin(), PrecheckItem{.id = "connectivity"});
  return out;
}
AddressReport silent(const std::string& address) {
  AddressReport out{.address = address, .report = {}, .facts = {}};
  out.report.items.push_back({.id = "connectivity", .level = PrecheckLevel::kFail});
  return out;
}
Variables alike(const std::string& uuid, const std::string& id) {
  return {{"server_uuid", uuid}, {"server_id", id}, {"gtid_mode", "ON"}, {"binlog_format", "ROW"}};
}
const PrecheckItem* find(const PrecheckReport& report, const std::string& id,
                         const std::string& source) {
  for (const PrecheckItem& item : report.items) {
    if (item.id == id && item.source == source) return &item;
  }
  return nullptr;
}

TEST(Addresses, OneAloneIsItsOwnReport) {
  const PrecheckReport report = one_report({reached("a:1", alike("u1", "1"))});
  ASSERT_EQ(report.items.size(), 1U);
  EXPECT_EQ(report.items[0].source, "");
}

TEST(Addresses, ServersThatAreAlikePass) {
  const PrecheckReport report =
      one_report({reached("a:1", alike("u1", "1")), reached("b:2", alike("u2", "2"))});
  const PrecheckItem* item = find(report, "addresses", "");
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->level, PrecheckLevel::kPass) << item->evidence;
  EXPECT_NE(item->evidence.find("a:1, b:2"), std::string::npos);
}

TEST(Addresses, EachDifferenceIsNamedWithBothValues) {
  for (const auto& [name, value] : Variables{{"gtid_mode", "OFF"},
                                             {"binlog_format", "MIXED"},
                                             {"binlog_row_image", "MINIMAL"},
                                             {"binlog_row_value_options", "PARTIAL_JSON"},
                                             {"binlog_row_metadata", "MINIMAL"},
                                             {"lower_case_table_names", "1"},
                                             {"explicit_defaults_for_timestamp", "OFF"},
                                             {"sql_mode", "ANSI_QUOTES"},
                                             {"time_zone", "+01:00"}}) {
    Variables here = alike("u1", "1");
    Variables there = alike("u2", "2");
    here[name] = "mine";
    there[name] = value;
    const Finding finding = compare_addresses(reached("a:1", here), {reached("b:2", there)});
    EXPECT_EQ(finding.level, PrecheckLevel::kWarn) << name;
    EXPECT_EQ(finding.evidence, name + ": mine at a:1, " + value + " at b:2");
    EXPECT_FALSE(finding.why.empty());
    const bool can_set = name.starts_with("binlog_");
    EXPECT_EQ(finding.fix, can_set ? "-- at b:2:\nSET PERSIST " + name + " = mine;" : "") << name;
  }
}

TEST(Addresses, OneServerTwiceAndTwoWithOneIdAreNamed) {
  const AddressReport first = reached("a:1", alike("u1", "1"));
  Finding finding = compare_addresses(first, {reached("b:2", alike("u1", "1"))});
  EXPECT_EQ(finding.evidence, "server_uuid: the same at a:1 and b:2");
  finding = compare_addresses(first, {reached("b:2", alike("u2", "1"))});
  EXPECT_EQ(finding.evidence, "server_id: 1 at both a:1 and b:2");
  AddressReport newer = reached("b:2", alike("u2", "2"));
  newer.facts = facts_of("9.7.0", alike("u2", "2"));
  finding = compare_addresses(first, {newer});
  EXPECT_EQ(finding.evidence, "version: MySQL 8.0 at a:1, MySQL 9.7 at b:2");
}

TEST(Addresses, TheFirstThatAnswersIsReadAndFailuresOfOthersAreWarnings) {
  const PrecheckItem no_log{
      .id = "binlog_enabled", .level = PrecheckLevel::kFail, .why = "Nothing.", .can_waive = true};
  const PrecheckReport report = one_report({silent("a:1"), reached("b:2", alike("u1", "1")),
                                            reached("c:3", alike("u2", "2"), {no_log})});
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.items.front().source, "b:2");
  for (const auto& [id, source] :
       {std::pair{"connectivity", "a:1"}, std::pair{"binlog_enabled", "c:3"}}) {
    const PrecheckItem* item = find(report, id, source);
    ASSERT_NE(item, nullptr) << id;
    EXPECT_EQ(item->level, PrecheckLevel::kWarn);
    EXPECT_FALSE(item->can_waive);
    EXPECT_EQ(item->why.find("This address cannot take over"), 0U) << item->why;
  }
}

TEST(Addresses, WhatFailsWhereItIsReadFailsAndAWarningOfBothIsSaidOnce) {
  const PrecheckItem no_log{
      .id = "binlog_enabled", .level = PrecheckLevel::kFail, .evidence = "log_bin = OFF"};
  const PrecheckItem no_key{.id = "keys", .level = PrecheckLevel::kWarn, .evidence = "shop.t"};
  const PrecheckReport report = one_report({reached("a:1", alike("u1", "1"), {no_log, no_key}),
                                            reached("b:2", alike("u2", "2"), {no_log, no_key})});
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(find(report, "binlog_enabled", "a:1")->level, PrecheckLevel::kFail);
  EXPECT_EQ(find(report, "binlog_enabled", "b:2")->level, PrecheckLevel::kWarn);
  EXPECT_NE(find(report, "keys", "a:1"), nullptr);
  EXPECT_EQ(find(report, "keys", "b:2"), nullptr);
}

TEST(Addresses, NoneThatAnswersFails) {
  const PrecheckReport report = one_report({silent("a:1"), silent("b:2")});
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.items.size(), 2U);
}

}  // namespace
}  // namespace millrace::task::precheck
