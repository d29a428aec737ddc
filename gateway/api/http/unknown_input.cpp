#include "gateway/api/http/unknown_input.hpp"

#include "gateway/formats/suggest.hpp"

namespace ketenpoort::api {
namespace {

std::string how_to_mend(std::string_view what, std::initializer_list<std::string_view> known) {
  if (known.size() == 0) return std::string("this call takes no ").append(what).append("; leave it out");
  std::string text = std::string("this call does not know the ").append(what).append("; leave it out, or use one of ");
  for (const auto name : known) text.append(name == *known.begin() ? "" : ", ").append(name);
  return text;
}

}  // namespace

tl::unexpected<Error> refuse_property(std::string_view name, std::initializer_list<std::string_view> known,
                                      std::string_view within) {
  auto where = std::string(within).append(within.empty() ? "" : ".").append(formats::name_to_tell(name));
  return fail(ErrorCode::unknown_input, "the call names something that is not known here",
              {{ErrorCode::unknown_input, std::move(where), how_to_mend("property", known)}});
}

tl::unexpected<Error> refuse_unknown_parameter(std::string_view name, std::initializer_list<std::string_view> known) {
  return fail(ErrorCode::unknown_input, "a query parameter is not known here",
              {{ErrorCode::unknown_input, formats::name_to_tell(name), how_to_mend("parameter", known)}});
}

}  // namespace ketenpoort::api
