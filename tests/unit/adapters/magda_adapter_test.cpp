#include "adapters/magda/magda_adapter.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <pugixml.hpp>

#include "adapters/content_digest.hpp"
#include "adapters/magda/answer.hpp"
#include "gateway/base/files.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/formats/xsd.hpp"
#include "tests/support/magda_keys.hpp"

namespace ketenpoort::adapters {
namespace {

using testing::HasSubstr;
using Kind = Verdict::Kind;

constexpr std::string_view transfer = "0f1e2d3c-4b5a-4697-8877-665544332211";  // of the examples
constexpr std::string_view id = "5b0c8f0e-2f0a-4a4e-9b1d-1f6f3c1a7d02";

MagdaAdapter make(const test::SigningPair& pair = test::ec_pair()) {
  return {MagdaParties{"https://fedasil.example/keten&poort", "FEDASIL", "https://kbi.example"},
          magda::SoapSigner::open(pair.certificate, pair.key).value()};
}

const MagdaAdapter& adapter() {
  static const auto one = make();
  return one;
}

Delivery delivery(
    std::string payload = read_file("mappings/examples/resident-to-vdab-referral/01-full-record.out.xml").value()) {
  return {.transfer = *parse_uuid(transfer),
          .message = "vdab-referral",
          .content_type = "application/xml",
          .payload = std::move(payload),
          .trace = *parse_uuid("0190b6c8-2222-4000-8000-000000000002"),
          .at = *parse_rfc3339("2026-11-29T10:00:00Z")};
}

std::string body_of(const std::string& envelope) {
  const auto from = envelope.find("<soapenv:Body");
  return envelope.substr(from, envelope.find("</soapenv:Body>") - from);
}

std::string message_of(const std::string& envelope) {
  const auto body = body_of(envelope);
  return body.substr(body.find('>') + 1);
}

TEST(MagdaCall, is_a_signed_soap_envelope_with_the_headers_of_every_call) {
  const auto call = adapter().make_call(delivery()).value();
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.path, "/Inburgering.RegistreerToeleidingDienst-01.00/soap/WebService");
  EXPECT_THAT(call.headers,
              testing::IsSupersetOf(Headers{{"Content-Type", "text/xml; charset=utf-8"},
                                            {"SOAPAction", "\"\""},
                                            {"Idempotency-Key", std::string(transfer)},
                                            {"Content-Digest", content_digest(call.body)},
                                            {"BelGov-Trace-Id", "0190b6c8-2222-4000-8000-000000000002"}}));
  pugi::xml_document document;
  ASSERT_TRUE(formats::parse_xml(call.body, document));
  const auto security = document.document_element().child("soapenv:Header").child("wsse:Security");
  EXPECT_STREQ(security.child("wsu:Timestamp").child_value("wsu:Created"), "2026-11-29T10:00:00.000Z");
  EXPECT_STREQ(security.child("wsu:Timestamp").child_value("wsu:Expires"), "2026-11-29T10:05:00.000Z");
  const auto signed_info = security.child("ds:Signature").child("ds:SignedInfo");
  std::vector<std::string> references;
  for (const auto& reference : signed_info.children("ds:Reference")) {
    references.emplace_back(reference.attribute("URI").value());
    EXPECT_STRNE(reference.child_value("ds:DigestValue"), "");
  }
  EXPECT_THAT(references, testing::ElementsAre("#body", "#timestamp", "#token"));
  EXPECT_STRNE(security.child("ds:Signature").child_value("ds:SignatureValue"), "");
}

TEST(MagdaCall, asks_in_the_name_of_the_sender_and_carries_the_transfer_everywhere) {
  const auto call = adapter().make_call(delivery()).value();
  const auto message = message_of(call.body);
  EXPECT_THAT(message, HasSubstr("<Afzender><Identificatie>https://fedasil.example/keten&amp;poort</Identificatie>"
                                 "<Referte>0f1e2d3c-4b5a-4697-8877-665544332211</Referte>"
                                 "<Hoedanigheid>FEDASIL</Hoedanigheid></Afzender>"
                                 "<Ontvanger><Identificatie>https://kbi.example</Identificatie></Ontvanger>"));
  EXPECT_THAT(message, HasSubstr("<Tijdstip><Datum>2026-11-24</Datum><Tijd>12:00:00</Tijd></Tijdstip>"));
  EXPECT_THAT(message, HasSubstr("<Vraag><Referte>0f1e2d3c-4b5a-4697-8877-665544332211</Referte>"));
  EXPECT_THAT(message, testing::StartsWith("<t:RegistreerToeleiding xmlns:t="));  // nothing else has a namespace
}

TEST(MagdaCall, names_a_receiver_only_where_one_is_known) {
  const auto& pair = test::ec_pair();
  const MagdaAdapter without({"https://fedasil.example", "FEDASIL", ""},
                             magda::SoapSigner::open(pair.certificate, pair.key).value());
  EXPECT_THAT(without.make_call(delivery()).value().body, testing::Not(HasSubstr("Ontvanger")));
}

// What one resident's message says is what the mapping made, special characters and all.
TEST(MagdaCall, keeps_every_example_valid_under_our_schema) {
  const auto schema = formats::XsdSchema::load("mappings/schemas/magda/registreer-toeleiding.xsd").value();
  int checked = 0;
  for (const auto* recipient : {"vdab", "agii"})
    for (const auto& entry :
         std::filesystem::directory_iterator(fmt::format("mappings/examples/resident-to-{}-referral", recipient))) {
      if (!entry.path().string().ends_with(".out.xml")) continue;
      auto payload = read_file(entry.path()).value();
      if (payload.find("{each}") != std::string::npos) continue;  // made of a table of values
      const auto call = adapter().make_call(delivery(payload)).value();
      EXPECT_EQ(schema.check(message_of(call.body)), "") << entry.path();
      const auto inside = [](const std::string& text) {
        const auto from = text.find("<Vragen>");
        return text.substr(from, text.find("</Vragen>") - from);
      };
      pugi::xml_document before, after;
      before.load_string(inside(payload).append("</Vragen>").c_str());
      after.load_string(inside(call.body).append("</Vragen>").c_str());
      const auto words = [](const pugi::xml_document& document) {
        std::string text;
        for (const auto& found : document.select_nodes("//*[not(*)]"))
          text += std::string(found.node().text().get()) + "|";
        return text;
      };
      EXPECT_EQ(words(before), words(after)) << entry.path();
      ++checked;
    }
  EXPECT_GE(checked, 20);
}

TEST(MagdaCall, has_the_same_body_at_every_attempt_and_a_fresh_header) {
  auto later = delivery();
  later.at += std::chrono::hours{1};
  const auto first = adapter().make_call(delivery()).value();
  const auto second = adapter().make_call(later).value();
  EXPECT_NE(first.body, second.body);
  EXPECT_EQ(body_of(first.body), body_of(second.body));
}

TEST(MagdaCall, is_not_made_of_what_is_no_question_of_this_transfer) {
  EXPECT_FALSE(adapter().make_call(delivery("{}")));
  EXPECT_FALSE(adapter().make_call(delivery("<RegistreerToeleiding><Verzoek/></RegistreerToeleiding>")));
  for (const std::string_view name : {"t:RegistreerToeleiding", "RegistreerToeleidingService/V01"}) {
    auto payload = delivery().payload;
    ASSERT_NE(payload.find(name), std::string::npos);
    for (auto at = payload.find(name); at != std::string::npos; at = payload.find(name, at + name.size()))
      payload[at + name.size() - 1] = 'x';
    EXPECT_FALSE(adapter().make_call(delivery(payload))) << name;
  }
  auto other = delivery();
  other.transfer = new_uuid_v4();
  EXPECT_FALSE(adapter().make_call(other));
  EXPECT_THROW(static_cast<void>(adapter().to_call(other)), std::invalid_argument);
}

TEST(SoapSigner, takes_one_pair_of_rsa_or_ec) {
  EXPECT_TRUE(magda::SoapSigner::open(test::rsa_pair().certificate, test::rsa_pair().key));
  const auto mixed = magda::SoapSigner::open(test::rsa_pair().certificate, test::ec_pair().key);
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().code, ErrorCode::config);
  EXPECT_THAT(mixed.error().message, HasSubstr("does not belong"));
  EXPECT_FALSE(magda::SoapSigner::open("", test::ec_pair().key));
  EXPECT_FALSE(magda::SoapSigner::open(test::ec_pair().certificate, "nonsense"));
  const auto short_key = test::self_signed(EVP_RSA_gen(1024), EVP_sha256());
  const auto weak = magda::SoapSigner::open(short_key.certificate, short_key.key);
  ASSERT_FALSE(weak);
  EXPECT_THAT(weak.error().message, HasSubstr("2048"));
  const auto edwards = test::self_signed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), nullptr);
  EXPECT_FALSE(magda::SoapSigner::open(edwards.certificate, edwards.key));
}

TEST(SoapSigner, names_the_algorithm_of_its_key) {
  EXPECT_THAT(make(test::ec_pair()).make_call(delivery()).value().body, HasSubstr("xmldsig-more#ecdsa-sha256"));
  EXPECT_THAT(make(test::rsa_pair()).make_call(delivery()).value().body, HasSubstr("xmldsig-more#rsa-sha256"));
}

std::string answered(const std::string& content, std::string_view type = "ANTWOORD") {
  return fmt::format(
      R"(<s:Envelope xmlns:s="{}"><s:Body><r:RegistreerToeleidingResponse xmlns:r="{}"><Repliek><Context><Bericht><Type>{})"
      R"(</Type></Bericht></Context>{}</Repliek></r:RegistreerToeleidingResponse></s:Body></s:Envelope>)",
      magda::soap_namespace, magda::service_namespace, type, content);
}
std::string list(std::string_view code, std::string_view type = "FOUT") {
  return fmt::format(
      "<Uitzonderingen><Uitzondering><Identificatie>{}</Identificatie><Oorsprong>MAGDA</Oorsprong><Type>{}</Type>"
      "<Diagnose>Layla Barakat</Diagnose></Uitzondering></Uitzonderingen>",
      code, type);
}
std::string antwoord(const std::string& content) {
  return fmt::format("<Antwoorden><Antwoord><Referte>{}</Referte>{}</Antwoord></Antwoorden>", transfer, content);
}
std::string inhoud() {
  return fmt::format("<Inhoud><Id>{}</Id></Inhoud>", id);
}
std::string fault(std::string_view code, const std::string& detail = "") {
  return fmt::format(
      R"(<s:Envelope xmlns:s="{}"><s:Body><s:Fault><faultcode>{}</faultcode><faultstring>no</faultstring>{}</s:Fault></s:Body></s:Envelope>)",
      magda::soap_namespace, code, detail);
}

Verdict judged(int status, std::string body, Headers headers = {}) {
  return adapter().judge_reply(delivery(), {status, std::move(headers), std::move(body)});
}

TEST(MagdaVerdict, acknowledges_with_the_partners_reference) {
  const auto verdict = judged(200, answered(antwoord(inhoud())));
  EXPECT_EQ(verdict.kind, Kind::acknowledged);
  EXPECT_EQ(verdict.partner_reference, id);
  EXPECT_THAT(verdict.notes, testing::IsEmpty());
}

TEST(MagdaVerdict, delivers_without_a_reference) {
  EXPECT_EQ(judged(200, answered(antwoord(""), "VOORLOPIG_ANTWOORD")).kind, Kind::delivered);
}

TEST(MagdaVerdict, notes_what_was_said_beside_an_answer) {
  const auto verdict =
      judged(200, answered(antwoord(inhoud() + list("30004", "WAARSCHUWING")) + list("40143", "INFORMATIE")));
  EXPECT_EQ(verdict.kind, Kind::acknowledged);
  EXPECT_THAT(verdict.notes, testing::ElementsAre(30004U, 40143U));
}

struct Judged {
  int status;
  std::string body;
  Kind kind;
  std::string failure_class;
};

TEST(MagdaVerdict, follows_the_uitzondering_of_every_level) {
  const std::vector<Judged> cases = {
      {500, fault("s:Server", "<detail>" + list("60009") + "</detail>"), Kind::retry, "magda-60009.MAGDA"},
      {500, fault("s:Server", "<detail>" + list("40006") + "</detail>"), Kind::reject, "magda-40006.MAGDA"},
      {500, fault("s:Server"), Kind::retry, "soap-server"},
      {500, fault("s:Client"), Kind::reject, "soap-client"},
      {500, fault("s:VersionMismatch"), Kind::reject, "soap-version"},
      {500, fault("nobodys"), Kind::retry, "soap-other"},
      {200, fault("s:Client"), Kind::reject, "soap-client"},
      {200, answered(list("99996"), "UITZONDERING"), Kind::retry, "magda-99996.MAGDA"},
      {200, answered(list("50000"), "UITZONDERING"), Kind::reject, "magda-50000.MAGDA"},
      {200, answered(list("12345"), "UITZONDERING"), Kind::reject, "magda-12345.MAGDA"},
      {200, answered(list("40143", "WAARSCHUWING")), Kind::retry, "answer-missing"},
      {200, answered(antwoord(list("99996"))), Kind::retry, "magda-99996.MAGDA"},
      {200, answered(antwoord(list("30001"))), Kind::reject, "magda-30001.MAGDA"},
      {200, answered(antwoord(inhoud() + list("30003"))), Kind::reject, "magda-30003.MAGDA"},
  };
  for (const auto& one : cases) {
    const auto verdict = judged(one.status, one.body);
    EXPECT_EQ(verdict.kind, one.kind) << one.body;
    EXPECT_EQ(verdict.failure_class, one.failure_class) << one.body;
    EXPECT_EQ(verdict.partner_reference, "") << one.body;
  }
}

TEST(MagdaVerdict, tries_again_what_it_cannot_read) {
  for (const auto* body : {"", "ok", "<html/>", "{}"}) {
    EXPECT_EQ(judged(200, body).kind, Kind::retry);
    EXPECT_EQ(judged(200, body).failure_class, "answer-unreadable");
  }
  const auto other = judged(200, answered("<Antwoorden><Antwoord><Referte>another</Referte></Antwoord></Antwoorden>"));
  EXPECT_EQ(other.kind, Kind::retry);
  EXPECT_EQ(other.failure_class, "answer-to-another");
  EXPECT_EQ(adapter().judge({200, {}, answered(antwoord(inhoud()))}).kind, Kind::retry);
}

// The ledger takes nothing as arrived that came with 500.
TEST(MagdaVerdict, believes_no_answer_under_the_status_of_a_fault) {
  for (const auto& body : {answered(antwoord(inhoud())), answered(antwoord(""), "VOORLOPIG_ANTWOORD")}) {
    const auto verdict = judged(500, body);
    EXPECT_EQ(verdict.kind, Kind::retry);
    EXPECT_EQ(verdict.failure_class, "http-500");
    EXPECT_EQ(verdict.partner_reference, "");
  }
  EXPECT_EQ(judged(500, answered(antwoord(list("30001")))).failure_class, "magda-30001.MAGDA");
}

TEST(MagdaVerdict, goes_by_the_status_where_nobody_speaks_soap) {
  EXPECT_EQ(judged(500, "oops").kind, Kind::retry);
  EXPECT_EQ(judged(500, "oops").failure_class, "http-500");
  EXPECT_EQ(judged(503, "", {{"retry-after", "7"}}).retry_after, std::chrono::seconds{7});
  EXPECT_EQ(judged(401, fault("s:Client")).kind, Kind::reject);
  EXPECT_EQ(judged(404, "").failure_class, "http-404");
  EXPECT_EQ(judged(302, "").kind, Kind::retry);
  EXPECT_EQ(judged(300, answered(antwoord(inhoud()))).kind, Kind::retry);
  EXPECT_EQ(judged(404, answered(list("99996"))).failure_class, "http-404");
}

}  // namespace
}  // namespace ketenpoort::adapters
