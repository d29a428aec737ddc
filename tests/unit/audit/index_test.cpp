// The index says of every entry, transfer, record and consent what the log says, however it was fed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "gateway/audit/index.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "tests/support/log_story.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::audit {
namespace {

using ledger::test::day;
using ledger::test::numbered_id;
using ledger::test::Story;
using testing::ElementsAre;
using testing::IsEmpty;

std::string records_of(const std::vector<std::string>& entries, std::size_t from, std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) ledger::append_record(out, entries[i]);
  return out;
}

class IndexOfStory : public testing::Test {
 protected:
  void SetUp() override {
    auto writer = IndexWriter::open(file_).value();
    ASSERT_TRUE(writer->add(0, records_of(entries_, 0, entries_.size())));
    EXPECT_EQ(writer->size(), entries_.size());
    reader_ = IndexReader::open(file_).value();
  }

  std::vector<ledger::Seq> seqs(const EntryQuery& query) {
    std::vector<ledger::Seq> out;
    const auto places = reader_->entries(query).value();
    for (const auto& place : places) out.push_back(place.seq);
    return out;
  }

  // All seqs whose line fits.
  template <class F>
  std::vector<ledger::Seq> expected(F fits) const {
    std::vector<ledger::Seq> out;
    for (const auto& line : story_.log.lines)
      if (fits(line)) out.push_back(line.seq);
    return out;
  }

  // The organisation whose client sent the record.
  [[nodiscard]] std::string sender_of_story() const { return story_.log.lines.at(story_.received).draft.actor.org; }

  test::ScratchFolder folder_;
  std::filesystem::path file_ = folder_.path() / "index.sqlite";
  Story story_ = Story::whole();
  std::vector<std::string> entries_ = story_.log.encode();
  std::unique_ptr<IndexReader> reader_;
};

TEST_F(IndexOfStory, finds_entries_by_kind_subject_transfer_and_recipient) {
  EXPECT_EQ(seqs({}).size(), entries_.size());
  EXPECT_EQ(seqs({.kind = "transfer.permitted"}),
            expected([](const auto& line) { return line.draft.kind == "transfer.permitted"; }));
  EXPECT_EQ(seqs({.subject = story_.subject}),
            expected([&](const auto& line) { return line.draft.subject == story_.subject; }));
  EXPECT_EQ(seqs({.transfer = story_.main_tx}),
            expected([&](const auto& line) { return line.draft.tx == story_.main_tx; }));
  const auto of_vdab = expected([](const auto& line) {
    return line.draft.tx || line.draft.body.find("\"recipient\":\"vdab\"") != std::string::npos ||
           line.draft.kind == "agreement.ended";
  });
  EXPECT_EQ(seqs({.recipient = "vdab"}), of_vdab);
  EXPECT_THAT(seqs({.kind = "transfer.held", .recipient = "vdab"}), ElementsAre(story_.held));
  EXPECT_THAT(seqs({.kind = "breach.recorded"}), IsEmpty());
  EXPECT_THAT(seqs({.recipient = "nobody"}), IsEmpty());
  EXPECT_THAT(seqs({.subject = story_.other}), IsEmpty());
}

TEST_F(IndexOfStory, finds_entries_by_time_and_goes_on_where_a_page_ended) {
  const auto& lines = story_.log.lines;
  const auto from = lines[4].time;
  const auto until = lines[9].time;
  EXPECT_THAT(seqs({.from = from, .until = until}), ElementsAre(4, 5, 6, 7, 8));
  EXPECT_THAT(seqs({.from = from, .until = until, .after = 5, .limit = 2}), ElementsAre(6, 7));
  EXPECT_THAT(seqs({.from = lines.back().time + std::chrono::milliseconds{1}}), IsEmpty());
  EXPECT_THAT(seqs({.until = lines.front().time}), IsEmpty());
}

TEST_F(IndexOfStory, tells_where_each_entry_stands_in_its_segment) {
  const auto records = records_of(entries_, 0, entries_.size());
  const auto places = reader_->entries({}).value();
  for (const auto& place : places) {
    auto rest = std::string_view(records).substr(place.offset);
    EXPECT_EQ(ledger::take_record(rest), entries_[place.seq]);
  }
}

// In the log it stands as JSON writes it; whoever asks gets what was sent.
TEST(IndexOfCentres, keeps_the_code_of_a_centre_as_it_was_sent) {
  auto story = Story::whole();
  auto& body = story.log.lines.at(story.received).draft.body;
  body.replace(body.find("C01"), 3, R"(a\"b\\c\td)");
  const test::ScratchFolder folder;
  const auto file = folder.path() / "index.sqlite";
  const auto entries = story.log.encode();
  ASSERT_TRUE(IndexWriter::open(file).value()->add(0, records_of(entries, 0, entries.size())));
  EXPECT_EQ(IndexReader::open(file).value()->record(story.record).value()->centre, "a\"b\\c\td");
}

TEST_F(IndexOfStory, knows_transfers_records_and_consents) {
  const auto done = reader_->transfer(story_.main_tx).value();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->state, TransferState::acknowledged);
  EXPECT_EQ(done->reference, "VDAB-2026-000123");
  EXPECT_EQ(done->attempts, 2U);
  EXPECT_TRUE(done->may_have_arrived);
  EXPECT_EQ(done->failure, "http-503");
  EXPECT_EQ(done->mapping + '@' + done->mapping_version, "resident-to-vdab-profile@1.0.0");
  EXPECT_EQ(done->sent, Story::sendable());
  EXPECT_EQ(done->record, story_.record);
  EXPECT_EQ(done->seqs.back(), story_.acknowledged);
  EXPECT_THAT(reader_->transfer(story_.refused_tx).value()->reasons, ElementsAre(Reason::not_in_target_group));
  EXPECT_FALSE(reader_->transfer(numbered_id(999)).value());

  EXPECT_EQ(reader_->record(story_.record).value()->seq, story_.received);
  EXPECT_EQ(reader_->record(story_.record).value()->centre, "C01");
  EXPECT_EQ(reader_->record(story_.record).value()->organisation, sender_of_story());
  EXPECT_EQ(reader_->transfers_of_record(story_.record).value().size(), 4U);
  EXPECT_THAT(reader_->transfers_of_record(numbered_id(9)).value(), IsEmpty());

  const auto first = reader_->consent(story_.consent_id).value();
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->given);
  EXPECT_TRUE(first->superseded);
  EXPECT_EQ(first->stated, Story::sendable());
  EXPECT_TRUE(first->remaining.empty());
  EXPECT_EQ(first->valid_until, day(2027, 11, 23));
  EXPECT_FALSE(reader_->consent(numbered_id(302)).value()->given);
  EXPECT_FALSE(reader_->consent(numbered_id(302)).value()->superseded);
}

TEST_F(IndexOfStory, lists_transfers_in_the_order_of_their_requests) {
  const auto ids = [&](const TransferQuery& query) {
    std::vector<TransferId> out;
    const auto rows = reader_->transfers(query).value();
    for (const auto& transfer : rows) out.push_back(transfer.id);
    return out;
  };
  EXPECT_THAT(ids({}), ElementsAre(story_.main_tx, story_.refused_tx, story_.cancelled_tx, story_.abandoned_tx));
  EXPECT_THAT(ids({.state = TransferState::cancelled}), ElementsAre(story_.cancelled_tx));
  EXPECT_THAT(ids({.recipient = "vdab", .from = 1, .limit = 2}), ElementsAre(story_.refused_tx, story_.cancelled_tx));
  EXPECT_THAT(ids({.recipient = "agii"}), IsEmpty());
  TransferQuery own{.recipient = "vdab", .from = 1, .limit = 2};
  own.organisation = sender_of_story();
  EXPECT_THAT(ids(own), ElementsAre(story_.refused_tx, story_.cancelled_tx));
  own.state = TransferState::cancelled;
  EXPECT_THAT(ids(own), ElementsAre(story_.cancelled_tx));
  own.organisation = "0887010362";
  EXPECT_THAT(ids(own), IsEmpty());
}

TEST_F(IndexOfStory, gives_all_there_is_about_a_person) {
  const auto dossier = reader_->dossier(story_.subject).value();
  EXPECT_EQ(dossier.entries.size(), seqs({.subject = story_.subject}).size());
  EXPECT_EQ(dossier.records.size(), 1U);
  EXPECT_EQ(dossier.consents.size(), 3U);
  EXPECT_EQ(dossier.transfers.size(), 4U);
  EXPECT_EQ(dossier.transfers.front().id, story_.abandoned_tx);
  EXPECT_THAT(dossier.recipients(), ElementsAre("vdab"));
  EXPECT_THAT(reader_->dossier(story_.other).value().entries, IsEmpty());
}

// Every row of every table but what tells who has it open.
std::vector<std::string> dump(const std::filesystem::path& file) {
  auto database = open_index_for_reading(file).value();
  std::vector<std::string> out;
  for (const std::string table : {"meta", "name", "subject", "entry", "record", "consent", "transfer", "recheck",
                                  "answer", "span", "transfer_span"}) {
    auto count = database.prepare("SELECT count(*) FROM pragma_table_info(?1)").value();
    EXPECT_TRUE(count.bind(1, std::string_view(table)).step().value());
    const auto columns = static_cast<int>(count.integer(0));
    auto rows = database.prepare("SELECT * FROM " + table + " ORDER BY 1, 2").value();
    while (rows.step().value()) {
      std::string line = table;
      for (int i = 0; i < columns; ++i) line += '|' + to_hex(rows.blob(i));
      if (rows.text(0) != "open") out.push_back(std::move(line));
    }
  }
  return out;
}

TEST_F(IndexOfStory, is_the_same_row_for_row_however_it_was_fed) {
  const auto whole = dump(file_);
  EXPECT_GT(whole.size(), entries_.size());
  for (const std::size_t step : {1UL, 3UL, 7UL}) {
    const auto other = folder_.path() / ("by-" + std::to_string(step));
    for (std::size_t from = 0; from < entries_.size(); from += step) {
      auto writer = IndexWriter::open(other).value();  // each batch by another process
      ASSERT_EQ(writer->size(), from);
      // Some it has already, as after a crash.
      const auto again = from - std::min<std::size_t>(from, 2);
      ASSERT_TRUE(writer->add(again, records_of(entries_, again, std::min(from + step, entries_.size()))));
    }
    EXPECT_EQ(dump(other), whole) << "in steps of " << step;
  }
}

TEST_F(IndexOfStory, is_the_same_row_for_row_when_one_writer_goes_on_with_what_it_remembers) {
  for (const std::size_t step : {1UL, 4UL}) {
    const auto other = folder_.path() / ("on-" + std::to_string(step));
    auto writer = IndexWriter::open(other).value();
    for (std::size_t from = 0; from < entries_.size(); from += step)
      ASSERT_TRUE(writer->add(from, records_of(entries_, from, std::min(from + step, entries_.size()))));
    EXPECT_EQ(dump(other), dump(file_)) << "in steps of " << step;
  }
}

// Entries enough for several blocks (span_size), with a rare kind in some of them.
TEST(IndexOfManyEntries, finds_what_is_rare_and_what_is_common_page_by_page) {
  const test::ScratchFolder folder;
  auto story = Story::whole();
  std::map<std::string, std::vector<ledger::Seq>> expected;
  for (const auto& line : story.log.lines) expected[line.draft.kind].push_back(line.seq);
  for (int i = 0; i < 1200; ++i) {
    const bool rare = i % 500 == 499;
    const auto seq = rare ? story.log.add(ledger::LedgerRecovered{1}) : story.log.add(ledger::ClockAnomaly{7});
    expected[rare ? "ledger.recovered" : "ledger.clock-anomaly"].push_back(seq);
  }
  const auto entries = story.log.encode();
  const auto file = folder.path() / "index.sqlite";
  {
    auto writer = IndexWriter::open(file).value();
    ASSERT_TRUE(writer->add(0, records_of(entries, 0, 700)));
    ASSERT_TRUE(writer->add(700, records_of(entries, 700, entries.size())));
  }
  auto reader = IndexReader::open(file).value();
  for (const auto& [kind, seqs] : expected) {
    std::vector<ledger::Seq> found;
    EntryQuery query{.kind = kind};
    query.limit = 100;
    while (true) {
      const auto page = reader->entries(query).value();
      for (const auto& place : page) found.push_back(place.seq);
      if (page.size() < query.limit) break;
      query.after = page.back().seq;
    }
    EXPECT_EQ(found, seqs) << kind;
  }
  const auto& rare = expected["ledger.recovered"];
  const auto time = story.log.lines[rare[1]].time;
  const auto from_then = reader->entries({.kind = "ledger.recovered", .from = time}).value();
  EXPECT_EQ(from_then.size(), rare.size() - 1);
  EXPECT_EQ(reader->entries({.kind = "ledger.recovered", .until = time}).value().size(), 1U);
  EXPECT_THAT(reader->entries({.kind = "ledger.recovered", .recipient = "vdab"}).value(), IsEmpty());
}

TEST_F(IndexOfStory, takes_all_of_a_batch_or_nothing) {
  const auto other = folder_.path() / "broken";
  auto writer = IndexWriter::open(other).value();
  ASSERT_TRUE(writer->add(0, records_of(entries_, 0, 5)));
  const auto before = dump(other);
  auto records = records_of(entries_, 5, 12);
  ledger::append_record(records, "{}");
  EXPECT_FALSE(writer->add(5, records));
  EXPECT_EQ(dump(other), before);
  ASSERT_TRUE(writer->add(5, records_of(entries_, 5, entries_.size())));
  EXPECT_EQ(dump(other), dump(file_));
}

TEST(IndexFile, is_made_anew_when_the_machine_went_down_while_it_was_open) {
  const test::ScratchFolder folder;
  const auto file = folder.path() / "index.sqlite";
  const auto entries = Story::whole().log.encode();
  const auto size_after = [&](const std::string& opened_by) {
    {
      auto writer = IndexWriter::open(file).value();
      EXPECT_TRUE(writer->add(0, records_of(entries, 0, 5)));
      EXPECT_TRUE(writer->close());
      auto database = Database::open(file, Database::Access::write).value();
      EXPECT_TRUE(database.execute(("UPDATE meta SET value = '" + opened_by + "' WHERE name = 'open'").c_str()));
    }
    return IndexWriter::open(file).value()->size();
  };
  EXPECT_EQ(size_after(""), 5U);
  EXPECT_EQ(size_after("another run of the machine"), 0U);
}

TEST_F(IndexOfStory, finds_decisions_by_state_recipient_reason_and_time) {
  const auto found = [&](const DecisionQuery& query) {
    std::vector<ledger::Seq> out;
    const auto rows = reader_->decisions(query).value();
    for (const auto& row : rows) {
      EXPECT_EQ(row.recipient, "vdab");
      out.push_back(row.place.seq);
    }
    return out;
  };
  EXPECT_THAT(found({}), ElementsAre(story_.held, story_.refused, story_.cancelled));
  EXPECT_THAT(found({.kind = "transfer.held"}), ElementsAre(story_.held));
  EXPECT_THAT(found({.reason = Reason::not_in_target_group}), ElementsAre(story_.refused));
  EXPECT_THAT(found({.reason = Reason::minor}), IsEmpty());
  EXPECT_THAT(found({.recipient = "agii"}), IsEmpty());
  EXPECT_THAT(found({.after = story_.held, .limit = 1}), ElementsAre(story_.refused));
  EXPECT_THAT(found({.until = story_.log.lines[story_.refused].time}), ElementsAre(story_.held));
  EXPECT_THAT(found({.from = story_.log.lines[story_.refused].time, .limit = 1}), ElementsAre(story_.refused));

  const auto counts = reader_->count_decisions({.after = story_.refused, .limit = 1}).value();
  std::uint64_t total = 0;
  for (const auto& count : counts) total += count.count;
  EXPECT_EQ(total, 3U) << "of all pages";
  const auto of_reason = reader_->count_decisions({.reason = Reason::not_in_target_group}).value();
  ASSERT_EQ(of_reason.size(), 1U);
  EXPECT_EQ(of_reason.front().kind, "transfer.refused");
  EXPECT_EQ(of_reason.front().count, 1U);
}

TEST_F(IndexOfStory, tells_what_happened_to_transfers_in_a_span_of_time) {
  std::map<std::string, int> kinds;
  const auto visit = [&](const TransferEvent& event) {
    ++kinds[reader_->name(event.kind).value()];
    EXPECT_EQ(reader_->name(event.recipient).value(), "vdab");
    EXPECT_EQ(reader_->name(event.centre).value(), "C01");
    EXPECT_EQ(event.status, -1);
  };
  ASSERT_TRUE(reader_->each_event(Timestamp{}, story_.log.lines.back().time + std::chrono::milliseconds{1}, visit));
  const std::map<std::string, int> all = {{"transfer.cancelled", 1},
                                          {"transfer.delivered", 2},
                                          {"transfer.held", 1},
                                          {"transfer.refused", 1},
                                          {"transfer.requested", 4}};
  EXPECT_EQ(kinds, all);
  kinds.clear();
  ASSERT_TRUE(reader_->each_event(story_.log.lines[story_.refused].time,
                                  story_.log.lines[story_.refused].time + std::chrono::milliseconds{1}, visit));
  EXPECT_EQ(kinds["transfer.refused"], 1);
}

TEST(IndexFile, is_made_anew_when_it_is_damaged_or_of_another_version) {
  const test::ScratchFolder folder;
  const auto file = folder.path() / "index.sqlite";
  std::ofstream(file) << "no database at all, though long enough to be looked at as if it were one";
  EXPECT_EQ(IndexWriter::open(file).value()->size(), 0U);
  const auto entries = Story::whole().log.encode();
  {
    auto writer = IndexWriter::open(file).value();
    ASSERT_TRUE(writer->add(0, records_of(entries, 0, 5)));
    auto database = Database::open(file, Database::Access::write).value();
    ASSERT_TRUE(database.execute("UPDATE meta SET value = 99 WHERE name = 'schema'"));
  }
  EXPECT_EQ(IndexWriter::open(file).value()->size(), 0U);
}

}  // namespace
}  // namespace ketenpoort::audit
