#include "gateway/exchange/outcomes/activity_board.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/exchange/outcomes/check_activity.hpp"
#include "gateway/formats/json_text.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {
namespace {

namespace fs = std::filesystem;
using formats::JsonView;
using formats::JsonWriter;

constexpr std::size_t largest_file = std::size_t{2} << 20;

// RFC 9562 version 8: the same partner's same reference has the same id.
Uuid id_of(const std::string& partner, std::string_view reference) {
  const auto digest = sha256({as_bytes("activity\n"), as_bytes(partner), as_bytes("\n"), as_bytes(reference)});
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

bool holds(JsonView list, std::string_view text) {
  for (const auto one : list.elements())
    if (one.as_string() == text) return true;
  return false;
}

bool is_at(JsonView place, const std::string& wanted) {
  for (const std::string_view key : {"municipalityNis", "postalCode", "municipality"})
    if (same_ignoring_case(text_of(place.find(key)), wanted)) return true;
  return false;
}

bool fits(const PublishedActivity& one, const ActivityQuery& query) {
  if (!query.partner.empty() && one.partner != query.partner) return false;
  if (query.from && one.until < *query.from) return false;
  if (query.until && *query.until < one.from) return false;
  if (query.after && std::pair(one.from, one.id) <= *query.after) return false;
  const auto document = formats::parse_json(one.json);
  if (!document) return false;
  const auto root = document->root();
  const auto group = root.find("targetGroup");
  if (!query.kind.empty() && root.find("kind").as_string() != query.kind) return false;
  if (!query.language.empty() && !holds(root.find("languages"), query.language)) return false;
  if (!query.place.empty() && !is_at(root.find("place"), query.place)) return false;
  if (!query.profile.empty() && group.find("profiles") && !holds(group.find("profiles"), query.profile)) return false;
  return !query.orientation || group.find("culturalOrientation").as_bool().value_or(false);
}

Result<PublishedActivity> decode(std::string_view json) {
  const auto document = formats::parse_json(json, {.bytes = largest_file});
  if (!document) return fail(document.error());
  const auto root = document->root();
  const auto activity = root.find("activity");
  const auto id = parse_uuid(text_of(root.find("id")));
  const auto published = parse_rfc3339(text_of(root.find("published")));
  const auto changed = parse_rfc3339(text_of(root.find("changed")));
  const auto from = parse_date(text_of(activity.find("from")));
  const auto until = parse_date(text_of(activity.find("until")));
  if (!id || !published || !changed || !from || !until) return fail(ErrorCode::malformed, "this is no activity");
  PublishedActivity out{*id,
                        text_of(root.find("partner")),
                        text_of(activity.find("reference")),
                        {},
                        *from,
                        *until,
                        *published,
                        *changed,
                        root.find("withdrawn").as_bool().value_or(false)};
  JsonWriter(out.json).value(activity);
  return out;
}

}  // namespace

Result<std::unique_ptr<ActivityBoard>> ActivityBoard::open(fs::path folder, const fs::path& schema, Clock clock,
                                                           std::size_t most) {
  auto loaded = formats::JsonSchema::load(schema);
  if (!loaded) return fail(std::move(loaded.error()));
  std::error_code error;
  if (fs::create_directory(folder, error))
    if (auto synced = sync_folder(folder.parent_path()); !synced) return fail(std::move(synced.error()));
  if (error) return fail(io_error("cannot make", folder, error.value()));
  std::unique_ptr<ActivityBoard> board(new ActivityBoard(std::move(folder), std::move(*loaded), clock, most));
  if (auto done = board->load(); !done) return fail(std::move(done.error()));
  return board;
}

Status ActivityBoard::load() {
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".json") continue;
    const auto text = read_file(at->path(), largest_file);
    if (!text) return fail(text.error());
    auto activity = decode(*text);
    // One that cannot be read keeps no other from being shown; its partner may publish it again.
    if (!activity) {
      log::warning("activity_unreadable");
      continue;
    }
    all_.insert_or_assign(activity->id, std::move(*activity));
  }
  if (error) return fail(io_error("cannot list", folder_, error.value()));
  const std::lock_guard lock(mutex_);
  drop_old();
  return {};
}

Status ActivityBoard::keep(const PublishedActivity& activity) const {
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member("id", activity.id.text())
      .member("partner", activity.partner)
      .member("published", to_rfc3339(activity.published))
      .member("changed", to_rfc3339(activity.changed))
      .member("withdrawn", activity.withdrawn)
      .key("activity")
      .raw_value(activity.json)
      .end_object();
  return replace_file(file(activity.id), json);
}

void ActivityBoard::drop_old() const {
  const auto now = today();
  if (dropped_on_ == now) return;
  dropped_on_ = now;
  const auto limit = std::chrono::sys_days(now) - kept_after_end;
  std::erase_if(all_, [&](const auto& pair) {
    if (std::chrono::sys_days(pair.second.until) >= limit) return false;
    std::error_code ignored;  // the next start tries again
    fs::remove(file(pair.first), ignored);
    return true;
  });
}

// For one more. What is shown no more gives way, the longest untouched first: else whoever withdrew some to publish
// others could not.
bool ActivityBoard::make_room(const std::string& partner) {
  const auto now = today();
  std::size_t count = 0;
  const PublishedActivity* oldest = nullptr;
  for (const auto& [id, one] : all_) {
    if (one.partner != partner) continue;
    ++count;
    if (!is_shown(one, now) && (oldest == nullptr || one.changed < oldest->changed)) oldest = &one;
  }
  if (count < most_) return true;
  if (oldest == nullptr) return false;
  const auto id = oldest->id;
  std::error_code error;
  fs::remove(file(id), error);
  if (!error) all_.erase(id);
  return !error;
}

Result<ActivityBoard::Outcome> ActivityBoard::publish(const std::string& partner, std::string_view body) {
  const auto document = formats::parse_json(body);
  if (!document) return fail(document.error());
  auto issues = schema_.check(document->root());
  if (!issues.empty())
    return fail(ErrorCode::schema_violation, "the activity is not as its schema says", std::move(issues));
  issues = check_activity(document->root(), today());
  if (!issues.empty()) return fail(ErrorCode::invalid_input, "the activity cannot be published so", std::move(issues));
  const auto root = document->root();
  const auto now = clock_.now();
  PublishedActivity activity{{},
                             partner,
                             text_of(root.find("reference")),
                             {},
                             *parse_date(text_of(root.find("from"))),
                             *parse_date(text_of(root.find("until"))),
                             now,
                             now,
                             false};
  activity.id = id_of(partner, activity.reference);
  JsonWriter(activity.json).value(root);
  const std::lock_guard lock(mutex_);
  drop_old();
  const auto before = all_.find(activity.id);
  if (before == all_.end()) {
    if (!make_room(partner))
      return fail(ErrorCode::conflict, "as many activities as a partner may have are published; withdraw some first");
  } else {
    if (!before->second.withdrawn && before->second.json == activity.json) return Outcome{before->second, false};
    activity.published = before->second.published;
  }
  if (auto kept = keep(activity); !kept) return fail(std::move(kept.error()));
  const bool is_new = all_.insert_or_assign(activity.id, activity).second;
  return Outcome{std::move(activity), is_new};
}

Result<PublishedActivity> ActivityBoard::withdraw(const std::string& partner, const Uuid& id) {
  const std::lock_guard lock(mutex_);
  drop_old();
  const auto at = all_.find(id);
  if (at == all_.end() || at->second.partner != partner)
    return fail(ErrorCode::not_found, "no activity of yours has this id");
  if (at->second.withdrawn) return at->second;
  auto activity = at->second;
  activity.withdrawn = true;
  activity.changed = clock_.now();
  if (auto kept = keep(activity); !kept) return fail(std::move(kept.error()));
  at->second = activity;
  return activity;
}

std::vector<PublishedActivity> ActivityBoard::list(const ActivityQuery& query) const {
  const auto now = today();
  std::vector<PublishedActivity> out;
  {
    const std::lock_guard lock(mutex_);
    drop_old();
    for (const auto& [id, one] : all_)
      if (is_shown(one, now) && fits(one, query)) out.push_back(one);
  }
  std::ranges::sort(out, {}, [](const auto& one) { return std::pair(one.from, one.id); });
  if (out.size() > query.limit) out.resize(query.limit);
  return out;
}

std::optional<PublishedActivity> ActivityBoard::find(const Uuid& id) const {
  const std::lock_guard lock(mutex_);
  drop_old();
  const auto at = all_.find(id);
  return at == all_.end() ? std::nullopt : std::optional(at->second);
}

std::size_t ActivityBoard::size() const {
  const auto now = today();
  const std::lock_guard lock(mutex_);
  drop_old();
  return static_cast<std::size_t>(
      std::ranges::count_if(all_, [&](const auto& pair) { return is_shown(pair.second, now); }));
}

}  // namespace ketenpoort::exchange
