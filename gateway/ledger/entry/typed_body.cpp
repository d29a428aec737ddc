#include "gateway/ledger/entry/typed_body.hpp"

#include <array>
#include <utility>

#include "gateway/ledger/entry/body_cursor.hpp"

namespace ketenpoort::ledger {
namespace {

template <class T>
struct Unboxed {
  using type = T;
};
template <class T>
struct Unboxed<std::unique_ptr<T>> {
  using type = T;
};

}  // namespace

template <std::size_t number>
struct TypedBody::Maker {
  using Stored = std::variant_alternative_t<number + 1, Any>;
  using Body = typename Unboxed<Stored>::type;
  static_assert(Body::kind == to_text(static_cast<Kind>(number)));

  static Body& make(Any& held) {
    auto& stored = held.emplace<number + 1>();
    if constexpr (is_boxed<Body>) {
      return *(stored = std::make_unique<Body>());
    } else {
      return stored;
    }
  }
  static bool take(Any& held, BodyCursor& cursor) { return take_body(cursor, make(held)); }
  static bool decode(Any& held, Value body) {
    auto decoded = decode_body<Body>(body);
    if (decoded) make(held) = std::move(*decoded);
    return decoded.has_value();
  }
};

bool TypedBody::decode(Kind kind, Value body) {
  constexpr auto makers = []<std::size_t... kinds>(std::index_sequence<kinds...>) {
    return std::array{&Maker<kinds>::decode...};
  }(std::make_index_sequence<kind_count>());
  if (makers[static_cast<std::size_t>(kind)](held_, body)) return true;
  clear();
  return false;
}

bool TypedBody::take(Kind kind, BodyCursor& cursor) {
  constexpr auto makers = []<std::size_t... kinds>(std::index_sequence<kinds...>) {
    return std::array{&Maker<kinds>::take...};
  }(std::make_index_sequence<kind_count>());
  if (makers[static_cast<std::size_t>(kind)](held_, cursor)) return true;
  clear();
  return false;
}

}  // namespace ketenpoort::ledger
