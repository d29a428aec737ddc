#include "gateway/cli/command.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <functional>

#include "gateway/cli/mapping/mapping_files.hpp"
#include "gateway/cli/mapping/mapping_output.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

class Commands : public testing::Test {
 protected:
  void SetUp() override {
    app_.require_subcommand(1);
    auto* mapping = app_.add_subcommand("mapping");
    mapping->require_subcommand(1);
    mapping->add_subcommand("lint");
    app_.add_subcommand("serve")->add_option("--config", config_)->required();
  }
  int parse(const std::string& line) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    int code = done;
    try {
      app_.parse(line);
    } catch (const CLI::ParseError& error) {
      code = report_parse_error(app_, error);
    }
    out_ = testing::internal::GetCapturedStdout();
    error_ = testing::internal::GetCapturedStderr();
    return code;
  }
  CLI::App app_{"", "ketenpoort"};
  std::string config_;
  std::string out_;
  std::string error_;
};

TEST_F(Commands, that_are_not_known_are_named_with_those_that_are) {
  EXPECT_EQ(parse("serv --config x"), wrong_use);
  EXPECT_EQ(error_, "error: ketenpoort has no command serv (did you mean serve?); there are mapping, serve\n");
  EXPECT_EQ(parse("mapping lnt"), wrong_use);
  EXPECT_EQ(error_, "error: mapping has no command lnt (did you mean lint?); there are lint\n");
}

TEST_F(Commands, that_are_missing_and_options_are_told_as_before) {
  EXPECT_EQ(parse(""), wrong_use);
  EXPECT_NE(error_.find("A subcommand is required"), std::string::npos);
  EXPECT_EQ(parse("serve"), wrong_use);
  EXPECT_NE(error_.find("--config is required"), std::string::npos);
  EXPECT_EQ(parse("--help"), done);
  EXPECT_NE(out_.find("Subcommands"), std::string::npos);
}

TEST_F(Commands, say_what_would_have_been_right_and_where_to_read_on) {
  std::uint16_t port = 0;
  app_.get_subcommand("serve")->add_option("--port", port);
  EXPECT_EQ(parse("serve --prot 1"), wrong_use);
  EXPECT_EQ(error_, "error: there is no option --prot (did you mean --port?)\n`ketenpoort serve --help` says more\n");
  EXPECT_EQ(parse("--prot"), wrong_use);
  EXPECT_NE(error_.find("error: there is no option --prot\n"), std::string::npos) << error_;
  EXPECT_EQ(parse("serve --config x --port many"), wrong_use);
  EXPECT_NE(error_.find("error: --port stands as many, must be a number in its range\n"), std::string::npos) << error_;
  EXPECT_EQ(parse("mapping"), wrong_use);
  EXPECT_NE(error_.find("error: A subcommand is required: one of lint\n"), std::string::npos) << error_;
}

TEST_F(Commands, do_not_repeat_a_number_that_stands_where_everybody_sees_it) {
  EXPECT_EQ(parse("serve --config x 91631400287"), wrong_use);
  EXPECT_EQ(error_.find("9163"), std::string::npos) << error_;
  EXPECT_EQ(parse("serve --config x nonsense"), wrong_use);
  EXPECT_NE(error_.find("an argument too many: nonsense"), std::string::npos) << error_;
}

TEST(Report, as_json_says_every_place_and_exits_by_kind) {
  testing::internal::CaptureStdout();
  const Error wrong{ErrorCode::config, "it cannot be used", {{ErrorCode::config, "a.yaml:1:2", "mend \"it\""}}};
  EXPECT_EQ(report_as_json(wrong), does_not_hold);
  const auto document = formats::parse_json(testing::internal::GetCapturedStdout());
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().find("ok").as_bool(), false);
  EXPECT_EQ(document->root().find("detail").as_string(), "it cannot be used");
  EXPECT_EQ(document->root().find("errors").size(), 1U);
  testing::internal::CaptureStdout();
  EXPECT_EQ(report_as_json({ErrorCode::io, "cannot open it"}), environment);
  testing::internal::GetCapturedStdout();
}

class ReportInJson : public testing::Test {
 protected:
  void SetUp() override { tell_errors_in_json(true); }
  void TearDown() override { tell_errors_in_json(false); }
  // What stands on stdout and what on stderr.
  static std::pair<std::string, std::string> say(const std::function<void()>& what) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    what();
    auto out = testing::internal::GetCapturedStdout();
    return {out, testing::internal::GetCapturedStderr()};
  }
};

TEST_F(ReportInJson, has_one_shape_whatever_went_wrong_and_stderr_stays_as_it_was) {
  CLI::App app{"", "ketenpoort"};
  app.require_subcommand(1);
  app.add_subcommand("serve")->add_option("--config")->required();
  const auto parse = [&](const std::string& line) {
    try {
      app.parse(line);
    } catch (const CLI::ParseError& error) {
      EXPECT_EQ(report_parse_error(app, error), wrong_use) << line;
    }
  };
  const std::vector<std::function<void()>> failures{
      [] {
        EXPECT_EQ(report({ErrorCode::io, "cannot open it"}), environment);
      },
      [] {
        EXPECT_EQ(report({ErrorCode::config, "no", {{ErrorCode::config, "a:1:2", "mend it"}}}), does_not_hold);
      },
      [] { EXPECT_EQ(report_wrong_use("not so"), wrong_use); },
      [] {
        EXPECT_EQ(report_refusal({Reason::mapping_failed, "a.b", "mend it"}, "r.json"), does_not_hold);
      },
      [&] { parse("serv"); },
      [&] { parse("serve"); },
      [&] { parse("serve --nothing"); }};
  for (const auto& failure : failures) {
    const auto [out, error] = say(failure);
    const auto document = formats::parse_json(out);
    ASSERT_TRUE(document) << out;
    EXPECT_EQ(document->root().find("ok").as_bool(), false) << out;
    EXPECT_FALSE(document->root().find("detail").as_string().value_or("").empty()) << out;
    EXPECT_TRUE(document->root().find("errors").is(formats::JsonKind::array)) << out;
    EXPECT_FALSE(error.empty()) << out;
  }
}

TEST_F(ReportInJson, is_not_for_who_did_not_ask) {
  tell_errors_in_json(false);
  EXPECT_EQ(say([] { report({ErrorCode::io, "cannot open it"}); }).first, "");
  EXPECT_EQ(say([] { report_wrong_use("no"); }).first, "");
  const char* with[] = {"ketenpoort", "check", "--json"};
  const char* without[] = {"ketenpoort", "check", "--jsonl"};
  EXPECT_TRUE(asks_for_json(3, with));
  EXPECT_FALSE(asks_for_json(3, without));
}

TEST(InFile, says_file_line_and_column_and_before_what_is_wrong_the_field) {
  const auto said = [](const std::string& where, const std::string& file, std::string_view json) {
    const auto error = in_file(file, {ErrorCode::malformed, "", {{ErrorCode::malformed, where, "mend it"}}}, json);
    return error.issues[0].where + " " + error.issues[0].detail;
  };
  constexpr std::string_view record = "{\n \"a\": {\"b\": 1}\n}";
  EXPECT_EQ(said("3:7", "r.json", record), "r.json:3:7 mend it");
  EXPECT_EQ(said("a.b", "r.json", record), "r.json:2:8 a.b: mend it");
  EXPECT_EQ(said("$", "r.json", record), "r.json:1:1 mend it");
  EXPECT_EQ(said("a.b", "r.json", {}), "r.json a.b: mend it");
  EXPECT_EQ(said("line 3, NAAM", "r.csv", {}), "r.csv:3 NAAM: mend it");
  EXPECT_EQ(said("line 3, ", "r.csv", {}), "r.csv:3 mend it") << "of the whole row";
  EXPECT_EQ(said("3:7", "-", record), "standard input:3:7 mend it");
}

}  // namespace
}  // namespace ketenpoort::cli
