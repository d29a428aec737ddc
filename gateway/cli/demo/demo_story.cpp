#include "gateway/cli/demo/demo_story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/base/files.hpp"
#include "gateway/formats/json_text.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

std::vector<std::string> texts_of(JsonView list) {
  std::vector<std::string> texts;
  for (const JsonView item : list.elements()) texts.push_back(text_of(item));
  return texts;
}

Result<std::vector<std::string>> read_lines(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text->size();) {
    const auto end = std::min(text->find('\n', start), text->size());
    if (end > start) lines.push_back(text->substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

std::string full_name(JsonView name) {
  std::string text;
  for (const JsonView given : name.find("given").elements()) text += text_of(given) + ' ';
  return text + text_of(name.find("family"));
}

Result<DemoResident> read_resident(std::string line) {
  auto document = formats::parse_json(line);
  if (!document) return fail(std::move(document.error()));
  const auto resident = document->root().find("resident");
  auto number = text_of(resident.find("identifiers").find("fedasilNumber"));
  auto name = full_name(resident.find("name"));
  return DemoResident{std::move(number), std::move(name), std::move(line), std::move(*document), {}};
}

Result<DemoConversation> read_conversation(std::string line) {
  const auto document = formats::parse_json(line);
  if (!document) return fail(document.error());
  auto number = text_of(document->root().find("subject").find("fedasilNumber"));
  return DemoConversation{std::move(number), std::move(line)};
}

DemoTransfer read_transfer(JsonView item) {
  DemoTransfer transfer;
  transfer.id = text_of(item.find("id"));
  transfer.recipient = text_of(item.find("recipient"));
  transfer.message = text_of(item.find("message"));
  transfer.purpose = text_of(item.find("purpose"));
  transfer.state = text_of(item.find("state"));
  transfer.reasons = texts_of(item.find("reasons"));
  transfer.held_until = parse_date(text_of(item.find("heldUntil")));
  return transfer;
}

}  // namespace

std::string_view DemoResident::text(std::string_view object, std::string_view key) const {
  return document.root().find(object).find(key).as_string().value_or("");
}

bool DemoTransfer::has_reason(std::string_view reason) const {
  return std::ranges::find(reasons, reason) != reasons.end();
}

bool DemoTransfer::has_arrived() const {
  return state == "delivered" || state == "acknowledged";
}

bool DemoTransfer::is_on_its_way() const {
  return state == "requested" || state == "permitted" || state == "failed";
}

const DemoResident* DemoStory::resident(std::string_view number) const {
  const auto it = std::ranges::find(residents, number, &DemoResident::number);
  return it == residents.end() ? nullptr : &*it;
}

const DemoConsent* DemoStory::consent_for(const DemoTransfer& transfer) const {
  const auto it = std::ranges::find_if(consents, [&](const DemoConsent& consent) {
    return consent.number == transfer.number && consent.purpose == transfer.purpose &&
           consent.recipient == transfer.recipient;
  });
  return it == consents.end() ? nullptr : &*it;
}

const DemoTransfer* DemoStory::transfer(std::string_view id) const {
  const auto it = std::ranges::find(transfers, id, &DemoTransfer::id);
  return it == transfers.end() ? nullptr : &*it;
}

Result<DemoStory> read_story(const std::filesystem::path& folder) {
  DemoStory story;
  auto conversations = read_lines(folder / "consents.ndjson");
  if (!conversations) return fail(std::move(conversations.error()));
  for (auto& line : *conversations) {
    auto conversation = read_conversation(std::move(line));
    if (!conversation) return fail(std::move(conversation.error()));
    story.conversations.push_back(std::move(*conversation));
  }
  auto residents = read_lines(folder / "residents.ndjson");
  if (!residents) return fail(std::move(residents.error()));
  for (auto& line : *residents) {
    auto resident = read_resident(std::move(line));
    if (!resident) return fail(std::move(resident.error()));
    story.residents.push_back(std::move(*resident));
  }
  return story;
}

Status send_conversation(DemoGateway& gateway, DemoStory& story, const DemoConversation& conversation) {
  const auto answer = gateway.post("/consents", conversation.body);
  if (!answer) return fail(answer.error());
  const auto asked = formats::parse_json(conversation.body);
  if (!asked) return fail(asked.error());
  const auto recorded = answer->root().find("consents");
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    const auto consent = recorded.at(i);
    story.consents.push_back({text_of(consent.find("id")), conversation.number, text_of(consent.find("purpose")),
                              text_of(consent.find("recipient")), text_of(consent.find("state")) == "GIVEN",
                              texts_of(asked->root().find("consents").at(i).find("categories"))});
  }
  return {};
}

Status send_record(DemoGateway& gateway, DemoResident& resident) {
  const auto answer = gateway.post("/records", resident.body);
  if (!answer) return fail(answer.error());
  resident.record = text_of(answer->root().find("id"));
  return {};
}

Status refresh(DemoGateway& gateway, DemoStory& story) {
  const auto answer = gateway.get("/transfers?pageSize=500");
  if (!answer) return fail(answer.error());
  story.transfers.clear();
  for (const JsonView item : answer->root().find("items").elements()) {
    auto transfer = read_transfer(item);
    const auto resident = std::ranges::find(story.residents, text_of(item.find("record")), &DemoResident::record);
    if (resident == story.residents.end()) continue;
    transfer.number = resident->number;
    story.transfers.push_back(std::move(transfer));
  }
  return {};
}

}  // namespace ketenpoort::cli
