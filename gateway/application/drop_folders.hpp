// The drop folders that are watched, as the configuration has them now.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/config/settings.hpp"
#include "gateway/exchange/intake/drop_folder.hpp"

namespace ketenpoort {

class DropFolders {
 public:
  using Folder = std::shared_ptr<exchange::DropFolder>;
  struct Wanted {
    config::DropFolderSettings settings;
    std::string organisation;  // of its client
    Folder folder;             // not started
  };

  // Those that nothing changed for go on. Of the others a file that is being taken is finished first; what comes in
  // their place begins then.
  void use(std::vector<Wanted> wanted);
  void stop();

  // Also those that have gone from the configuration and still work on a file.
  [[nodiscard]] std::vector<Folder> all();

 private:
  static bool same(const Wanted& one, const Wanted& other) {
    return one.settings == other.settings && one.organisation == other.organisation;
  }
  void forget_ended();  // with the lock held

  std::mutex mutex_;
  std::vector<Wanted> watched_;
  std::vector<Wanted> retiring_;
};

}  // namespace ketenpoort
