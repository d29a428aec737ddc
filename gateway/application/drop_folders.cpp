#include "gateway/application/drop_folders.hpp"

#include <algorithm>
#include <utility>

namespace ketenpoort {

void DropFolders::use(std::vector<Wanted> wanted) {
  const std::lock_guard lock(mutex_);
  forget_ended();
  std::vector<Wanted> next;
  for (auto& one : wanted) {
    const auto running = std::ranges::find_if(watched_, [&](const Wanted& w) { return same(w, one); });
    if (running == watched_.end()) {
      next.push_back(std::move(one));
      continue;
    }
    next.push_back(std::move(*running));
    watched_.erase(running);
  }
  for (auto& old : watched_) {
    old.folder->retire();
    retiring_.push_back(std::move(old));
  }
  watched_.clear();
  for (auto& one : next) {
    std::vector<Folder> before;
    for (const auto& old : retiring_)
      if (old.settings.folder == one.settings.folder) before.push_back(old.folder);
    if (!one.folder->has_started()) one.folder->start_after(std::move(before));
  }
  watched_ = std::move(next);
}

void DropFolders::stop() {
  const std::lock_guard lock(mutex_);
  for (const auto* some : {&watched_, &retiring_})
    for (const auto& one : *some) one.folder->stop();
}

std::vector<DropFolders::Folder> DropFolders::all() {
  const std::lock_guard lock(mutex_);
  forget_ended();
  std::vector<Folder> out;
  for (const auto* some : {&watched_, &retiring_})
    for (const auto& one : *some) out.push_back(one.folder);
  return out;
}

void DropFolders::forget_ended() {
  std::erase_if(retiring_, [](const Wanted& one) { return one.folder->has_ended(); });
}

}  // namespace ketenpoort
