// Any bytes as a ledger entry: refused, or read as exactly what they say, by both readers alike. Never read past their
// end, never repaired.
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/ledger/entry/entry.hpp"
#include "tests/support/two_readers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort::ledger;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  static Entry again;  // as a verifier uses it: one after the other
  bool quick = false;
  if (!test::difference(bytes, again, quick).empty()) std::abort();
  const auto entry = decode_entry(bytes);
  if (!entry) return 0;
  if (entry->bytes != bytes) std::abort();

  // What was read, written again, gives the same bytes: an entry has one form.
  const auto root = entry->document.root();
  const auto text = [](const Value& value) { return value ? value.text() : std::string(); };
  const auto json = [](const Value& value) { return value ? std::string(value.json()) : std::string(); };
  const auto actor = root.find("actor");
  const EntryDraft draft{.kind = text(root.find("kind")),
                         .actor = {.type = text(actor.find("type")),
                                   .org = text(actor.find("org")),
                                   .role = text(actor.find("role")),
                                   .op = text(actor.find("op"))},
                         .subject = entry->subject,
                         .activity = text(root.find("activity")),
                         .tx = entry->tx,
                         .trace = entry->trace,
                         .refs = entry->refs,
                         .body = json(entry->body),
                         .sealed = json(entry->sealed)};
  if (encode_entry(entry->seq, entry->time, entry->id, text(root.find("node")), draft) != bytes) std::abort();
  return 0;
}
