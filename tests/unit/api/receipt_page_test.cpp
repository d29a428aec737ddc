#include <gmock/gmock.h>

#include "gateway/api/routes/consent_receipt.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"

namespace ketenpoort::api {
namespace {

using testing::HasSubstr;
using testing::Not;

Date day(std::string_view iso) {
  return parse_date(iso).value();
}

LanguageTexts some_words() {
  LanguageTexts words;
  words.tag = "nl";
  words.date = "{day} {month} {year}";
  for (int month = 1; month <= 12; ++month) words.months.push_back("m" + std::to_string(month));
  for (const auto key : receipt_phrases) words.receipt[std::string(key)] = "[" + std::string(key) + "]";
  words.receipt["otherLanguage"] = "[niet in {language}]";
  words.purposes["work-guidance"] = "Werk & opleiding";
  words.categories["wishes"] = "Wensen";
  words.categories["contact"] = "Contact";
  return words;
}

Receipt a_receipt() {
  Receipt receipt;
  receipt.row.id = parse_uuid("0190a000-0000-7000-8000-000000000000").value();
  receipt.row.purpose = "work-guidance";
  receipt.row.recipient = "vdab";
  receipt.row.stated = {Category::wishes, Category::contact};
  receipt.row.remaining = receipt.row.stated;
  receipt.row.valid_until = day("2027-11-24");
  receipt.stated.given = true;
  receipt.stated.statement.explained = {"HEARD", "PHONE", "SOCIAL"};
  receipt.stated.statement.expressed = {"PAPER", day("2026-11-24")};
  receipt.stated.statement.notice = {"chain-cooperation", "1.0", "tir", {}};
  Agreement agreement;
  agreement.recipient_body = "0887010362";
  agreement.parties = {{"0887010362", "dpo@vdab.example", "<script>alert(\"x\")</script> & 'co'", "controller"}};
  receipt.agreements = {agreement};
  return receipt;
}

Page page_of(const Receipt& receipt, std::string_view asked = {}, const LanguageTexts& words = some_words()) {
  return render_page(words, asked, {.organisation = "0860737913"}, receipt, day("2026-11-24"));
}

TEST(ReceiptPage, tells_what_was_agreed_and_how_to_take_it_back) {
  const auto html = page_of(a_receipt()).html;
  for (const auto* told :
       {"[title]", "[given]", "Werk &amp; opleiding", "Wensen", "Contact", "24 m11 2027", "24 m11 2026", "[heard]",
        "[phone]", "[paper]", "[withdrawTitle]", "[withdrawHow]", "[withdrawEffect]", "[rights]", "[complaint]",
        "chain-cooperation 1.0 (tir)", "0190a000-0000-7000-8000-000000000000"})
    EXPECT_THAT(html, HasSubstr(told));
  EXPECT_THAT(html, Not(HasSubstr("[niet in")));
  // How to take it back stands before how it was explained and before the law.
  EXPECT_LT(html.find("[withdrawHow]"), html.find("[told]"));
  EXPECT_LT(html.find("[withdrawHow]"), html.find("[rights]"));
}

TEST(ReceiptPage, runs_and_fetches_nothing_whatever_stands_in_the_configuration) {
  const auto page = page_of(a_receipt());
  EXPECT_THAT(page.html, HasSubstr("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;co&#39;"));
  for (const auto* forbidden :
       {"<script", "http://", "https://", "src=", "href=", "onclick", "style=\"", "<form", "<img"})
    EXPECT_THAT(page.html, Not(HasSubstr(forbidden)));
}

TEST(ReceiptPage, may_use_its_own_style_only) {
  const auto page = page_of(a_receipt());
  const auto begin = page.html.find("<style>") + 7;
  const auto style = page.html.substr(begin, page.html.find("</style>") - begin);
  EXPECT_THAT(page.security_policy, HasSubstr("style-src 'sha256-" + to_base64(sha256(as_bytes(style))) + "'"));
  EXPECT_THAT(page.security_policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page.security_policy, Not(HasSubstr("unsafe")));
}

TEST(ReceiptPage, stands_in_its_language_and_direction) {
  auto words = some_words();
  EXPECT_THAT(page_of(a_receipt()).html, HasSubstr("<html lang=\"nl\" dir=\"ltr\">"));
  words.tag = "ar";
  words.right_to_left = true;
  const auto html = page_of(a_receipt(), {}, words).html;
  EXPECT_THAT(html, HasSubstr("<html lang=\"ar\" dir=\"rtl\">"));
  EXPECT_THAT(html, HasSubstr("<bdi>"));  // names of another direction stay whole
  EXPECT_THAT(html, HasSubstr("<span class=\"number\" dir=\"ltr\">"));
}

TEST(ReceiptPage, says_that_it_is_not_in_the_language_wanted) {
  EXPECT_THAT(page_of(a_receipt(), "tir").html, HasSubstr("<p class=\"note\" role=\"note\">[niet in tir]</p>"));
}

TEST(ReceiptPage, says_how_the_answer_stands_today) {
  auto receipt = a_receipt();
  receipt.row.valid_until = day("2026-11-23");
  EXPECT_THAT(page_of(receipt).html, HasSubstr("[expired]"));
  receipt.row.valid_until = day("2026-11-24");
  EXPECT_THAT(page_of(receipt).html, HasSubstr("[given]"));
  receipt.row.remaining = {};
  EXPECT_THAT(page_of(receipt).html, HasSubstr("[withdrawn]"));
  EXPECT_THAT(page_of(receipt).html, Not(HasSubstr("[withdrawHow]")));  // there is nothing left to take back
  receipt.row.superseded = true;
  EXPECT_THAT(page_of(receipt).html, HasSubstr("[superseded]"));
  receipt = a_receipt();
  receipt.row.given = receipt.stated.given = false;
  receipt.row.valid_until.reset();
  EXPECT_THAT(page_of(receipt).html, HasSubstr("[refused]"));
  EXPECT_THAT(page_of(receipt).html, Not(HasSubstr("[until]")));
}

TEST(ReceiptPage, keeps_what_was_withdrawn_apart) {
  auto receipt = a_receipt();
  receipt.row.remaining = {Category::contact};
  receipt.withdrawals = {{{Category::wishes}, Timestamp{}}};
  const auto html = page_of(receipt).html;
  EXPECT_THAT(html, HasSubstr("[withdrawnCategories]"));
  EXPECT_GT(html.find("Wensen"), html.find("[withdrawnCategories]"));
  EXPECT_LT(html.find("Contact"), html.find("[withdrawnCategories]"));
}

}  // namespace
}  // namespace ketenpoort::api
