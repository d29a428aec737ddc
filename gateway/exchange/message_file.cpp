#include "gateway/exchange/message_file.hpp"

#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

std::string pack_message(const mapping::Translation& translation) {
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object().key("findings").begin_array();
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

}  // namespace ketenpoort::exchange
