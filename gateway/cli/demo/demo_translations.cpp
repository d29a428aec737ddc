// Two messages before and after translation.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/files.hpp"
#include "gateway/cli/demo/demo_excerpt.hpp"
#include "gateway/cli/demo/demo_report.hpp"
#include "gateway/cli/demo/demo_words.hpp"

namespace ketenpoort::cli {
namespace {

constexpr std::size_t indent = 4;
constexpr std::size_t excerpt_lines = 40;

const std::vector<std::string_view> record_paths = {"resident.identifiers",
                                                    "resident.name.family",
                                                    "resident.name.given",
                                                    "resident.birth",
                                                    "resident.sex",
                                                    "resident.nationalities",
                                                    "resident.contact",
                                                    "procedure.status",
                                                    "procedure.lodgedOn",
                                                    "procedure.statusGrantedOn",
                                                    "screening.languages",
                                                    "screening.literacy",
                                                    "screening.schooling",
                                                    "screening.digital",
                                                    "screening.availability.regime",
                                                    "screening.wishes.occupations",
                                                    "screening.work"};
// Who it is, and what the pre-screening says.
const std::vector<std::string_view> graph_types = {"GeregistreerdPersoon", "Werkzoekendeprofiel"};

const ReceivedMessage* find_received(const std::vector<ReceivedMessage>& received, const std::string& transfer) {
  const auto it = std::ranges::find(received, transfer, &ReceivedMessage::transfer);
  return it == received.end() ? nullptr : &*it;
}

// What arrived of this message about the resident; nothing when it has not.
const ReceivedMessage* find_received(const DemoStory& story, const std::vector<ReceivedMessage>& received,
                                     const DemoResident& resident, std::string_view message) {
  for (const auto& transfer : story.transfers)
    if (transfer.number == resident.number && transfer.message == message && transfer.has_arrived())
      return find_received(received, transfer.id);
  return nullptr;
}

Result<std::string> excerpt_of(const std::string& body, const ExcerptLimits& limits) {
  if (body.starts_with('<')) return excerpt_of_xml(body, limits);
  const auto document = formats::parse_json(body);
  if (!document) return fail(document.error());
  return excerpt_of_graph(document->root(), graph_types, limits);
}

}  // namespace

Result<std::string> report_translations(const Terminal& terminal, const DemoStory& story,
                                        const std::vector<ReceivedMessage>& received) {
  const ExcerptLimits limits{.width = terminal.columns() - indent, .lines = excerpt_lines, .list_items = 1};
  for (const auto& resident : story.residents) {
    const auto* profile = find_received(story, received, resident, "vdab-profile");
    const auto* dossier = find_received(story, received, resident, "agii-dossier");
    if (profile == nullptr || dossier == nullptr) continue;
    std::string text = terminal.paint(Colour::bold, fmt::format("Before: {}'s record, as the centre sent it (excerpt)",
                                                                resident.name)) +
                       "\n" + indented(excerpt_of_record(resident.document.root(), record_paths, limits), indent);
    for (const auto* message : {profile, dossier}) {
      const auto body = read_file(message->body);
      if (!body) return fail(body.error());
      const auto excerpt = excerpt_of(*body, limits);
      if (!excerpt) return fail(excerpt.error());
      const bool is_xml = body->starts_with('<');
      text += "\n" +
              terminal.paint(
                  Colour::bold,
                  fmt::format("After: what {} received of it, as {} (excerpt)", partner_name(message->partner),
                              is_xml ? "a KBI dossier 02.00 in XML" : "an OSLO Klantvolgsysteem profile in JSON-LD")) +
              "\n" + indented(*excerpt, indent) + terminal.paint(Colour::dim, "    whole: " + message->body.string()) +
              "\n";
    }
    return text;
  }
  return std::string("No resident's data arrived at both VDAB and AgII.\n");
}

}  // namespace ketenpoort::cli
