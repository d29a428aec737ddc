// The access report as one page that a resident can read, print and keep: no scripts, nothing loaded from elsewhere,
// everything escaped, and each value in the direction of its own script.
#include <fmt/format.h>

#include <functional>
#include <map>

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/html.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/reporting/report_language.hpp"
#include "gateway/reporting/subject_report.hpp"
#include "gateway/reporting/words.hpp"

namespace ketenpoort::reporting {
namespace {

using formats::escape_html;

constexpr std::string_view style =
    "body{font:1.05rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:46rem;margin:0 auto;"
    "padding:1rem}h1{font-size:1.7rem}h2{font-size:1.3rem;border-top:2px solid #1a1a1a;padding-top:.6rem;"
    "margin-top:2rem}h3{font-size:1.05rem;margin-bottom:.2rem}dt{font-weight:600}"
    "dd{margin:0 0 .4rem;margin-inline-start:1rem}.note{border:2px solid #1a1a1a;padding:.5rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #555;padding:.3rem .5rem;text-align:start;"
    "vertical-align:top}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #555;padding:.5rem}"
    "section section{margin-inline-start:1rem}@media print{body{max-width:none}}";

// A code, in the direction of its letters whatever the page's.
std::string code(std::string_view text) {
  return "<code dir=\"ltr\">" + escape_html(text) + "</code>";
}

// Text that came from elsewhere: its script decides its direction.
std::string foreign(std::string_view text) {
  return "<bdi dir=\"auto\">" + escape_html(text) + "</bdi>";
}

class Page {
 public:
  Page(const SubjectReport& report, const ReportTerms& terms, const ReportLanguage& language)
      : r_(report), t_(terms), language_(language) {}

  std::string make() {
    out_ = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n<title>{}"
        "</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n<p>{}</p>\n",
        escape_html(language_.tag()), language_.is_right_to_left() ? "rtl" : "ltr", text(Phrase::title), style,
        text(Phrase::title), text(Phrase::intro));
    if (const auto note = language_.translation_note(); !note.empty())
      out_ += "<p class=\"note\" role=\"note\">" + escape_html(note) + "</p>\n";
    add_head();
    add_state();
    add_recipients();
    add_transfers();
    add_consents();
    add_notifications();
    add_requests();
    add_sources();
    add_events();
    add_looks();
    add_retention();
    add_rights();
    add_values();
    out_ += "</main>\n</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string text(Phrase phrase) const { return escape_html(language_.say(phrase)); }
  [[nodiscard]] std::string word(Vocabulary vocabulary, std::string_view code) const {
    return escape_html(language_.say(vocabulary, code));
  }
  // A sentence with what its names in braces stand for, as HTML.
  [[nodiscard]] std::string text(Phrase phrase,
                                 const std::vector<std::pair<std::string_view, std::string_view>>& values) const {
    return fill_in(text(phrase), values);
  }
  [[nodiscard]] std::string day(Date date) const {
    return fmt::format("<time datetime=\"{}\">{}</time>", to_iso(date), escape_html(language_.say(date)));
  }
  [[nodiscard]] std::string day(Timestamp at) const { return day(date_in_brussels(at)); }

  void heading(Phrase phrase) { out_ += fmt::format("<h2>{}</h2>\n", text(phrase)); }
  void paragraph(std::string_view html) { out_ += fmt::format("<p>{}</p>\n", html); }
  void term(std::string_view name, std::string_view html) {
    out_ += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, html);
  }
  void term(Phrase phrase, std::string_view html) { term(text(phrase), html); }
  void item(std::string_view html) { out_ += fmt::format("<li>{}</li>\n", html); }

  [[nodiscard]] std::string categories(const CategorySet& set) const {
    std::string out;
    for (const auto category : set.list()) out += "<li>" + escape_html(language_.name(category, t_.terms)) + "</li>";
    return out.empty() ? "&#8211;" : "<ul>" + out + "</ul>";
  }

  [[nodiscard]] std::string reasons(const std::vector<Reason>& list) const {
    std::string out;
    for (const auto reason : list) out += (out.empty() ? "" : "; ") + escape_html(language_.say(reason));
    return out;
  }

  [[nodiscard]] std::string controller() const {
    const auto number = foreign("KBO " + t_.terms.organisation);
    if (!r_.controller) return number;
    return foreign(r_.controller->name) + ", " + number + ", " + foreign(r_.controller->dpo);
  }

  void add_head() {
    out_ += "<dl>\n";
    term(Phrase::made_on, day(r_.made));
    term(Phrase::controller, controller());
    term(Phrase::reference, code(ledger::to_text(r_.ref)));
    out_ += "</dl>\n";
  }

  void add_state() {
    if (r_.restricted && !r_.erased) {
      heading(Phrase::restricted_title);
      paragraph(text(Phrase::restricted_intro));
    }
    if (r_.erasures.empty()) return;
    heading(Phrase::erased_title);
    paragraph(text(Phrase::erased_intro));
    for (const auto& erasure : r_.erasures) {
      out_ += "<dl>\n";
      std::string destroyed;
      for (const auto& name : erasure.classes) destroyed += "<li>" + word(Vocabulary::data, name) + "</li>";
      term(text(Phrase::destroyed) + ", " + day(erasure.at), "<ul>" + destroyed + "</ul>");
      for (const auto& kept : erasure.kept)
        term(Phrase::kept, word(Vocabulary::data, kept.key_class) + ": " + word(Vocabulary::ground, kept.ground));
      out_ += "</dl>\n";
    }
  }

  void add_recipients() {
    heading(Phrase::recipients_title);
    const auto all = holdings_of(r_);
    if (all.empty()) return paragraph(text(Phrase::recipients_none));
    for (const auto& holding : all) {
      out_ += "<section>\n<h3>" + foreign(holding.name.empty() ? holding.recipient : holding.name) + "</h3>\n<dl>\n";
      std::string purposes;
      for (const auto& purpose : holding.purposes)
        purposes += (purposes.empty() ? "" : "; ") + escape_html(language_.name_of_purpose(purpose));
      term(Phrase::purpose, purposes);
      term(Phrase::sent, categories(holding.categories));
      term(Phrase::sent_on, day(holding.first) + " &#8211; " + day(holding.last) +
                                (holding.certain ? "" : " (" + text(Phrase::recipients_may_have) + ")"));
      out_ += "</dl>\n</section>\n";
    }
  }

  void add_transfers() {
    heading(Phrase::transfers_title);
    if (r_.transfers.empty()) return paragraph(text(Phrase::transfers_none));
    paragraph(text(Phrase::transfers_intro));
    for (const auto& transfer : r_.transfers) add_transfer(transfer);
  }

  void add_transfer(const ReportedTransfer& transfer) {
    out_ += fmt::format("<section>\n<h3>{}: {}</h3>\n<dl>\n", foreign(transfer.recipient),
                        escape_html(language_.name_of_purpose(transfer.purpose)));
    term(Phrase::asked_on, day(transfer.requested));
    term(Phrase::state, escape_html(language_.say(transfer.state)));
    if (const auto* sending = transfer.last_arrived()) add_sending(*sending);
    if (!transfer.decisions.empty()) add_decisions(transfer);
    if (!transfer.outcomes.empty()) add_outcomes(transfer);
    out_ += "</dl>\n</section>\n";
  }

  void add_sending(const ReportedSending& sending) {
    term(Phrase::sent_on, day(sending.at));
    if (sending.acknowledged) term(Phrase::received_confirmed, day(*sending.acknowledged));
    if (sending.may_have_arrived && !sending.delivered && !sending.acknowledged)
      term(Phrase::state, text(Phrase::may_have_arrived));
    term(Phrase::sent, categories(sending.categories));
    std::string left;
    for (const auto& one : sending.left_out)
      left += fmt::format("<li>{}: {}</li>", escape_html(language_.name(one.category, t_.terms)),
                          word(Vocabulary::left_out, one.reason));
    term(Phrase::left_out, left.empty() ? text(Phrase::left_out_none) : "<ul>" + left + "</ul>");
    term(Phrase::ground, foreign(sending.basis));
    if (sending.agreement)
      term(Phrase::agreement,
           fmt::format(
               "{} ({}){}", foreign(sending.agreement->id), foreign(sending.agreement->type),
               sending.agreement->publication_url.empty() ? "" : ", " + foreign(sending.agreement->publication_url)));
    term(Phrase::consent, sending.consent ? code(sending.consent->text()) : text(Phrase::no_consent_needed));
  }

  void add_decisions(const ReportedTransfer& transfer) {
    std::string list;
    for (const auto& decision : transfer.decisions) {
      list += fmt::format("<li>{}: {}: {}", day(decision.at), escape_html(language_.say(decision.state)),
                          reasons(decision.reasons));
      if (decision.held_until) list += " (" + text(Phrase::until, {{"date", day(*decision.held_until)}}) + ")";
      list += "</li>";
    }
    const bool is_last = transfer.state == TransferState::held || transfer.state == TransferState::refused ||
                         transfer.state == TransferState::cancelled;
    term(is_last ? Phrase::reasons : Phrase::earlier_decisions, "<ul>" + list + "</ul>");
  }

  // With the day it is about, which is seldom the one it was told on.
  std::string say_outcome(const ReportedOutcome& outcome) {
    return fmt::format("{} ({}{})", word(Vocabulary::status, outcome.status),
                       word(Vocabulary::outcome_kind, outcome.kind), outcome.on ? ", " + day(*outcome.on) : "");
  }

  void add_outcomes(const ReportedTransfer& transfer) {
    std::string list;
    for (const auto& outcome : transfer.outcomes)
      list += fmt::format("<li>{}: {}</li>", day(outcome.at),
                          outcome.taken ? say_outcome(outcome) : text(Phrase::outcome_rejected));
    term(Phrase::outcomes_title, "<ul>" + list + "</ul>");
  }

  void add_consents() {
    heading(Phrase::consents_title);
    if (r_.consents.empty()) return paragraph(text(Phrase::consents_none));
    for (const auto& consent : r_.consents) {
      const auto& said = consent.statement;
      out_ += fmt::format("<section>\n<h3>{}: {}, {} {}</h3>\n<dl>\n",
                          escape_html(language_.name_of_purpose(said.purpose)), foreign(said.recipient),
                          text(consent.given ? Phrase::given : Phrase::refused), day(said.expressed.on));
      term(Phrase::consent, categories(said.categories));
      if (said.valid_until) term(Phrase::valid_until, day(*said.valid_until));
      term(Phrase::explained, word(Vocabulary::how, said.explained.how));
      term(Phrase::expressed, word(Vocabulary::how, said.expressed.how));
      for (const auto& withdrawal : consent.withdrawals)
        term(text(Phrase::withdrawn) + ", " + day(withdrawal.at), categories(withdrawal.categories));
      if (consent.superseded) term(Phrase::state, text(Phrase::replaced));
      out_ += "</dl>\n</section>\n";
    }
  }

  void add_notifications() {
    heading(Phrase::notices_title);
    if (r_.notifications.empty()) return paragraph(text(Phrase::notices_none));
    out_ += "<ul>\n";
    for (const auto& told : r_.notifications) {
      auto line =
          fmt::format("{}: {}: {}; {}; ", day(told.at), foreign(told.recipient), word(Vocabulary::cause, told.cause),
                      text(Phrase::deadline, {{"date", day(told.deadline)}}));
      line += told.replied ? word(Vocabulary::reply, told.reply) : text(Phrase::no_reply_yet);
      if (told.ground) line += " (" + word(Vocabulary::ground, *told.ground) + ")";
      item(line);
    }
    out_ += "</ul>\n";
  }

  void add_requests() {
    heading(Phrase::requests_title);
    if (r_.requests.empty()) return paragraph(text(Phrase::requests_none));
    out_ += "<ul>\n";
    for (const auto& request : r_.requests)
      item(fmt::format(
          "{}: {} ({}): {}", day(request.at), escape_html(language_.say_right(request.article)),
          text(Phrase::deadline, {{"date", day(request.deadline)}}),
          request.closed ? word(Vocabulary::request_outcome, request.outcome) : text(Phrase::open_request)));
    out_ += "</ul>\n";
  }

  void add_sources() {
    heading(Phrase::sources_title);
    if (r_.sources.empty()) return paragraph(text(Phrase::sources_none));
    out_ += "<ul>\n";
    for (const auto& source : r_.sources)
      item(fmt::format("{}: {}, {}, {} ({})", day(source.at), foreign(source.system),
                       foreign("KBO " + source.organisation), foreign(source.centre),
                       text(source.is_kept() ? Phrase::still_kept : Phrase::no_longer_kept)));
    out_ += "</ul>\n";
    if (r_.held.empty()) return;
    out_ += fmt::format("<h3>{}</h3>\n{}\n", text(Phrase::categories_title), categories(r_.held));
  }

  void add_events() {
    if (r_.events.empty()) return;
    heading(Phrase::events_title);
    out_ += "<ul>\n";
    for (const auto& event : r_.events)
      item(day(event.at) + ": " + word(Vocabulary::event, event.kind) +
           (event.ground.empty() ? "" : " (" + word(Vocabulary::ground, event.ground) + ")"));
    out_ += "</ul>\n";
  }

  void add_looks() {
    heading(Phrase::looked_title);
    if (r_.looks.empty()) return paragraph(text(Phrase::looked_none));
    out_ += "<ul>\n";
    for (const auto& look : r_.looks) item(day(look.at) + ": " + word(Vocabulary::purpose, look.purpose));
    out_ += "</ul>\n";
  }

  void add_retention() {
    heading(Phrase::retention_title);
    out_ += "<ul>\n";
    for (const auto& rule : t_.retention)
      item(fmt::format("{}: {}. {}: {}", word(Vocabulary::data, rule.data),
                       text(Phrase::days_after,
                            {{"days", std::to_string(rule.keep.count())}, {"from", word(Vocabulary::from, rule.from)}}),
                       text(Phrase::source_of_law), foreign(rule.source)));
    out_ += "</ul>\n";
  }

  void add_rights() {
    constexpr unsigned first = 15;
    constexpr unsigned last = 21;
    heading(Phrase::rights_title);
    paragraph(text(Phrase::rights_intro));
    out_ += "<ul>\n";
    for (unsigned article = first; article <= last; ++article) item(escape_html(language_.say_right(article)));
    out_ += "</ul>\n";
    paragraph(text(Phrase::withdraw_right));
    paragraph(text(Phrase::complaint));
    heading(Phrase::automated_title);
    paragraph(text(Phrase::automated));
    heading(Phrase::abroad_title);
    paragraph(text(Phrase::abroad));
  }

  // ---- the data themselves ----

  void add_values() {
    heading(Phrase::values_title);
    if (!r_.with_values) return paragraph(text(Phrase::values_not_here));
    bool any = false;
    for (const auto& source : r_.sources) {
      if (source.json.empty()) continue;
      if (!any) paragraph(text(Phrase::values_intro));
      any = true;
      add_record(source);
    }
    for (const auto& [id, json] : r_.outcome_values) {
      any = true;
      add_table(text(Phrase::outcomes_title), json);
    }
    for (const auto& message : r_.messages) {
      any = true;
      out_ += fmt::format(
          "<details>\n<summary>{}: {}</summary>\n<pre dir=\"auto\">{}</pre>\n</details>\n", text(Phrase::message_sent),
          foreign(message.content_type),
          is_valid_utf8(message.content) ? escape_html(message.content) : to_base64(as_bytes(message.content)));
    }
    if (!any) paragraph(text(Phrase::values_none));
  }

  using Rows = std::vector<std::pair<std::string, std::string>>;  // path, value

  static void collect(formats::JsonView value, const std::string& path, const std::string& plain,
                      const std::function<void(const std::string&, const std::string&, std::string)>& take) {
    if (value.is(formats::JsonKind::object)) {
      for (const auto [key, member] : value.members())
        collect(member, path.empty() ? std::string(key) : path + '.' + std::string(key),
                plain.empty() ? std::string(key) : plain + '.' + std::string(key), take);
    } else if (value.is(formats::JsonKind::array)) {
      std::size_t place = 0;
      for (const auto element : value.elements()) collect(element, fmt::format("{}[{}]", path, ++place), plain, take);
    } else {
      take(path, plain, scalar(value));
    }
  }

  static std::string scalar(formats::JsonView value) {
    if (const auto as_text = value.as_string()) return std::string(*as_text);
    if (const auto number = value.as_number()) return std::string(*number);
    return value.as_bool().value_or(false) ? "true" : "false";
  }

  void add_rows(const Rows& rows) {
    out_ += "<table>\n";
    for (const auto& [path, value] : rows)
      out_ += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", code(path), foreign(value));
    out_ += "</table>\n";
  }

  void add_record(const ReportedSource& source) {
    const auto document = formats::parse_json(source.json);
    if (!document) return;
    std::map<int, Rows> by_category;
    collect(document->root(), {}, {}, [&](const std::string& path, const std::string& plain, std::string value) {
      const auto category = category_of_field(plain);
      by_category[category ? static_cast<int>(*category) : static_cast<int>(category_count)].emplace_back(
          path, std::move(value));
    });
    out_ += fmt::format("<h3>{}: {}</h3>\n", day(source.at), foreign(source.system));
    for (const auto& [category, rows] : by_category) {
      const bool is_known = category < static_cast<int>(category_count);
      out_ +=
          fmt::format("<h4>{}</h4>\n", is_known ? escape_html(language_.name(static_cast<Category>(category), t_.terms))
                                                : text(Phrase::other_data));
      add_rows(rows);
    }
  }

  void add_table(const std::string& title, const std::string& json) {
    const auto document = formats::parse_json(json);
    if (!document) return;
    Rows rows;
    collect(document->root(), {}, {}, [&](const std::string& path, const std::string&, std::string value) {
      rows.emplace_back(path, std::move(value));
    });
    out_ += fmt::format("<h3>{}</h3>\n", title);
    add_rows(rows);
  }

  const SubjectReport& r_;
  const ReportTerms& t_;
  const ReportLanguage& language_;
  std::string out_;
};

}  // namespace

HtmlPage render_html(const SubjectReport& report, const ReportTerms& terms, const ReportLanguage& language) {
  return {Page(report, terms, language).make(), "'sha256-" + to_base64(sha256(as_bytes(style))) + "'"};
}

}  // namespace ketenpoort::reporting
