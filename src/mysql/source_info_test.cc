// SPDX-License-Identifier: Apache-2.0
#include "mysql/source_info.h"

#include <gtest/gtest.h>

namespace millrace::mysql {
namespace {

Rows status(std::vector<std::string> columns, Row row) {
  Rows rows;
  rows.columns = std::move(columns);
  rows.rows.push_back(std::move(row));
  return rows;
}

TEST(PositionOfStatus, TakesTheLineBreaksOutOfGtids) {
  const Rows rows =
      status({"File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"},
             {"bin.000007", "4294967300", "", "", "a:1-5,\nb:1-2 ,\n c:7"});
  EXPECT_EQ(*position_of_status(rows, true),
            (change::Position{"bin.000007", 4294967300, "a:1-5,b:1-2,c:7"}));
  EXPECT_EQ((*position_of_status(rows, false)).gtids, "") << "gtid_mode is not ON";
}

TEST(PositionOfStatus, NoRowMeansNoBinlog) {
  EXPECT_EQ(position_of_status({}, true).error().code, Errc::kRefused);
  EXPECT_NE(position_of_status({}, true).error().what.find("log_bin"), std::string::npos);
}

TEST(PositionOfStatus, APositionThatIsNoNumberIsAnError) {
  for (const Cell& cell : {Cell("x"), Cell("-1"), Cell("18446744073709551616"), Cell()})
    EXPECT_FALSE(position_of_status(status({"File", "Position"}, {"bin.1", cell}), false));
}

TEST(Rows, ColumnsAreFoundWhateverTheirCase) {
  const Rows rows = status({"file", "POSITION"}, {"b.1", std::nullopt});
  EXPECT_EQ(rows.first("File"), "b.1");
  EXPECT_EQ(rows.first("Position"), std::nullopt);
  EXPECT_EQ(rows.first("other"), std::nullopt);
  EXPECT_EQ(Rows{}.first("File"), std::nullopt);
}

}  // namespace
}  // namespace millrace::mysql
