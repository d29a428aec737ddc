// Bytes of plain values, for files that this very program reads again: numbers as they are in memory, texts and lists
// with their length before them. A type that is no plain value is visited field by field: template <class A> void
// describe(A&, T&). Internal to gateway/ledger.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ketenpoort::ledger {

template <class T>
concept PlainValue = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>;

// Visits what is to be written; `Output` says what becomes of the bytes.
template <class Output>
class ArchiveVisitor {
 public:
  static constexpr bool reads = false;
  template <class... T>
  void operator()(const T&... values) {
    (write(values), ...);
  }

 private:
  Output& output() { return static_cast<Output&>(*this); }
  template <PlainValue T>
  void write(const T& value) {
    output().put({reinterpret_cast<const char*>(&value), sizeof value});
  }
  void write(const bool& value) { output().put(value ? "\1" : std::string_view("\0", 1)); }
  void write(std::string_view text) {
    write(std::uint64_t{text.size()});
    output().put(text);
  }
  void write(const std::string& text) { write(std::string_view(text)); }
  template <class T>
  void write(const std::vector<T>& list) {
    write(std::uint64_t{list.size()});
    for (const auto& item : list) write(item);
  }
  template <class T>
  void write(const std::deque<T>& list) {
    write(std::uint64_t{list.size()});
    for (const auto& item : list) write(item);
  }
  template <class T>
  void write(const std::optional<T>& value) {
    write(value.has_value());
    if (value) write(*value);
  }
  template <class T>
    requires(!PlainValue<T>)
  void write(const T& value) {
    describe(output(), const_cast<T&>(value));  // a writer changes nothing of what it visits
  }
};

// How many bytes a writer would write.
class ArchiveMeter : public ArchiveVisitor<ArchiveMeter> {
 public:
  void put(std::string_view bytes) { size_ += bytes.size(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

class ArchiveWriter : public ArchiveVisitor<ArchiveWriter> {
 public:
  // `expected`: what a meter said, where growing step by step would take too much memory.
  explicit ArchiveWriter(std::size_t expected = 0) { out_.reserve(expected); }
  void put(std::string_view bytes) { out_ += bytes; }
  [[nodiscard]] const std::string& bytes() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what a writer wrote; the first thing that does not fit ends it, and finished() says so.
class ArchiveReader {
 public:
  static constexpr bool reads = true;
  explicit ArchiveReader(std::string_view bytes) : rest_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (read(values), ...);
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  bool has(std::uint64_t wanted) {
    good_ = good_ && wanted <= rest_.size();
    return good_;
  }
  template <PlainValue T>
  void read(T& value) {
    if (!has(sizeof value)) return;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
  }
  void read(bool& value) {
    if (!has(1)) return;
    value = rest_.front() != '\0';
    rest_.remove_prefix(1);
  }
  void read(std::string& text) {
    std::uint64_t size = 0;
    read(size);
    if (!has(size)) return;
    text.assign(rest_.substr(0, size));
    rest_.remove_prefix(size);
  }
  template <class List>
  void read_list(List& list) {
    std::uint64_t size = 0;
    read(size);
    if (!has(size)) return;  // every item takes a byte at least
    list.resize(size);
    for (auto& item : list) read(item);
  }
  template <class T>
  void read(std::vector<T>& list) {
    read_list(list);
  }
  template <class T>
  void read(std::deque<T>& list) {
    read_list(list);
  }
  template <class T>
  void read(std::optional<T>& value) {
    bool there = false;
    read(there);
    if (there)
      read(value.emplace());
    else
      value.reset();
  }
  template <class T>
    requires(!PlainValue<T>)
  void read(T& value) {
    if (good_) describe(*this, value);
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace ketenpoort::ledger
