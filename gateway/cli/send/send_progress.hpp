// Which rows of a file a gateway has taken, kept beside the file while it is being sent, so that an interrupted run
// goes on where it was.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::cli {

// Line numbers as ranges: "1-50,53".
class LineSet {
 public:
  static std::optional<LineSet> parse(std::string_view text);  // ascending, disjoint, from 1
  [[nodiscard]] std::string text() const;

  void add(std::size_t line);
  [[nodiscard]] bool contains(std::size_t line) const;
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::map<std::size_t, std::size_t> ranges_;  // first -> last, never touching one another
  std::size_t size_ = 0;
};

class SendProgress {
 public:
  // Reads FILE.ketenpoort-progress when it is about this content and this gateway; anything else starts from nothing.
  static SendProgress open(const std::filesystem::path& file, const Digest& content, std::string gateway);
  static SendProgress fresh(const std::filesystem::path& file, const Digest& content, std::string gateway);

  [[nodiscard]] const LineSet& done() const { return done_; }
  void add(std::size_t line) { done_.add(line); }

  Status save() const;
  void remove() const;  // the whole file was answered: sending it again is a new wish, and harmless

 private:
  SendProgress(std::filesystem::path path, const Digest& content, std::string gateway)
      : path_(std::move(path)), content_(content), gateway_(std::move(gateway)) {}

  std::filesystem::path path_;
  Digest content_{};
  std::string gateway_;
  LineSet done_;
};

}  // namespace ketenpoort::cli
