#include "gateway/exchange/intake/batches.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "gateway/exchange/facilities/replies.hpp"
#include "gateway/formats/xml_encoding.hpp"
#include "gateway/mapping/definition/layout.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

// The same bytes in another charset are other names, and by another mapping other records.
bool is_same_batch(const BatchTask& past, const BatchTask& now) {
  return past.digest == now.digest && past.media_type == now.media_type && past.mapping == now.mapping &&
         past.charset == now.charset;
}

}  // namespace

Batches::Arrival::~Arrival() {
  const std::lock_guard lock(batches_.mutex_);
  if (--batches_.arriving_[task_.client] == 0) batches_.arriving_.erase(task_.client);
}

Status Batches::Arrival::append(std::string_view piece) {
  if (auto room = batches_.check_room(); !room) return room;
  digest_.add(as_bytes(piece));
  task_.bytes += piece.size();
  return intake_->append(piece);
}

Batches::Batches(Facilities& facilities, BatchStore& store, BatchOptions options)
    : facilities_(facilities), store_(store), options_(std::move(options)) {}

Batches::~Batches() {
  stop();
}

Status Batches::start() {
  auto tasks = store_.load();
  if (!tasks) return fail(std::move(tasks.error()));
  {
    const std::lock_guard lock(mutex_);
    std::ranges::sort(*tasks, {}, &BatchTask::received);
    for (auto& task : *tasks) {
      if (task.state == BatchState::running)
        queue_.push_back(task.id);
      else
        task.issues = {};
      tasks_.emplace(task.id, std::move(task));
    }
  }
  forget_old();
  for (std::size_t i = 0; i < options_.runners; ++i) threads_.emplace_back([this] { work(); });
  return {};
}

void Batches::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_arrived_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::size_t Batches::count_of(const std::string& client) const {
  const auto arriving = arriving_.find(client);
  std::size_t count = arriving == arriving_.end() ? 0 : arriving->second;
  for (const auto& [id, task] : tasks_) count += task.client == client && task.state == BatchState::running ? 1 : 0;
  return count;
}

Result<std::shared_ptr<Batches::Arrival>> Batches::begin(const Request& request) {
  const auto format = format_of_batch(request.media_type);
  const bool is_json = format == "json";
  const auto formats = facilities_.formats.get();
  const WantedMapping wanted{format, record_schema, request.mapping};
  const auto now = facilities_.clock.now();
  if (!is_json) {
    const auto chosen = choose_mapping(formats->mappings, wanted, date_in_brussels(now));
    if (!chosen) return fail(chosen.error());
    if (const auto& layout = (*chosen)->plan().source_layout)
      if (auto known = mapping::in_charset(*layout, request.charset); !known) return fail(std::move(known.error()));
    if (auto known = formats::check_xml_charset(format == "xml" ? request.charset : std::string()); !known)
      return fail(std::move(known.error()));
  }
  if (auto room = check_room(); !room) return fail(std::move(room.error()));
  BatchTask task;
  task.id = new_uuid_v4();
  task.client = request.client;
  task.organisation = request.organisation;
  task.trace = request.trace;
  task.base = request.base;
  task.media_type = request.media_type;
  task.mapping = request.mapping;
  task.charset = request.charset;
  task.received = now;
  if (!request.idempotency_key.empty()) task.key = make_reply_key("batches", request.client, request.idempotency_key);
  {
    const std::lock_guard lock(mutex_);
    if (count_of(task.client) >= options_.most_of_a_client)
      return fail(ErrorCode::unavailable,
                  "as many batches of this client are under way as may be; send it when one is done");
    ++arriving_[task.client];
  }
  std::shared_ptr<Arrival> arrival(new Arrival(*this, std::move(task), nullptr));  // from here on it counts itself out
  auto intake = store_.begin(arrival->task_.id);
  if (!intake) return fail(std::move(intake.error()));
  arrival->intake_ = std::move(*intake);
  return arrival;
}

Status Batches::check_room() const {
  const auto free = store_.free_bytes();
  if (!free) return fail(free.error());
  if (*free >= options_.least_free_bytes) return {};
  return fail(ErrorCode::unavailable, "there is no room on the gateway's disk; send the batch again later");
}

std::optional<BatchTask> Batches::find_of_any_client(std::string_view idempotency_key) const {
  std::map<std::string, Digest, std::less<>> keys;  // by client
  const std::lock_guard lock(mutex_);
  for (const auto& [id, task] : tasks_) {
    if (!task.key) continue;
    auto key = keys.find(task.client);
    if (key == keys.end())
      key = keys.emplace(task.client, make_reply_key("batches", task.client, idempotency_key)).first;
    if (task.key == key->second) return task;
  }
  return std::nullopt;
}

std::optional<BatchTask> Batches::find_by_key(const BatchTask& task) const {
  if (!task.key) return std::nullopt;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, other] : tasks_)
    if (other.client == task.client && other.key == task.key) return other;
  return std::nullopt;
}

Result<BatchTask> Batches::accept(Arrival& arrival) {
  auto& task = arrival.task_;
  if (task.bytes == 0) return fail(ErrorCode::malformed, "the batch is empty");
  task.digest = arrival.digest_.finish();
  if (auto finished = arrival.intake_->finish(); !finished) return fail(std::move(finished.error()));
  forget_old();
  const std::lock_guard one_at_a_time(accepting_);
  if (auto past = find_by_key(task)) {
    arrival.intake_.reset();
    arrival.is_repetition_ = is_same_batch(*past, task);
    if (arrival.is_repetition_) return *past;
    return fail(ErrorCode::conflict,
                "this idempotency key was used for another batch; send a new key, or the batch it was first used with");
  }
  // A task whose body was never kept is nobody's: the next start removes it.
  if (auto saved = store_.save(task); !saved) return fail(std::move(saved.error()));
  if (auto kept = arrival.intake_->keep(); !kept) {
    (void)store_.forget(task.id);
    return fail(std::move(kept.error()));
  }
  {
    const std::lock_guard lock(mutex_);
    tasks_.emplace(task.id, task);
    queue_.push_back(task.id);
  }
  work_arrived_.notify_one();
  log::info("batch_accepted", log::field("batch", task.id), log::field("bytes", task.bytes));
  return task;
}

std::optional<BatchTask> Batches::find(const Uuid& id, std::string_view client) const {
  {
    const std::lock_guard lock(mutex_);
    const auto at = tasks_.find(id);
    if (at == tasks_.end() || at->second.client != client) return std::nullopt;
    if (at->second.state == BatchState::running) return at->second;
  }
  auto task = store_.read(id);
  if (!task) return std::nullopt;  // forgotten just now
  return std::move(*task);
}

Batches::Figures Batches::figures() const {
  const std::lock_guard lock(mutex_);
  Figures figures;
  for (const auto& [id, task] : tasks_) figures.running += task.state == BatchState::running ? 1 : 0;
  for (const auto& [client, count] : arriving_) figures.arriving += count;
  figures.rows_accepted = rows_accepted_;
  figures.rows_rejected = rows_rejected_;
  return figures;
}

// The next whose client has none under way.
std::deque<Uuid>::iterator Batches::find_next() {
  return std::ranges::find_if(queue_, [this](const Uuid& id) { return !busy_.contains(tasks_.at(id).client); });
}

void Batches::work() {
  while (true) {
    BatchTask task;
    {
      std::unique_lock lock(mutex_);
      work_arrived_.wait(lock, [this] { return stopping_ || find_next() != queue_.end(); });
      if (stopping_) return;
      const auto next = find_next();
      task = tasks_.at(*next);
      queue_.erase(next);
      busy_.insert(task.client);
    }
    const auto client = task.client;
    run(std::move(task));
    {
      const std::lock_guard lock(mutex_);
      busy_.erase(client);
    }
    work_arrived_.notify_all();
  }
}

void Batches::run(BatchTask task) {
  const auto id = task.id;
  BatchRun batch(
      {facilities_, store_, options_, [this](const BatchTask& now) { show(now); }, [this] { return stopping_.load(); }},
      std::move(task));
  try {
    const bool ended = batch.run();
    const auto& now = batch.task();
    log::info(ended ? log::Label("batch_ended") : log::Label("batch_paused"), log::field("batch", id),
              log::field("accepted", now.accepted), log::field("rejected", now.rejected));
  } catch (const std::exception&) {
    log::error("batch_broken", log::field("batch", id));
    break_off(batch);
  }
}

void Batches::break_off(BatchRun& batch) {
  try {
    if (batch.break_off()) return;
  } catch (const std::exception&) {
    log::error("batch_not_saved", log::field("batch", batch.task().id));
  }
  show(batch.task());  // the next start goes on with it
}

void Batches::show(const BatchTask& task) {
  const std::lock_guard lock(mutex_);
  auto& shown = tasks_.at(task.id);
  rows_accepted_ += task.accepted - shown.accepted;
  rows_rejected_ += task.rejected - shown.rejected;
  shown = task;
  if (task.state != BatchState::running) shown.issues = {};
}

// Of each client's tasks that ended, the oldest beyond those that are kept.
std::vector<Uuid> Batches::find_too_many() const {
  std::map<std::string_view, std::vector<std::pair<Timestamp, Uuid>>> ended;
  for (const auto& [id, task] : tasks_)
    if (task.ended) ended[task.client].emplace_back(*task.ended, id);
  std::vector<Uuid> out;
  for (auto& [client, tasks] : ended) {
    if (tasks.size() <= options_.most_kept_of_a_client) continue;
    std::ranges::sort(tasks);
    tasks.resize(tasks.size() - options_.most_kept_of_a_client);
    for (const auto& [at, id] : tasks) out.push_back(id);
  }
  return out;
}

void Batches::forget_old() {
  std::vector<Uuid> old;
  {
    const std::lock_guard lock(mutex_);
    const auto now = facilities_.clock.now();
    for (const auto& [id, task] : tasks_)
      if (task.ended && now - *task.ended > task_lifetime) old.push_back(id);
    for (const auto& id : old) tasks_.erase(id);
    for (const auto& id : find_too_many()) {
      tasks_.erase(id);
      old.push_back(id);
    }
  }
  for (const auto& id : old)
    if (auto forgotten = store_.forget(id); !forgotten) log::warning("batch_not_forgotten", log::field("batch", id));
}

}  // namespace ketenpoort::exchange
