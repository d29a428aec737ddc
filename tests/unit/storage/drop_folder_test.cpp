// Drop folders with everything behind them: files, batches, vault and ledger on a disk.
#include "gateway/exchange/intake/drop_folder.hpp"

#include <gmock/gmock.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>

#include "tests/unit/storage/drop_folder_fixture.hpp"

namespace ketenpoort::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

TEST_F(DropFolderTest, takes_a_file_and_says_what_became_of_each_row) {
  const auto before = live_.sequencer->size();
  const auto folder = open();
  drop("night.ndjson", person(1) + "\n{\"messageId\": \"Geheim\n" + person(2) + "\n");
  folder->look();
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_THAT(names("taken"), IsEmpty());
  EXPECT_THAT(names("done"), ElementsAre("night.ndjson", "night.ndjson.result.json"));
  const auto said = result("done", "night.ndjson");
  EXPECT_EQ(text_in(said, "state"), "DONE");
  EXPECT_EQ(number_in(said, "accepted"), 2);
  EXPECT_EQ(number_in(said, "rejected"), 1);
  EXPECT_THAT(said, HasSubstr(R"("line":2,"severity":"ERROR")"));
  EXPECT_THAT(said, Not(HasSubstr("Geheim")));
  EXPECT_THAT(said, Not(HasSubstr("Tekle")));
  EXPECT_EQ(live_.sequencer->size(), before + 2);
  EXPECT_EQ(folder->figures().done, 1U);
}

TEST_F(DropFolderTest, one_record_a_file_in_json_and_xml) {
  const auto folder = open();
  auto pretty = person(3);
  pretty.insert(1, "\n\n  ");
  drop("one.json", pretty);
  drop("one.xml", read_file("mappings/examples/candidate-to-resident/01-full-candidate.in.xml").value());
  folder->look();
  EXPECT_EQ(number_in(result("done", "one.json"), "accepted"), 1) << result("failed", "one.json");
  EXPECT_EQ(number_in(result("done", "one.xml"), "accepted"), 1) << result("failed", "one.xml");
}

TEST_F(DropFolderTest, what_is_being_written_stays) {
  auto with = terms();
  with.settle = std::chrono::milliseconds{150};
  const auto folder = open(with);
  drop("later.ndjson.part", person(4));
  drop(".hidden.ndjson", person(4));
  drop("growing.ndjson", person(4) + "\n");
  folder->look();
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  drop("growing.ndjson", person(4) + "\n" + person(5) + "\n");  // it grew: its time begins anew
  folder->look();
  EXPECT_THAT(names(), UnorderedElementsAre("later.ndjson.part", ".hidden.ndjson", "growing.ndjson"));
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  folder->look();
  EXPECT_THAT(names(), UnorderedElementsAre("later.ndjson.part", ".hidden.ndjson"));
  EXPECT_EQ(number_in(result("done", "growing.ndjson"), "accepted"), 2);
}

TEST_F(DropFolderTest, what_cannot_be_read_is_put_aside_with_the_reason) {
  const auto folder = open();
  const auto before = live_.sequencer->size();
  drop("empty.ndjson", "");
  drop("unknown.pdf", "%PDF");
  drop("quotes.csv", "a;b\n\"never closed;c\n");
  fs::create_symlink(folder_.path() / "state/vault.sqlite", drop_ / "link.ndjson");
  drop("first.ndjson", person(6));
  fs::create_hard_link(drop_ / "first.ndjson", drop_ / "second.ndjson");
  ASSERT_EQ(::mkfifo((drop_ / "pipe.ndjson").c_str(), 0600), 0);
  drop("bad\nname.ndjson", "{}");
  folder->look();
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_THAT(names("taken"), IsEmpty());
  EXPECT_THAT(names("done"), IsEmpty());
  EXPECT_THAT(text_in(result("failed", "empty.ndjson"), "problem"), HasSubstr("empty"));
  EXPECT_THAT(text_in(result("failed", "unknown.pdf"), "problem"), HasSubstr("no pattern"));
  EXPECT_THAT(text_in(result("failed", "quotes.csv"), "problem"), HasSubstr("never closed"));
  for (const auto* name : {"link.ndjson", "first.ndjson", "second.ndjson", "pipe.ndjson"})
    EXPECT_THAT(text_in(result("failed", name), "problem"), HasSubstr("link")) << name;
  EXPECT_TRUE(fs::is_symlink(drop_ / "failed/link.ndjson")) << "the link was moved, not what it points to";
  EXPECT_TRUE(fs::exists(folder_.path() / "state/vault.sqlite"));
  EXPECT_EQ(number_in(result("failed", "bad_name.ndjson"), "rejected"), 1);
  EXPECT_EQ(live_.sequencer->size(), before);
  EXPECT_EQ(folder->figures().failed, 8U);
}

TEST_F(DropFolderTest, names_that_come_again_are_told_apart) {
  const auto folder = open();
  for (int i = 0; i < 3; ++i) {
    drop("export.ndjson", person(10 + i));
    folder->look();
  }
  drop("export.ndjson.result.json", person(20));  // it would stand where a result stands
  folder->look();
  EXPECT_THAT(names("done"),
              UnorderedElementsAre("export.ndjson", "export.ndjson.result.json", "export.ndjson~2",
                                   "export.ndjson~2.result.json", "export.ndjson~3", "export.ndjson~3.result.json",
                                   "export.ndjson.result.json~2", "export.ndjson.result.json~2.result.json"));
}

TEST_F(DropFolderTest, only_the_owner_may_look_into_what_is_kept) {
  drop("a.ndjson", person(30));
  fs::permissions(drop_ / "a.ndjson", fs::perms::all);
  open()->look();
  const auto mode = [&](const char* path) { return fs::status(drop_ / path).permissions(); };
  for (const auto* place : {"taken", "done", "failed"}) EXPECT_EQ(mode(place), fs::perms::owner_all) << place;
  const auto owner = fs::perms::owner_read | fs::perms::owner_write;
  EXPECT_EQ(mode("done/a.ndjson"), owner);
  EXPECT_EQ(mode("done/a.ndjson.result.json"), owner);
}

TEST_F(DropFolderTest, a_folder_that_is_not_safe_is_not_used) {
  const auto folder = open();
  drop("a.ndjson", person(31));
  fs::permissions(drop_, fs::perms::all);
  EXPECT_THAT(DropFiles::check(drop_).error().message, HasSubstr("everybody"));
  folder->look();
  EXPECT_FALSE(folder->figures().usable);
  EXPECT_THAT(names(), ElementsAre("a.ndjson"));
  fs::permissions(drop_, fs::perms::owner_all);
  fs::create_directory(folder_.path() / "elsewhere");
  fs::create_directory_symlink(folder_.path() / "elsewhere", drop_ / "done");
  EXPECT_THAT(DropFiles::check(drop_).error().message, HasSubstr("no folder"));
  folder->look();
  EXPECT_FALSE(folder->figures().usable) << "done leads elsewhere";
  fs::remove(drop_ / "done");
  EXPECT_TRUE(DropFiles::check(drop_));
  folder->look();
  EXPECT_TRUE(folder->figures().usable);
  EXPECT_THAT(names("done"), ElementsAre("a.ndjson", "a.ndjson.result.json"));
  EXPECT_THAT(DropFiles::check(drop_ / "nowhere").error().message, HasSubstr("cannot be opened"));
}

// As another user than root, who may read everything: of this thread alone.
class OtherUser {
 public:
  OtherUser() { ::setfsuid(other); }
  ~OtherUser() { ::setfsuid(0); }

 private:
  static constexpr uid_t other = 65534;
};

TEST_F(DropFolderTest, a_file_the_gateway_may_not_read_is_put_aside) {
  if (::geteuid() != 0) {
    drop("closed.ndjson", person(32));
    fs::permissions(drop_ / "closed.ndjson", fs::perms::none);
    open()->look();
    EXPECT_THAT(text_in(result("failed", "closed.ndjson"), "problem"), HasSubstr("may not read"));
    return;
  }
  DropFiles files(drop_);
  drop("closed.ndjson", person(32));
  fs::permissions(drop_ / "closed.ndjson", fs::perms::owner_read);
  ASSERT_TRUE(files.open());
  ASSERT_TRUE(files.move(DropPlace::incoming, "closed.ndjson", DropPlace::taken, "closed.ndjson"));
  fs::permissions(drop_ / "taken", fs::perms::all);  // the other user may reach the file, not read it
  const OtherUser other;
  const auto read = files.read("closed.ndjson", [](std::string_view) { return Status{}; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(read.error().message, HasSubstr("may not read"));
}

TEST_F(DropFolderTest, what_is_too_large_is_put_aside_and_what_has_no_room_waits) {
  auto with = terms();
  with.largest = 1000;
  drop("large.ndjson", person(40) + "\n" + person(41) + "\n" + person(42) + "\n");
  open(with)->look();
  EXPECT_THAT(text_in(result("failed", "large.ndjson"), "problem"), HasSubstr("larger than 1000"));

  auto store = std::make_unique<DarkStore>(drop_, 0, false);
  auto& disk = *store;
  DropFolder folder(*batches_, std::move(store), Clock{}, terms());
  const auto before = live_.sequencer->size();
  drop("room.ndjson", person(43));
  disk.full = true;
  folder.look();
  folder.look();
  EXPECT_TRUE(folder.figures().stuck);
  EXPECT_THAT(names("taken"), ElementsAre("room.ndjson"));
  disk.full = false;
  folder.look();
  EXPECT_FALSE(folder.figures().stuck);
  EXPECT_THAT(names("taken"), IsEmpty());
  EXPECT_EQ(number_in(result("done", "room.ndjson"), "accepted"), 1);
  EXPECT_EQ(live_.sequencer->size(), before + 1);
}

TEST_F(DropFolderTest, what_was_written_to_after_it_was_taken_is_said_to_be_incomplete) {
  class LateWriter : public DropFiles {
   public:
    explicit LateWriter(const fs::path& folder) : DropFiles(folder), folder_(folder) {}
    Status write(DropPlace place, const std::string& name, std::string_view content) override {
      return DropFiles::write(place, name, content);
    }
    [[nodiscard]] Result<DropFile> look_at(DropPlace place, const std::string& name) const override {
      // The third look at a file in `taken` comes after its batch ended.
      if (place == DropPlace::taken && name == "a.ndjson" && fs::exists(folder_ / "taken/a.ndjson") && ++looks_ == 3)
        std::ofstream(folder_ / "taken/a.ndjson", std::ios::app) << "more";
      return DropFiles::look_at(place, name);
    }

   private:
    fs::path folder_;
    mutable int looks_ = 0;
  };
  drop("a.ndjson", person(44));
  DropFolder folder(*batches_, std::make_unique<LateWriter>(drop_), Clock{}, terms());
  folder.look();
  EXPECT_THAT(names("failed"), ElementsAre("a.ndjson", "a.ndjson.result.json"));
  EXPECT_THAT(text_in(result("failed", "a.ndjson"), "problem"), HasSubstr("written to after"));
  EXPECT_EQ(number_in(result("failed", "a.ndjson"), "accepted"), 1);
}

TEST_F(DropFolderTest, files_go_in_the_order_they_were_written) {
  std::vector<std::string> order;
  class Watching : public DropFiles {
   public:
    Watching(const fs::path& folder, std::vector<std::string>& order) : DropFiles(folder), order_(order) {}
    Status read(const std::string& taken, const std::function<Status(std::string_view)>& use) const override {
      order_.push_back(taken);
      return DropFiles::read(taken, use);
    }

   private:
    std::vector<std::string>& order_;
  };
  const auto now = fs::file_time_type::clock::now();
  int age = 0;
  for (const auto* name : {"c.ndjson", "a.ndjson", "b.ndjson"}) {
    drop(name, person(50 + age));
    fs::last_write_time(drop_ / name, now - std::chrono::seconds{100 - age++});
  }
  DropFolder folder(*batches_, std::make_unique<Watching>(drop_, order), Clock{}, terms());
  folder.look();
  EXPECT_THAT(order, ElementsAre("c.ndjson", "a.ndjson", "b.ndjson"));
}

TEST_F(DropFolderTest, kept_files_go_when_their_time_is_over) {
  auto with = terms();
  with.keep = std::chrono::seconds{0};
  drop("now.ndjson", person(60));
  open(with)->look();
  EXPECT_THAT(names("done"), ElementsAre("now.ndjson.result.json")) << "the result says nothing of anybody";
  with.keep = std::chrono::seconds{1};
  with.keep_failed = std::chrono::hours{1};
  drop("soon.ndjson", person(61));
  drop("bad.ndjson", "{}");
  open(with)->look();
  EXPECT_THAT(names("done"), UnorderedElementsAre("now.ndjson.result.json", "soon.ndjson", "soon.ndjson.result.json"));
  std::this_thread::sleep_for(std::chrono::milliseconds{1100});
  open(with)->look();
  EXPECT_THAT(names("done"), UnorderedElementsAre("now.ndjson.result.json", "soon.ndjson.result.json"));
  EXPECT_THAT(names("failed"), UnorderedElementsAre("bad.ndjson", "bad.ndjson.result.json"));
}

// Its sender says when a file was written, and may be wrong by a century.
TEST_F(DropFolderTest, a_file_from_the_future_goes_as_any_other) {
  auto with = terms();
  with.keep = std::chrono::seconds{1};
  drop("future.ndjson", person(62));
  fs::last_write_time(drop_ / "future.ndjson", fs::file_time_type::clock::now() + std::chrono::years{73});
  open(with)->look();
  EXPECT_THAT(names("done"), UnorderedElementsAre("future.ndjson", "future.ndjson.result.json"));
  std::this_thread::sleep_for(std::chrono::milliseconds{1100});
  open(with)->look();
  EXPECT_THAT(names("done"), ElementsAre("future.ndjson.result.json"));
}

// Batches whose tasks cannot be read for a while.
class UnreadableTasks final : public exchange::BatchStore {
 public:
  explicit UnreadableTasks(exchange::BatchStore& store) : store_(store) {}
  Result<std::unique_ptr<exchange::BatchIntake>> begin(const Uuid& id) override { return store_.begin(id); }
  Result<std::unique_ptr<exchange::BatchBody>> open(const Uuid& id) override { return store_.open(id); }
  Status save(const exchange::BatchTask& task) override { return store_.save(task); }
  Result<exchange::BatchTask> read(const Uuid& id) override {
    return broken ? fail(ErrorCode::io, "the disk does not answer") : store_.read(id);
  }
  Result<std::vector<exchange::BatchTask>> load() override { return store_.load(); }
  Status drop_body(const Uuid& id) override { return store_.drop_body(id); }
  Status empty_body(const Uuid& id) override { return store_.empty_body(id); }
  [[nodiscard]] Result<std::uint64_t> free_bytes() const override { return store_.free_bytes(); }
  Status forget(const Uuid& id) override { return store_.forget(id); }
  std::atomic<bool> broken = true;

 private:
  exchange::BatchStore& store_;
};

TEST_F(DropFolderTest, a_file_whose_end_is_not_known_is_said_to_wait) {
  UnreadableTasks store(*files_);
  exchange::BatchOptions options;
  options.render = [](const std::string&, const exchange::RecordReceipt& receipt) { return receipt.record.text(); };
  options.on_changed = [](const SubjectRef&) {};
  options.least_free_bytes = 0;
  Batches batches(*facilities_, store, std::move(options));
  ASSERT_TRUE(batches.start());
  DropFolder folder(batches, std::make_unique<DropFiles>(drop_), Clock{}, terms());
  const auto before = live_.sequencer->size();
  drop("a.ndjson", person(63));
  folder.look();
  EXPECT_TRUE(folder.figures().stuck);
  EXPECT_THAT(names("taken"), ElementsAre("a.ndjson"));
  store.broken = false;
  folder.look();
  EXPECT_FALSE(folder.figures().stuck);
  EXPECT_EQ(number_in(result("done", "a.ndjson"), "accepted"), 1);
  EXPECT_EQ(live_.sequencer->size(), before + 1);
}

// A reload gave the folder to another client while a file was handed over but not put away.
TEST_F(DropFolderTest, a_file_that_was_handed_over_is_taken_once_whatever_client_the_folder_has_now) {
  auto store = std::make_unique<DarkStore>(drop_, 0, false);
  store->full = true;
  const auto before = live_.sequencer->size();
  drop("a.ndjson", person(64));
  DropFolder(*batches_, std::move(store), Clock{}, terms()).look();
  ASSERT_THAT(names("taken"), ElementsAre("a.ndjson"));
  auto others = terms();
  others.client = "another";
  open(others)->look();
  EXPECT_EQ(number_in(result("done", "a.ndjson"), "accepted"), 1);
  EXPECT_EQ(live_.sequencer->size(), before + 1);
}

TEST_F(DropFolderTest, one_gateway_at_a_time_takes_from_a_folder) {
  auto first = std::make_unique<DropFiles>(drop_);
  ASSERT_TRUE(first->open());
  ASSERT_TRUE(first->open()) << "every look begins with this";
  DropFiles second(drop_);
  const auto opened = second.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("another gateway"));
  EXPECT_TRUE(DropFiles::check(drop_)) << "`ketenpoort check` beside a gateway that runs";
  first.reset();
  EXPECT_TRUE(second.open());
}

// Power goes before and after each thing that is done to the folder, in turn: the next start finishes, once.
TEST_F(DropFolderTest, nothing_is_lost_or_doubled_wherever_it_is_cut_off) {
  int cuts = 0;
  for (const bool after : {false, true})
    for (int at = 1; at < 200; ++at) {
      const auto name = fmt::format("cut-{}-{}.ndjson", after, at);
      drop(name,
           person(1000 + 2 * (at + (after ? 200 : 0))) + "\n" + person(1001 + 2 * (at + (after ? 200 : 0))) + "\n");
      const auto before = live_.sequencer->size();
      bool cut = false;
      try {
        DropFolder(*batches_, std::make_unique<DarkStore>(drop_, at, after), Clock{}, terms()).look();
      } catch (const PowerCut&) {
        cut = true;
        ++cuts;
        if (at % 3 == 0) open_batches();  // the gateway too
      }
      open()->look();
      ASSERT_THAT(names(), IsEmpty()) << name;
      ASSERT_THAT(names("taken"), IsEmpty()) << name;
      ASSERT_TRUE(fs::exists(drop_ / "done" / name)) << name;
      ASSERT_EQ(number_in(result("done", name), "accepted"), 2) << name;
      ASSERT_EQ(live_.sequencer->size(), before + 2) << name;
      if (!cut) break;
    }
  EXPECT_GT(cuts, 30);
  EXPECT_THAT(names("failed"), IsEmpty());
}

TEST(DropNames, are_made_plain) {
  EXPECT_EQ(exchange::make_plain_name("residents 2026.csv"), "residents 2026.csv");
  EXPECT_EQ(exchange::make_plain_name("a/..\\b\x01\x7F"), "a_.._b__");
  EXPECT_EQ(exchange::make_plain_name("caf\xC3\xA9.csv"), "caf\xC3\xA9.csv");
  EXPECT_EQ(exchange::make_plain_name("caf\xE9.csv"), "caf_.csv");
  EXPECT_EQ(exchange::make_plain_name(std::string(300, 'a')).size(), 200U);
  EXPECT_TRUE(exchange::is_temporary_name("x.csv.part"));
  EXPECT_TRUE(exchange::is_temporary_name("x.csv~"));
  EXPECT_TRUE(exchange::is_temporary_name(".x.csv"));
  EXPECT_FALSE(exchange::is_temporary_name("x.csv"));
}

// What a reload does to a folder that changed: the old one ends with the file it works on, the new one goes on.
TEST_F(DropFolderTest, one_that_retires_finishes_its_file_and_takes_no_more) {
  auto fast = terms();
  fast.poll = std::chrono::milliseconds{1};
  std::string many;
  for (int i = 0; i < 300; ++i) many += person(i) + '\n';
  drop("a.ndjson", many);
  const std::shared_ptr<DropFolder> old = open(fast);
  old->start();
  for (int i = 0; i < 2000 && fs::exists(drop_ / "a.ndjson"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  old->retire();
  drop("b.ndjson", person(1000));
  auto other = fast;
  other.forms = {{"b.*", "application/x-ndjson", {}}};
  const std::shared_ptr<DropFolder> next = open(other);
  next->start_after({old});
  for (int i = 0; i < 10'000 && next->figures().done < 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  EXPECT_TRUE(old->has_ended());
  EXPECT_EQ(old->figures().done, 1U);
  EXPECT_EQ(next->figures().done, 2U) << "what the one before counted is counted on";
  EXPECT_EQ(names("done"),
            (std::vector<std::string>{"a.ndjson", "a.ndjson.result.json", "b.ndjson", "b.ndjson.result.json"}));
  EXPECT_EQ(number_in(result("done", "a.ndjson"), "accepted"), 300);
  EXPECT_TRUE(names("failed").empty());
}

TEST_F(DropFolderTest, of_two_reloads_in_a_row_nothing_is_counted_twice) {
  auto fast = terms();
  fast.poll = std::chrono::milliseconds{1};
  std::string many;
  for (int i = 0; i < 300; ++i) many += person(i) + '\n';
  drop("a.ndjson", many);
  const std::shared_ptr<DropFolder> first = open(fast);
  first->start();
  for (int i = 0; i < 2000 && fs::exists(drop_ / "a.ndjson"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  first->retire();
  const std::shared_ptr<DropFolder> second = open(fast);
  second->start_after({first});
  second->retire();
  const std::shared_ptr<DropFolder> third = open(fast);
  third->start_after({first, second});
  drop("b.ndjson", person(1000));
  for (int i = 0; i < 10'000 && names("done").size() < 4; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  third->stop();
  EXPECT_EQ(third->figures().done, 2U);
}

TEST_F(DropFolderTest, one_that_retires_while_it_waits_ends_at_once) {
  auto slow = terms();
  slow.poll = std::chrono::hours{1};
  const auto folder = open(slow);
  folder->start();
  folder->retire();
  for (int i = 0; i < 5000 && !folder->has_ended(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  EXPECT_TRUE(folder->has_ended());
}

TEST_F(DropFolderTest, one_that_is_stopped_does_not_wait_for_those_before_it) {
  auto slow = terms();
  slow.poll = std::chrono::hours{1};
  const std::shared_ptr<DropFolder> old = open(slow);
  old->start();
  const auto next = open();
  next->start_after({old});
  next->stop();
  EXPECT_TRUE(next->has_ended());
  EXPECT_FALSE(old->has_ended());
}

}  // namespace
}  // namespace ketenpoort::storage
