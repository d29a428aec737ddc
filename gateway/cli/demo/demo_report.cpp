#include "gateway/cli/demo/demo_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gateway/cli/demo/demo_excerpt.hpp"
#include "gateway/cli/demo/demo_words.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

constexpr std::size_t category_width = 17;
constexpr std::size_t answer_indent = 2;
const std::vector<std::string_view> answer_members = {"recipient", "message",  "purpose",        "state", "reasons",
                                                      "heldUntil", "attempts", "categoriesSent", "ledger"};

std::vector<const DemoTransfer*> transfers_in(const DemoStory& story, auto condition) {
  std::vector<const DemoTransfer*> found;
  for (const auto& transfer : story.transfers)
    if (condition(transfer)) found.push_back(&transfer);
  return found;
}

std::string who(const DemoStory& story, const DemoTransfer& transfer) {
  const auto* resident = story.resident(transfer.number);
  return resident == nullptr ? transfer.number : resident->name;
}

std::string why(const DemoStory& story, const DemoTransfer& transfer) {
  const auto* resident = story.resident(transfer.number);
  if (resident == nullptr || transfer.reasons.empty()) return "no reason is known";
  std::string text;
  for (const auto& reason : transfer.reasons)
    text += (text.empty() ? "" : "; also, ") + explain_reason(reason, transfer, *resident);
  return text;
}

// As the API says it; one word, so that it can be searched for.
std::string codes(const DemoTransfer& transfer) {
  std::string text;
  for (const auto& reason : transfer.reasons) text += (text.empty() ? "[" : ",") + reason;
  return text.empty() ? text : text + "]";
}

std::string state_and_codes(const DemoTransfer* transfer) {
  if (transfer == nullptr) return "unknown";
  return transfer->reasons.empty() ? transfer->state : transfer->state + " " + codes(*transfer);
}

// One transfer that did not go, in one paragraph.
std::string line_about(const Terminal& terminal, const DemoStory& story, const DemoTransfer& transfer) {
  auto text = fmt::format("{}, {} for {}: {}.", who(story, transfer), message_name(transfer.message),
                          partner_name(transfer.recipient), why(story, transfer));
  if (transfer.held_until && !transfer.has_reason("too-early"))
    text += " Held until " + spell(*transfer.held_until) + ".";
  if (transfer.state == "held") text += " " + explain_release(transfer);
  return terminal.paragraph("  " + transfer.number + "  ", text + " " + codes(transfer));
}

std::string list_those(const Terminal& terminal, const DemoStory& story, std::string_view heading, Colour colour,
                       const std::vector<const DemoTransfer*>& transfers) {
  if (transfers.empty()) return {};
  std::string text = "\n" + terminal.paint(colour, fmt::format("{} ({})", heading, transfers.size())) + "\n";
  for (const auto* transfer : transfers) text += line_about(terminal, story, *transfer);
  return text;
}

std::string list_arrivals(const Terminal& terminal, const std::vector<const DemoTransfer*>& arrived) {
  struct Count {
    std::size_t arrived = 0;
    std::size_t acknowledged = 0;
  };
  std::map<std::pair<std::string, std::string>, Count> counts;
  for (const auto* transfer : arrived) {
    auto& count = counts[{transfer->recipient, transfer->message}];
    ++count.arrived;
    if (transfer->state == "acknowledged") ++count.acknowledged;
  }
  std::string text = "\n" + terminal.paint(Colour::green, fmt::format("Arrived ({})", arrived.size())) + "\n";
  for (const auto& [key, count] : counts)
    text += fmt::format("  {:<17} {}, {} acknowledged\n", partner_name(key.first),
                        count_of(count.arrived, message_name(key.second)), count.acknowledged);
  return text;
}

// A field stays behind when the purpose never takes its category, or the consent or else the agreement does not cover
// it.
std::string why_left_out(std::string_view reason, const std::string& category, const DemoConsent* consent) {
  if (reason == "never-for-purpose") return "this purpose never takes it, whatever anybody signs";
  const bool consented =
      consent != nullptr && std::ranges::find(consent->categories, category) != consent->categories.end();
  return consented ? "not in the agreement" : "not in the resident's consent";
}

std::vector<std::string> texts_of(JsonView list) {
  std::vector<std::string> texts;
  for (const JsonView item : list.elements()) texts.emplace_back(item.as_string().value_or(""));
  return texts;
}

}  // namespace

std::string title(const Terminal& terminal, std::string_view text) {
  return "\n" + terminal.paint(Colour::bold, text) + "\n" +
         terminal.paint(Colour::dim, std::string(width_of(text), '-')) + "\n";
}

std::string report_outcomes(const Terminal& terminal, const DemoStory& story) {
  const auto arrived = transfers_in(story, [](const DemoTransfer& t) { return t.has_arrived(); });
  const auto held = transfers_in(story, [](const DemoTransfer& t) { return t.state == "held"; });
  const auto refused = transfers_in(story, [](const DemoTransfer& t) { return t.state == "refused"; });
  const auto others = transfers_in(
      story, [](const DemoTransfer& t) { return !t.has_arrived() && t.state != "held" && t.state != "refused"; });
  return terminal.paragraph(
             "", fmt::format("The records of {} became {}: {} arrived, {} held, {} refused.",
                             count_of(story.residents.size(), "resident"), count_of(story.transfers.size(), "transfer"),
                             arrived.size(), held.size(), refused.size())) +
         list_arrivals(terminal, arrived) +
         list_those(terminal, story, "Held: nothing has left, the gateway waits", Colour::yellow, held) +
         list_those(terminal, story, "Refused: nothing will leave", Colour::red, refused) +
         list_those(terminal, story, "Neither", Colour::magenta, others);
}

std::string report_left_out(const Terminal& terminal, const DemoStory& story, const DemoTransfer& transfer,
                            JsonView view) {
  const auto* consent = story.consent_for(transfer);
  std::map<std::string, std::map<std::string, std::vector<std::string>>> fields;  // by reason and category
  for (const JsonView item : view.find("leftOut").elements()) {
    const std::string category(item.find("category").as_string().value_or(""));
    const auto reason = why_left_out(item.find("reason").as_string().value_or(""), category, consent);
    fields[reason][category].emplace_back(item.find("field").as_string().value_or(""));
  }
  const auto partner = partner_name(transfer.recipient);
  std::string text = terminal.paragraph(
      "", fmt::format(
              "{} agreed to share some data with {} for {}, and no more. The {} that {} received holds only that; "
              "the mapping engine left out the rest, field by field:",
              who(story, transfer), partner, purpose_name(transfer.purpose), message_name(transfer.message), partner));
  for (const auto& [reason, categories] : fields)
    for (const auto& [category, names] : categories)
      text += terminal.paragraph(
          "  " + pad(category, category_width),
          fmt::format("{} ({}, such as {})", reason, count_of(names.size(), "field"), names.front()));
  return text + terminal.paragraph("What went: ", join(texts_of(view.find("categoriesSent"))) + ".");
}

std::string report_decision(const Terminal& terminal, const DemoStory& story, const DemoTransfer& transfer,
                            JsonView view) {
  const ExcerptLimits limits{.width = terminal.columns() - answer_indent};
  const auto state = fmt::format("{} is {}", who(story, transfer), transfer.state);
  std::string text = "\n" + terminal.paint(state_colour(transfer.state), state) + "\n";
  text += terminal.paragraph(
      "", fmt::format("The {} for {} was not sent because {}. {}", message_name(transfer.message),
                      partner_name(transfer.recipient), why(story, transfer),
                      transfer.state == "held" ? explain_release(transfer) : "That is final for this transfer."));
  text += "What a program reads at GET /transfers/" + transfer.id + ":\n";
  return text + indented(excerpt_of_record(view, answer_members, limits), answer_indent);
}

std::string report_withdrawal(const Terminal& terminal, const DemoStory& story, const DemoWithdrawal& withdrawal) {
  const auto& before = withdrawal.before;
  const auto after = state_and_codes(story.transfer(before.id));
  const auto partner = partner_name(before.recipient);
  auto text = fmt::format("{} takes back the consent for {} with {}. Until now the {} was {}{}. ", who(story, before),
                          purpose_name(before.purpose), partner, message_name(before.message), before.state,
                          before.held_until ? " until " + spell(*before.held_until) : "");
  if (!withdrawal.stopped.empty())
    text += fmt::format("Stopped at once: {}, now {}; {} never received it. ",
                        count_of(withdrawal.stopped.size(), "waiting transfer"), after, partner);
  if (!withdrawal.to_notify.empty()) {
    std::vector<std::string> names;
    for (const auto& recipient : withdrawal.to_notify) names.push_back(partner_name(recipient));
    text += fmt::format(
        "Has the data already and is told, with a day by which to answer: {}. The transfer stays on record as {}, and "
        "nothing more "
        "goes there for this purpose. ",
        join(names), after);
  }
  return terminal.paragraph("  " + before.number + "  ", text);
}

}  // namespace ketenpoort::cli
