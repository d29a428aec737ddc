#include "gateway/exchange/delivery/message_file.hpp"

#include <algorithm>

#include "gateway/base/bytes.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

std::string pack_message(const mapping::Translation& translation, const AeadKey& commit_key) {
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object().member("commitKey", to_hex(commit_key)).key("findings").begin_array();
  for (const auto& finding : translation.findings)
    writer.begin_object()
        .member("code", finding.code)
        .member("detail", finding.detail)
        .member("field", finding.field)
        .end_object();
  writer.end_array().key("leftOut").begin_array();
  for (const auto& left : translation.left_out)
    writer.begin_object()
        .member("category", to_text(left.category))
        .member("field", left.field)
        .member("reason", left.reason)
        .end_object();
  writer.end_array().end_object();
  out += '\n';
  out += translation.bytes;
  return out;
}

PackedMessage unpack_message(std::string_view packed) {
  const auto end = packed.find('\n');  // JSON escapes line feeds, so the first one ends the remarks
  if (end == std::string_view::npos) return {"{}", packed};
  return {packed.substr(0, end), packed.substr(end + 1)};
}

std::string take_message(std::string&& packed) {
  const auto size = unpack_message(packed).message.size();
  packed.erase(0, packed.size() - size);
  return std::move(packed);
}

std::optional<AeadKey> find_commit_key(std::string_view packed) {
  const auto remarks = formats::parse_json(unpack_message(packed).remarks);
  if (!remarks) return std::nullopt;
  const auto bytes = from_hex(remarks->root().find("commitKey").as_string().value_or(""));
  AeadKey key{};
  if (!bytes || bytes->size() != key.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

}  // namespace ketenpoort::exchange
