// A simulator on the network, called as the gateway calls it: mutual TLS, signed, over kept connections.
#include "adapters/simulator/service.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "adapters/partner_adapter.hpp"
#include "gateway/base/files.hpp"
#include "gateway/net/blocking_client.hpp"
#include "gateway/net/certificates.hpp"

namespace ketenpoort::simulator {
namespace {

namespace fs = std::filesystem;

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    fs::create_directories(folder_);
    const auto authority = net::make_authority("test", 1).value();
    keep("ca.pem", authority.certificate);
    keep_pair("server", net::issue_server(authority, {"localhost", "127.0.0.1"}, 1).value());
    keep_pair("client", net::issue_client(authority, "gateway.example", 1).value());
  }
  ~ServiceTest() override { fs::remove_all(folder_); }

  std::unique_ptr<Service> start(Mode mode, std::chrono::milliseconds slow = std::chrono::milliseconds{2000}) {
    ServiceOptions options;
    options.tls = {.certificate_chain = folder_ / "server.pem",
                   .private_key = folder_ / "server.key",
                   .client_authorities = folder_ / "ca.pem"};
    options.simulator = {.partner = &vdab(),
                         .mode = mode,
                         .received = folder_ / "received",
                         .gateway_key = adapters::VerifyingKey::from_pem(key_.public_pem()).value(),
                         .slow = slow};
    return Service::start(std::move(options)).value();
  }

  net::BlockingClient client_of(const Service& service, bool with_certificate = true) {
    net::ClientOptions options;
    options.base_url = fmt::format("https://127.0.0.1:{}", service.port());
    options.ca_file = folder_ / "ca.pem";
    if (with_certificate) options.certificate_chain = folder_ / "client.pem";
    if (with_certificate) options.private_key = folder_ / "client.key";
    return net::BlockingClient::open(std::move(options)).value();
  }

  Call call() {
    const auto payload = read_file("mappings/examples/resident-to-vdab-profile/01-full-record.out.json").value();
    auto call = adapter_->to_call({.transfer = *parse_uuid("0f1e2d3c-4b5a-4697-8877-665544332211"),
                                   .message = "vdab-profile",
                                   .content_type = "application/ld+json",
                                   .payload = payload,
                                   .trace = new_uuid_v4()});
    adapters::sign(call, key_, "gateway", Clock{}.now());
    return call;
  }

  [[nodiscard]] std::string description(unsigned number) const {
    return read_file(folder_ / "received" / fmt::format("{:06}.json", number)).value();
  }

  [[nodiscard]] fs::path received() const { return folder_ / "received"; }

  std::unique_ptr<adapters::PartnerAdapter> adapter_ = adapters::make_adapter("vdab").value();

 private:
  void keep(const std::string& name, const std::string& text) {
    if (auto kept = replace_file(folder_ / name, text); !kept) throw std::runtime_error(kept.error().message);
  }
  void keep_pair(const std::string& name, const net::KeyedCertificate& pair) {
    keep(name + ".pem", pair.certificate);
    keep(name + ".key", pair.private_key);
  }

  fs::path folder_ = fs::temp_directory_path() / ("ketenpoort-service-" + new_uuid_v4().text());
  adapters::SigningKey key_ = adapters::SigningKey::generate();
};

TEST_F(ServiceTest, acknowledges_what_the_adapter_sends_again_and_again) {
  const auto service = start(Mode::ok);
  auto client = client_of(*service);

  const auto first = adapter_->judge(client.call(call()).value());
  const auto second = adapter_->judge(client.call(call()).value());

  EXPECT_EQ(first.kind, Verdict::Kind::acknowledged);
  EXPECT_EQ(first.partner_reference, second.partner_reference);
}

TEST_F(ServiceTest, refuses_a_caller_without_a_certificate) {
  const auto service = start(Mode::ok);
  const auto answer = client_of(*service, false).call(call());
  EXPECT_TRUE(!answer || answer->status == 401);
}

TEST_F(ServiceTest, flaky_loses_an_answer_after_keeping_the_message) {
  const auto service = start(Mode::flaky);
  auto client = client_of(*service);
  unsigned kept = 0;
  bool lost = false;
  for (int i = 0; i < 30 && !lost; ++i) {
    const auto answer = client.call_for_failure(call());
    kept += !answer || answer->status == 201 ? 1U : 0U;
    lost = !answer;
    if (lost) {
      EXPECT_TRUE(answer.error().may_have_arrived);
    }
  }
  EXPECT_TRUE(lost);
  EXPECT_THAT(description(kept), testing::HasSubstr(R"("verdict":"ok")"));
}

TEST_F(ServiceTest, slow_answers_late) {
  const auto service = start(Mode::slow, std::chrono::milliseconds{300});
  auto client = client_of(*service);
  const auto began = std::chrono::steady_clock::now();

  const auto answer = client.call(call());

  EXPECT_EQ(answer.value().status, 201);
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds{300});
}

TEST_F(ServiceTest, ends_while_an_answer_is_still_waited_for) {
  auto service = start(Mode::slow, std::chrono::minutes{5});
  auto client = client_of(*service);
  std::thread caller([&client, this] { EXPECT_FALSE(client.call(call())); });
  for (int i = 0; i < 500 && !fs::exists(received() / "000001.json"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  const auto began = std::chrono::steady_clock::now();

  service.reset();
  caller.join();

  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{10});
}

}  // namespace
}  // namespace ketenpoort::simulator
