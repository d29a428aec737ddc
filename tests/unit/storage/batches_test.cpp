// Batches with everything behind them: files, vault and ledger on a disk.
#include "gateway/exchange/intake/batches.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "gateway/base/files.hpp"
#include "gateway/storage/files/batch_files.hpp"
#include "tests/unit/storage/live_state.hpp"

namespace ketenpoort::storage {
namespace {

using exchange::Batches;
using exchange::BatchState;
using exchange::BatchTask;
using testing::HasSubstr;

constexpr std::string_view ndjson = "application/x-ndjson";

SecretKey master() {
  AeadKey bytes{};
  bytes.fill(5);
  return SecretKey(bytes);
}

std::string person(int number, std::string_view message = {}) {
  return fmt::format(
      R"({{"messageId":"{}","sentAt":"2026-01-01T11:00:00Z","recordVersion":"1.0","source":{{"system":"TEST","organisation":"0860737913"}},)"
      R"("resident":{{"identifiers":{{"fedasilNumber":"F{:07}"}},"name":{{"family":"Tekle"}},"stay":{{"from":"2026-01-01"}}}},)"
      R"("procedure":{{"asOf":"2026-01-01","profile":"APPLICANT","status":"LODGED"}}}})",
      message.empty() ? new_uuid_v4().text() : std::string(message), number);
}

// A disk with no room for the end of a task until a body gives its own back.
class FullDisk : public exchange::BatchStore {
 public:
  explicit FullDisk(BatchFiles& files) : files_(files) {}
  Result<std::unique_ptr<exchange::BatchIntake>> begin(const Uuid& id) override { return files_.begin(id); }
  Result<std::unique_ptr<exchange::BatchBody>> open(const Uuid& id) override { return files_.open(id); }
  Status save(const BatchTask& task) override {
    if (task.ended && !emptied) return fail(ErrorCode::unavailable, "there is no room");
    return files_.save(task);
  }
  Result<BatchTask> read(const Uuid& id) override { return files_.read(id); }
  Result<std::vector<BatchTask>> load() override { return files_.load(); }
  Status drop_body(const Uuid& id) override { return files_.drop_body(id); }
  Status empty_body(const Uuid& id) override {
    emptied = true;
    return files_.empty_body(id);
  }
  Status forget(const Uuid& id) override { return files_.forget(id); }
  [[nodiscard]] Result<std::uint64_t> free_bytes() const override { return free; }

  std::atomic<bool> emptied{false};
  std::atomic<std::uint64_t> free{std::uint64_t{1} << 40};

 private:
  BatchFiles& files_;
};

class BatchesTest : public testing::Test {
 protected:
  BatchesTest()
      : live_(folder_.path() / "state", master()), files_(BatchFiles::open(live_.state / "batches", master()).value()) {
    auto formats = exchange::load_formats("mappings", {}).value();
    exchange::Terms terms;
    terms.organisation = "0860737913";
    facilities_.reset(new exchange::Facilities{*live_.sequencer,
                                               *live_.vault,
                                               exchange::FormatsInUse(std::move(formats)),
                                               exchange::KeptMappings(live_.state / "mappings"),
                                               Clock{},
                                               std::move(terms),
                                               {}});
  }

  std::unique_ptr<Batches> open(std::function<bool()> may_go_on = [] { return true; }) {
    exchange::BatchOptions options = options_;
    options.render = [](const std::string&, const exchange::RecordReceipt& receipt) { return receipt.record.text(); };
    options.on_changed = [](const SubjectRef&) {};
    options.may_go_on = std::move(may_go_on);
    auto batches = std::make_unique<Batches>(*facilities_, *files_, std::move(options));
    EXPECT_TRUE(batches->start());
    return batches;
  }

  static Batches::Request request(std::string_view type = ndjson, const std::string& client = "fedasil",
                                  const std::string& key = {}) {
    return {client, "0860737913", new_uuid_v4(), "https://localhost/v1", std::string(type), {}, key};
  }

  static Result<BatchTask> send(Batches& batches, const std::string& body, const Batches::Request& what = request()) {
    auto arrival = batches.begin(what);
    if (!arrival) return fail(arrival.error());
    for (std::size_t at = 0; at < body.size(); at += 50'000)
      if (auto appended = (*arrival)->append(std::string_view(body).substr(at, 50'000)); !appended)
        return fail(appended.error());
    return batches.accept(**arrival);
  }

  static BatchTask end_of(Batches& batches, const Uuid& id) {
    for (int i = 0; i < 3000; ++i) {
      const auto task = batches.find(id, "fedasil");
      if (task && task->state != BatchState::running) return *task;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    ADD_FAILURE() << "the batch did not end";
    return {};
  }

  TemporaryFolder folder_;
  LiveState live_;
  std::unique_ptr<BatchFiles> files_;
  std::unique_ptr<exchange::Facilities> facilities_;
  exchange::BatchOptions options_;
};

TEST_F(BatchesTest, takes_the_good_rows_and_says_what_is_wrong_with_the_bad_ones) {
  const auto batches = open();
  const auto before = live_.sequencer->size();
  const auto body = "\xEF\xBB\xBF" + person(1) + "\r\n\n{\"messageId\":\n" + person(2) + "\n{}\n" +
                    std::string(exchange::largest_row + 1, ' ') + "x\n" + person(3);
  const auto task = end_of(*batches, send(*batches, body).value().id);
  EXPECT_EQ(task.state, BatchState::done);
  EXPECT_EQ(task.completed, 6U);
  EXPECT_EQ(task.accepted, 3U);
  EXPECT_EQ(task.rejected, 3U);
  std::set<std::uint64_t> wrong;
  for (const auto& issue : task.issues)
    if (!issue.warning) wrong.insert(issue.line);
  EXPECT_EQ(wrong, (std::set<std::uint64_t>{3, 5, 6}));
  EXPECT_EQ(task.warnings, 3U) << "three records that go nowhere";
  EXPECT_EQ(live_.sequencer->size(), before + 3);
  EXPECT_EQ(files_->open(task.id).error().code, ErrorCode::not_found) << "the body is gone";
}

TEST_F(BatchesTest, goes_on_after_a_stop_and_doubles_nothing) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += person(i) + "\n";
  std::atomic<int> allowed{300};
  auto batches = open([&] { return --allowed > 0; });
  const auto before = live_.sequencer->size();
  const auto id = send(*batches, body).value().id;
  for (int i = 0; i < 1000 && live_.sequencer->size() < before + 100; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  batches.reset();
  const auto reached = live_.sequencer->size();
  EXPECT_GE(reached, before + 100);
  EXPECT_LT(reached, before + 1000);
  const auto again = open();
  const auto task = end_of(*again, id);
  EXPECT_EQ(task.accepted, 1000U);
  EXPECT_EQ(live_.sequencer->size(), before + 1000);
}

TEST_F(BatchesTest, that_crashed_before_anything_was_written_down_takes_every_row_once) {
  std::string body;
  for (int i = 0; i < 50; ++i) body += person(i) + "\n";
  auto batches = open();
  const auto id = send(*batches, body).value().id;
  const auto done = end_of(*batches, id);
  const auto size = live_.sequencer->size();
  batches.reset();
  // As the disk stands when the crash came after the last row and before the progress.
  auto intake = files_->begin(id).value();
  ASSERT_TRUE(intake->append(body));
  ASSERT_TRUE(intake->finish());
  auto task = done;
  task.state = BatchState::running;
  task.ended.reset();
  task.completed = task.accepted = task.warnings = 0;
  task.issues.clear();
  ASSERT_TRUE(files_->save(task));
  ASSERT_TRUE(intake->keep());
  const auto again = open();
  const auto repeated = end_of(*again, id);
  EXPECT_EQ(repeated.accepted, 50U);
  EXPECT_EQ(repeated.issues, done.issues);
  EXPECT_EQ(live_.sequencer->size(), size);
}

TEST_F(BatchesTest, keeps_the_rows_of_a_file_apart_by_their_line) {
  const std::string header =
      "BRON;DOSSIERNR;INSZ;OVNR;NAAM;VOORNAAM;GEBOORTEDATUM;GEBOORTEPLAATS;GESLACHT;NATIONALITEIT;TELEFOON;EMAIL;"
      "CONTACTTAAL;TOLK;CENTRUM;"
      "CENTRUM_NAAM;CENTRUM_NIS;OPVANG_SINDS;STRAAT;HUISNR;BUS;POSTCODE;GEMEENTE;ADRES_GEHEIM;PROFIEL;STATUS;"
      "GECONTROLEERD_OP;VERZOEK_OP;"
      "STATUS_OP;SCREENING_OP;LATIJNS_SCHRIFT;MOEDERTAAL;TAAL2;TAAL2_NIVEAU;SCHOOLJAREN;OPLEIDINGSNIVEAU;BEROEP;WENS_"
      "BEROEP;VERWIJZING_NR;"
      "VERWIJZING_NAAR;VERWIJZING_DOEL;VERWIJZING_REDEN;OPMERKING\n";
  const std::string row =
      "DESK-2009;F2000002;;;Tekle;;;;;;;;;;;;;01/05/2026;;;;;;;APPLICANT;LODGED;24/11/2026;;;;;;;;;;;;;;;;\n";
  const auto batches = open();
  const auto before = live_.sequencer->size();
  const auto first = end_of(*batches, send(*batches, header + row + row, request("text/csv")).value().id);
  EXPECT_EQ(first.accepted, 2U) << first.problem;
  EXPECT_EQ(live_.sequencer->size(), before + 2) << "two rows, alike as they are";
  const auto again = end_of(*batches, send(*batches, header + row + row, request("text/csv")).value().id);
  EXPECT_EQ(again.accepted, 2U);
  EXPECT_EQ(live_.sequencer->size(), before + 2) << "the same file";
  const auto bad = end_of(*batches, send(*batches, row + row, request("text/csv")).value().id);
  EXPECT_EQ(bad.state, BatchState::failed);
  EXPECT_EQ(bad.completed, 0U);
  EXPECT_EQ(bad.problem.find("Tekle"), std::string::npos);
  const auto renamed = "BR_ON" + header.substr(4);
  const auto missing = end_of(*batches, send(*batches, renamed + row, request("text/csv")).value().id);
  ASSERT_EQ(missing.issues.size(), 2U);
  EXPECT_EQ(missing.issues[0].name + " " + missing.issues[1].name, "BR_ON BRON") << "which column, not which position";
  EXPECT_EQ(missing.issues[1].line, 1U);
}

TEST_F(BatchesTest, whose_body_was_damaged_fails_and_says_so) {
  std::atomic<bool> go{false};
  auto batches = open([&] { return go.load(); });
  const auto id = send(*batches, person(1) + "\n").value().id;
  batches.reset();
  const auto path = live_.state / "batches" / (id.text() + ".body");
  auto bytes = read_file(path).value();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(replace_file(path, bytes));
  go = true;
  const auto again = open();
  const auto task = end_of(*again, id);
  EXPECT_EQ(task.state, BatchState::failed);
  EXPECT_THAT(task.problem, HasSubstr("send it again"));
  EXPECT_EQ(task.problem.find(live_.state.string()), std::string::npos);
}

TEST_F(BatchesTest, of_one_client_are_bounded_and_its_own) {
  std::atomic<bool> go{false};
  const auto batches = open([&] { return go.load(); });
  const auto running = send(*batches, person(1) + "\n").value().id;
  auto second = batches->begin(request()).value();
  auto third = batches->begin(request()).value();
  EXPECT_EQ(batches->begin(request()).error().code, ErrorCode::unavailable);
  EXPECT_TRUE(batches->begin(request(ndjson, "other"))) << "another client's are not counted";
  EXPECT_EQ(batches->figures().arriving, 2U);
  second.reset();
  EXPECT_TRUE(batches->begin(request()));
  EXPECT_FALSE(batches->find(running, "other"));
  EXPECT_EQ(batches->begin(request("application/vnd.ketenpoort.fixed-width", "x")).has_value(), true);
  auto unknown = request("text/csv", "x");
  unknown.mapping = "no-such-mapping";
  EXPECT_EQ(batches->begin(unknown).error().code, ErrorCode::not_found);
  go = true;
  EXPECT_EQ(end_of(*batches, running).accepted, 1U);
}

// A row at the end of the first may be about the person of the second.
TEST_F(BatchesTest, of_one_client_are_taken_one_after_the_other) {
  const auto batches = open();
  std::string many;
  for (int i = 0; i < 2000; ++i) many += person(i) + "\n";
  const auto first = send(*batches, many).value().id;
  const auto second = send(*batches, person(1999) + "\n").value().id;
  EXPECT_EQ(end_of(*batches, second).accepted, 1U);
  EXPECT_EQ(batches->find(first, "fedasil")->state, BatchState::done);
  EXPECT_EQ(end_of(*batches, first).accepted, 2000U);
}

TEST_F(BatchesTest, under_one_key_are_one) {
  auto batches = open();
  const auto body = person(1) + "\n";
  const auto keyed = request(ndjson, "fedasil", "night");
  const auto first = send(*batches, body, keyed).value();
  EXPECT_EQ(send(*batches, body, keyed).value().id, first.id);
  EXPECT_EQ(send(*batches, person(2), keyed).error().code, ErrorCode::conflict);
  EXPECT_NE(send(*batches, body, request(ndjson, "other", "night")).value().id, first.id);
  EXPECT_EQ(send(*batches, "", request()).error().code, ErrorCode::malformed);
  end_of(*batches, first.id);
  batches.reset();
  batches = open();
  EXPECT_EQ(send(*batches, body, keyed).value().id, first.id) << "after a start too";
  batches.reset();
  facilities_->clock = Clock(std::chrono::days{31});
  batches = open();
  EXPECT_NE(send(*batches, body, keyed).value().id, first.id) << "a month later";
  EXPECT_FALSE(batches->find(first.id, "fedasil"));
}

TEST_F(BatchesTest, under_one_key_in_two_charsets_are_not_one) {
  auto batches = open();
  const auto file = read_file("mappings/examples/legacy-csv-to-resident/02-windows-1252.in.csv").value();
  auto said = request("text/csv", "fedasil", "night");
  said.mapping = "legacy-csv-to-resident";
  const auto first = send(*batches, file, said).value();
  EXPECT_EQ(send(*batches, file, said).value().id, first.id);
  said.charset = "windows-1252";
  EXPECT_EQ(send(*batches, file, said).error().code, ErrorCode::conflict);
  said.charset = {};
  said.mapping = {};
  EXPECT_EQ(send(*batches, file, said).error().code, ErrorCode::conflict) << "read by whichever mapping there is";
}

TEST_F(BatchesTest, that_the_gateway_breaks_on_fail_and_give_their_place_free) {
  std::atomic<bool> broken{true};
  auto batches = open([&]() -> bool {
    if (broken) throw std::runtime_error("as when memory runs out");
    return true;
  });
  for (int i = 0; i < 5; ++i) {  // more than a client may have under way
    const auto task = end_of(*batches, send(*batches, person(1) + "\n").value().id);
    EXPECT_EQ(task.state, BatchState::failed);
    EXPECT_TRUE(task.ended);
    EXPECT_THAT(task.problem, HasSubstr("send the batch again"));
    EXPECT_EQ(task.problem.find("memory"), std::string::npos) << "the reason is not the sender's";
    EXPECT_EQ(files_->open(task.id).error().code, ErrorCode::not_found);
  }
  broken = false;
  EXPECT_EQ(end_of(*batches, send(*batches, person(1) + "\n").value().id).accepted, 1U);
}

TEST_F(BatchesTest, are_not_begun_nor_gone_on_with_when_the_disk_is_nearly_full) {
  {
    const auto batches = open();
    auto arrival = batches->begin(request());
    ASSERT_TRUE(arrival) << "there is room on this disk";
  }
  options_.least_free_bytes = files_->free_bytes().value() + (std::uint64_t{1} << 40);
  const auto batches = open();
  EXPECT_EQ(batches->begin(request()).error().code, ErrorCode::unavailable);
  EXPECT_EQ(batches->figures().arriving, 0U);
}

TEST_F(BatchesTest, on_a_full_disk_end_by_giving_up_their_body) {
  FullDisk disk(*files_);
  auto options = options_;
  options.render = [](const std::string&, const exchange::RecordReceipt& receipt) { return receipt.record.text(); };
  options.on_changed = [](const SubjectRef&) {};
  Batches batches(*facilities_, disk, options);
  ASSERT_TRUE(batches.start());
  const auto task = end_of(batches, send(batches, person(1) + "\n").value().id);
  EXPECT_EQ(task.accepted, 1U);
  EXPECT_TRUE(disk.emptied);

  auto arrival = batches.begin(request()).value();
  disk.free = options.least_free_bytes;
  EXPECT_TRUE(arrival->append("{"));
  disk.free = options.least_free_bytes - 1;
  EXPECT_EQ(arrival->append("}").error().code, ErrorCode::unavailable) << "others took the room meanwhile";
}

TEST_F(BatchesTest, that_ended_are_kept_up_to_a_number_for_each_client) {
  options_.most_kept_of_a_client = 3;
  auto batches = open();
  std::vector<Uuid> sent;
  for (int i = 0; i < 5; ++i) {
    sent.push_back(send(*batches, person(i) + "\n").value().id);
    end_of(*batches, sent.back());
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  const auto other = send(*batches, person(9) + "\n", request(ndjson, "other")).value().id;
  EXPECT_FALSE(batches->find(sent[0], "fedasil"));
  EXPECT_FALSE(batches->find(sent[1], "fedasil"));
  for (int i = 2; i < 5; ++i) EXPECT_TRUE(batches->find(sent[static_cast<std::size_t>(i)], "fedasil")) << i;
  EXPECT_TRUE(batches->find(other, "other"));
  EXPECT_EQ(files_->load().value().size(), 4U) << "their files are gone too";
}

}  // namespace
}  // namespace ketenpoort::storage
