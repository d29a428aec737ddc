#include "gateway/base/append.hpp"

namespace ketenpoort {
namespace {

using namespace std::chrono;

char* put_hex(char* at, std::uint8_t byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  *at++ = digits[byte >> 4];
  *at++ = digits[byte & 15];
  return at;
}

void put_digits(char* at, unsigned value, std::size_t width) {
  for (std::size_t i = width; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

// Into ten characters; false for a year that four digits do not hold.
bool put_iso(char* at, Date date) {
  const int y = static_cast<int>(date.year());
  if (y < 0 || y > 9999) return false;
  put_digits(at, static_cast<unsigned>(y), 4);
  at[4] = at[7] = '-';
  put_digits(at + 5, static_cast<unsigned>(date.month()), 2);
  put_digits(at + 8, static_cast<unsigned>(date.day()), 2);
  return true;
}

}  // namespace

void append_hex(std::string& out, ByteView bytes) {
  const auto size = out.size();
  out.resize(size + bytes.size() * 2);
  char* at = out.data() + size;
  for (const auto byte : bytes) at = put_hex(at, byte);
}

void append_uuid(std::string& out, const Uuid& id) {
  const auto size = out.size();
  out.resize(size + 36);
  char* at = out.data() + size;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    at = put_hex(at, id.bytes[i]);
  }
}

void append_rfc3339(std::string& out, Timestamp time) {
  const auto day_start = floor<days>(time);
  const auto since = static_cast<unsigned>((time - day_start).count());
  char text[] = "yyyy-mm-ddThh:mm:ss.mmmZ";
  put_digits(text + 11, since / 3'600'000, 2);
  put_digits(text + 14, since / 60'000 % 60, 2);
  put_digits(text + 17, since / 1000 % 60, 2);
  put_digits(text + 20, since % 1000, 3);
  if (put_iso(text, Date{day_start}))
    out.append(text, sizeof text - 1);
  else
    out += to_rfc3339(time);
}

void append_iso(std::string& out, Date date) {
  char text[10];
  if (put_iso(text, date))
    out.append(text, sizeof text);
  else
    out += to_iso(date);
}

}  // namespace ketenpoort
