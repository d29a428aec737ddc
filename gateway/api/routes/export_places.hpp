// How many exports are under way: each may take minutes of one worker's time, a piece at a time. Nobody has two, so
// that one client cannot keep the others out.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace ketenpoort::api {

class ExportPlaces : public std::enable_shared_from_this<ExportPlaces> {
 public:
  static constexpr std::size_t most_at_once = 4;

  // Given back when it goes, or before: who has seen the end of an export may ask for the next at once.
  class Place {
   public:
    Place(std::shared_ptr<ExportPlaces> places, std::string client)
        : places_(std::move(places)), client_(std::move(client)) {}
    ~Place() { give_back(); }
    void give_back() {
      if (places_) std::exchange(places_, nullptr)->give_back(client_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::shared_ptr<ExportPlaces> places_;
    std::string client_;
  };

  enum class Refusal { none, client_has_one, all_taken };
  struct Answer {
    std::shared_ptr<Place> place;  // null: refused
    Refusal refusal = Refusal::none;
  };

  Answer take(const std::string& client) {
    {
      const std::lock_guard lock(mutex_);
      if (clients_.contains(client)) return {nullptr, Refusal::client_has_one};
      if (clients_.size() >= most_at_once) return {nullptr, Refusal::all_taken};
      clients_.insert(client);
    }
    return {std::make_shared<Place>(shared_from_this(), client)};
  }

 private:
  void give_back(const std::string& client) {
    const std::lock_guard lock(mutex_);
    clients_.erase(client);
  }

  std::mutex mutex_;
  std::set<std::string> clients_;
};

}  // namespace ketenpoort::api
