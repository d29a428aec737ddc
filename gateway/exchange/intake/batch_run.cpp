#include "gateway/exchange/intake/batch_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "gateway/exchange/intake/issue_urns.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds tick{50};         // how soon a stop or a due row is noticed
constexpr milliseconds show_every{200};  // to whoever asks
constexpr milliseconds save_every{1000};
constexpr milliseconds pause{500};          // before a row that could not be taken just now is tried again
constexpr std::uint64_t most_ahead = 4096;  // rows that ended before one that began earlier

// Not the row's fault.
bool is_passing(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::changed;
}

// What tells that two rows are about one person, or are one message.
std::vector<std::string> keys_of(std::string_view json) {
  std::vector<std::string> keys;
  const auto document = formats::parse_json(json);
  if (!document) return keys;
  const auto root = document->root();
  if (const auto id = root.find("messageId").as_string()) keys.push_back(fmt::format("message:{}", *id));
  const auto identifiers = root.find("resident").find("identifiers");
  for (const std::string_view kind : {"fedasilNumber", "ssin", "immigrationOfficeNumber"})
    if (const auto value = identifiers.find(kind).as_string()) keys.push_back(fmt::format("{}:{}", kind, *value));
  for (const auto previous : identifiers.find("previousSsins").elements())
    if (const auto value = previous.as_string()) keys.push_back(fmt::format("ssin:{}", *value));
  return keys;
}

// Why a record goes nowhere; empty: it goes somewhere, or may one day.
std::string why_nowhere(const RecordReceipt& receipt, const Terms& terms) {
  if (receipt.transfers.empty())
    return "the record refers the resident to nobody: it is kept and goes nowhere; add a referral";
  const auto is_connected = [&](const auto& transfer) { return terms.find_recipient(transfer.recipient) != nullptr; };
  if (std::ranges::any_of(receipt.transfers, is_connected)) return {};
  return "nobody to whom the record refers the resident is connected here: it is kept and goes nowhere; look at the "
         "recipients";
}

std::vector<BatchIssue> remarks_on(const RecordReceipt& receipt, const Terms& terms, std::uint64_t line) {
  std::vector<BatchIssue> out;
  if (auto why = why_nowhere(receipt, terms); !why.empty())
    out.push_back({line, std::string(own_issue_urn) + "goesNowhere", "referrals", std::move(why), true});
  for (const auto& finding : receipt.findings)
    out.push_back({line, std::string(own_issue_urn) + finding.code, finding.field, finding.detail, true});
  return out;
}

// RFC 9562 version 8: the same place of the same file has the same id.
TransferId id_of_row(const Digest& file, std::uint64_t line) {
  const auto digest = sha256({ByteView(file), as_bytes(fmt::format("line {}", line))});
  TransferId id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

// The whole body is one record, whatever lines it has.
bool is_one_record(std::string_view media_type) {
  return media_type == "application/json" || media_type == "application/xml";
}

}  // namespace

std::string_view format_of_batch(std::string_view media_type) {
  if (media_type == "text/csv") return "csv";
  if (media_type == "application/xml") return "xml";
  return media_type == "application/x-ndjson" || media_type == "application/json" ? "json" : "fixed";
}

bool BatchRun::run() {
  first_ = task_.completed;
  auto status = look_at_file();
  if (status) status = take_rows();
  if (around_.is_stopping()) {
    keep_up(true);
    return false;
  }
  if (!status) fail_with(status.error());
  return finish();
}

// A file that is not what its header or trailer says is refused before one row of it is taken.
Status BatchRun::look_at_file() {
  const auto format = format_of_batch(task_.media_type);
  if (format == "json" || format == "xml") return {};
  formats_ = around_.facilities.formats.get();
  const auto chosen = choose_mapping(formats_->mappings, {format, record_schema, task_.mapping},
                                     date_in_brussels(around_.facilities.clock.now()));
  if (!chosen) return fail(chosen.error());
  mapping_ = *chosen;
  const auto layout = mapping::in_charset(*mapping_->plan().source_layout, task_.charset);
  if (!layout) return fail(layout.error());
  file_.emplace(*layout);
  auto seen = each_row([this](std::uint64_t, BatchRow row) -> Status {
    file_->look_at(row);
    return {};
  });
  if (!seen || around_.is_stopping()) return seen;
  return file_->conclude(unclosed_quote_);
}

Status BatchRun::take_rows() {
  auto status = each_row([this](std::uint64_t n, BatchRow row) { return take(n, std::move(row)); });
  while (!flights_.empty()) wait();
  return status;
}

Status BatchRun::each_row(const std::function<Status(std::uint64_t, BatchRow)>& use) {
  auto body = around_.store.open(task_.id);
  if (!body) return fail(std::move(body.error()));
  const bool csv = mapping_ != nullptr && mapping_->source_format() == "csv";
  RowCutter cutter(is_one_record(task_.media_type) ? RowCutter::whole()
                   : csv                           ? RowCutter(mapping_->plan().source_layout->separator)
                                                   : RowCutter());
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::uint64_t n = 0;
  bool more = true;
  while (more) {
    auto piece = (*body)->next();
    if (!piece) return fail(std::move(piece.error()));
    more = !piece->empty();
    if (more)
      cutter.add(*piece);
    else
      cutter.end();
    while (auto row = cutter.next()) {
      if (around_.is_stopping()) return {};
      if (mapping_ == nullptr && row->line == 1 && row->bytes.starts_with(byte_order_mark))
        row->bytes.erase(0, byte_order_mark.size());
      if (auto used = use(n++, std::move(*row)); !used) return used;
    }
  }
  unclosed_quote_ = cutter.unclosed_quote();
  return {};
}

Status BatchRun::take(std::uint64_t n, BatchRow row) {
  if (file_ && !file_->is_record(n)) return {};
  const auto index = rows_++;
  if (index < first_) return {};
  const auto line = row.line;
  auto incoming = make_record(row);
  std::vector<std::string> keys;
  if (incoming) keys = keys_of(incoming->body);
  while (!around_.is_stopping() && !(has_place(index, keys) && around_.options.may_go_on())) wait();
  if (around_.is_stopping()) return {};
  if (!incoming) {
    end_row(index, {false, issues_of(incoming.error(), line, is_one_record(task_.media_type))});
    keep_up(false);
    return {};
  }
  keys_.insert(keys.begin(), keys.end());
  flights_.emplace(index, Flight{line, std::move(*incoming), std::move(keys), nullptr});
  launch(index);
  return {};
}

Result<IncomingRecord> BatchRun::make_record(const BatchRow& row) const {
  if (row.too_long) return fail(ErrorCode::too_large, fmt::format("the row is longer than {} bytes", largest_row));
  IncomingRecord incoming;
  incoming.caller = {task_.client, task_.organisation, "source-system", task_.trace};
  if (!file_ && task_.media_type != "application/xml") {
    incoming.content_type = "application/json";
    incoming.body = row.bytes;
    return incoming;
  }
  if (!file_) {
    auto converted = convert_record(around_.facilities, "xml", task_.mapping, row.bytes, task_.charset);
    if (!converted) return fail(std::move(converted.error()));
    incoming.content_type = task_.media_type;
    incoming.body = std::move(converted->json);
    incoming.original = row.bytes;
    incoming.findings = std::move(converted->findings);
    incoming.places = std::move(converted->places);
    return incoming;
  }
  auto source = file_->read(row);
  if (!source) return fail(std::move(source.error()));
  mapping::InputRecord record{std::move(source->json), {}, id_of_row(task_.digest, row.line), {}};
  const auto document = formats::parse_json(record.json);
  if (!document) return fail(document.error());
  if (const auto* schema = mapping_->source_schema()) record.issues = schema->check(document->root());
  mapping::Context context;
  context.now = task_.received;  // the same however often the row is taken
  context.allow_mock_ssin = around_.facilities.terms->allow_mock_ssin;
  auto converted = convert_row(formats_, *mapping_, std::move(record), context);
  if (!converted) return fail(std::move(converted.error()));
  incoming.content_type = task_.media_type;
  incoming.body = std::move(converted->json);
  incoming.original = file_->alone(row);
  incoming.findings = std::move(converted->findings);
  incoming.places = std::move(converted->places);
  return incoming;
}

bool BatchRun::has_place(std::uint64_t index, const std::vector<std::string>& keys) const {
  return flights_.size() < around_.options.rows_in_flight && index < task_.completed + most_ahead &&
         std::ranges::none_of(keys, [this](const auto& key) { return keys_.contains(key); });
}

void BatchRun::launch(std::uint64_t index) {
  auto& flight = flights_.at(index);
  flight.due.reset();
  flight.remarks = std::make_shared<std::vector<BatchIssue>>();
  receive_record(
      around_.facilities, flight.incoming,
      [remarks = flight.remarks, line = flight.line, base = task_.base, terms = around_.facilities.terms.get(),
       render = around_.options.render](const RecordReceipt& receipt) {
        *remarks = remarks_on(receipt, *terms, line);
        return render(base, receipt);
      },
      [inbox = inbox_, index](Result<PastReply> answer) {
        const std::lock_guard lock(inbox->mutex);
        inbox->answers.emplace_back(index, std::move(answer));
        inbox->arrived.notify_one();
      },
      around_.options.on_changed);
}

void BatchRun::wait() {
  decltype(Inbox::answers) answers;
  {
    std::unique_lock lock(inbox_->mutex);
    inbox_->arrived.wait_for(lock, tick, [this] { return !inbox_->answers.empty(); });
    answers.swap(inbox_->answers);
  }
  for (auto& [index, answer] : answers) handle(index, std::move(answer));
  const auto now = steady_clock::now();
  std::vector<std::uint64_t> due;
  for (const auto& [index, flight] : flights_)
    if (flight.due && (around_.is_stopping() || *flight.due <= now)) due.push_back(index);
  for (const auto index : due) {
    if (around_.is_stopping())
      flights_.erase(index);  // the next start takes it
    else
      launch(index);
  }
  keep_up(false);
}

void BatchRun::handle(std::uint64_t index, Result<PastReply> answer) {
  auto& flight = flights_.at(index);
  if (!answer && is_passing(answer.error().code)) {
    flight.due = steady_clock::now() + pause;
    return;
  }
  Ended ended{answer.has_value(),
              answer ? *flight.remarks : issues_of(answer.error(), flight.line, is_one_record(task_.media_type))};
  for (const auto& key : flight.keys) keys_.erase(key);
  flights_.erase(index);
  end_row(index, std::move(ended));
}

// Counts rows in the order of the file, so that the next start knows where to go on.
void BatchRun::end_row(std::uint64_t index, Ended ended) {
  ended_.emplace(index, std::move(ended));
  while (!ended_.empty() && ended_.begin()->first == task_.completed) {
    auto first = std::move(ended_.begin()->second);
    ended_.erase(ended_.begin());
    ++task_.completed;
    ++(first.accepted ? task_.accepted : task_.rejected);
    for (auto& issue : first.issues) task_.add_issue(std::move(issue));
  }
}

void BatchRun::keep_up(bool now) {
  const auto time = steady_clock::now();
  if (now || time - shown_ >= show_every) {
    shown_ = time;
    around_.show(task_);
  }
  if (!now && time - saved_ < save_every) return;
  saved_ = time;
  // Not serious: rows that are taken again find their own answers.
  if (auto saved = around_.store.save(task_); !saved) log::warning("batch_not_saved", log::field("batch", task_.id));
}

void BatchRun::fail_with(const Error& error) {
  task_.state = BatchState::failed;
  const bool for_the_log = error.code == ErrorCode::io || error.code == ErrorCode::crypto;
  task_.problem = for_the_log
                      ? "what was kept of the batch cannot be read; send it again: rows that were taken are not "
                        "taken twice"
                      : error.message;
  if (for_the_log) log::error("batch_unreadable", log::field("batch", task_.id));
  for (const auto& issue : error.issues) {
    std::uint64_t line = 0;
    const std::string_view where(issue.where);
    const auto at = where.starts_with("line ") ? where.substr(5) : where;
    const auto [rest, fault] = std::from_chars(at.data(), at.data() + at.size(), line);
    std::string name(rest, static_cast<std::size_t>(at.data() + at.size() - rest));
    if (fault == std::errc{} && name.starts_with(':'))
      name = "column " + name.substr(1);
    else
      name = fault == std::errc{} && name.starts_with(", ") ? name.substr(2) : std::string();
    task_.add_issue({line, "urn:problem-type:belgif:input-validation:schemaViolation", name, issue.detail});
  }
}

bool BatchRun::break_off() {
  task_.state = BatchState::failed;
  task_.problem =
      "something went wrong in the gateway, and its operator can see what; send the batch again: rows that were taken "
      "are not taken twice";
  return finish();
}

bool BatchRun::finish() {
  if (task_.state == BatchState::running) task_.state = BatchState::done;
  task_.ended = around_.facilities.clock.now();
  bool emptied = false;
  while (!around_.store.save(task_)) {  // the disk is full: what nobody needs any more gives way
    if (!emptied) emptied = around_.store.empty_body(task_.id).has_value();
    if (around_.is_stopping()) return false;
    std::unique_lock lock(inbox_->mutex);
    inbox_->arrived.wait_for(lock, pause);
  }
  if (auto dropped = around_.store.drop_body(task_.id); !dropped)
    log::error("batch_body_remains", log::field("batch", task_.id));
  around_.show(task_);
  return true;
}

}  // namespace ketenpoort::exchange
