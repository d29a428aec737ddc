// Reads one YAML mapping key by key, strictly: what was never asked for is unknown, and unknown is wrong. Complaints
// gather in one list, so that a person repairs a configuration in one go.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/formats/yaml.hpp"

namespace ketenpoort::config {

struct SourceFile {
  std::filesystem::path path;
  std::string text;
  formats::YamlNode root;
  // Whether ${ENV} and file: are filled in. Policy files say what they say: a signature covers their bytes.
  bool expands = true;
  std::string signer{};  // the policy owner whose signature was verified; empty for none
};

class Problems {
 public:
  void add(const SourceFile& file, const formats::YamlNode& at, std::string detail);
  void add(Issue issue) { issues_.push_back(std::move(issue)); }
  [[nodiscard]] bool empty() const { return issues_.empty(); }
  [[nodiscard]] std::size_t size() const { return issues_.size(); }
  [[nodiscard]] std::vector<Issue> take() { return std::move(issues_); }

 private:
  std::vector<Issue> issues_;
};

enum class Need : unsigned char { required, optional };

// A mapping being read. When it goes, keys nobody asked for are complained about. What is missing or wrong reads as
// empty, the fallback, or the type's first value: go on reading, and look at Problems at the end.
class Section {
 public:
  Section(const SourceFile& file, const formats::YamlNode& node, Problems& problems);
  Section(Section&& other) noexcept;
  Section& operator=(Section&&) = delete;
  ~Section();

  [[nodiscard]] bool has(std::string_view key);
  std::string text(std::string_view key, Need need = Need::required);
  std::string one_of(std::string_view key, std::initializer_list<std::string_view> allowed, Need need = Need::required);
  std::string kbo_number(std::string_view key, Need need = Need::required);
  std::string ip_address(std::string_view key);
  Digest digest(std::string_view key);  // SHA-256: 64 lower-case hex digits
  bool flag(std::string_view key, bool fallback);
  template <std::integral T>
  T integer(std::string_view key, T fallback, T least, T most);
  double decimal(std::string_view key, double fallback, double least, double most);
  std::chrono::milliseconds duration(std::string_view key,
                                     std::chrono::milliseconds fallback);  // 500ms 30s 15min 2h 365d
  Date date(std::string_view key);
  std::optional<Date> optional_date(std::string_view key);
  // Relative to the folder of the file that names it.
  std::filesystem::path path(std::string_view key, Need need = Need::required);
  std::filesystem::path existing_file(std::string_view key, Need need = Need::required);
  std::vector<std::string> texts(std::string_view key, Need need = Need::required);
  CategorySet categories(std::string_view key, Need need = Need::required);

  std::optional<Section> section(std::string_view key, Need need = Need::optional);
  std::vector<Section> sections(std::string_view key, Need need = Need::required);          // a list of mappings
  std::vector<std::pair<std::string, std::vector<Section>>> grouped(std::string_view key);  // lists of mappings by name
  std::vector<std::string> names(std::string_view key);  // the keys of a mapping, to be read by section(key)->...
  bool is_filled_in(std::string_view key);               // its text comes from outside the file: ${ENV} or file:

  // About the value of a key, or about the whole section where the key does not stand.
  void complain(std::string_view key, std::string detail);
  void complain(std::string detail) { problems_->add(*file_, *node_, std::move(detail)); }

 private:
  struct Text {
    std::string value;
    bool secret = false;  // came from outside the file: never repeated
    [[nodiscard]] std::string shown() const;
  };
  const formats::YamlNode* find(std::string_view key);
  const formats::YamlNode* find(std::string_view key, Need need);
  const formats::YamlNode* find(std::string_view key, formats::YamlNode::Kind kind, Need need);
  std::optional<Text> scalar(std::string_view key, Need need);
  std::optional<Text> expand(const formats::YamlNode& node, std::string_view key);
  void complain_value(std::string_view key, const Text& stands, std::string_view must_be);

  const SourceFile* file_;
  const formats::YamlNode* node_;
  Problems* problems_;
  std::vector<std::string> asked_;
};

template <std::integral T>
T Section::integer(std::string_view key, T fallback, T least, T most) {
  const auto stands = scalar(key, Need::optional);
  if (!stands) return fallback;
  T value{};
  const auto* end = stands->value.data() + stands->value.size();
  const auto [parsed_to, error] = std::from_chars(stands->value.data(), end, value);
  if (error == std::errc{} && parsed_to == end && least <= value && value <= most) return value;
  complain_value(key, *stands, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return fallback;
}

}  // namespace ketenpoort::config
