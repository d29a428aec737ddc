// The receipt as a page for the data subject: large letters, plain words, nothing that is fetched or runs, and how to
// take the answer back before anything about law.
#include <algorithm>

#include "gateway/api/routes/consent_receipt.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/formats/html.hpp"

namespace ketenpoort::api {
namespace {

using formats::escape_html;

constexpr std::string_view style =
    "html{font:1.125rem/1.5 system-ui,sans-serif;color:#111;background:#fff}"
    "body{margin:0 auto;max-width:42rem;padding:1.5rem}"
    "h1{font-size:1.6rem}h2{font-size:1.3rem;margin-top:2rem}"
    "dt{font-weight:bold;margin-top:.75rem}dd{margin:0}ul{margin:0;padding-inline-start:1.25rem}"
    ".answer{border-inline-start:.5rem solid #111;padding-inline-start:1rem;font-weight:bold}"
    ".note{border:2px solid #111;padding:.75rem}"
    ".number{font-family:monospace;overflow-wrap:anywhere}"
    "@media print{body{max-width:none;padding:0}}";

// What the configuration calls something: names of bodies may be written in another direction than the page.
std::string isolated(std::string_view text) {
  return "<bdi>" + escape_html(text) + "</bdi>";
}

std::string_view phrase_of(std::string_view state) {
  if (state == "GIVEN") return "given";
  if (state == "REFUSED") return "refused";
  if (state == "WITHDRAWN") return "withdrawn";
  if (state == "EXPIRED") return "expired";
  return "superseded";
}

std::string_view phrase_of_telling(std::string_view how) {
  if (how == "READ") return "read";
  if (how == "HEARD") return "heard";
  return how == "PICTOGRAM" ? "pictogram" : "app";
}

std::string_view phrase_of_interpreter(std::string_view mode) {
  if (mode == "PRESENT") return "present";
  if (mode == "VIDEO") return "video";
  return mode == "PHONE" ? "phone" : "none";
}

std::string_view phrase_of_saying(std::string_view how) {
  if (how == "PAPER") return "paper";
  if (how == "EID") return "eid";
  return how == "ORAL_BEFORE_WITNESS" ? "oral" : "expressedApp";
}

class PageWriter {
 public:
  PageWriter(const LanguageTexts& words, const Receipt& receipt, Date today)
      : words_(words), receipt_(receipt), today_(today), state_(state_of(receipt.row, today)) {}

  std::string write(std::string_view asked, std::string_view publisher) {
    open();
    if (!asked.empty())
      out_ += "<p class=\"note\" role=\"note\">" + escape_html(fill_in(said("otherLanguage"), {{"language", asked}})) +
              "</p>\n";
    if (const auto note = words_.report.find("notes.machineTranslation");
        words_.machine_translated && note != words_.report.end())
      out_ += "<p class=\"note\" role=\"note\">" + escape_html(note->second) + "</p>\n";
    out_ += "<h1>" + phrase("title") + "</h1>\n<p>" + phrase("intro") + "</p>\n";
    out_ += "<h2>" + phrase("answer") + "</h2>\n<p class=\"answer\">" + phrase(phrase_of(state_)) + "</p>\n<dl>\n";
    write_what();
    out_ += "</dl>\n";
    if (state_ == "GIVEN") write_way_back();
    out_ += "<h2>" + phrase("told") + "</h2>\n<dl>\n";
    write_how();
    out_ += "</dl>\n<h2>" + phrase("rightsTitle") + "</h2>\n<p>" + phrase("rights") + "</p>\n<p>" +
            phrase("complaint") + "</p>\n<dl>\n";
    write_bases();
    pair("number", number());
    pair("publisher", "KBO " + escape_html(publisher));
    pair("printed", date(today_));
    out_ += "</dl>\n</main>\n</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view said(std::string_view key) const {
    const auto it = words_.receipt.find(key);
    return it == words_.receipt.end() ? key : std::string_view(it->second);
  }
  [[nodiscard]] std::string phrase(std::string_view key) const { return escape_html(said(key)); }
  [[nodiscard]] std::string number() const {
    return "<span class=\"number\" dir=\"ltr\">" + receipt_.row.id.text() + "</span>";
  }
  [[nodiscard]] std::string date(Date day) const {
    return "<time datetime=\"" + to_iso(day) + "\">" + escape_html(format_date(words_, day)) + "</time>";
  }
  static std::string_view find(const Phrases& phrases, std::string_view key) {
    const auto it = phrases.find(key);
    return it == phrases.end() ? key : std::string_view(it->second);
  }

  void open() {
    out_ += "<!doctype html>\n<html lang=\"" + escape_html(words_.tag) + "\" dir=\"" +
            (words_.right_to_left ? "rtl" : "ltr") +
            "\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
            phrase("title") + "</title>\n<style>";
    out_.append(style).append("</style>\n</head>\n<body>\n<main>\n");
  }

  // `html` is escaped already.
  void pair(std::string_view key, const std::string& html) {
    out_ += "<dt>" + phrase(key) + "</dt>\n<dd>" + html + "</dd>\n";
  }

  void pair(std::string_view key, const CategorySet& categories) {
    std::string list = "<ul>";
    for (const auto category : categories.list())
      list += "<li>" + isolated(find(words_.categories, to_text(category))) + "</li>";
    pair(key, list + "</ul>");
  }

  void write_what() {
    const auto& row = receipt_.row;
    pair("purpose", isolated(find(words_.purposes, row.purpose)));
    std::string whom;
    for (const auto& body : receipt_.bodies())
      whom += (whom.empty() ? "" : ", ") + isolated(body.name.empty() ? body.number : body.name);
    pair("recipient", whom.empty() ? isolated(row.recipient) : whom);
    pair("categories", state_ == "GIVEN" ? row.remaining : row.stated);
    CategorySet withdrawn;
    for (const auto& one : receipt_.withdrawals) withdrawn = withdrawn | one.categories;
    if (!withdrawn.empty()) pair("withdrawnCategories", withdrawn);
    pair("said", date(receipt_.stated.statement.expressed.on));
    if (receipt_.stated.given) pair("until", row.valid_until ? date(*row.valid_until) : phrase("noEnd"));
  }

  void write_way_back() {
    out_ += "<h2>" + phrase("withdrawTitle") + "</h2>\n<p>" + phrase("withdrawHow") + "</p>\n<p>" +
            phrase("withdrawNumber") + ": " + number() + "</p>\n<p>" + phrase("withdrawEffect") + "</p>\n";
  }

  void write_how() {
    const auto& statement = receipt_.stated.statement;
    const auto& notice = statement.notice;
    pair("told", phrase(phrase_of_telling(statement.explained.how)));
    if (const auto& mode = statement.explained.interpreter_mode)
      pair("interpreter", phrase(phrase_of_interpreter(*mode)));
    pair("expressed", phrase(phrase_of_saying(statement.expressed.how)));
    if (statement.representative) out_ += "<dt>" + phrase("representative") + "</dt>\n";
    pair("notice", isolated(notice.id + ' ' + notice.version + " (" + notice.language + ")"));
  }

  // In the words of the purpose, which are those of the law.
  void write_bases() {
    if (!receipt_.purpose) return;
    pair("basis", "<ul><li>" + isolated(receipt_.purpose->basis_sender) + "</li><li>" +
                      isolated(receipt_.purpose->basis_recipient) + "</li></ul>");
  }

  const LanguageTexts& words_;
  const Receipt& receipt_;
  Date today_;
  std::string_view state_;
  std::string out_;
};

}  // namespace

Page render_page(const LanguageTexts& words, std::string_view asked, const exchange::Terms& terms,
                 const Receipt& receipt, Date today) {
  Page page;
  page.html = PageWriter(words, receipt, today).write(asked, terms.organisation);
  page.security_policy = "default-src 'none'; style-src 'sha256-" + to_base64(sha256(as_bytes(style))) +
                         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return page;
}

}  // namespace ketenpoort::api
