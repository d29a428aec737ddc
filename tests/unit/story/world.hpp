// The gateway under test: the real log, vault, index, use cases and dispatcher on a folder of their own, with the
// shipped mappings, and partners whose answers the test chooses. What is left out of the application (HTTP, TLS, the
// command line) decides nothing, costs most of the time, and would tie the clock to the machine's: this is the highest
// layer in which a test may move the calendar a year and kill the process ten times in a few hundredths of a second.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "gateway/audit/index.hpp"
#include "gateway/config/load.hpp"
#include "gateway/exchange/consent/record_consent.hpp"
#include "gateway/exchange/consent/withdraw_consent.hpp"
#include "gateway/exchange/delivery/cancel_transfer.hpp"
#include "gateway/exchange/delivery/dispatch.hpp"
#include "gateway/exchange/delivery/pause_partner.hpp"
#include "gateway/exchange/facilities/sealing.hpp"
#include "gateway/exchange/intake/receive_record.hpp"
#include "gateway/exchange/retention/day_watch.hpp"
#include "gateway/exchange/rights/subject_rights.hpp"
#include "gateway/exchange/terms/activate.hpp"
#include "gateway/exchange/terms/change_terms.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/storage/vault/erasure_replay.hpp"
#include "gateway/storage/vault/purger.hpp"
#include "gateway/storage/vault/vault.hpp"
#include "gateway/storage/vault/vault_stock.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/shipped_configuration.hpp"
#include "tests/unit/story/fake_partner.hpp"
#include "tests/unit/story/ground.hpp"
#include "tests/unit/story/quick_files.hpp"

namespace ketenpoort::story {

// What is the same for every story, read once.
struct Shipped {
  config::Configuration configuration;
  std::shared_ptr<const exchange::MessageFormats> formats;
  ketenpoort::test::ScratchFolder kept_mappings;

  static const Shipped& get() {
    static const Shipped shipped;
    return shipped;
  }

 private:
  Shipped() {
    const ketenpoort::test::ShippedConfiguration files;
    configuration = config::load(files.gateway_yaml()).value();
    mapping::LoadOptions options;
    for (const auto& purpose : configuration.purposes)
      options.purposes[purpose.id] = {purpose.required, purpose.optional};
    formats = exchange::load_formats("mappings", options).value();
  }
};

// A transfer as the entries of the log tell it.
struct Seen {
  TransferId id;
  SubjectRef subject{};
  std::string recipient, purpose, message;
  TransferState state = TransferState::requested;
  std::vector<Reason> reasons;
  std::optional<Date> held_until;
  unsigned attempts = 0;
  CategorySet sent;
  std::string body;  // the legal person it was last permitted to
};

// A recipient was told of a change.
struct SeenTold {
  SubjectRef subject{};
  std::string recipient, cause;
};

class World {
 public:
  // `fetching`: recipients that fetch their messages.
  explicit World(Timestamp start, std::set<std::string> fetching = {})
      : now_(start.time_since_epoch().count()), fetching_(std::move(fetching)) {
    for (const auto* recipient : {"vdab", "agii", "municipality"})
      partners_[recipient] = std::make_shared<FakePartner>();
  }
  ~World() { close(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // ---- the process ----

  Status open(const Ground& ground) {
    std::filesystem::create_directories(state());
    files_ = std::make_shared<QuickFiles>();
    storage::VaultOptions vault_options;
    vault_options.clock = clock();
    vault_options.readers = 1;
    vault_options.pace.linger = std::chrono::milliseconds{5};
    auto vault = storage::SqliteVault::open(state() / "vault.sqlite", storage::SecretKey(AeadKey{7}), vault_options);
    if (!vault) return fail(vault.error());
    vault_ = std::move(*vault);
    auto index = audit::Index::open({state() / "index.sqlite", state() / "ledger", 1, std::chrono::milliseconds{5}});
    if (!index) return fail(index.error());
    index_ = std::move(*index);
    ledger::SequencerOptions options{state(), "node-1", "0860737913", "ketenpoort test", key()};
    options.now = [this] { return Timestamp{std::chrono::milliseconds{now_}}; };
    options.publish_every = std::chrono::milliseconds{20};
    options.snapshot_at_stop = 24;  // some starts read a snapshot, some the log
    options.files = files_;
    options.on_fatal = [this](const Error& error) {
      if (!killed_) broke_ = error.message;
    };
    options.on_entries = [this](std::uint64_t first, std::uint32_t count, std::string_view records) {
      index_->offer(first, count, records);
    };
    auto sequencer = ledger::Sequencer::open(std::move(options), *vault_);
    if (!sequencer) return fail(sequencer.error());
    sequencer_ = std::move(*sequencer);
    if (const auto replayed = storage::replay_erasures(*sequencer_, *vault_); !replayed) return fail(replayed.error());
    if (auto started = index_->start(*sequencer_); !started) return started;
    facilities_.reset(new exchange::Facilities{*sequencer_,
                                               *vault_,
                                               exchange::FormatsInUse(Shipped::get().formats),
                                               exchange::KeptMappings(Shipped::get().kept_mappings.path()),
                                               clock(),
                                               terms(),
                                               {}});
    policy_ = to_policy(ground, Shipped::get().configuration);
    if (auto done = exchange::activate(*facilities_, policy_); !done) return done;
    dispatcher_ = std::make_unique<exchange::Dispatcher>(*facilities_, 2);
    return dispatcher_->start();
  }

  void close() {
    if (dispatcher_) dispatcher_->stop(std::chrono::milliseconds{0});
    if (sequencer_) sequencer_->stop();
    if (index_) index_->stop();
    for (auto& [id, partner] : partners_) partner->forget_waiting();
    dispatcher_.reset();
    facilities_.reset();
    sequencer_.reset();
    index_.reset();
    vault_.reset();
  }

  // From the next start on.
  void let_fetch(const std::string& recipient) { fetching_.insert(recipient); }

  // As a reload does.
  Status change_terms(const std::function<void(exchange::Terms&)>& how) {
    auto next = std::make_shared<exchange::Terms>(*facilities_->terms.get());
    how(*next);
    auto done = exchange::change_terms(*facilities_, {next, facilities_->formats.get(), policy_, {}},
                                       [&] { dispatcher_->use(*next); });
    if (done) dispatcher_->wake_held();
    return done;
  }
  // The swap alone, whatever waits.
  void put_terms(const std::function<void(exchange::Terms&)>& how) {
    facilities_->terms.change(how);
    dispatcher_->use(*facilities_->terms.get());
  }
  // Another one, which terms may name.
  std::shared_ptr<FakePartner> add_partner(const std::string& name) {
    return partners_[name] = std::make_shared<FakePartner>();
  }
  [[nodiscard]] std::shared_ptr<FakePartner> partner(const std::string& name) const { return partners_.at(name); }

  // Nothing reaches the disk from here on.
  void kill() {
    killed_ = true;
    files_->kill();
    close();
    killed_ = false;
  }

  // ---- time ----

  void set_clock(Timestamp now) {
    now_ = now.time_since_epoch().count();
    if (facilities_) facilities_->clock = clock();
  }
  [[nodiscard]] Timestamp last_entry() const {
    return sequencer_->read([](const ledger::History& history) { return history.last_time(); });
  }
  // What the agenda does at midnight in Belgium, and when a retry is due: it counts on the machine's steady clock,
  // which no test can move.
  void look_at_all() {
    const auto open = sequencer_->read([](const ledger::History& history) { return history.open_transfers(); });
    for (const auto& id : open) dispatcher_->wake(id);
  }

  // As the gateway does at its start and every few seconds.
  [[nodiscard]] bool watch_day() {
    const auto file = state() / "last-day";
    const auto today = date_in_brussels(facilities_->clock.now());
    const auto is_told = [&] {
      const auto kept = read_file(file, 64);
      const auto day = kept ? parse_date(kept->substr(0, kept->find('\n'))) : std::nullopt;
      return day && *day >= today;
    };
    if (is_told()) return true;
    storage::Purger purger(*vault_, *sequencer_, [](const Error&) {});
    const storage::SqliteVaultStock stock(*vault_, purger, state() / "vault.sqlite");
    exchange::DayWatch watch(*facilities_, stock, {file, [] {}, std::chrono::milliseconds{10}});
    watch.start();
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!is_told()) {
      if (std::chrono::steady_clock::now() > patience) return false;
      std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
    return true;
  }

  // ---- partners ----

  void behave(const std::string& recipient, Manner manner) { partners_.at(recipient)->behave(manner); }
  void answer(const std::string& recipient, Manner manner) { partners_.at(recipient)->answer(manner); }
  // What no adapter should say.
  void answer_with(const std::string& recipient, const exchange::DeliveryResult& result) {
    partners_.at(recipient)->answer([&](const TransferId&) { return result; });
  }
  [[nodiscard]] std::size_t two_stories() const {
    std::size_t count = 0;
    for (const auto& [id, partner] : partners_) count += partner->told_two_stories();
    return count;
  }

  // ---- calls ----

  // The ids of the transfers asked for, in the order of the referrals.
  Result<std::vector<TransferId>> send_record(std::string body) { return ids_in(begin_record(std::move(body)).get()); }
  // What it says to the log is queued when this returns.
  std::future<Result<exchange::PastReply>> begin_record(std::string body) {
    exchange::IncomingRecord incoming{caller("centre", "source-system"), {}, "application/json", std::move(body)};
    const auto render = [](const exchange::RecordReceipt& receipt) {
      std::string out;
      for (const auto& transfer : receipt.transfers) out += transfer.id.text() + '\n';
      return out;
    };
    return begin<exchange::PastReply>(
        [&](auto done) { exchange::receive_record(*facilities_, std::move(incoming), render, done, wake()); });
  }
  static Result<std::vector<TransferId>> ids_in(const Result<exchange::PastReply>& accepted) {
    if (!accepted) return fail(accepted.error());
    std::vector<TransferId> ids;
    std::istringstream lines(accepted->body);
    for (std::string line; std::getline(lines, line);) ids.push_back(parse_uuid(line).value());
    return ids;
  }

  Result<std::vector<ConsentId>> send_consent(std::string body) {
    const auto render = [](const exchange::ConsentReceipt& receipt) {
      std::string out;
      for (const auto& consent : receipt.consents) out += consent.statement.consent.text() + '\n';
      return out;
    };
    auto recorded = ask<exchange::PastReply>([&](auto done) {
      exchange::record_consent(*facilities_, dispatcher_->in_flight(),
                               {caller("centre", "consent-recorder"), {}, std::move(body)}, render, done, wake());
    });
    if (!recorded) return fail(recorded.error());
    std::vector<ConsentId> ids;
    std::istringstream lines(recorded->body);
    for (std::string line; std::getline(lines, line);) ids.push_back(parse_uuid(line).value());
    return ids;
  }

  Result<exchange::Withdrawal> withdraw(const exchange::WithdrawalRequest& request) {
    return ask<exchange::Withdrawal>([&](auto done) {
      exchange::withdraw_consent(*facilities_, dispatcher_->in_flight(), caller("centre", "consent-recorder"), request,
                                 done, wake());
    });
  }

  Result<exchange::RightsOutcome> restrict(const SubjectRef& subject, bool on) {
    const exchange::RightsCall call{caller("officer", "rights-officer"), subject, {}};
    return ask<exchange::RightsOutcome>([&](auto done) {
      if (on)
        exchange::restrict_subject(*facilities_, dispatcher_->in_flight(), call, "accuracy-contested", done, wake());
      else
        exchange::unrestrict_subject(*facilities_, call, done, wake());
    });
  }

  // Two persons, as it takes: whoever asked is refused the second word.
  Result<exchange::RightsOutcome> erase(const SubjectRef& subject, bool keep_proof) {
    exchange::ErasureDecision decision{KeyClassSet::all(), {}};
    if (keep_proof) decision = {{KeyClass::payload, KeyClass::directory}, {{"proof", "art17-3-e"}}};
    const exchange::RightsCall asks{caller("officer", "rights-officer"), subject, {}};
    const auto pending = ask<exchange::PendingErasure>(
        [&](auto done) { exchange::propose_erasure(*facilities_, asks, decision, done); });
    if (!pending) return fail(pending.error());
    const auto approve = [&](const exchange::RightsCall& call) {
      return ask<exchange::Erasure>([&](auto done) {
        exchange::approve_erasure(*facilities_, dispatcher_->in_flight(), call, pending->id, done, wake());
      });
    };
    if (approve(asks)) return fail(ErrorCode::internal, "who proposed an erasure could approve it");
    auto erased = approve({caller("second", "rights-officer"), subject, {}});
    if (!erased) return fail(erased.error());
    return std::move(erased->outcome);
  }

  Status cancel(const TransferId& id) {
    std::promise<Status> said;
    exchange::cancel_transfer(*facilities_, dispatcher_->in_flight(), caller("operator", "operator"), id,
                              [&](Status status) { said.set_value(std::move(status)); });
    return said.get_future().get();
  }

  // As the API does: what changed meanwhile is asked again.
  std::future<Result<exchange::Dispatcher::Fetched>> begin_fetch(const TransferId& id, const std::string& recipient) {
    return begin<exchange::Dispatcher::Fetched>([&](auto done) { dispatcher_->fetch(id, recipient, done); });
  }
  Result<exchange::Dispatcher::Fetched> fetch(const TransferId& id, const std::string& recipient) {
    for (;;) {
      auto answer = begin_fetch(id, recipient).get();
      if (answer || answer.error().code != ErrorCode::changed) return answer;
    }
  }
  Status acknowledge(const TransferId& id, const std::string& recipient, const std::string& reference = "OWN-1") {
    for (;;) {
      std::promise<Status> said;
      dispatcher_->acknowledge({id, recipient, reference, R"({"reference":")" + reference + R"("})"},
                               [&](Status status) { said.set_value(std::move(status)); });
      auto answer = said.get_future().get();
      if (answer || answer.error().code != ErrorCode::changed) return answer;
    }
  }
  [[nodiscard]] std::vector<TransferId> mailbox(const std::string& recipient) {
    std::vector<TransferId> out;
    for (const auto& item : dispatcher_->list_mailbox(recipient, {}, 1000)) out.push_back(item.id);
    return out;
  }
  // The log stands still until what this returns is set: what is said meanwhile waits in its order.
  std::promise<void> stop_log() {
    std::promise<void> go_on;
    sequencer_->submit(
        [wait = go_on.get_future().share()](const ledger::History&, std::uint64_t, Timestamp) {
          wait.wait();
          return Result<ledger::Transaction>(ledger::Transaction{});
        },
        [](const Result<ledger::Committed>&) {});
    return go_on;
  }
  Status pause(const std::string& recipient, bool paused) {
    std::promise<Status> said;
    const auto done = [&](Status status) { said.set_value(std::move(status)); };
    if (paused)
      exchange::pause_partner(*facilities_, caller("operator", "operator"), recipient, "maintenance", done);
    else
      exchange::resume_partner(*facilities_, caller("operator", "operator"), recipient, done);
    auto answer = said.get_future().get();
    if (!paused) dispatcher_->wake_recipient(recipient);
    return answer;
  }
  [[nodiscard]] exchange::Dispatcher& dispatcher() { return *dispatcher_; }
  Status retry(const TransferId& id) { return dispatcher_->retry(id, caller("operator", "operator").person()); }

  // ---- what can be seen ----

  [[nodiscard]] std::optional<SubjectRef> find(int person) const {
    return vault_->find_subject(vault_->mark(exchange::IdentifierKind::fedasil_number, fedasil_number(person)));
  }

  // Until nothing happens any more; then the entries that are new are read. False: it goes on for ever.
  [[nodiscard]] bool settle() {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!is_quiet())
      if (std::chrono::steady_clock::now() > patience) return false;
    read_entries();
    return true;
  }

  [[nodiscard]] const std::vector<Seen>& seen() const { return seen_; }
  [[nodiscard]] const std::vector<SeenTold>& told() const { return told_; }
  [[nodiscard]] const std::set<std::string>& covered() const { return covered_; }  // "held too-early"
  [[nodiscard]] const std::string& broke() const { return broke_; }
  [[nodiscard]] std::filesystem::path state() const { return folder_.path() / "state"; }
  [[nodiscard]] ledger::Sequencer& log() { return *sequencer_; }
  [[nodiscard]] storage::SqliteVault& vault() { return *vault_; }
  [[nodiscard]] audit::Index& index() { return *index_; }
  static ledger::SigningKey key() {
    std::array<std::uint8_t, 32> seed{};
    seed.fill(5);
    return *ledger::SigningKey::from_seed("example.be/ketenpoort/stories", seed);
  }

 private:
  [[nodiscard]] Clock clock() const { return Clock(Timestamp{std::chrono::milliseconds{now_}} - Clock().now()); }
  static exchange::Caller caller(std::string client, std::string role) {
    return {std::move(client), "0860737913", std::move(role), new_uuid_v4()};
  }
  [[nodiscard]] std::function<void(const SubjectRef&)> wake() {
    return [this](const SubjectRef& subject) { dispatcher_->wake_subject(subject); };
  }

  // A use case calls back once, from a thread of the log's.
  template <class T, class Start>
  static std::future<Result<T>> begin(Start start) {
    auto said = std::make_shared<std::promise<Result<T>>>();
    auto answer = said->get_future();
    start([said](Result<T> result) { said->set_value(std::move(result)); });
    return answer;
  }
  template <class T, class Start>
  static Result<T> ask(Start start) {
    return begin<T>(std::move(start)).get();
  }

  exchange::Terms terms() {
    const auto& shipped = Shipped::get().configuration;
    exchange::Terms terms;
    terms.organisation = "0860737913";
    terms.longest_hold = std::chrono::days{longest_hold_days};
    terms.notices = shipped.notices;
    for (const auto& purpose : shipped.purposes) terms.purpose_recipients[purpose.id] = purpose.recipient;
    for (const auto& activity : shipped.activities)
      for (const auto& purpose : activity.purposes) terms.activities[purpose] = activity.id + '@' + activity.version;
    for (const auto& [purpose, table] : shipped_purposes()) {
      auto& recipient = terms.recipients[table.recipient];
      recipient.id = table.recipient;
      recipient.partner = partners_.at(table.recipient);
      recipient.concurrency = 64;
      recipient.failures_to_open = 1'000'000;  // the breaker waits by the machine's clock; lane_test has it
      recipient.retry = {retry_wait, 1.0, retry_wait, most_attempts};
      for (const auto& route : routes().at(purpose))
        recipient.routes[purpose].push_back({route.message, route.mapping, route.needs_ssin,
                                             std::string(fetching_.contains(recipient.id) ? mailbox_channel : "")});
      if (fetching_.contains(recipient.id)) recipient.partner.reset();
    }
    return terms;
  }

  // Everybody has done what there was to do when nothing was taken up, answered or written between two looks.
  bool is_quiet() {
    const auto answered = [&] {
      std::uint64_t count = 0;
      for (const auto& [id, partner] : partners_) count += partner->answered();
      return count;
    };
    const auto before = dispatcher_->activity();
    const auto answers = answered();
    if (!before.idle) {
      std::this_thread::sleep_for(std::chrono::microseconds{50});
      return false;
    }
    // What was submitted before this was written and told when it comes back.
    const auto barrier = sequencer_->submit_and_wait([](const ledger::History&, std::uint64_t, Timestamp) {
      return Result<ledger::Transaction>(ledger::Transaction{});
    });
    if (!barrier) return true;  // the log is dead: broke() says why
    std::size_t waiting = 0;
    for (const auto& [id, partner] : partners_) waiting += partner->waiting();
    const auto after = dispatcher_->activity();
    return after.idle && after.taken == before.taken && answered() == answers &&
           dispatcher_->deliveries_under_way() == waiting;
  }

  void read_entries() {
    for (; read_ < sequencer_->size(); ++read_) {
      const auto bytes = sequencer_->entry_bytes(read_).value();
      const auto entry = ledger::decode_entry(bytes).value();
      if (entry.tx && entry.kind.starts_with("transfer.")) read_entry(entry);
      if (entry.kind == ledger::RecipientNotified::kind) {
        const auto body = *entry.body_of<ledger::RecipientNotified>();
        told_.push_back({*entry.subject, body.recipient, body.cause});
        covered_.insert("told " + body.cause);
      }
    }
  }

  void read_entry(const ledger::Entry& entry) {
    if (entry.kind == ledger::TransferRequested::kind) {
      const auto body = *entry.body_of<ledger::TransferRequested>();
      places_[*entry.tx] = seen_.size();
      Seen seen{};
      seen.id = *entry.tx;
      seen.subject = *entry.subject;
      seen.recipient = body.recipient;
      seen.purpose = body.purpose;
      seen.message = body.message;
      seen_.push_back(std::move(seen));
      return;
    }
    auto& seen = seen_[places_.at(*entry.tx)];
    seen.state = parse_transfer_state(entry.kind.substr(std::string_view("transfer.").size())).value();
    seen.reasons.clear();
    seen.held_until.reset();
    if (entry.kind == ledger::TransferHeld::kind) {
      const auto body = *entry.body_of<ledger::TransferHeld>();
      seen.reasons = body.reasons;
      seen.held_until = body.held_until;
    } else if (entry.kind == ledger::TransferRefused::kind) {
      seen.reasons = entry.body_of<ledger::TransferRefused>()->reasons;
    } else if (entry.kind == ledger::TransferCancelled::kind) {
      seen.reasons = entry.body_of<ledger::TransferCancelled>()->reasons;
    } else if (entry.kind == ledger::TransferPermitted::kind) {
      const auto body = *entry.body_of<ledger::TransferPermitted>();
      seen.attempts = body.attempt;
      seen.sent = body.categories;
      seen.body = body.recipient_body;
    }
    covered_.insert(std::string(to_text(seen.state)));
    for (const auto reason : seen.reasons)
      covered_.insert(std::string(to_text(seen.state)) + ' ' + std::string(to_text(reason)));
  }

  ketenpoort::test::ScratchFolder folder_;
  std::atomic<std::int64_t> now_;  // milliseconds
  std::set<std::string> fetching_;
  exchange::PolicySet policy_;
  std::map<std::string, std::shared_ptr<FakePartner>> partners_;
  std::shared_ptr<QuickFiles> files_;
  std::unique_ptr<storage::SqliteVault> vault_;
  std::unique_ptr<audit::Index> index_;
  std::unique_ptr<ledger::Sequencer> sequencer_;
  std::unique_ptr<exchange::Facilities> facilities_;
  std::unique_ptr<exchange::Dispatcher> dispatcher_;
  std::atomic<bool> killed_{false};
  std::string broke_;
  std::uint64_t read_ = 0;
  std::vector<Seen> seen_;
  std::vector<SeenTold> told_;
  std::map<TransferId, std::size_t> places_;
  std::set<std::string> covered_;
};

}  // namespace ketenpoort::story
