#include "gateway/observability/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "gateway/base/error_text.hpp"

namespace ketenpoort::log {

enum class Colour { red };
std::string_view to_text(Colour /*colour*/) {
  return "red";
}

namespace {

using namespace std::chrono_literals;

template <class T>
concept Loggable = requires(const T& value) { field("name", value); };

// What a person or a partner wrote must not compile.
static_assert(!Loggable<std::string>);
static_assert(!Loggable<std::string_view>);
static_assert(!Loggable<const char*>);
static_assert(!Loggable<char>);
static_assert(!Loggable<double>);
static_assert(Loggable<Uuid>);
static_assert(Loggable<Label>);
static_assert(Loggable<Colour>);
static_assert(Loggable<ConfiguredName>);
static_assert(Loggable<std::size_t>);
static_assert(Loggable<int>);
static_assert(Loggable<bool>);
static_assert(Loggable<std::chrono::nanoseconds>);

class Log : public testing::Test {
 protected:
  Log() { configure(Level::info, stream_); }
  ~Log() override { configure(Level::info, Destination::standard_output); }

  // What was written, without the time in front.
  std::string written() {
    const auto text = stream_.str();
    EXPECT_TRUE(text.starts_with("{\"time\":\"20"));
    return text.substr(text.find(",\"level\""));
  }

  std::ostringstream stream_;
};

TEST_F(Log, writes_one_json_object_a_line) {
  const auto id = parse_uuid("0f8fad5b-d9cb-469f-a165-70867728950e").value();
  info("transfer_accepted", field("transfer", id), field("took", 1500us), field("attempt", 2), field("left", -3L),
       field("last", true), field("colour", Colour::red), field("kind", Label("profile")),
       field("partner", ConfiguredName::parse("vdab").value()));
  EXPECT_EQ(written(),
            R"(,"level":"info","event":"transfer_accepted","transfer":"0f8fad5b-d9cb-469f-a165-70867728950e",)"
            R"("took_us":1500,"attempt":2,"left":-3,"last":true,"colour":"red","kind":"profile","partner":"vdab"})"
            "\n");
}

TEST_F(Log, writes_nothing_below_its_level) {
  debug("detail");
  EXPECT_EQ(stream_.str(), "");
  error("broken");
  EXPECT_EQ(written(), R"(,"level":"error","event":"broken"})"
                       "\n");
}

TEST_F(Log, names_the_kind_of_an_error) {
  warning("file_not_taken", field("code", ErrorCode::too_large));
  EXPECT_THAT(stream_.str(), testing::HasSubstr("\"code\":\"too-large\""));
}

TEST_F(Log, escapes_what_a_literal_may_hold) {
  info("a\"b\\c\n");
  EXPECT_EQ(written(), R"(,"level":"info","event":"a\"b\\c "})"
                       "\n");
}

TEST(ConfiguredName, is_a_short_plain_name_that_begins_with_a_letter) {
  EXPECT_TRUE(ConfiguredName::parse("resident-to-vdab_1.0"));
  for (const std::string& text :
       std::vector<std::string>{"", "85073003328", "-a", "a b", "a\n", "caf\xc3\xa9", "a\"", std::string(65, 'a')})
    EXPECT_FALSE(ConfiguredName::parse(text)) << text;
}

}  // namespace
}  // namespace ketenpoort::log
