#include "gateway/cli/sandbox/sandbox_state.hpp"

#include <gmock/gmock.h>

#include <set>

#include "gateway/base/files.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/config/load.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

class SandboxStateTest : public testing::Test {
 protected:
  ~SandboxStateTest() override { fs::remove_all(wishes_.state); }

  // The tests run in the source folder.
  SandboxWishes wishes_{.state = fs::temp_directory_path() / ("ketenpoort-sandbox-" + new_uuid_v4().text()),
                        .config_dir = "config",
                        .mappings_dir = "mappings"};

  SandboxState prepare() const {
    auto state = SandboxState::prepare(wishes_);
    if (!state) throw std::runtime_error(state.error().message);
    return std::move(*state);
  }
  [[nodiscard]] config::Configuration loaded() const { return config::load(wishes_.state / "gateway.yaml").value(); }
};

TEST_F(SandboxStateTest, makes_a_configuration_that_loads) {
  const auto state = prepare();

  const auto configuration = loaded();
  EXPECT_TRUE(configuration.settings.is_test());
  EXPECT_TRUE(configuration.settings.test->allow_mock_ssin);
  EXPECT_FALSE(configuration.settings.test->now);
  EXPECT_EQ(configuration.settings.server.port, state.ports().gateway);
  EXPECT_EQ(configuration.clients.size(), sandbox_clients().size());
  for (const auto partner : sandbox_partners())
    EXPECT_EQ(configuration.find_partner(partner)->channel.url, state.partner_url(partner));
}

TEST_F(SandboxStateTest, keeps_ports_keys_and_tokens) {
  const auto first = prepare().describe({}).value();
  const auto second = prepare().describe({}).value();
  EXPECT_EQ(first, second);
}

// Whatever is started anew finds its port taken if the system gave it to somebody's outgoing connection meanwhile.
TEST_F(SandboxStateTest, takes_no_port_of_those_that_outgoing_connections_get) {
  const auto state = prepare();
  std::set<std::uint16_t> ports = {state.ports().gateway, state.ports().metrics, state.ports().token_server};
  for (const auto& [partner, port] : state.ports().partners) ports.insert(port);
  EXPECT_EQ(ports.size(), 3 + state.ports().partners.size()) << "two are the same";
  EXPECT_GE(*ports.begin(), 20000);
  EXPECT_LT(*ports.rbegin(), 32768);
}

TEST_F(SandboxStateTest, keeps_where_the_clock_started) {
  wishes_.now = "2026-11-24T12:00:00+01:00";
  prepare();
  wishes_.now.reset();

  prepare();

  EXPECT_EQ(loaded().settings.test->now, parse_rfc3339("2026-11-24T11:00:00Z"));
}

TEST_F(SandboxStateTest, takes_the_port_it_is_given) {
  prepare();
  wishes_.port = 18443;
  EXPECT_EQ(prepare().ports().gateway, 18443);
}

TEST_F(SandboxStateTest, is_for_one_sandbox_at_a_time) {
  const auto held = prepare();
  const auto other = SandboxState::prepare(wishes_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::conflict);
}

TEST_F(SandboxStateTest, writes_over_nobody_elses_configuration) {
  fs::create_directories(wishes_.state);
  ASSERT_TRUE(replace_file(wishes_.state / "gateway.yaml", "environment: production\n"));

  const auto state = SandboxState::prepare(wishes_);

  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, testing::HasSubstr("take another --state"));
  EXPECT_EQ(read_file(wishes_.state / "gateway.yaml").value(), "environment: production\n");
  EXPECT_FALSE(fs::exists(wishes_.state / "keys"));
}

TEST_F(SandboxStateTest, tells_a_check_where_everything_is) {
  const auto state = prepare();
  const auto text = state.describe({{"gateway", 12}, {"vdab", 13}}).value();

  const auto document = formats::parse_json(text);
  ASSERT_TRUE(document);
  const auto root = document->root();
  EXPECT_THAT(std::string(root.find("url").as_string().value()), testing::EndsWith("/ketenpoort/v1"));
  EXPECT_TRUE(fs::exists(root.find("ca").as_string().value()));
  for (const std::string_view client : {"fedasil", "vdab", "agii", "municipality"})
    for (const std::string_view file : {"cert", "key"})
      EXPECT_TRUE(fs::exists(root.find("clients").find(client).find(file).as_string().value()))
          << client << ' ' << file;
  for (const std::string_view client : {"fedasil", "dpo", "rights", "operator"})
    EXPECT_THAT(std::string(root.find("clients").find(client).find("token").as_string().value()),
                testing::StartsWith("ey"))
        << client;
  for (const auto partner : sandbox_partners())
    EXPECT_TRUE(root.find("partners").find(partner).find("received").as_string());
  EXPECT_TRUE(root.find("receivers").find("fedasil").find("received").as_string());
  EXPECT_FALSE(root.find("partners").find("fedasil"));  // whoever looks through partners looks for messages
  EXPECT_THAT(std::string(root.find("vkey").as_string().value()), testing::MatchesRegex("[^+]+\\+[0-9a-f]{8}\\+.+"));
  EXPECT_EQ(root.find("pids").find("gateway").as_int(), 12);
}

TEST_F(SandboxStateTest, leaves_its_secrets_to_its_owner) {
  prepare();
  for (const auto* key : {"keys/ca.key", "keys/ledger.key", "keys/outbound.key", "keys/master.key", "keys/tokens.key",
                          "clients/fedasil.key"})
    EXPECT_EQ(fs::status(wishes_.state / key).permissions() & (fs::perms::group_all | fs::perms::others_all),
              fs::perms::none)
        << key;
}

}  // namespace
}  // namespace ketenpoort::cli
