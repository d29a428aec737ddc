// The MAGDA side of the simulators against the adapter that speaks to it: what it sends is taken, what somebody changed
// on the way is not, and what the simulator answers at each level means what it should.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "adapters/content_digest.hpp"
#include "adapters/magda/magda_adapter.hpp"
#include "adapters/simulator/simulator.hpp"
#include "gateway/base/files.hpp"
#include "gateway/net/certificates.hpp"
#include "tests/support/magda_keys.hpp"

namespace ketenpoort::simulator {
namespace {

namespace fs = std::filesystem;
using adapters::MagdaAdapter;
using testing::HasSubstr;
using Kind = Verdict::Kind;

constexpr std::string_view example_transfer = "0f1e2d3c-4b5a-4697-8877-665544332211";

struct TemporaryFolder {
  fs::path path = fs::temp_directory_path() / ("ketenpoort-magda-" + new_uuid_v4().text());
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { fs::remove_all(path); }
};

const adapters::SigningKey& gateway_key() {
  static const auto key = adapters::SigningKey::generate();
  return key;
}

MagdaAdapter adapter_with(const test::SigningPair& pair) {
  return {{"https://fedasil.example/ketenpoort", "FEDASIL", "https://partner.example"},
          adapters::magda::SoapSigner::open(pair.certificate, pair.key).value()};
}

const MagdaAdapter& adapter() {
  static const auto one = adapter_with(test::ec_pair());
  return one;
}

std::string example(std::string_view partner = "vdab", std::string_view name = "01-full-record") {
  return read_file(fmt::format("mappings/examples/resident-to-{}-referral/{}.out.xml", partner, name)).value();
}

Delivery delivery(std::string payload, std::string_view transfer = example_transfer) {
  return {.transfer = *parse_uuid(transfer),
          .message = "any",
          .content_type = "application/xml",
          .payload = std::move(payload),
          .trace = new_uuid_v4(),
          .at = Clock{}.now()};
}

// As it goes out: beneath the channel's own path, signed over the whole.
Call call_for(const Delivery& delivery, const MagdaAdapter& by = adapter()) {
  auto call = by.make_call(delivery).value();
  call.path = "/magda" + call.path;
  return call;
}

api::Request request_from(Call call, const test::SigningPair& client = test::ec_pair()) {
  for (auto& [name, value] : call.headers)
    if (name == "Content-Digest") value = adapters::content_digest(call.body);
  adapters::sign(call, gateway_key(), "gateway", Clock{}.now());
  api::Request request;
  request.method = call.method;
  request.path = call.path;
  request.body = call.body;
  for (auto [name, value] : call.headers) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers.emplace_back(std::move(name), std::move(value));
  }
  request.certificate = api::ClientCertificate{.common_name = "gateway",
                                               .thumbprint = net::certificate_thumbprint(client.certificate).value()};
  return request;
}

struct Wishes {
  std::string partner = "vdab";
  Mode mode = Mode::ok;
  std::string uitzondering{};
  std::string magda_certificate{};  // PEM
};

std::unique_ptr<Simulator> open(const fs::path& folder, const Wishes& wishes = {}) {
  SimulatorOptions options{.partner = find_profile(wishes.partner).value(),
                           .mode = wishes.mode,
                           .received = folder,
                           .gateway_key = adapters::VerifyingKey::from_pem(gateway_key().public_pem()).value(),
                           .certificate_required = true};
  if (!wishes.uitzondering.empty()) options.uitzondering = parse_provoked(wishes.uitzondering).value();
  if (!wishes.magda_certificate.empty())
    options.magda_certificate = net::certificate_thumbprint(wishes.magda_certificate).value();
  return Simulator::open(std::move(options)).value();
}

Verdict judged(const Delivery& sent, const api::Reply& reply) {
  return adapter().judge_reply(sent, {reply.status, {}, reply.body});
}

std::string description(const fs::path& folder, unsigned number) {
  return read_file(folder / fmt::format("{:06}.json", number)).value();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("the message no longer has what this test changes");
  return text.replace(at, from.size(), to);
}

class EveryMagdaPartner : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Magda, EveryMagdaPartner, testing::Values("vdab", "agii"));

TEST_P(EveryMagdaPartner, takes_every_example_message_and_gives_a_reference) {
  int taken = 0;
  for (const auto& entry :
       fs::directory_iterator(fmt::format("mappings/examples/resident-to-{}-referral", GetParam()))) {
    if (!entry.path().string().ends_with(".out.xml")) continue;
    const auto payload = read_file(entry.path()).value();
    if (payload.find("{each}") != std::string::npos) continue;  // made of a table of values
    TemporaryFolder received;
    const auto sent = delivery(payload);
    const auto reaction = open(received.path, {.partner = GetParam()})->take(request_from(call_for(sent)));
    const auto verdict = judged(sent, *reaction.reply);
    EXPECT_EQ(verdict.kind, Kind::acknowledged) << entry.path() << ": " << reaction.reply->body;
    EXPECT_TRUE(parse_uuid(verdict.partner_reference)) << entry.path();
    ++taken;
  }
  EXPECT_GE(taken, 8);
}

TEST_P(EveryMagdaPartner, refuses_the_other_partners_message) {
  TemporaryFolder received;
  const auto sent = delivery(example(GetParam() == "vdab" ? "agii" : "vdab"));
  const auto verdict =
      judged(sent, *open(received.path, {.partner = GetParam()})->take(request_from(call_for(sent))).reply);
  EXPECT_EQ(verdict.kind, Kind::reject);
  EXPECT_EQ(verdict.failure_class, "magda-50000.MAGDA");
}

TEST(MagdaSimulator, takes_a_message_signed_with_rsa) {
  TemporaryFolder received;
  const auto by = adapter_with(test::rsa_pair());
  const auto sent = delivery(example());
  const auto reply = *open(received.path)->take(request_from(call_for(sent, by), test::rsa_pair())).reply;
  EXPECT_EQ(judged(sent, reply).kind, Kind::acknowledged) << reply.body;
}

TEST(MagdaSimulator, answers_a_repeated_message_as_the_first_time_also_after_a_restart) {
  TemporaryFolder received;
  const auto simulator = open(received.path);
  auto later = delivery(example());
  later.at += std::chrono::seconds{30};  // another security header around the same Body
  const auto first = simulator->take(request_from(call_for(delivery(example())))).reply->body;
  const auto second = simulator->take(request_from(call_for(later))).reply->body;
  const auto third = open(received.path)->take(request_from(call_for(later))).reply->body;
  EXPECT_EQ(first, second);
  EXPECT_EQ(first, third);
}

TEST(MagdaSimulator, refuses_another_body_under_the_same_key_also_after_a_restart) {
  TemporaryFolder received;
  const auto other = delivery(replaced(example(), "INT_HVN", "DIPL_GEL"));
  const auto simulator = open(received.path);
  simulator->take(request_from(call_for(delivery(example()))));
  for (auto* at : {simulator.get(), open(received.path).release()}) {
    const auto reply = *at->take(request_from(call_for(other))).reply;
    EXPECT_EQ(judged(other, reply).kind, Kind::reject);
    EXPECT_THAT(reply.body, HasSubstr("already stands for another Body"));
    if (at != simulator.get()) delete at;
  }
}

// Each change on its own; everything outside WS-Security is made right again, so that it alone finds it.
TEST(MagdaSimulator, finds_what_was_changed_on_the_way) {
  const auto sent = delivery(example());
  const auto good = call_for(sent).body;
  const auto created = to_rfc3339(sent.at);
  const std::vector<std::pair<std::string, std::string>> changed = {
      {replaced(good, "<Naam>Barakat</Naam>", "<Naam>Barakath</Naam>"), "FailedCheck"},
      {replaced(good, created, to_rfc3339(sent.at - std::chrono::minutes{1})), "FailedCheck"},
      {replaced(good, to_rfc3339(sent.at + std::chrono::minutes{5}), to_rfc3339(sent.at + std::chrono::minutes{6})),
       "FailedCheck"},
      {replaced(good, "<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), "FailedCheck"},
      {replaced(good, "#Base64Binary", "#HexBinary"), "InvalidSecurityToken"},
      {replaced(good, "<wsse:Reference URI=\"#token\"", "<wsse:Reference URI=\"#body\""), "InvalidSecurity"},
      {replaced(good, "<ds:Reference URI=\"#timestamp\"", "<ds:Reference URI=\"#token\""), "InvalidSecurity"},
      {replaced(good, "<ds:Reference URI=\"#body\"", "<ds:Reference URI=\"\""), "InvalidSecurity"},
      {replaced(good, "wsu:Id=\"timestamp\"", "wsu:Id=\"body\""), "InvalidSecurity"},
      {replaced(good, "ecdsa-sha256", "ecdsa-sha1"), "FailedCheck"},
  };
  for (const auto& [body, code] : changed) {
    TemporaryFolder received;
    auto call = call_for(sent);
    call.body = body;
    const auto reply = *open(received.path)->take(request_from(std::move(call))).reply;
    EXPECT_EQ(reply.status, 500) << code;
    EXPECT_THAT(reply.body, HasSubstr(code));
    EXPECT_NE(judged(sent, reply).kind, Kind::acknowledged);
    EXPECT_THAT(description(received.path, 1), HasSubstr(R"("verdict":"refused","reason":"Security: )"));
  }
}

// The signed Body moved aside, another in its place: what is read must be what was signed.
TEST(MagdaSimulator, is_not_deceived_by_a_signed_body_that_stands_elsewhere) {
  const auto sent = delivery(example());
  auto call = call_for(sent);
  const auto from = call.body.find("<soapenv:Body");
  const auto to = call.body.find("</soapenv:Body>") + 15;
  const auto signed_body = call.body.substr(from, to - from);
  const auto forged = replaced(replaced(signed_body, "wsu:Id=\"body\"", "wsu:Id=\"forged\""), "Barakat", "Nobody");
  call.body.replace(from, to - from, forged);
  call.body = replaced(call.body, "</soapenv:Header>", "<wrapped>" + signed_body + "</wrapped></soapenv:Header>");
  TemporaryFolder received;
  const auto reply = *open(received.path)->take(request_from(std::move(call))).reply;
  EXPECT_THAT(reply.body, HasSubstr("Body, Timestamp and token must be signed"));
}

// Beside the signed Body, another of the same name in no namespace, or in somebody's.
TEST(MagdaSimulator, reads_no_body_but_the_one_that_was_signed) {
  const auto sent = delivery(example());
  const auto good = call_for(sent).body;
  const auto from = good.find("<soapenv:Body");
  const auto message = good.substr(good.find('>', from) + 1, good.find("</soapenv:Body>") - good.find('>', from) - 1);
  const auto forged = replaced(message, "Barakat", "Nobody");
  for (const auto& [before, after] : {std::pair{"<Body>", "</Body>"}, {R"(<x:Body xmlns:x="urn:x">)", "</x:Body>"}})
    for (const auto at : {from, good.find("<soapenv:Header"), good.find("</soapenv:Envelope>")}) {
      auto call = call_for(sent);
      call.body = std::string(good).insert(at, before + forged + after);
      TemporaryFolder received;
      const auto reply = *open(received.path)->take(request_from(std::move(call))).reply;
      EXPECT_EQ(reply.status, 500);
      EXPECT_THAT(reply.body, HasSubstr("VersionMismatch"));
      EXPECT_THAT(description(received.path, 1), HasSubstr(R"("verdict":"refused")"));
    }
}

TEST(MagdaSimulator, takes_no_message_that_another_certificate_signed) {
  TemporaryFolder received;
  const auto sent = delivery(example());
  const auto reply = *open(received.path)->take(request_from(call_for(sent), test::rsa_pair())).reply;
  EXPECT_THAT(reply.body, HasSubstr("FailedAuthentication"));
  EXPECT_EQ(judged(sent, reply).kind, Kind::reject);
}

TEST(MagdaSimulator, takes_the_certificate_it_is_told_instead_of_the_tls_clients) {
  const auto by = adapter_with(test::rsa_pair());
  const auto sent = delivery(example());
  TemporaryFolder received;
  const auto simulator = open(received.path, {.magda_certificate = test::rsa_pair().certificate});
  EXPECT_EQ(judged(sent, *simulator->take(request_from(call_for(sent, by))).reply).kind, Kind::acknowledged);
  EXPECT_THAT(simulator->take(request_from(call_for(sent))).reply->body, HasSubstr("FailedAuthentication"));
}

TEST(MagdaSimulator, takes_no_old_message_again_nor_one_of_the_future) {
  for (const auto shift : {std::chrono::minutes{-6}, std::chrono::minutes{6}}) {
    TemporaryFolder received;
    auto sent = delivery(example());
    sent.at += shift;
    const auto reply = *open(received.path)->take(request_from(call_for(sent))).reply;
    EXPECT_THAT(reply.body, HasSubstr("MessageExpired"));
    EXPECT_EQ(judged(sent, reply).kind, Kind::retry) << "the next attempt has a fresh Timestamp";
  }
}

// The same envelope under another key: whoever replays it cannot make it another referral.
TEST(MagdaSimulator, takes_no_message_whose_transfer_is_not_the_keys) {
  TemporaryFolder received;
  const auto sent = delivery(example());
  auto call = call_for(sent);
  for (auto& [name, value] : call.headers)
    if (name == "Idempotency-Key") value = "0190b6c8-0000-7000-8000-000000000009";
  const auto reply = *open(received.path)->take(request_from(std::move(call))).reply;
  EXPECT_THAT(reply.body, HasSubstr("not the transfer that the Idempotency-Key names"));
  EXPECT_EQ(judged(sent, reply).kind, Kind::reject);
}

TEST(MagdaSimulator, refuses_at_the_level_where_a_question_is_wrong) {
  struct Wrong {
    std::string payload;
    std::string failure_class;
    int level;
  };
  const std::vector<Wrong> questions = {
      {replaced(example(), "91631400287", "91631400288"), "magda-20002.MAGDA", 3},
      {replaced(example(), "<KboNummer>0860737913", "<KboNummer>0860737914"), "magda-20007.MAGDA", 3},
      {replaced(example(), "<Tijd>09:30:00", "<Tijd>11:30:00"), "magda-20004.MAGDA", 3},
      {replaced(example(), "<RedenToeleiding>INT_HVN</RedenToeleiding>", ""), "magda-50000.MAGDA", 2},
      {replaced(example(), "</RedenToeleiding>", "</RedenToeleiding><Commentaar>vrij</Commentaar>"),
       "magda-50000.MAGDA", 2},
      {replaced(example(), "<Geslacht>V", "<Geslacht>X"), "magda-50000.MAGDA", 2},
      {replaced(example(), "<Type>VRAAG", "<Type>DATAGRAM"), "magda-50000.MAGDA", 2},
      {replaced(example(), "<TypePartner>WELZIJN", "<TypePartner>FEDASIL"), "magda-50000.MAGDA", 2},
      {replaced(example(), "<StartTijd><Datum>2026-12-08", "<StartTijd><Datum>2026-11-31"), "magda-50000.MAGDA", 2},
  };
  for (const auto& wrong : questions) {
    TemporaryFolder received;
    const auto sent = delivery(wrong.payload);
    const auto reply = *open(received.path)->take(request_from(call_for(sent))).reply;
    const auto verdict = judged(sent, reply);
    EXPECT_EQ(verdict.kind, Kind::reject) << reply.body;
    EXPECT_EQ(verdict.failure_class, wrong.failure_class) << reply.body;
    EXPECT_EQ(reply.body.find("<Antwoorden>") != std::string::npos, wrong.level == 3) << reply.body;
  }
}

TEST(MagdaSimulator, needs_a_sender_with_a_capacity) {
  TemporaryFolder received;
  const MagdaAdapter nobody(
      {"https://fedasil.example", "", "https://partner.example"},
      adapters::magda::SoapSigner::open(test::ec_pair().certificate, test::ec_pair().key).value());
  const auto sent = delivery(example());
  const auto reply = *open(received.path)->take(request_from(call_for(sent, nobody))).reply;
  EXPECT_THAT(reply.body, HasSubstr("Hoedanigheid"));
}

TEST(MagdaSimulator, fails_in_every_mode_as_it_does_elsewhere) {
  const auto sent = delivery(example());
  const auto in_mode = [&](Mode mode) {
    TemporaryFolder received;
    return open(received.path, {.mode = mode})->take(request_from(call_for(sent)));
  };
  EXPECT_EQ(judged(sent, *in_mode(Mode::slow).reply).kind, Kind::acknowledged);
  EXPECT_GT(in_mode(Mode::slow).delay.count(), 0);
  EXPECT_EQ(judged(sent, *in_mode(Mode::down).reply).failure_class, "http-503");
  EXPECT_EQ(judged(sent, *in_mode(Mode::garbage).reply).failure_class, "answer-unreadable");
  const auto rejected = judged(sent, *in_mode(Mode::reject).reply);
  EXPECT_EQ(rejected.kind, Kind::reject);
  EXPECT_EQ(rejected.failure_class, "magda-50000.MAGDA");
}

TEST(MagdaSimulator, answers_with_the_uitzondering_it_is_told_to) {
  struct Told {
    std::string_view wish;
    Kind kind;
    std::string failure_class;
    std::vector<unsigned> notes;
  };
  const std::vector<Told> wishes = {
      {"1:Server", Kind::retry, "soap-server", {}},
      {"1:Client", Kind::reject, "soap-client", {}},
      {"1:60009", Kind::retry, "magda-60009.MAGDA", {}},
      {"2:99996", Kind::retry, "magda-99996.MAGDA", {}},
      {"2:50000:FOUT", Kind::reject, "magda-50000.MAGDA", {}},
      {"2:40143:WAARSCHUWING", Kind::acknowledged, "", {40143}},
      {"3:99996", Kind::retry, "magda-99996.MAGDA", {}},
      {"3:30003", Kind::reject, "magda-30003.MAGDA", {}},
      {"3:30004:INFORMATIE", Kind::acknowledged, "", {30004}},
  };
  for (const auto& told : wishes) {
    TemporaryFolder received;
    const auto sent = delivery(example());
    const auto reply =
        *open(received.path, {.uitzondering = std::string(told.wish)})->take(request_from(call_for(sent))).reply;
    const auto verdict = judged(sent, reply);
    EXPECT_EQ(verdict.kind, told.kind) << told.wish << reply.body;
    EXPECT_EQ(verdict.failure_class, told.failure_class) << told.wish;
    EXPECT_EQ(verdict.notes, told.notes) << told.wish;
  }
}

TEST(MagdaSimulator, gives_up_an_uitzondering_after_the_times_it_was_told) {
  TemporaryFolder received;
  const auto simulator = open(received.path, {.uitzondering = "3:99996:FOUT:2"});
  std::vector<Kind> kinds;
  for (int i = 0; i < 3; ++i) {
    const auto sent = delivery(example());
    kinds.push_back(judged(sent, *simulator->take(request_from(call_for(sent))).reply).kind);
  }
  EXPECT_THAT(kinds, testing::ElementsAre(Kind::retry, Kind::retry, Kind::acknowledged));
}

TEST(ParseProvoked, refuses_what_is_no_uitzondering) {
  for (const auto* text : {"", "2", "4:50000", "2:", "2:x", "2:12345678901", "2:Server", "1:Nobody", "2:50000:FATAL",
                           "2:50000:FOUT:0", "2:50000:FOUT:x", "2:50000:FOUT:1:2"})
    EXPECT_FALSE(parse_provoked(text)) << text;
}

TEST(MagdaSimulator, is_not_there_for_a_partner_that_takes_no_referrals) {
  TemporaryFolder received;
  const auto reply =
      *open(received.path, {.partner = "municipality"})->take(request_from(call_for(delivery(example())))).reply;
  EXPECT_EQ(reply.status, 404);
}

TEST(MagdaSimulator, takes_a_documents_entities_for_what_they_are) {
  const auto sent = delivery(example());
  auto call = call_for(sent);
  call.body = replaced(call.body, "<soapenv:Envelope", R"(<!DOCTYPE x [<!ENTITY a "aaaa">]><soapenv:Envelope)");
  TemporaryFolder received;
  const auto reply = *open(received.path)->take(request_from(std::move(call))).reply;
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, HasSubstr("document type"));
}

}  // namespace
}  // namespace ketenpoort::simulator
