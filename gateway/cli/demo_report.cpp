#include "gateway/cli/demo_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gateway/cli/demo_excerpt.hpp"
#include "gateway/cli/demo_words.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

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

std::string codes(const DemoTransfer& transfer) {
  std::string text = "[" + transfer.state;
  for (const auto& reason : transfer.reasons) text += (text.size() == transfer.state.size() + 1 ? ": " : ", ") + reason;
  return text + "]";
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

std::string state_is(const std::string& state) {
  return "a transfer is " + state;
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
  std::map<std::string, std::vector<std::string>> fields_without_consent;
  std::map<std::string, std::vector<std::string>> fields_never;
  for (const JsonView item : view.find("leftOut").elements()) {
    const std::string category(item.find("category").as_string().value_or(""));
    const bool consented =
        consent != nullptr && std::ranges::find(consent->categories, category) != consent->categories.end();
    const bool never = consented || item.find("reason").as_string() == "never-for-purpose";
    (never ? fields_never : fields_without_consent)[category].emplace_back(item.find("field").as_string().value_or(""));
  }
  std::string text = terminal.paragraph(
      "",
      fmt::format("{} agreed to share part of the data with {} for {}. The {} that {} received holds that part only; "
                  "the mapping engine left out the rest, field by field:",
                  who(story, transfer), partner_name(transfer.recipient), purpose_name(transfer.purpose),
                  message_name(transfer.message), partner_name(transfer.recipient)));
  const auto list = [&](const auto& fields, std::string_view reason) {
    for (const auto& [category, names] : fields)
      text += terminal.paragraph("  " + pad(category, 18), fmt::format("{}: {}, such as {}", reason,
                                                                       count_of(names.size(), "field"), names.front()));
  };
  list(fields_without_consent, "not in the resident's consent");
  list(fields_never, "never for this purpose, or in no agreement");
  std::vector<std::string> sent;
  for (const JsonView category : view.find("categoriesSent").elements())
    sent.emplace_back(category.as_string().value_or(""));
  return text + terminal.paragraph("  " + pad("sent", 18), join(sent));
}

std::string report_decision(const Terminal& terminal, const DemoStory& story, const DemoTransfer& transfer,
                            JsonView view) {
  std::string text =
      terminal.paragraph("", fmt::format("{} ({}), {} for {}:", who(story, transfer), transfer.number,
                                         message_name(transfer.message), partner_name(transfer.recipient)));
  text += terminal.paragraph("  ", fmt::format("It is {} because {}. {}", transfer.state, why(story, transfer),
                                               transfer.state == "held" ? explain_release(transfer) : ""));
  const auto entries = view.find("ledger");
  std::vector<std::string> seqs;
  for (const JsonView seq : entries.elements()) seqs.emplace_back(seq.as_number().value_or(""));
  text += terminal.paragraph(
      "  ", fmt::format("The decision and what it rested on are in the ledger, {} {}; {}.",
                        seqs.size() == 1 ? "entry" : "entries", join(seqs),
                        view.find("attempts").as_int().value_or(0) == 0 ? "no attempt to send was made"
                                                                        : "an attempt to send was made before"));
  return text;
}

std::string report_withdrawal(const Terminal& terminal, const DemoStory& story, const DemoWithdrawal& withdrawal) {
  const auto& before = withdrawal.before;
  const auto* after = story.transfer(before.id);
  const auto partner = partner_name(before.recipient);
  std::string text =
      terminal.paragraph("  " + before.number + "  ",
                         fmt::format("{} takes back the consent for {} with {}. Before: {}{}.", who(story, before),
                                     purpose_name(before.purpose), partner, state_is(before.state),
                                     before.held_until ? " until " + spell(*before.held_until) : ""));
  const std::string indent(12, ' ');
  if (!withdrawal.stopped.empty())
    text += terminal.paragraph(indent, fmt::format("Stopped at once: {}. It now stands as {}; {} never received it.",
                                                   count_of(withdrawal.stopped.size(), "waiting transfer"),
                                                   after == nullptr ? "unknown" : codes(*after), partner));
  if (!withdrawal.to_notify.empty()) {
    std::vector<std::string> names;
    for (const auto& recipient : withdrawal.to_notify) names.push_back(partner_name(recipient));
    text +=
        terminal.paragraph(indent, fmt::format("Has the data already and must be told: {}. Nothing more will be sent "
                                               "for this purpose; what was delivered stays on record as {}.",
                                               join(names), after == nullptr ? "unknown" : codes(*after)));
  }
  return text;
}

}  // namespace ketenpoort::cli
