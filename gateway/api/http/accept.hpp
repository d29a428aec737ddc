// What a caller takes for an answer (Accept, RFC 9110 section 12.5.1).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/http/http.hpp"

namespace ketenpoort::api {

class Accept {
 public:
  explicit Accept(std::string_view field);  // several fields of this name joined by commas; empty: anything
  explicit Accept(const Request& request);

  // Which of the `offered` media types the caller likes best: the place of one, nothing where all are ruled out. The
  // most specific range that names a type weighs it; where several weigh the same, the one that is named most exactly
  // counts, then the one that is named first, then the one that is offered first. JSON of some kind (`+json`) is JSON
  // too, to who asks for no more than that. Lenient where the field is malformed: what cannot be read rules nothing
  // out.
  [[nodiscard]] std::optional<std::size_t> choose(std::span<const std::string_view> offered) const;

 private:
  struct Range {
    std::string type;  // in lower case, as are all media types of ours
    std::string subtype;
    int weight = 1000;            // thousandths
    bool has_parameters = false;  // besides the weight
  };
  struct Liking;

  void read(std::string_view field);
  void read_range(std::string_view text);
  [[nodiscard]] Liking liking_of(std::string_view media_type) const;
  static int fit(const Range& range, std::string_view type, std::string_view subtype);

  std::vector<Range> ranges_;
  bool malformed_ = false;
};

// The detail of a 406: what there is instead.
std::string not_acceptable_detail(std::span<const std::string_view> offered);

}  // namespace ketenpoort::api
