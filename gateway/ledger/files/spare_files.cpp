#include "gateway/ledger/files/spare_files.hpp"

#include <fmt/format.h>

#include <utility>

namespace ketenpoort::ledger {

namespace fs = std::filesystem;

fs::path SpareFiles::new_path() {
  return folder_ / fmt::format("spare-{}", made_++);
}

bool SpareFiles::has_rested() const {
  return !resting_.empty() && now_() - resting_.front().since >= rest_;
}

// Of one that was used before.
fs::path SpareFiles::take_path() {
  fs::path path;
  if (unused_.empty()) {
    path = std::move(resting_.front().path);
    resting_.pop_front();
  } else {
    path = std::move(unused_.back());
    unused_.pop_back();
  }
  return path;
}

// Not one that somebody keeps by a link of his own, as a snapshot of the folder does: his copy would change.
std::optional<fs::path> SpareFiles::take_unshared_path() {
  while (!unused_.empty() || has_rested()) {
    auto path = take_path();
    if (!files_->has_other_names(path)) return path;
    static_cast<void>(files_->remove(path));
  }
  return std::nullopt;
}

Result<SpareFiles::Written> SpareFiles::write(std::string_view content) {
  auto path = take_unshared_path();
  const bool used = path.has_value();
  Written out{used ? std::move(*path) : new_path(), nullptr};
  auto file = files_->open(out.path);
  auto done = file ? (*file)->write(0, content) : Status(fail(file.error()));
  if (done && used) done = (*file)->resize(content.size());  // behind it may stand the rest of what was longer
  if (!done) {
    put_back(out);
    return fail(done.error());
  }
  out.file = std::move(*file);
  return out;
}

Status SpareFiles::take_in(const fs::path& published) {
  if (resting_.size() + moved_.size() >= most) return files_->remove(published);
  auto path = new_path();
  if (auto done = files_->rename(published, path); !done) return done;
  moved_.push_back(std::move(path));
  return {};
}

void SpareFiles::note_moves() {
  for (auto& path : moved_) take_in_here(std::move(path));
  moved_.clear();
}

void SpareFiles::remove_all() {
  note_moves();
  for (auto& path : unused_) take_in_here(std::move(path));
  unused_.clear();
  for (const auto& spare : resting_) static_cast<void>(files_->remove(spare.path));
  resting_.clear();
}

}  // namespace ketenpoort::ledger
