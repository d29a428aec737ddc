// VDAB's file against the schema that is published for it: our examples are such files, and ours refuses none of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "gateway/base/files.hpp"
#include "gateway/formats/xsd.hpp"
#include "tests/contract/mapping/published_schema.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::string_view space = "http://service.geefdossiervdabdienst.inburgering.vip.vlaanderen.be";

// Everything that the published schema knows of a file, each part there or not.
class RandomDossier {
 public:
  explicit RandomDossier(unsigned seed) : random_(seed) {}

  std::string content() {
    return maybe([&] { return element("Personalia", element("INSZ", "91631400287")); }) +
           maybe([&] { return person_and_office("DossierBeheerder"); }) + maybe([&] {
             return element("Dossier", code("Catwz") + maybe([&] { return element("DatumEurostat", day()); }), dates());
           }) +
           maybe([&] { return element("Adviezen", some([&] { return item("Advies", referral(), {}); })); }) +
           maybe([&] { return element("Testen", some([&] { return item("Test", referral() + type(), {}); })); }) +
           maybe([&] {
             return element("Trajecten", maybe([&] { return person_and_office("Trajectbegeleider"); }) + some([&] {
                                           return item("Traject", type(),
                                                       maybe([&] { return element("Einddatum", day()); }));
                                         }));
           }) +
           maybe([&] { return element("Opleidingen", some([&] { return course(); })); }) +
           maybe([&] { return element("Uitnodigingen", some([&] { return invitation(); })); });
  }

 private:
  template <class Make>
  std::string maybe(Make make) {
    return random_() % 2 == 0 ? std::string() : make();
  }
  template <class Make>
  std::string some(Make make) {
    std::string all;
    for (auto left = 1 + random_() % 3; left > 0; --left) all += make();
    return all;
  }
  std::string one_of(std::initializer_list<const char*> texts) { return texts.begin()[random_() % texts.size()]; }

  static std::string element(std::string_view name, std::string_view content, std::string_view attributes = {}) {
    return fmt::format("<{}{}>{}</{}>", name, attributes, content, name);
  }
  std::string day() { return one_of({"2026-11-20", "2026-00-00", "1990-05-00", "9999-19-39", "0000-00-00"}); }
  std::string dates() {
    return maybe([&] { return fmt::format(" DatumGeldigheid=\"{}\"", day()); }) +
           maybe([&] { return fmt::format(" DatumModificatie=\"{}\"", day()); });
  }
  std::string described() {
    return maybe([] { return std::string(" Beschrijving=\"é &amp; so\""); });
  }
  std::string code(std::string_view name) { return element(name, one_of({"1", "01", "éé", "  "}), described()); }
  std::string type() { return element("Type", one_of({"A", "ABCDEF"}), described()); }
  std::string referral() { return element("ToeleidingsID", one_of({"", "x", "0193a1b2-0000-7000-8000-000000000001"})); }
  std::string item(std::string_view name, std::string_view before, std::string_view after) {
    return element(name,
                   fmt::format("{}{}{}{}{}", element("ID", one_of({"", "7"})), before, code("Toestand"),
                               maybe([&] { return code("Resultaat"); }), after),
                   dates());
  }
  std::string invitation() {
    return element("Uitnodiging",
                   element("ID", "1") + referral() + maybe([&] { return element("Datum", day()); }) +
                       maybe([&] { return code("Toestand"); }) + maybe([&] { return code("Resultaat"); }),
                   dates());
  }
  std::string course() {
    const auto text = [&](std::string_view name) { return maybe([&] { return element(name, "Nederlands"); }); };
    const auto moment = [&](std::string_view name) { return maybe([&] { return element(name, day()); }); };
    const auto missed = [&] {
      return element("Afwezigheden", text("Duur") + moment("PeriodeVan") + moment("PeriodeTot") + some([&] {
                                       return element("Afwezigheid", element("Type", "Z") + element("AantalUur", "4"));
                                     }));
    };
    return element("Opleiding",
                   element("ID", "1") + moment("Startdatum") + moment("Einddatum") + code("Toestand") +
                       maybe([&] { return code("Resultaat"); }) + text("Code") + text("Omschrijving") +
                       text("OpleidingsOmschrijving") + maybe([&] { return type(); }) + maybe(missed),
                   dates());
  }
  std::string person_and_office(std::string_view name) {
    return element(name, maybe([&] {
                           return element("Persoon", element("Naam", "V") + element("Voornaam", "M") + maybe([&] {
                                                       return element("Telefoon", "057");
                                                     }) + maybe([&] { return element("Email", "x"); }),
                                          dates());
                         }) + maybe([&] {
                           return element("Vestiging", element("ID", "33") + maybe([&] {
                                                         return element("Omschrijving", "Ieper");
                                                       }) + maybe([&] { return address(); }),
                                          dates());
                         }));
  }
  std::string address() {
    const auto text = [&](std::string_view name, std::string_view value) {
      return maybe([&] { return element(name, value); });
    };
    const auto part = [&](std::string_view name, const std::string& content) {
      return maybe([&] { return element(name, content); });
    };
    return element("Adres",
                   part("Straat", text("NISCode", "0042") + text("Naam", "Straat")) + text("HuisNummer", "1 bis") +
                       text("BusNummer", "A") +
                       part("Gemeente", text("NISCode", "33011") + text("PostCode", "8900") + text("Naam", "Ieper")) +
                       part("Land", text("ISOCode", "BEL") + text("NISCode", "150") + text("Naam", "Belgie")),
                   maybe([&] { return fmt::format(" DatumModificatie=\"{}\"", day()); }));
  }

  std::mt19937 random_;
};

class VdabDossier : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = ketenpoort::test::magda_folder();
    if (!folder) GTEST_SKIP() << "KETENPOORT_REFERENCE names no folder";
    published_.emplace(ketenpoort::test::including(
                           space, "Inburgering.GeefDossierVDABDienst-01.00/Service/GeefDossierVDABResponse.xsd",
                           "Published", "DossierVDABType"),
                       *folder);
  }
  static std::string as_published(std::string_view content) {
    return fmt::format("<p:Published xmlns:p=\"{}\">{}</p:Published>", space, content);
  }
  static std::string as_reply(std::string_view file) {
    return fmt::format(
        "<p:GeefDossierVDABResponse "
        "xmlns:p=\"{}\"><Repliek><Context/><Antwoorden><Antwoord><Referte>1</Referte><Inhoud>"
        "{}</Inhoud></Antwoord></Antwoorden></Repliek></p:GeefDossierVDABResponse>",
        "http://webservice.geefdossier.kbi.vdab.be", file);
  }
  std::optional<ketenpoort::test::PublishedSchema> published_;
};

TEST_F(VdabDossier, that_is_published_is_none_that_we_refuse) {
  const auto ours = formats::XsdSchema::load("mappings/schemas/vdab/dossier.xsd").value();
  const auto reply = formats::XsdSchema::load("mappings/schemas/vdab/dossier-reply.xsd").value();
  for (unsigned seed = 0; seed < 500; ++seed) {
    const auto content = RandomDossier(seed).content();
    const auto file = "<DossierVDAB>" + content + "</DossierVDAB>";
    ASSERT_EQ(published_->check(as_published(content)), "") << content;
    ASSERT_EQ(ours.check(file), "") << content;
    ASSERT_EQ(reply.check(as_reply(file)), "") << content;
  }
  EXPECT_NE(published_->check(as_published("<Trajecten/>")), "") << "it does refuse";
}

TEST_F(VdabDossier, of_our_examples_is_one_that_is_published) {
  int examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator("mappings/examples/vdab-dossier-to-outcome")) {
    if (entry.path().extension() != ".xml") continue;
    const auto text = read_file(entry.path()).value();
    const auto begin = text.find("<DossierVDAB>") + std::string_view("<DossierVDAB>").size();
    EXPECT_EQ(published_->check(as_published(text.substr(begin, text.find("</DossierVDAB>") - begin))), "")
        << entry.path();
    ++examples;
  }
  EXPECT_GE(examples, 8);
}

}  // namespace
}  // namespace ketenpoort::mapping
