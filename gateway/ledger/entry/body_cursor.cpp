#include "gateway/ledger/entry/body_cursor.hpp"

namespace ketenpoort::ledger {

bool BodyCursor::take(std::uint64_t& out) {
  constexpr std::ptrdiff_t most_digits = 16;
  const char* first = at_;
  std::uint64_t value = 0;
  while (at_ != end_ && at_ - first <= most_digits && *at_ >= '0' && *at_ <= '9')
    value = value * 10 + static_cast<std::uint64_t>(*at_++ - '0');
  const auto digits = at_ - first;
  if (digits == 0 || digits > most_digits || (*first == '0' && digits > 1)) return false;
  if (value > static_cast<std::uint64_t>(largest_integer)) return false;
  out = value;
  return true;
}

bool BodyCursor::take(bool& out) {
  out = rest().starts_with("true");
  if (!out && !rest().starts_with("false")) return false;
  at_ += out ? 4 : 5;
  return true;
}

// In the order of the closed list and without repetition, as BodyReader wants it.
bool BodyCursor::take(CategorySet& out) {
  out = {};
  if (!take_char('[')) return false;
  if (take_char(']')) return true;
  std::size_t candidate = 0;
  do {
    std::string_view name;
    if (!take(name)) return false;
    while (candidate < category_count && to_text(static_cast<Category>(candidate)) != name) ++candidate;
    if (candidate == category_count) return false;
    out.insert(static_cast<Category>(candidate++));
  } while (take_char(','));
  return take_char(']');
}

bool BodyCursor::take(LeftOut& out) {
  BodyCursor inner(rest());
  std::string_view category;
  inner.key("category", category);
  inner.key("reason", out.reason);
  if (!inner.finish() || !is_reason(out.reason)) return false;
  const auto known = parse_category(category);
  if (known) out.category = *known;
  at_ = inner.at_;
  return known.has_value();
}

}  // namespace ketenpoort::ledger
