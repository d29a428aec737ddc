#include "gateway/exchange/delivery/partner_answer.hpp"

#include <algorithm>
#include <utility>

#include "gateway/formats/json.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

// The last ones: what was answered in the end matters most.
constexpr std::uint32_t most_attempts_shown = 100;

std::optional<KeptAnswer> read_answer(std::string_view json) {
  const auto document = formats::parse_json(json);
  if (!document) return std::nullopt;
  const auto root = document->root();
  const auto content = from_base64(root.find("answer").as_string().value_or("-"));
  if (!content) return std::nullopt;
  KeptAnswer out;
  out.attempt = static_cast<std::uint32_t>(root.find("attempt").as_int().value_or(0));
  out.status = static_cast<int>(root.find("status").as_int().value_or(0));
  out.cut = static_cast<std::uint64_t>(root.find("cut").as_int().value_or(0));
  out.content = as_text(*content);
  return out;
}

// Not in the middle of a character, where it is text.
void shorten(KeptAnswer& answer) {
  auto& content = answer.content;
  if (content.size() <= longest_kept_answer) return;
  auto end = longest_kept_answer;
  while (end > longest_kept_answer - 3 && (static_cast<unsigned char>(content[end]) & 0xC0U) == 0x80U) --end;
  answer.cut = content.size() - end;
  content.resize(end);
}

}  // namespace

RecordId answer_id(const TransferId& transfer, std::uint32_t attempt) {
  const auto digest = sha256(as_bytes("partner-answer|" + transfer.text() + '|' + std::to_string(attempt)));
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>(0x80 | (id.bytes[6] & 0x0F));  // version 8
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3F));
  return id;
}

std::optional<ledger::VaultChange> seal_answer(const Vault& vault, const SubjectRef& subject,
                                               const TransferId& transfer, KeptAnswer answer) {
  if (answer.content.empty()) return std::nullopt;
  const auto keys = vault.keys_of(subject);
  if (!keys) return std::nullopt;
  shorten(answer);
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object().member("attempt", answer.attempt).member("status", answer.status);
  if (answer.cut > 0) writer.member("cut", answer.cut);
  writer.member("answer", to_base64(as_bytes(answer.content))).end_object();
  return vault.add_record(answer_id(transfer, answer.attempt), subject, *keys, json);
}

void keep_answer(const Vault& vault, const ledger::History& history, const SubjectRef& subject,
                 const std::optional<ledger::VaultChange>& sealed, ledger::Transaction& transaction) {
  if (!sealed || history.erased_classes(subject).contains(KeyClass::payload) || !vault.keys_of(subject)) return;
  transaction.changes.push_back(*sealed);
}

std::vector<KeptAnswer> find_answers(const Vault& vault, const TransferId& transfer, std::uint32_t attempts) {
  std::vector<KeptAnswer> out;
  const auto shown = std::min(attempts, most_attempts_shown);
  for (std::uint32_t attempt = attempts; attempt > attempts - shown; --attempt) {
    const auto json = vault.find_record(answer_id(transfer, attempt));
    if (auto answer = json ? read_answer(*json) : std::nullopt) out.push_back(std::move(*answer));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace ketenpoort::exchange
