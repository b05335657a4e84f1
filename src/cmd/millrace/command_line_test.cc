// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::cmd {
namespace {

struct Parsed {
  std::optional<int> status;
  bool has_action = false;
  std::string out, err;
};

Parsed parse(const std::vector<const char*>& words) {
  std::vector<const char*> argv = {"millrace"};
  argv.insert(argv.end(), words.begin(), words.end());
  Action action;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Parsed parsed;
  parsed.status = parse_command_line(static_cast<int>(argv.size()), argv.data(), action);
  parsed.has_action = action != nullptr;
  parsed.out = testing::internal::GetCapturedStdout();
  parsed.err = testing::internal::GetCapturedStderr();
  return parsed;
}

TEST(CommandLine, EveryCommandHasHelpWithAnExample) {
  const std::vector<std::vector<const char*>> commands = {{"serve"},
                                                          {"track"},
                                                          {"precheck"},
                                                          {"binlog"},
                                                          {"tail"},
                                                          {"version"},
                                                          {"task", "create"},
                                                          {"task", "list"},
                                                          {"task", "show"},
                                                          {"task", "start"},
                                                          {"task", "pause"},
                                                          {"task", "delete"},
                                                          {"task", "precheck"},
                                                          {"group", "create"},
                                                          {"group", "list"},
                                                          {"group", "show"},
                                                          {"group", "password"},
                                                          {"group", "delete"},
                                                          {"group", "networks"},
                                                          {"user", "create"},
                                                          {"user", "list"},
                                                          {"user", "password"},
                                                          {"user", "delete"}};
  for (std::vector<const char*> words : commands) {
    std::string example = "  millrace";
    for (const char* word : words) example += std::string(" ") + word;
    words.push_back("--help");
    const Parsed parsed = parse(words);
    EXPECT_EQ(parsed.status, 0) << example;
    EXPECT_NE(parsed.out.find(example), std::string::npos) << parsed.out;
    EXPECT_FALSE(parsed.has_action);
  }
}

TEST(CommandLine, WrongWordsAreStatus2AndSaySo) {
  const std::vector<std::vector<const char*>> wrong = {
      {},
      {"no-such-command"},
      {"serve", "--no-such-option"},
      {"task"},
      {"task", "create"},
      {"task", "create", "shop"},
      {"task", "create", "shop", "--source", "mysql://u@h"},
      {"task", "show"},
      {"group", "create", "--task", "shop"},
      {"group", "password"},
      {"tail"},
      {"tail", "shop", "--limit", "0"},
      {"binlog"}};
  for (const std::vector<const char*>& words : wrong) {
    const Parsed parsed = parse(words);
    EXPECT_EQ(parsed.status, 2) << (words.empty() ? "nothing" : words[0]);
    EXPECT_FALSE(parsed.err.empty());
    EXPECT_FALSE(parsed.has_action);
  }
}

TEST(CommandLine, RightWordsGiveSomethingToDo) {
  const std::vector<std::vector<const char*>> right = {
      {"serve", "--data", "/tmp/mr", "--kafka", "127.0.0.1:9092", "--http", "127.0.0.1:8080"},
      {"task", "create", "shop", "--source", "mysql://u@h", "--object", "shop", "--object", "a.b",
       "--data-types", "data,schema", "--label", "a=b", "--no-start"},
      {"task", "list", "--output", "json"},
      {"task", "start", "shop", "--skip-check", "row_image"},
      {"group", "create", "--task", "shop", "--account", "cache", "--password-file", "F"},
      {"tail", "shop", "--from", "earliest", "--limit", "3"},
      {"precheck", "mysql://u@h", "--object", "shop"},
      {"version"}};
  for (const std::vector<const char*>& words : right) {
    const Parsed parsed = parse(words);
    EXPECT_EQ(parsed.status, std::nullopt) << words[0] << parsed.err;
    EXPECT_TRUE(parsed.has_action);
  }
}

}  // namespace
}  // namespace millrace::cmd
