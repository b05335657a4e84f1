// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/table.h"

#include <gtest/gtest.h>

#include "cmd/millrace/long_work.h"
#include "cmd/millrace/task_view.h"

namespace millrace::cmd {
namespace {

TEST(Table, ColumnsAreAsWideAsTheyNeed) {
  EXPECT_EQ(table_text({"ID", "NAME"}, {{"1", "Läden"}, {"22", "x"}}, 0),
            "ID  NAME\n1   Läden\n22  x\n");
}

TEST(Table, FitsTheTerminal) {
  const std::string text = table_text(
      {"ID", "REASON"}, {{"1", std::string(100, 'x')}, {"2", "läääääääääääääääääää"}}, 20);
  EXPECT_EQ(text,
            "ID  REASON\n"
            "1   xxxxxxxxxxxxxxx…\n"
            "2   lääääääääääääää…\n");
}

TEST(Table, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(table_text({"A"}, {{"a\x1B[31m\nb"}}, 0), "A\na?[31m?b\n");
  EXPECT_EQ(fields_text({{"Name", "a\x1B\n"}, {"Gone", ""}}), "Name  a??\n");
}

TEST(TaskView, ShowsWhatIsUnknownAsADash) {
  const json::Value task =
      json::object().set("id", "a").set("name", "shop").set("tracking_delay_ms", nullptr);
  const std::string text = tasks_text(json::object().set("tasks", json::Array{task}), 0);
  EXPECT_NE(text.find("a   shop"), std::string::npos) << text;
  EXPECT_NE(text.find("-"), std::string::npos);
  EXPECT_NE(task_text(task).find("Delay"), std::string::npos);
}

TEST(TaskView, APrecheckThatFailedIsAFailureInOneLine) {
  const json::Value item = json::object()
                               .set("level", "fail")
                               .set("title", "Row image")
                               .set("evidence", "MINIMAL\nreally");
  const Status verdict = precheck_verdict(json::object().set("items", json::Array{item}));
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().what, "the precheck failed: Row image: MINIMAL really");
  EXPECT_TRUE(precheck_verdict(json::object()));
}

TEST(Bar, ShowsHowFarLongWorkIs) {
  EXPECT_EQ(bar_text("reading", 1 << 20, 4 << 20, 79),
            "reading  [######..................]  25 %  1.0 MiB of 4.0 MiB");
  EXPECT_EQ(bar_text("reading", 0, 0, 79).substr(0, 43),
            "reading  [########################] 100 %  ");
  EXPECT_NE(bar_text("reading", 5 << 20, 4 << 20, 79).find("100 %"), std::string::npos)
      << "the whole was an estimate";
  EXPECT_EQ(bar_text("reading", 1, 2, 20).size(), 20U);
}

}  // namespace
}  // namespace millrace::cmd
