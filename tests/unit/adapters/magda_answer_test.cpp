#include "adapters/magda/answer.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace ketenpoort::adapters::magda {
namespace {

constexpr std::string_view asked = "0f1e2d3c-4b5a-4697-8877-665544332211";
constexpr std::string_view id = "5b0c8f0e-2f0a-4a4e-9b1d-1f6f3c1a7d02";

std::string uitzondering(std::string_view code, std::string_view type = "FOUT", std::string_view origin = "MAGDA") {
  return fmt::format(
      "<Uitzondering><Identificatie>{}</Identificatie><Oorsprong>{}</Oorsprong><Type>{}</Type>"
      "<Tijdstip><Datum>2026-11-24</Datum><Tijd>12:00:00.000</Tijd></Tijdstip><Diagnose>Voor Layla Barakat</Diagnose>"
      "<Omstandigheid>91631400287</Omstandigheid></Uitzondering>",
      code, origin, type);
}

std::string list(const std::string& items) {
  return "<Uitzonderingen>" + items + "</Uitzonderingen>";
}

std::string enveloped(const std::string& body) {
  return fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{}"><s:Header/><s:Body>{}</s:Body></s:Envelope>)",
      soap_namespace, body);
}

std::string context(std::string_view type = "ANTWOORD", std::string_view referte = asked) {
  return fmt::format(
      "<Context><Naam>RegistreerToeleiding</Naam><Versie>01.00.0000</Versie><Bericht><Type>{}</Type><Tijdstip>"
      "<Datum>2026-11-24</Datum><Tijd>12:00:01</Tijd></Tijdstip><Afzender><Identificatie>kbi</Identificatie>"
      "<Referte>{}</Referte></Afzender><Ontvanger><Identificatie>fedasil</Identificatie><Referte>{}</Referte>"
      "</Ontvanger></Bericht></Context>",
      type, id, referte);
}

std::string repliek(const std::string& content) {
  return enveloped(fmt::format(
      R"(<r:RegistreerToeleidingResponse xmlns:r="{}"><Repliek>{}</Repliek></r:RegistreerToeleidingResponse>)",
      service_namespace, content));
}

std::string antwoord(const std::string& content, std::string_view referte = asked) {
  return fmt::format("<Antwoorden><Antwoord><Referte>{}</Referte>{}</Antwoord></Antwoorden>", referte, content);
}

std::string inhoud(std::string_view reference = id) {
  return fmt::format("<Inhoud><Id>{}</Id></Inhoud>", reference);
}

std::string soap_fault(std::string_view code, const std::string& detail = "") {
  return enveloped(fmt::format(
      R"(<s:Fault xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" )"
      R"(xmlns:t="http://www.w3.org/2003/05/soap-envelope"><faultcode>{}</faultcode><faultstring>Layla</faultstring>)"
      R"({}</s:Fault>)",
      code, detail.empty() ? "" : "<detail>" + detail + "</detail>"));
}

SoapAnswer read(const std::string& body) {
  auto answer = read_answer(body, asked);
  EXPECT_TRUE(answer) << (answer ? "" : answer.error().message) << "\n" << body;
  return answer ? *answer : SoapAnswer{};
}

ErrorCode failure(const std::string& body) {
  const auto answer = read_answer(body, asked);
  EXPECT_FALSE(answer) << body;
  return answer ? ErrorCode::internal : answer.error().code;
}

TEST(ReadAnswer, finds_the_partners_reference) {
  const auto answer = read(repliek(context() + antwoord(inhoud())));
  EXPECT_FALSE(answer.fault);
  EXPECT_TRUE(answer.has_answer);
  EXPECT_EQ(answer.reference, id);
  EXPECT_THAT(answer.uitzonderingen, testing::IsEmpty());
}

TEST(ReadAnswer, takes_an_answer_without_content_as_one_without_a_reference) {
  const auto answer = read(repliek(context("VOORLOPIG_ANTWOORD") + antwoord("")));
  EXPECT_TRUE(answer.has_answer);
  EXPECT_EQ(answer.reference, "");
}

TEST(ReadAnswer, reads_every_way_of_writing_the_same_answer) {
  auto text = repliek(context("BEVESTIGING") + "<!-- x -->" + antwoord("<!-- x -->" + inhoud()));
  const auto referte = "<Antwoord><Referte>" + std::string(asked);
  text.replace(text.find(referte), referte.size(), "<Antwoord><Referte><![CDATA[" + std::string(asked) + "]]>");
  EXPECT_EQ(read(text).reference, id);
}

TEST(ReadAnswer, reads_utf_16) {
  auto text = repliek(context() + antwoord(inhoud()));
  text.replace(text.find("UTF-8"), 5, "UTF-16");
  std::string wide("\xFF\xFE");
  for (const char c : text) (wide += c) += '\0';
  const auto read = read_answer(wide, asked);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->reference, id);
}

TEST(ReadAnswer, finds_uitzonderingen_of_the_repliek_and_of_the_antwoord) {
  const auto second = read(repliek(context("UITZONDERING") + list(uitzondering("99996"))));
  EXPECT_FALSE(second.has_answer);
  ASSERT_THAT(second.uitzonderingen, testing::SizeIs(1));
  EXPECT_EQ(second.uitzonderingen[0].level, 2);
  EXPECT_EQ(second.uitzonderingen[0].code, "99996");

  const auto both = read(repliek(context() + antwoord(inhoud() + list(uitzondering("30004", "WAARSCHUWING", "KSZ"))) +
                                 list(uitzondering("1", "INFORMATIE"))));
  ASSERT_THAT(both.uitzonderingen, testing::SizeIs(2));
  EXPECT_EQ(both.uitzonderingen[0].level, 3);
  EXPECT_EQ(both.uitzonderingen[0].origin, "KSZ");
  EXPECT_EQ(both.uitzonderingen[0].gravity, Gravity::warning);
  EXPECT_EQ(both.uitzonderingen[1].level, 2);
  EXPECT_EQ(both.uitzonderingen[1].gravity, Gravity::information);
}

TEST(ReadAnswer, tells_soap_faults_apart) {
  EXPECT_EQ(read(soap_fault("s:Client")).fault, FaultKind::client);
  EXPECT_EQ(read(soap_fault("s:Client.Authentication")).fault, FaultKind::client);
  EXPECT_EQ(read(soap_fault("s:Server")).fault, FaultKind::server);
  EXPECT_EQ(read(soap_fault("s:VersionMismatch")).fault, FaultKind::version);
  auto with_actor = soap_fault("s:Client");
  with_actor.insert(with_actor.find("</s:Fault>"), "<faultactor>urn:x</faultactor>");
  EXPECT_EQ(read(with_actor).fault, FaultKind::client);
  EXPECT_EQ(read(soap_fault("s:MustUnderstand")).fault, FaultKind::version);
  EXPECT_EQ(read(soap_fault("wsse:FailedCheck")).fault, FaultKind::security);
  EXPECT_EQ(read(soap_fault("wsse:MessageExpired")).fault, FaultKind::expired);
  EXPECT_EQ(read(soap_fault("s:Receiver")).fault, FaultKind::other);
  EXPECT_EQ(read(soap_fault("t:Receiver")).fault, FaultKind::other);
  EXPECT_EQ(read(soap_fault("\n    s:Client\n  ")).fault, FaultKind::client);
  EXPECT_EQ(read(soap_fault("Server")).fault, FaultKind::other);  // of no namespace: not SOAP's
}

TEST(ReadAnswer, finds_the_uitzondering_in_a_faults_detail) {
  const auto answer = read(soap_fault("s:Server", "<own>x</own>" + list(uitzondering("60009"))));
  ASSERT_THAT(answer.uitzonderingen, testing::SizeIs(1));
  EXPECT_EQ(answer.uitzonderingen[0].level, 1);
  EXPECT_EQ(answer.uitzonderingen[0].code, "60009");
}

TEST(ReadAnswer, does_not_take_the_answer_to_another_question) {
  EXPECT_EQ(failure(repliek(context() + antwoord(inhoud(), id))), ErrorCode::conflict);
  EXPECT_EQ(failure(repliek(context("ANTWOORD", id) + antwoord(inhoud()))), ErrorCode::conflict);
  EXPECT_EQ(failure(repliek(context("UITZONDERING", id) + list(uitzondering("50000")))), ErrorCode::conflict);
}

TEST(ReadAnswer, wants_the_names_and_namespaces_of_the_published_answer) {
  const auto good = repliek(context() + antwoord(inhoud()));
  const auto replaced = [&](std::string_view from, std::string_view to) {
    auto text = good;
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
    return text;
  };
  EXPECT_NE(good, replaced("soap/envelope/", "soap/envelope"));
  EXPECT_EQ(failure(replaced("soap/envelope/", "soap/envelope")), ErrorCode::malformed);
  EXPECT_EQ(failure(replaced("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")),
            ErrorCode::malformed);
  EXPECT_EQ(failure(replaced("Service/V01", "Service/V02")), ErrorCode::malformed);
  EXPECT_EQ(failure(replaced("<Repliek>", R"(<Repliek xmlns="urn:other">)")), ErrorCode::malformed);
  EXPECT_EQ(failure(replaced("Antwoord>", "Antwoort>")), ErrorCode::malformed);
  EXPECT_EQ(failure(replaced("ANTWOORD", "VRAAG")), ErrorCode::malformed);
  EXPECT_EQ(failure(replaced("<Inhoud>", "<Inhoud>text")), ErrorCode::malformed);
  EXPECT_EQ(failure(replaced("</Antwoord>", "</Antwoord><Antwoord/>")), ErrorCode::malformed);
  EXPECT_EQ(failure(replaced("<s:Header/>", "<s:Body/>")), ErrorCode::malformed);
  EXPECT_EQ(failure(replaced(std::string(id) + "</Id>", "91631400287</Id>")), ErrorCode::malformed);
}

TEST(ReadAnswer, wants_uitzonderingen_as_published) {
  const auto with = [](const std::string& item) { return repliek(context() + list(item)); };
  EXPECT_EQ(failure(with("")), ErrorCode::malformed);
  EXPECT_EQ(failure(with(uitzondering("12345678901"))), ErrorCode::malformed);
  EXPECT_EQ(failure(with(uitzondering("5000x"))), ErrorCode::malformed);
  EXPECT_EQ(failure(with(uitzondering("50000", "FATAL"))), ErrorCode::malformed);
  EXPECT_EQ(failure(with(uitzondering("50000", "FOUT", "MAGDA2"))), ErrorCode::malformed);
  EXPECT_EQ(failure(with(uitzondering("50000", "FOUT", "<b/>"))), ErrorCode::malformed);
  EXPECT_EQ(failure(with(uitzondering("50000", "FOUT", "A B"))), ErrorCode::malformed);
  EXPECT_EQ(failure(with(uitzondering("50000", "FOUT", "A{}"))), ErrorCode::malformed);
  EXPECT_EQ(failure(with("<Uitzondering/>")), ErrorCode::malformed);
  EXPECT_EQ(failure(with("<Uitzondering><Oorsprong>MAGDA</Oorsprong><Type>FOUT</Type><Diagnose/></Uitzondering>")),
            ErrorCode::malformed);
  std::string many;
  for (int i = 0; i < 200; ++i) many += uitzondering("50000");
  EXPECT_EQ(failure(with(many)), ErrorCode::malformed);
}

// What comes beside it might take back what it says.
TEST(ReadAnswer, wants_nothing_beside_what_is_published) {
  const auto expect_nothing_behind = [](const std::string& good, std::initializer_list<std::string_view> ends) {
    EXPECT_TRUE(read_answer(good, asked)) << good;
    for (const auto end : ends)
      for (const std::string_view more : {"<x/>", "text"}) {
        auto text = good;
        ASSERT_NE(text.find(end), std::string::npos) << end;
        EXPECT_EQ(failure(text.insert(text.find(end) + end.size(), more)), ErrorCode::malformed) << end << more;
      }
  };
  expect_nothing_behind(
      repliek(context() + antwoord(inhoud() + list(uitzondering("30004", "WAARSCHUWING"))) +
              list(uitzondering("1", "INFORMATIE"))),
      {"</Id>", "</Inhoud>", "</Omstandigheid>", "</Uitzondering>", "</Uitzonderingen>", "</Antwoord>", "</Context>",
       "</Antwoorden>", "</Repliek>", "</r:RegistreerToeleidingResponse>", "</s:Body>"});
  expect_nothing_behind(repliek(context() + list(uitzondering("50000"))), {"</Uitzonderingen>"});
  expect_nothing_behind(soap_fault("s:Server", "<own/>"), {"</faultstring>", "</detail>", "</s:Fault>"});
}

TEST(ReadAnswer, wants_what_is_published) {
  const auto without = [](std::string text, std::string_view from, std::string_view to) {
    const auto begin = text.find(from);
    const auto end = text.find(to);
    EXPECT_NE(end, std::string::npos) << to;
    return text.erase(begin, end + to.size() - begin);
  };
  const auto answer = repliek(context() + "<Antwoorden><Antwoord>" + inhoud() + "</Antwoord></Antwoorden>");
  EXPECT_EQ(failure(answer), ErrorCode::malformed) << "Antwoord without Referte";
  const auto item = repliek(context() + list(uitzondering("50000")));
  EXPECT_EQ(failure(without(item, "<Diagnose>", "</Diagnose>")), ErrorCode::malformed);
  EXPECT_EQ(failure(without(item, "<Oorsprong>", "</Oorsprong>")), ErrorCode::malformed);
  EXPECT_EQ(failure(repliek(context() + list(uitzondering("50000", "FOUT", "")))), ErrorCode::malformed);
  EXPECT_EQ(failure(without(soap_fault("s:Server"), "<faultcode>", "</faultcode>")), ErrorCode::malformed);
  EXPECT_EQ(failure(without(soap_fault("s:Server"), "<faultstring>", "</faultstring>")), ErrorCode::malformed);
  EXPECT_EQ(failure(soap_fault("")), ErrorCode::malformed);
  EXPECT_EQ(failure(soap_fault(" \n ")), ErrorCode::malformed);
  EXPECT_EQ(failure(R"(<s:Body xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>)"), ErrorCode::malformed);
}

TEST(ReadAnswer, wants_an_answer_or_a_reason) {
  EXPECT_EQ(failure(repliek(context())), ErrorCode::malformed);
  EXPECT_EQ(failure(repliek("")), ErrorCode::malformed);
  EXPECT_EQ(failure(enveloped("")), ErrorCode::malformed);
  EXPECT_EQ(failure(enveloped("<s:Fault/>")), ErrorCode::malformed);
}

TEST(ReadAnswer, is_not_taken_in_by_hostile_documents) {
  const std::string bomb =
      R"(<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">)"
      R"(<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/)"
      R"(envelope/"><s:Body>&c;</s:Body></s:Envelope>)";
  const std::string file = R"(<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><s>&a;</s>)";
  std::string deep = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  const std::string good = repliek(context() + antwoord(inhoud()));
  for (const auto& hostile : {bomb, file, deep, std::string(), std::string("\xff\xfe"), std::string("not xml"),
                              good.substr(0, good.size() - 5), good + good, std::string(1U << 20, '<'),
                              repliek(context() + antwoord(inhoud()) + std::string(300U << 10, ' '))})
    EXPECT_EQ(failure(hostile), ErrorCode::malformed);
}

TEST(ReadAnswer, says_nothing_of_what_the_partner_wrote) {
  const auto answer = read_answer(repliek(context() + antwoord(inhoud("91631400287"))), asked);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, testing::Not(testing::HasSubstr("91631400287")));
}

}  // namespace
}  // namespace ketenpoort::adapters::magda
