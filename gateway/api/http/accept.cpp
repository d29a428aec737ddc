#include "gateway/api/http/accept.hpp"

#include <algorithm>
#include <tuple>

#include "gateway/base/ascii.hpp"
#include "gateway/base/field_text.hpp"

namespace ketenpoort::api {
namespace {

// How exactly a range names a type, least first.
constexpr int no_fit = 0;
constexpr int any_fit = 1;
constexpr int any_subtype_fit = 2;
constexpr int suffix_fit = 3;     // application/json for application/ld+json
constexpr int parameter_fit = 4;  // the type with parameters that we do not know apart
constexpr int exact_fit = 5;

// The text until `end`, which may stand within quotes without meaning; takes it off `rest`, the end too.
std::string_view take_part(std::string_view& rest, char end) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    const char c = rest[at];
    if (quoted && c == '\\')
      ++at;
    else if (c == '"')
      quoted = !quoted;
    else if (c == end && !quoted)
      break;
  }
  const auto part = rest.substr(0, at);
  rest = at < rest.size() ? rest.substr(at + 1) : std::string_view{};
  return trim(part);
}

std::string_view without_parameters(std::string_view media_type) {
  return trim(media_type.substr(0, media_type.find(';')));
}

std::string joined(const Request& request) {
  std::string out;
  for (const auto& [name, value] : request.headers)
    if (name == "accept") out.append(out.empty() ? "" : ",").append(value);
  return out;
}

}  // namespace

struct Accept::Liking {
  int weight = 0;
  int fit = no_fit;
  std::size_t place = 0;  // in the field
};

Accept::Accept(std::string_view field) {
  read(field);
}

Accept::Accept(const Request& request) {
  read(joined(request));
}

void Accept::read(std::string_view field) {
  while (!field.empty())
    if (const auto part = take_part(field, ','); !part.empty()) read_range(part);
}

void Accept::read_range(std::string_view text) {
  const auto media_range = take_part(text, ';');
  const auto slash = media_range.find('/');
  Range range;
  if (slash != std::string_view::npos) {
    range.type = to_lower(media_range.substr(0, slash));
    range.subtype = to_lower(media_range.substr(slash + 1));
  }
  const bool any_type = range.type == "*";
  bool understood = is_token(range.type) && is_token(range.subtype) && (!any_type || range.subtype == "*") &&
                    (range.subtype == "*" || range.subtype.find('*') == std::string::npos);
  bool weighed = false;  // what follows the weight is no parameter of the type
  while (!text.empty()) {
    const auto parameter = take_part(text, ';');
    const bool is_weight = parameter.size() >= 2 && (parameter[0] == 'q' || parameter[0] == 'Q') && parameter[1] == '=';
    if (is_weight && !weighed) {
      const auto weight = read_weight(parameter.substr(2));
      understood = understood && weight;
      range.weight = weight.value_or(0);
      weighed = true;
    } else if (!weighed && !parameter.empty()) {
      range.has_parameters = true;
    }
  }
  if (understood)
    ranges_.push_back(std::move(range));
  else
    malformed_ = true;
}

int Accept::fit(const Range& range, std::string_view type, std::string_view subtype) {
  if (range.type == "*") return any_fit;
  if (range.type != type) return no_fit;
  if (range.subtype == "*") return any_subtype_fit;
  if (range.subtype == subtype) return range.has_parameters ? parameter_fit : exact_fit;
  return range.subtype == "json" && subtype.ends_with("+json") ? suffix_fit : no_fit;
}

Accept::Liking Accept::liking_of(std::string_view media_type) const {
  const auto plain = without_parameters(media_type);
  const auto slash = std::min(plain.find('/'), plain.size());
  const auto type = plain.substr(0, slash);
  const auto subtype = plain.substr(std::min(slash + 1, plain.size()));
  Liking out;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const auto fits = fit(ranges_[i], type, subtype);
    if (fits != no_fit && std::tie(fits, ranges_[i].weight) > std::tie(out.fit, out.weight))
      out = {ranges_[i].weight, fits, i};
  }
  return out;
}

std::optional<std::size_t> Accept::choose(std::span<const std::string_view> offered) const {
  std::optional<std::size_t> best;
  Liking most;
  for (std::size_t i = 0; i < offered.size(); ++i) {
    const auto liking = liking_of(offered[i]);
    if (liking.weight == 0) continue;
    const auto better = std::tie(liking.weight, liking.fit) > std::tie(most.weight, most.fit);
    const auto as_good = std::tie(liking.weight, liking.fit) == std::tie(most.weight, most.fit);
    if (better || (as_good && liking.place < most.place)) {
      best = i;
      most = liking;
    }
  }
  const bool anything = ranges_.empty() || malformed_;
  if (!best && anything && !offered.empty()) return 0;
  return best;
}

std::string not_acceptable_detail(std::span<const std::string_view> offered) {
  std::string there_is;
  for (const auto one : offered) there_is.append(there_is.empty() ? "" : ", ").append(without_parameters(one));
  return "Accept rules out what there is here: " + there_is + "; name one of these, or leave Accept out";
}

}  // namespace ketenpoort::api
