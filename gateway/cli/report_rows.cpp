#include "gateway/cli/report_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/cli/report_words.hpp"
#include "gateway/cli/terminal.hpp"
#include "gateway/domain/texts.hpp"
#include "gateway/reporting/csv_line.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

// A scalar as it is; a list of words with blanks between, of sentences with semicolons; of an object in a list the
// first value, which names it.
std::string text_of(JsonView value) {
  if (const auto text = value.as_string()) return std::string(*text);
  if (const auto number = value.as_number()) return std::string(*number);
  if (const auto flag = value.as_bool()) return *flag ? "yes" : "no";
  std::string out;
  for (const auto element : value.elements()) {
    const bool is_object = element.is(formats::JsonKind::object) && element.size() > 0;
    const auto text = text_of(is_object ? (*element.members().begin()).value : element);
    const bool is_sentence = text.find(' ') != std::string::npos;
    out += (out.empty() ? "" : is_sentence ? "; " : " ") + text;
  }
  return out;
}

Rows rows_of(JsonView items, const std::vector<std::string>& keys) {
  Rows out{keys, {}};
  for (const auto item : items.elements()) {
    std::vector<std::string> line;
    for (const auto& key : keys) line.push_back(text_of(item.find(key)));
    out.lines.push_back(std::move(line));
  }
  return out;
}

std::string day_of(JsonView moment) {
  return std::string(moment.as_string().value_or("").substr(0, 10));
}

void append_list(std::string& out, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out += fmt::format("\n{}\n", title);
  for (const auto& line : lines) out += "  " + line + '\n';
}

std::string labels_of(JsonView list, std::string_view key) {
  std::string out;
  for (const auto element : list.elements())
    out += (out.empty() ? "" : "; ") + std::string(element.find(key).as_string().value_or(""));
  return out;
}

std::vector<std::string> transfer_lines(JsonView report) {
  std::vector<std::string> out;
  for (const auto transfer : report.find("transfers").elements()) {
    out.push_back(fmt::format("{}  {} {} ({}): {}", day_of(transfer.find("requestedAt")),
                              text_of(transfer.find("recipient")), text_of(transfer.find("purpose")),
                              text_of(transfer.find("message")), text_of(transfer.find("stateText"))));
    for (const auto sending : transfer.find("sent").elements())
      if (text_of(sending.find("arrived")) != "NO")
        out.push_back(fmt::format("            {}: {}", day_of(sending.find("at")),
                                  labels_of(sending.find("categories"), "label")));
    for (const auto decision : transfer.find("decisions").elements())
      out.push_back(fmt::format("            {} {}: {}", day_of(decision.find("at")), text_of(decision.find("state")),
                                labels_of(decision.find("reasons"), "text")));
  }
  return out;
}

}  // namespace

Rows recipient_rows(JsonView answer, std::optional<reporting::Language> language) {
  auto rows = rows_of(answer.find("items"), {"recipient", "organisation", "name", "received", "lastAt", "purposes",
                                             language ? "categoryLabels" : "categories"});
  rows.header.back() = "categories";
  rows.header.emplace_back("told");
  std::size_t place = 0;
  for (const auto item : answer.find("items").elements()) {
    std::string told;
    for (const auto one : item.find("notifications").elements())
      told += fmt::format("{}{} {}", told.empty() ? "" : "; ", text_of(one.find("cause")),
                          one.find("reply") ? text_of(one.find("reply")) : text_of(one.find("state")));
    rows.lines[place++].push_back(std::move(told));
  }
  return rows;
}

Rows register_rows(JsonView answer, std::optional<reporting::Language> language) {
  const auto categories = [&](JsonView list) {
    if (!language) return text_of(list);
    std::string out;
    for (const auto one : list.elements())
      out += (out.empty() ? "" : "; ") + text_of(one.find("label").find(reporting::to_text(*language)));
    return out;
  };
  Rows out{{"activity", "name", "controller", "purpose", "recipient", "basisSender", "basisRecipient",
            "consentRequired", "dataSubjects", "dataCategories", "agreements", "mappings", "retention"},
           {}};
  for (const auto activity : answer.find("items").elements())
    for (const auto purpose : activity.find("purposes").elements())
      out.lines.push_back(
          {text_of(activity.find("id")) + '@' + text_of(activity.find("version")), text_of(activity.find("name")),
           text_of(activity.find("controller")), text_of(purpose.find("purpose")), text_of(purpose.find("recipient")),
           text_of(purpose.find("legalBasis").find("sender")), text_of(purpose.find("legalBasis").find("recipient")),
           text_of(purpose.find("consentRequired")), text_of(activity.find("dataSubjects")),
           categories(purpose.find("dataCategories")), text_of(purpose.find("agreements")),
           text_of(purpose.find("mappings")), text_of(activity.find("retention").find("text"))});
  return out;
}

Rows figure_rows(JsonView answer) {
  auto rows = rows_of(answer.find("items"), {"recipient", "outcome", "kind", "reason", "centre", "month", "count"});
  for (auto& line : rows.lines) {
    if (line[4].empty()) line[4] = "(all)";
    if (line[5].empty()) line[5] = "(all)";
    if (line[6].empty()) line[6] = "(not shown)";
  }
  return rows;
}

Rows refusal_rows(JsonView items) {
  return rows_of(items,
                 {"ledger", "at", "transfer", "ref", "recipient", "state", "reasons", "heldUntil", "decidedFor"});
}

Rows sending_rows(JsonView report) {
  Rows out{{"transfer", "requestedAt", "recipient", "purpose", "message", "state", "reasons", "sentAt", "organisation",
            "arrived", "categories", "basis", "agreement", "consent"},
           {}};
  for (const auto transfer : report.find("transfers").elements()) {
    std::vector<std::string> line;
    for (const auto* key : {"id", "requestedAt", "recipient", "purpose", "message", "state"})
      line.push_back(text_of(transfer.find(key)));
    const auto decisions = transfer.find("decisions");
    const auto last = decisions.size() == 0 ? JsonView() : decisions.at(decisions.size() - 1);
    const bool stands = text_of(last.find("state")) == line.back();  // not a hold that is over
    line.push_back(stands ? text_of(last.find("reasons")) : "");
    const auto sendings = transfer.find("sent");
    for (const auto sending : sendings.elements()) {
      auto& sent = out.lines.emplace_back(line);
      for (const auto* key : {"at", "organisation", "arrived", "categories"})
        sent.push_back(text_of(sending.find(key)));
      const auto ground = sending.find("ground");
      for (const auto value : {ground.find("basis"), ground.find("agreement").find("id"), ground.find("consent")})
        sent.push_back(text_of(value));
    }
    if (sendings.size() > 0) continue;
    line.resize(out.header.size());
    out.lines.push_back(std::move(line));
  }
  return out;
}

std::string print_table(const Rows& rows) {
  std::vector<std::size_t> widths;
  for (const auto& name : rows.header) widths.push_back(width_of(name));
  for (const auto& line : rows.lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  std::string out;
  const auto add = [&](const std::vector<std::string>& line) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) text += pad(line[i], widths[i]) + "  ";
    out += text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
  };
  add(rows.header);
  for (const auto& line : rows.lines) add(line);
  return out;
}

std::string print_blocks(const Rows& rows) {
  std::size_t width = 0;
  for (const auto& name : rows.header) width = std::max(width, width_of(name));
  std::string out;
  for (const auto& line : rows.lines) {
    if (!out.empty()) out += '\n';
    for (std::size_t i = 0; i < line.size(); ++i)
      if (!line[i].empty()) out += pad(rows.header[i], width) + "  " + line[i] + '\n';
  }
  return out;
}

std::string print_csv(const Rows& rows) {
  std::string out;
  reporting::append_csv_line(out, rows.header);
  for (const auto& line : rows.lines) reporting::append_csv_line(out, line);
  return out;
}

namespace {

class SubjectText {
 public:
  SubjectText(JsonView report, reporting::Language language) : report_(report), language_(language) {}

  std::string write() {
    out_ = fmt::format("{} {} ({})\n", word(SubjectWord::subject), text_of(report_.find("ref")),
                       text_of(report_.find("state")));
    append_list(out_, word(SubjectWord::recipients), recipients());
    append_list(out_, word(SubjectWord::transfers), transfer_lines(report_));
    append_list(out_, word(SubjectWord::consents), consents());
    append_list(out_, word(SubjectWord::notifications), notifications());
    append_list(out_, word(SubjectWord::requests), requests());
    const auto values = report_.find("values");
    const auto records = std::to_string(values.find("records").size());
    const auto messages = std::to_string(values.find("messages").size());
    out_ += '\n' +
            (values ? fill_in(word(SubjectWord::values), {{"records", records}, {"messages", messages}})
                    : std::string(word(SubjectWord::no_values))) +
            '\n';
    return std::move(out_);
  }

 private:
  using Lines = std::vector<std::string>;

  [[nodiscard]] std::string_view word(SubjectWord word) const { return say(word, language_); }

  [[nodiscard]] Lines recipients() const {
    Lines lines;
    for (const auto one : report_.find("recipients").elements())
      lines.push_back(
          fmt::format("{} {}{}: {}", text_of(one.find("recipient")), text_of(one.find("name")),
                      text_of(one.find("received")) == "YES" ? "" : fmt::format(" ({})", word(SubjectWord::perhaps)),
                      labels_of(one.find("categories"), "label")));
    return lines;
  }

  [[nodiscard]] Lines consents() const {
    Lines lines;
    for (const auto one : report_.find("consents").elements()) {
      const bool given = text_of(one.find("decision")) == "GIVEN";
      lines.push_back(
          fmt::format("{}  {} {}: {}{}", day_of(one.find("at")), text_of(one.find("recipient")),
                      text_of(one.find("purpose")), word(given ? SubjectWord::given : SubjectWord::refused),
                      one.find("withdrawals").size() > 0 ? fmt::format(", {}", word(SubjectWord::withdrawn)) : ""));
    }
    return lines;
  }

  [[nodiscard]] Lines notifications() const {
    Lines lines;
    for (const auto one : report_.find("notifications").elements())
      lines.push_back(fmt::format("{}  {}: {} {}", day_of(one.find("at")), text_of(one.find("recipient")),
                                  text_of(one.find("causeText")), text_of(one.find("replyText"))));
    return lines;
  }

  [[nodiscard]] Lines requests() const {
    Lines lines;
    for (const auto one : report_.find("requests").elements())
      lines.push_back(fmt::format("{}  art. {}: {}, {} {}", day_of(one.find("at")), text_of(one.find("article")),
                                  text_of(one.find("state")), word(SubjectWord::by), text_of(one.find("deadline"))));
    return lines;
  }

  JsonView report_;
  reporting::Language language_;
  std::string out_;
};

}  // namespace

std::string print_subject(JsonView report, reporting::Language language) {
  return SubjectText(report, language).write();
}

}  // namespace ketenpoort::cli
