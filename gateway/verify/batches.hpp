// Entries read ahead of the rules: hashing, the canonical check and decoding run on every core, in batches that come
// back in the order of the log.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/verify/entry_source.hpp"

namespace ketenpoort::verify {

struct ReadEntry {
  std::string_view bytes;  // into the batch
  Digest leaf{};
  ledger::Entry entry;
  Status read;  // why the bytes are no entry
};

// At most one tile's width of entries, never across the border of two tiles.
struct Batch {
  std::string bytes;
  std::vector<ReadEntry> entries;  // the first `count` of them
  std::size_t count = 0;
  std::optional<Digest> tile_root;  // over the leaves, when they are a whole tile
  std::optional<Flaw> flaw;         // why nothing follows the entries, if they did not just end
};

class Batches {
 public:
  // `threads` = 1: everything on the caller's thread. The source is read on the caller's thread always.
  Batches(EntrySource& source, std::uint64_t first_seq, unsigned threads);
  ~Batches();
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  // The next batch, valid until the next call; nullptr after the last.
  const Batch* next();

 private:
  struct Slot {
    Batch batch;
    std::vector<std::size_t> ends;  // of the entries, in batch.bytes
    std::exception_ptr failure;
    bool done = false;
  };

  bool fill(Slot& slot);
  void work();

  EntrySource& source_;
  std::uint64_t next_seq_;
  bool ended_ = false;
  std::vector<Slot> slots_;   // a ring; numbers below count batches and are taken modulo its size
  std::uint64_t handed_ = 0;  // batches given to the caller, the last of which it may be reading
  std::uint64_t filled_ = 0;

  std::mutex mutex_;
  std::condition_variable work_there_;
  std::condition_variable work_done_;
  std::deque<Slot*> waiting_;
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace ketenpoort::verify
