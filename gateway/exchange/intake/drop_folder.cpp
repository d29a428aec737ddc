#include "gateway/exchange/intake/drop_folder.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/base/error_text.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/exchange/intake/drop_result.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view result_ending = ".result.json";
constexpr std::size_t longest_name = 200;  // what is put behind it fits into the 255 of file systems
constexpr milliseconds glance{10};         // at a batch that runs
constexpr std::chrono::hours between_tidying{1};
constexpr unsigned most_of_a_name = 1'000'000;
constexpr std::array<std::string_view, 7> temporary_endings = {".part",     ".partial", ".tmp", ".temp",
                                                               ".filepart", ".writing", "~"};

std::string result_of(const std::string& name) {
  return name + std::string(result_ending);
}

// What will not be better when the file is looked at again.
bool is_for_good(ErrorCode code) {
  return code != ErrorCode::unavailable && code != ErrorCode::io && code != ErrorCode::internal &&
         code != ErrorCode::crypto && code != ErrorCode::changed;
}

// "export.csv~2": the second of that name.
std::string_view without_number(std::string_view name) {
  const auto at = name.rfind('~');
  const bool numbered = at != std::string_view::npos && at + 1 < name.size() &&
                        std::ranges::all_of(name.substr(at + 1), [](char c) { return c >= '0' && c <= '9'; });
  return numbered ? name.substr(0, at) : name;
}

auto oldest_first(const DropFile& file) {
  return std::pair(file.written, file.name);
}

}  // namespace

std::string make_plain_name(std::string_view name) {
  std::string out(name.substr(0, longest_name));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '/' || c == '\\') c = '_';
  if (!is_valid_utf8(out))
    for (char& c : out)
      if (static_cast<unsigned char>(c) >= 0x80) c = '_';
  return out.empty() ? std::string("_") : out;
}

bool is_temporary_name(std::string_view name) {
  return name.starts_with('.') ||
         std::ranges::any_of(temporary_endings, [&](auto ending) { return name.ends_with(ending); });
}

void DropFolder::start() {
  thread_ = std::thread([this] { run(); });
}

void DropFolder::start_after(std::vector<std::shared_ptr<DropFolder>> before) {
  before_ = std::move(before);
  start();
}

void DropFolder::retire() {
  {
    const std::lock_guard lock(mutex_);
    retiring_ = true;
  }
  wake_.notify_all();
}

void DropFolder::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// What they counted under this name goes on being counted, once: of several that come one after the other, each waits
// for all before it.
void DropFolder::wait_for_those_before() {
  for (const auto& one : before_) {
    while (!one->has_ended() && wait(glance)) {
    }
    if (one->name().text() != terms_.name.text() || one->counted_on_.exchange(true)) continue;
    done_ += one->done_;
    failed_ += one->failed_;
  }
  before_.clear();
}

void DropFolder::run() {
  wait_for_those_before();
  while (!takes_no_more()) {
    try {
      look();
    } catch (const std::exception&) {
      stuck_ = true;
      log::error("drop_folder_broken", log::field("folder", terms_.name));
    }
    if (!wait_for_next_look()) break;
  }
  if (retiring_) store_.reset();  // it holds the folder, which is another's now
  ended_ = true;
}

bool DropFolder::wait_for_next_look() {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, terms_.poll, [this] { return takes_no_more(); });
}

bool DropFolder::wait(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return is_stopping(); });
}

DropFolder::Figures DropFolder::figures() const {
  return {usable_, stuck_, waiting_, done_, failed_};
}

void DropFolder::look() {
  const auto opened = store_->open();
  note_usable(opened);
  if (!opened) return;
  auto status = finish_taken();
  if (status) status = pick_up();
  stuck_ = !status;
  if (!status)
    log::warning("drop_file_waits", log::field("folder", terms_.name), log::field("code", status.error().code));
  remove_old();
}

// Said once, not at every look.
void DropFolder::note_usable(const Status& opened) {
  if (usable_.exchange(opened.has_value()) == opened.has_value()) return;
  if (opened)
    log::info("drop_folder_usable", log::field("folder", terms_.name));
  else
    log::error("drop_folder_not_usable", log::field("folder", terms_.name));
}

// What an earlier look, or an earlier run, did not come to the end of.
Status DropFolder::finish_taken() {
  auto files = store_->list(DropPlace::taken);
  if (!files) return fail(std::move(files.error()));
  std::ranges::sort(*files, {}, oldest_first);
  for (const auto& file : *files) {
    if (takes_no_more()) return {};
    if (file.kind == DropFile::Kind::folder) continue;
    if (auto done = carry_out(file); !done) return done;
  }
  return {};
}

// One after the other, the oldest first: what two files say of one person keeps its order.
Status DropFolder::pick_up() {
  auto files = store_->list(DropPlace::incoming);
  if (!files) return fail(std::move(files.error()));
  const auto now = Steady::now();
  std::map<std::string, Seen> seen;
  std::vector<DropFile> ready;
  for (const auto& file : *files) {
    if (file.kind == DropFile::Kind::folder || is_temporary_name(file.name)) continue;
    const auto before = seen_.find(file.name);
    const bool same = before != seen_.end() && before->second.file.same_content(file);
    const auto since = same ? before->second.since : now;
    if (now - since >= terms_.settle) ready.push_back(file);
    seen.insert_or_assign(file.name, Seen{file, since});
  }
  seen_ = std::move(seen);
  waiting_ = seen_.size();
  std::ranges::sort(ready, {}, oldest_first);
  for (const auto& file : ready) {
    if (takes_no_more()) return {};
    if (auto done = take_up(file); !done) return done;
  }
  return {};
}

Status DropFolder::take_up(const DropFile& file) {
  const auto name = find_free_name(make_plain_name(file.name));
  if (!name) return fail(name.error());
  auto moved = store_->move(DropPlace::incoming, file.name, DropPlace::taken, *name);
  if (!moved && moved.error().code == ErrorCode::not_found) return {};  // taken back
  if (!moved) return moved;
  seen_.erase(file.name);
  waiting_ = seen_.size();
  auto taken = store_->look_at(DropPlace::taken, *name);
  if (!taken) return fail(std::move(taken.error()));
  // Another came in its place since it was looked at: that one has to settle first.
  if (!taken->same_content(file) && store_->move(DropPlace::taken, *name, DropPlace::incoming, file.name)) return {};
  return carry_out(*taken);
}

Status DropFolder::carry_out(const DropFile& taken) {
  if (taken.kind != DropFile::Kind::regular || taken.links != 1)
    return put_aside(taken, {ErrorCode::invalid_input, "this is a link or no file at all; drop a file of its own"});
  const auto* form = find_form(taken.name);
  if (form == nullptr)
    return put_aside(taken,
                     {ErrorCode::invalid_input,
                      "no pattern of this drop folder fits the name; name the file as agreed, and drop it again"});
  const auto handed = hand_over(taken, *form);
  if (!handed && is_stopping()) return {};
  if (!handed && is_for_good(handed.error().code)) return put_aside(taken, handed.error());
  if (!handed) return fail(handed.error());
  const auto ended = wait_for(*handed);
  if (ended) return conclude(taken, *ended);
  if (is_stopping()) return {};
  return fail(ErrorCode::io, "what became of a file's batch cannot be read");
}

// The task that there is already, after a crash, or a new one. It may be that of the client whose folder this was
// before a reload.
Result<BatchTask> DropFolder::hand_over(const DropFile& taken, const DropForm& form) {
  const Batches::Request request{terms_.client,   terms_.organisation, new_uuid_v4(), terms_.base,
                                 form.media_type, form.mapping,        key_of(taken), form.charset};
  if (auto known = batches_.find_of_any_client(request.idempotency_key)) return std::move(*known);
  const auto arrival = batches_.begin(request);
  if (!arrival) return fail(arrival.error());
  std::uint64_t bytes = 0;
  const auto read = store_->read(taken.name, [&](std::string_view piece) -> Status {
    if (is_stopping()) return fail(ErrorCode::unavailable, "the gateway stops");
    bytes += piece.size();
    if (bytes > terms_.largest)
      return fail(ErrorCode::too_large,
                  fmt::format("the file is larger than {} bytes; drop it in parts", terms_.largest));
    return (*arrival)->append(piece);
  });
  if (!read) return fail(read.error());
  const auto after = store_->look_at(DropPlace::taken, taken.name);
  if (!after) return fail(after.error());
  if (!after->same_content(taken)) return fail(ErrorCode::changed, "the file is still being written to");
  return batches_.accept(**arrival);
}

std::optional<BatchTask> DropFolder::wait_for(const BatchTask& batch) {
  while (!is_stopping()) {
    auto task = batches_.find(batch.id, batch.client);
    if (!task || task->state != BatchState::running) return task;
    wait(glance);
  }
  return std::nullopt;
}

Status DropFolder::conclude(const DropFile& taken, const BatchTask& task) {
  const auto now = store_->look_at(DropPlace::taken, taken.name);
  const std::string problem =
      now && !now->same_content(taken)
          ? "the file was written to after it was taken, so what was added may be missing; write a file under a "
            "temporary name (.part) and rename it when it is whole"
          : "";
  // A file without rows, as on a night when nothing happened, is none that failed.
  const bool nothing_taken = task.accepted == 0 && task.rejected > 0;
  const bool failed = task.state == BatchState::failed || nothing_taken || !problem.empty();
  log::info("drop_file_ended", log::field("folder", terms_.name), log::field("batch", task.id),
            log::field("accepted", task.accepted), log::field("rejected", task.rejected));
  return archive(taken, failed, render_drop_result(taken.name, task, problem));
}

Status DropFolder::put_aside(const DropFile& taken, const Error& why) {
  log::warning("drop_file_refused", log::field("folder", terms_.name), log::field("code", why.code));
  return archive(taken, true, render_drop_refusal(taken.name, why, clock_.now()));
}

// What became of it is written first: a crash in between writes it again.
Status DropFolder::archive(const DropFile& taken, bool failed, const std::string& result) {
  const auto place = failed ? DropPlace::failed : DropPlace::done;
  const auto beside = terms_.results_apart ? DropPlace::results : place;
  if (auto written = store_->write(beside, result_of(taken.name), result); !written) return written;
  auto moved = !failed && terms_.keep == std::chrono::seconds{0}
                   ? store_->remove(DropPlace::taken, taken.name)
                   : store_->move(DropPlace::taken, taken.name, place, taken.name);
  if (!moved && moved.error().code != ErrorCode::not_found) return moved;
  ++(failed ? failed_ : done_);
  return {};
}

void DropFolder::remove_old() {
  const auto now = Steady::now();
  if (tidied_ && now - *tidied_ < between_tidying) return;
  tidied_ = now;
  remove_old(DropPlace::done, terms_.keep);
  remove_old(DropPlace::failed, terms_.keep_failed);
  if (terms_.results_apart) remove_old(DropPlace::results, std::max(terms_.keep, terms_.keep_failed));
}

// By the clock of the file system, whatever ours is set to.
void DropFolder::remove_old(DropPlace place, std::chrono::seconds keep) {
  const auto files = store_->list(place);
  if (!files) return;
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (const auto& file : *files) {
    if (file.kind == DropFile::Kind::folder) continue;
    const bool is_result = file.name.ends_with(result_ending);
    const auto kept = is_result ? std::max<std::chrono::seconds>(keep, results_kept) : keep;
    if (now - file.moved < std::chrono::nanoseconds(kept).count()) continue;
    if (auto removed = store_->remove(place, file.name); !removed)
      log::warning("drop_file_remains", log::field("folder", terms_.name), log::field("code", removed.error().code));
  }
}

// In none of our folders, nor a result of it: so nothing that is moved later can be in another's way.
Result<std::string> DropFolder::find_free_name(const std::string& name) const {
  auto candidate = name;
  for (unsigned number = 2; number < most_of_a_name; ++number) {
    const auto taken = is_taken(candidate);
    if (!taken) return fail(taken.error());
    if (!*taken) return candidate;
    candidate = fmt::format("{}~{}", name, number);
  }
  return fail(ErrorCode::internal, "no name is free any more");
}

Result<bool> DropFolder::is_taken(const std::string& name) const {
  for (const auto place : {DropPlace::taken, DropPlace::done, DropPlace::failed, DropPlace::results}) {
    if (place == DropPlace::results && !terms_.results_apart) continue;
    for (const auto& one : {name, result_of(name)}) {
      const auto file = store_->look_at(place, one);
      if (file) return true;
      if (file.error().code != ErrorCode::not_found) return fail(file.error());
    }
  }
  return false;
}

const DropForm* DropFolder::find_form(const std::string& name) const {
  const std::string plain(without_number(name));
  const auto fits = [](const std::string& pattern, const std::string& text) {
    return ::fnmatch(pattern.c_str(), text.c_str(), FNM_PERIOD) == 0;
  };
  for (const auto& form : terms_.forms)
    if (fits(form.pattern, name) || fits(form.pattern, plain)) return &form;
  return nullptr;
}

// The same for this very file however often it is handed over, and for no other.
std::string DropFolder::key_of(const DropFile& taken) const {
  return fmt::format("drop folder {} {} {} {} {}", terms_.name.text(), taken.name, taken.node, taken.written,
                     taken.bytes);
}

}  // namespace ketenpoort::exchange
