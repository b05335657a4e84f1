// SPDX-License-Identifier: Apache-2.0
#include "schema/helper_table.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::schema {
namespace {

using T = HelperTool;
using R = HelperRole;

struct Case {
  std::string name;
  std::string base;
  T tool;
  R role;
};

const std::string k63(63, 'b');
const std::string k60(60, 'b');
const std::string kUuid = "4e5dcf80_354b_11eb_82cd_f875a4d24e90_20201203114014";

const Case kHelpers[] = {
    {"_t_gho", "t", T::kGhOst, R::kShadow},
    {"_t_ghc", "t", T::kGhOst, R::kLog},
    {"_t_ghk", "t", T::kGhOst, R::kLog},
    {"_t_del", "t", T::kGhOst, R::kTrash},
    {"_t_20240102030405_del", "t", T::kGhOst, R::kTrash},
    {"_t_rev_del", "t", T::kGhOst, R::kTrash},
    {"__t_gho", "_t", T::kGhOst, R::kShadow},
    {"_t_gho_gho", "t_gho", T::kGhOst, R::kShadow},
    {"_ö_gho", "ö", T::kGhOst, R::kShadow},
    // gh-ost cuts the base so that all of it has 64 bytes.
    {"_" + std::string(59, 'b') + "_gho", k63, T::kGhOst, R::kShadow},
    {"_" + std::string(59, 'b') + "_del", k63, T::kGhOst, R::kTrash},
    {"_" + std::string(44, 'b') + "_20240102030405_del", k63, T::kGhOst, R::kTrash},
    {"_t_new", "t", T::kPtOsc, R::kShadow},
    {"__t_new", "t", T::kPtOsc, R::kShadow},
    {"__________t_new", "t", T::kPtOsc, R::kShadow},
    {"_t_old", "t", T::kPtOsc, R::kTrash},
    {"___t_old", "t", T::kPtOsc, R::kTrash},
    {"_t_old_20240102_030405", "t", T::kPtOsc, R::kTrash},
    {"_t_chkpnt", "t", T::kPtOsc, R::kLog},
    // pt-online-schema-change keeps the first 64 characters.
    {"_" + k60 + "_ne", k60, T::kPtOsc, R::kShadow},
    {"_" + k63, k63, T::kPtOsc, R::kShadow},
    {"__" + std::string(62, 'b'), k63, T::kPtOsc, R::kShadow},
    {"lhmn_t", "t", T::kLhm, R::kShadow},
    {"lhma_2024_01_02_03_04_05_678_t", "t", T::kLhm, R::kTrash},
    {"lhma_2024_01_02_03_04_05_678_" + std::string(35, 'b'), k63, T::kLhm, R::kTrash},
    {"__osc_new_t", "t", T::kFacebookOsc, R::kShadow},
    {"__osc_chg_t", "t", T::kFacebookOsc, R::kLog},
    {"__osc_old_t", "t", T::kFacebookOsc, R::kTrash},
    {"tp_12345_ogt_t", "t", T::kDms, R::kShadow},
    {"tp_12345_ogl_t", "t", T::kDms, R::kLog},
    {"tp_12345_del_t", "t", T::kDms, R::kTrash},
    {"_vt_vrp_6ace8bcef73211ea87e9f875a4d24e90_20200915120410_", "t", T::kVitess, R::kShadow},
    {"_vt_HOLD_6ace8bcef73211ea87e9f875a4d24e90_20200915120410", "t", T::kVitess, R::kTrash},
    {"_vt_hld_6ace8bcef73211ea87e9f875a4d24e90_20200915120410_", "t", T::kVitess, R::kTrash},
    {"_" + kUuid + "_vrepl", "t", T::kVitess, R::kShadow},
    {"_" + kUuid + "_gho", "t", T::kVitess, R::kShadow},
};

TEST(HelperTable, NamesAreThoseOfTheTools) {
  for (const Case& expected : kHelpers) {
    const auto found = helper_name(expected.name, expected.base);
    ASSERT_TRUE(found) << expected.name << " of " << expected.base;
    EXPECT_EQ(found->tool, expected.tool) << expected.name;
    EXPECT_EQ(found->role, expected.role) << expected.name;
    EXPECT_TRUE(may_be_helper(expected.name)) << expected.name;
  }
}

TEST(HelperTable, OtherNamesSayNothing) {
  const std::pair<std::string, std::string> cases[] = {
      {"t", "t"},
      {"t_new", "t"},
      {"_t_new", "u"},
      {"_t_new", "t_new"},
      {"_t_news", "t"},
      {"_t_gho2", "t"},
      {"_t_2024_del", "t"},
      {"___________t_new", "t"},                   // eleven
      {"__t_gho", "t"},                            // only pt-online-schema-change adds underscores
      {"_" + std::string(58, 'b') + "_gho", k63},  // 63 characters are not cut
      {"_" + k60 + "_gh", k60},                    // gh-ost keeps its ending
      {"lhma_2024_01_02_t", "t"},
      {"tp__ogt_t", "t"},
      {"tp_1_2_ogt_t", "t"},
      {"_vt_x", "t"},
      {"_t_gho", ""},
      {"", "t"},
      {"_", "t"},
  };
  for (const auto& [name, base] : cases)
    EXPECT_FALSE(helper_name(name, base)) << name << " " << base;
}

TEST(HelperTable, ACutInCharactersIsOneToo) {
  std::string base;
  for (int i = 0; i < 62; ++i) base += "ü";
  // 64 characters, but more bytes.
  EXPECT_TRUE(helper_name("_" + base + "_", base));
  EXPECT_TRUE(helper_name("_" + base.substr(0, 59 * 2) + "_gho", base));
  EXPECT_FALSE(helper_name("_" + base.substr(0, 58 * 2) + "_gho", base));
}

TEST(HelperTable, TriggersAreKnownByTheirBeginning) {
  for (const char* name : {"pt_osc_shop_t_ins", "lhmt_ins_t", "lhmt_del_t", "__osc_upd_t"})
    EXPECT_TRUE(is_helper_trigger(name)) << name;
  for (const char* name : {"pt_os_shop", "lhmt_t", "t_pt_osc_ins", "audit"})
    EXPECT_FALSE(is_helper_trigger(name)) << name;
}

TEST(HelperTable, CommentsOfTheToolsAreFound) {
  EXPECT_TRUE(has_tool_comment("create /* gh-ost */ table `d`.`_t_gho` like `d`.`t`"));
  EXPECT_TRUE(has_tool_comment("CREATE TABLE x (id INT) COMMENT='ghost-cut-over-sentry'"));
  EXPECT_FALSE(has_tool_comment("CREATE TABLE gh-ost"));
}

}  // namespace
}  // namespace millrace::schema
