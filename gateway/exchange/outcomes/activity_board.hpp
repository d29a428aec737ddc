// Activities that partners publish for residents: without personal data, so beside ledger and vault, in files of their
// own. What stands here is durable before its partner is told so.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/formats/json_schema.hpp"

namespace ketenpoort::exchange {

struct PublishedActivity {
  Uuid id;  // of partner and reference: always the same
  std::string partner;
  std::string reference;  // the partner's own
  std::string json;       // as it was sent (schemas/activity-1.schema.json)
  Date from{};
  Date until{};
  Timestamp published{};
  Timestamp changed{};
  bool withdrawn = false;
};

// Empty members do not restrict.
struct ActivityQuery {
  std::string partner{};
  std::string kind{};
  std::string language{};                        // that it is held in
  std::string place{};                           // NIS code, postal code or name of the municipality
  std::string profile{};                         // that it is meant for
  bool orientation = false;                      // input for the cultural orientation training only
  std::optional<Date> from{};                    // still running then
  std::optional<Date> until{};                   // begun by then
  std::optional<std::pair<Date, Uuid>> after{};  // the last one of the page before
  std::size_t limit = 100;
};

class ActivityBoard {
 public:
  // Makes the folder when it is not there. `schema`: of what partners send. `most`: that one may have.
  static Result<std::unique_ptr<ActivityBoard>> open(std::filesystem::path folder, const std::filesystem::path& schema,
                                                     Clock clock, std::size_t most = most_of_a_partner);

  struct Outcome {
    PublishedActivity activity;
    bool is_new = false;
  };
  // A new one, or in place of what the partner published under the same reference; also after it was withdrawn. The
  // same again changes nothing. ErrorCode::malformed, schema_violation, invalid_input with an issue for each place;
  // conflict: the partner has as many as it may.
  Result<Outcome> publish(const std::string& partner, std::string_view body);
  // ErrorCode::not_found: the partner has none of this id.
  Result<PublishedActivity> withdraw(const std::string& partner, const Uuid& id);

  // Neither withdrawn nor over, by first day.
  [[nodiscard]] std::vector<PublishedActivity> list(const ActivityQuery& query) const;
  // Also one that is over or withdrawn, for thirty days, unless its partner needs the place.
  [[nodiscard]] std::optional<PublishedActivity> find(const Uuid& id) const;
  [[nodiscard]] std::size_t size() const;  // that are shown

  static constexpr std::size_t most_of_a_partner = 10'000;
  static constexpr std::chrono::days kept_after_end{30};

 private:
  ActivityBoard(std::filesystem::path folder, formats::JsonSchema schema, Clock clock, std::size_t most)
      : folder_(std::move(folder)), schema_(std::move(schema)), clock_(clock), most_(most) {}
  Status load();
  Status keep(const PublishedActivity& activity) const;
  void drop_old() const;  // once a day, with the lock held
  bool make_room(const std::string& partner);
  [[nodiscard]] static bool is_shown(const PublishedActivity& one, Date on) {
    return !one.withdrawn && one.until >= on;
  }
  [[nodiscard]] Date today() const { return date_in_brussels(clock_.now()); }
  [[nodiscard]] std::filesystem::path file(const Uuid& id) const { return folder_ / (id.text() + ".json"); }

  std::filesystem::path folder_;
  formats::JsonSchema schema_;
  Clock clock_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  // What is over long enough goes on whatever call comes first that day.
  mutable std::map<Uuid, PublishedActivity> all_;
  mutable std::optional<Date> dropped_on_;
};

}  // namespace ketenpoort::exchange
