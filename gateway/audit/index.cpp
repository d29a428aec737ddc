#include "gateway/audit/index.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "gateway/base/files.hpp"
#include "gateway/base/thread_name.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::audit {
namespace {

constexpr std::size_t most_offered = 12U << 20;      // bytes kept in memory; more is read again from the segments
constexpr std::size_t hurry_at = 4U << 20;           // bytes offered: write at once
constexpr std::size_t transaction_entries = 20'000;  // when catching up
constexpr std::chrono::milliseconds look_again{50};  // at what will be published next
constexpr std::chrono::milliseconds after_trouble{1000};

// Reads the entries that follow from the segments, one transaction after another.
class Reading {
 public:
  Reading(const std::filesystem::path& ledger, std::uint64_t from)
      : reader_(ledger, from - from % ledger::segment_entries) {}

  // Up to `end`, at most a transaction's worth.
  Status add_to(IndexWriter& writer, std::uint64_t end) {
    end = std::min<std::uint64_t>(end, writer.size() + transaction_entries);
    records_.clear();
    while (reader_.next_seq() < end) {
      const bool wanted = reader_.next_seq() >= writer.size();
      const auto entry = reader_.next();
      if (!entry) return fail(entry.error());
      if (!*entry)
        return fail(ErrorCode::malformed,
                    fmt::format("{} ends before entry {}", reader_.file().string(), reader_.next_seq()));
      if (wanted) ledger::append_record(records_, **entry);
    }
    return writer.add(writer.size(), records_);
  }

 private:
  ledger::SegmentReader reader_;
  std::string records_;
};

}  // namespace

Result<std::unique_ptr<Index>> Index::open(IndexOptions options) {
  if (!options.on_problem) options.on_problem = [](const Error&) {};
  std::unique_ptr<Index> index(new Index(std::move(options)));
  auto writer = IndexWriter::open(index->options_.file);
  if (!writer) return fail(std::move(writer.error()));
  index->writer_ = std::move(*writer);
  index->size_ = index->writer_->size();
  return index;
}

Index::~Index() {
  stop();
}

Status Index::open_readers() {
  for (std::size_t i = 0; i < std::max<std::size_t>(options_.readers, 1); ++i) {
    auto reader = IndexReader::open(options_.file);
    if (!reader) return fail(std::move(reader.error()));
    idle_.push_back(std::move(*reader));
  }
  return {};
}

// Whether the last entry indexed is the one that stands there in this log.
Result<bool> Index::is_of(const ledger::Sequencer& log) const {
  if (writer_->size() == 0) return true;
  if (writer_->size() > log.size() || !writer_->tail()) return false;
  const auto entry = log.entry_bytes(writer_->size() - 1);
  if (!entry) return fail(entry.error());
  return ledger::leaf_hash(as_bytes(*entry)) == *writer_->tail();
}

Status Index::start(const ledger::Sequencer& log) {
  const auto known = is_of(log);
  if (!known) return fail(known.error());
  if (!*known) {
    writer_.reset();
    if (auto removed = remove_index(options_.file); !removed) return removed;
    auto writer = IndexWriter::open(options_.file);
    if (!writer) return fail(std::move(writer.error()));
    writer_ = std::move(*writer);
    size_ = 0;
  }
  if (auto opened = open_readers(); !opened) return opened;
  log_ = &log;
  {
    const std::lock_guard lock(mutex_);
    known_size_ = std::max(known_size_, log.size());
    behind_since_ = std::chrono::steady_clock::now();
  }
  thread_ = std::thread([this] { run(); });
  return {};
}

void Index::offer(std::uint64_t first_seq, std::uint32_t count, std::string_view records) {
  const std::lock_guard lock(mutex_);
  if (known_size_ <= size_) behind_since_ = std::chrono::steady_clock::now();
  known_size_ = first_seq + count;
  if (offered_bytes_ + records.size() > most_offered) {
    offered_.clear();
    offered_bytes_ = 0;
  }
  const bool is_first = offered_.empty();
  const bool hurries = offered_bytes_ >= hurry_at;
  offered_.push_back({first_seq, count, std::string(records)});
  offered_bytes_ += records.size();
  // What comes in between changes nothing for the one who waits, and waking costs both threads a switch.
  if (is_first || (!hurries && offered_bytes_ >= hurry_at) || wanted_ > size_) wake_.notify_one();
}

void Index::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  progress_.notify_all();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(readers_mutex_);
    readers_closed_ = true;
    idle_.clear();
  }
  returned_.notify_all();  // whoever still asks (for the metrics, say) must not wait for ever
  if (!writer_) return;
  const bool broken = !state_ && state_.error().code != ErrorCode::unavailable;
  if (!broken)
    if (auto closed = writer_->close(); !closed) options_.on_problem(closed.error());
  writer_.reset();
  // What SQLite cannot write to any more is made anew by the next start.
  if (broken)
    if (auto removed = remove_index(options_.file); !removed) options_.on_problem(removed.error());
}

Status Index::wait_for(std::uint64_t size, std::chrono::milliseconds patience) {
  if (size_ >= size) return {};
  std::unique_lock lock(mutex_);
  wanted_ = std::max(wanted_, size);
  wake_.notify_one();
  progress_.wait_for(lock, patience, [&] { return size_ >= size || stopping_ || !state_; });
  if (size_ >= size) return {};
  return fail(ErrorCode::unavailable,
              fmt::format("the index of the log has {} of {} entries: ask again in a moment", size_.load(), size));
}

std::uint64_t Index::entries_behind() const {
  const std::lock_guard lock(mutex_);
  return known_size_ - std::min(known_size_, size_.load());
}

std::chrono::milliseconds Index::behind() const {
  const std::lock_guard lock(mutex_);
  if (known_size_ <= size_) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - behind_since_);
}

void Index::run() {
  name_thread("index");
  while (wait_for_work()) {
    const auto begun = std::chrono::steady_clock::now();
    const auto offered = take_offered();
    auto status = add_offered(offered);
    if (status && offered.empty()) {
      const auto caught_up = catch_up();
      if (!caught_up) status = fail(caught_up.error());
    }
    report(status);
    const std::lock_guard lock(mutex_);
    size_ = writer_->size();
    behind_since_ = begun;  // what came since then is what may still wait
    progress_.notify_all();
    if (!state_ && state_.error().code != ErrorCode::unavailable) return;
  }
}

// Returns false when all is done and no more will come.
bool Index::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto due = [&] { return stopping_ || offered_bytes_ >= hurry_at || (wanted_ > size_ && !offered_.empty()); };
  if (!state_) wake_.wait_for(lock, after_trouble, [&] { return stopping_; });
  if (stopping_) return !offered_.empty() && offered_.front().first_seq <= size_ && state_;
  if (offered_.empty()) {
    if (size_ < known_size_) {
      wake_.wait_for(lock, look_again, due);
      return true;
    }
    wake_.wait(lock, [&] { return stopping_ || !offered_.empty(); });
  }
  wake_.wait_for(lock, options_.linger, due);
  return true;
}

std::deque<Index::Offered> Index::take_offered() {
  const std::lock_guard lock(mutex_);
  // After a gap nothing of it can be taken yet: what lies between comes from the segments.
  if (!offered_.empty() && offered_.front().first_seq > size_) return {};
  offered_bytes_ = 0;
  return std::exchange(offered_, {});
}

Status Index::add_offered(const std::deque<Offered>& offered) {
  if (offered.empty()) return {};
  std::vector<std::string_view> records;
  for (const auto& one : offered) records.emplace_back(one.records);
  return writer_->add(offered.front().first_seq, records);
}

// From the segments, as far as they are published; false when there is nothing new.
Result<bool> Index::catch_up() {
  const auto before = writer_->size();
  Reading reading(options_.ledger, before);
  while (true) {
    const auto end = log_->published_size();
    if (writer_->size() >= end) break;
    if (auto added = reading.add_to(*writer_, end); !added) return fail(added.error());
    const std::lock_guard lock(mutex_);
    size_ = writer_->size();
    progress_.notify_all();
    if (stopping_) break;
    if (!offered_.empty() && offered_.front().first_seq <= size_) break;
  }
  return writer_->size() > before;
}

void Index::report(const Status& status) {
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = !status && state_;
    state_ = status;
  }
  if (is_new) options_.on_problem(status.error());
}

Result<std::string> Index::bytes(const EntryPlace& place) const {
  const auto path = options_.ledger / ledger::segment_path(place.seq);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    std::array<unsigned char, 2> head{};
    std::string entry;
    const auto at = static_cast<off_t>(place.offset);
    if (::pread(fd, head.data(), head.size(), at) == 2) {
      entry.resize(static_cast<std::size_t>(head[0]) << 8 | head[1]);
      if (::pread(fd, entry.data(), entry.size(), at + 2) != static_cast<ssize_t>(entry.size())) entry.clear();
    }
    ::close(fd);
    // A record that is being written may be there in part.
    if (entry.ends_with('}') && entry.find(fmt::format("\"seq\":{},", place.seq)) != std::string::npos) return entry;
  }
  return log_->entry_bytes(place.seq);  // durable, and not published yet
}

Index::Lease::Lease(Index& index) : from(index) {
  std::unique_lock lock(from.readers_mutex_);
  from.returned_.wait(lock, [this] { return from.readers_closed_ || !from.idle_.empty(); });
  if (from.idle_.empty()) return;
  reader = std::move(from.idle_.back());
  from.idle_.pop_back();
}

Index::Lease::~Lease() {
  if (!reader) return;
  const std::lock_guard lock(from.readers_mutex_);
  if (from.readers_closed_) return;
  from.idle_.push_back(std::move(reader));
  from.returned_.notify_one();
}

Status rebuild_index(const std::filesystem::path& file, const std::filesystem::path& ledger, std::uint64_t size,
                     const std::function<void(std::uint64_t)>& progress) {
  if (auto removed = remove_index(file); !removed) return removed;
  const auto writer = IndexWriter::open(file);
  if (!writer) return fail(writer.error());
  Reading reading(ledger, 0);
  while ((*writer)->size() < size) {
    if (auto added = reading.add_to(**writer, size); !added) return added;
    progress((*writer)->size());
  }
  return (*writer)->close();
}

}  // namespace ketenpoort::audit
