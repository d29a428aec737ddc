#include "gateway/ledger/writer/transaction_writer.hpp"

#include <mutex>
#include <utility>

namespace ketenpoort::ledger {
namespace {

constexpr std::size_t length_bytes = 2;

}  // namespace

TransactionWriter::TransactionWriter(History& history, std::shared_mutex& mutex, std::string node)
    : history_(history), mutex_(mutex), node_(std::move(node)), ids_(history.last_id()) {}

Result<Committed> TransactionWriter::append(const Transaction& transaction, Timestamp now, std::string& records) {
  Committed out{.first_seq = history_.size(), .ids = {}, .time = now};
  out.ids.reserve(transaction.entries.size());
  const auto before = records.size();
  appended_.clear();
  for (const auto& draft : transaction.entries) {
    records.append(length_bytes, '\0');
    const auto at = records.size();
    out.ids.push_back(ids_.next(now));
    append_entry(records, history_.size() + appended_.size(), now, out.ids.back(), node_, draft);
    const auto size = records.size() - at;
    records[at - 2] = static_cast<char>(size >> 8);
    records[at - 1] = static_cast<char>(size);
    appended_.push_back({at, size});
  }
  if (auto done = read_back(records); !done) {
    records.resize(before);
    return fail(done.error());
  }
  return out;
}

Status TransactionWriter::read_back(std::string_view records) {
  if (entries_.size() < appended_.size()) entries_.resize(appended_.size());
  for (std::size_t i = 0; i < appended_.size(); ++i) {
    const auto [at, size] = appended_[i];
    if (auto done = decode_with_body(records.substr(at, size), entries_[i]); !done) return done;
  }
  return {};
}

Status TransactionWriter::apply() {
  const std::unique_lock guard(mutex_);
  History::Group group(history_);
  for (std::size_t i = 0; i < appended_.size(); ++i)
    if (auto done = history_.apply(entries_[i]); !done) return done;
  group.keep();
  return {};
}

}  // namespace ketenpoort::ledger
