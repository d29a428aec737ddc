#include "gateway/storage/vault/changes.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace ketenpoort::storage {
namespace {

class Writer {
 public:
  template <std::size_t n>
  Writer& raw(const std::array<std::uint8_t, n>& bytes) {
    return rest(bytes);
  }
  Writer& rest(ByteView bytes) {
    out_.append(as_text(bytes));
    return *this;
  }
  Writer& sized(ByteView bytes) { return integer(static_cast<std::uint16_t>(bytes.size())).rest(bytes); }
  template <std::unsigned_integral T>
  Writer& integer(T value) {
    for (std::size_t shift = sizeof(T) * 8; shift > 0; shift -= 8)
      out_.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (shift - 8))));
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads past the end give zeros and are remembered: whoever reads asks ok() once, at the end.
class Reader {
 public:
  explicit Reader(std::string_view text) : left_(as_bytes(text)) {}

  template <std::size_t n>
  std::array<std::uint8_t, n> raw() {
    std::array<std::uint8_t, n> out{};
    const auto bytes = take(n);
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
  }
  ByteView sized() { return take(integer<std::uint16_t>()); }
  ByteView rest() { return take(left_.size()); }
  template <std::unsigned_integral T>
  T integer() {
    T value = 0;
    for (const auto byte : take(sizeof(T))) value = static_cast<T>(static_cast<std::uint64_t>(value) << 8 | byte);
    return value;
  }
  [[nodiscard]] bool ok() const { return ok_ && left_.empty(); }

 private:
  ByteView take(std::size_t size) {
    if (size > left_.size()) {
      ok_ = false;
      return {};
    }
    const auto out = left_.first(size);
    left_ = left_.subspan(size);
    return out;
  }

  ByteView left_;
  bool ok_ = true;
};

Bytes copy(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string write(const StoredSubject& row) {
  Writer out;
  out.raw(row.subject);
  for (const auto& key : row.keys) out.sized(key);
  return out.take();
}

std::string write(const StoredIdentifier& row) {
  return Writer().raw(row.mark).raw(row.subject).take();
}

std::string write(const StoredRecord& row) {
  return Writer().raw(row.record.bytes).raw(row.subject).rest(row.sealed).take();
}

std::string write(const StoredPayload& row) {
  return Writer().raw(row.transfer.bytes).raw(row.subject).sized(as_bytes(row.content_type)).rest(row.sealed).take();
}

std::string write(const DroppedPayload& row) {
  return Writer().raw(row.transfer.bytes).take();
}

std::string write(const StoredReply& row) {
  return Writer()
      .raw(row.key)
      .raw(row.body_digest)
      .integer(static_cast<std::uint16_t>(row.status))
      .integer(static_cast<std::uint64_t>(row.expires.time_since_epoch().count()))
      .rest(row.sealed)
      .take();
}

std::string write(const DroppedRecord& row) {
  return Writer().raw(row.record.bytes).take();
}

std::string write(const ErasedSubject& row) {
  return Writer()
      .raw(row.subject)
      .integer(row.classes.bits())
      .integer(static_cast<std::uint8_t>(row.suppress ? 1 : 0))
      .take();
}

std::string write(const PurgedSubject& row) {
  return Writer().raw(row.subject).take();
}

std::string write(const StoredDecision& row) {
  return Writer().raw(row.decision.bytes).raw(row.subject).rest(row.sealed).take();
}

std::string write(const DroppedDecision& row) {
  return Writer().raw(row.decision.bytes).take();
}

std::string write(const StoredStayEnd& row) {
  return Writer().raw(row.subject).integer(static_cast<std::uint64_t>(row.day)).take();
}

std::string write(const StoredFigure& row) {
  Writer out;
  out.raw(row.id.bytes).integer(row.month);
  for (const auto* text : {&row.centre, &row.recipient, &row.kind, &row.status, &row.reason})
    out.sized(as_bytes(*text));
  return out.take();
}

std::string write(const StoredNumber& row) {
  return Writer().raw(row.mark).raw(row.subject).raw(row.reference).integer(row.state).take();
}

void read(Reader& in, StoredNumber& row) {
  row.mark = in.raw<32>();
  row.subject = in.raw<16>();
  row.reference = in.raw<16>();
  row.state = in.integer<std::uint8_t>();
}

void read(Reader& in, StoredSubject& row) {
  row.subject = in.raw<16>();
  for (auto& key : row.keys) key = copy(in.sized());
}

void read(Reader& in, StoredIdentifier& row) {
  row.mark = in.raw<32>();
  row.subject = in.raw<16>();
}

void read(Reader& in, StoredRecord& row) {
  row.record.bytes = in.raw<16>();
  row.subject = in.raw<16>();
  row.sealed = copy(in.rest());
}

void read(Reader& in, StoredPayload& row) {
  row.transfer.bytes = in.raw<16>();
  row.subject = in.raw<16>();
  row.content_type = as_text(in.sized());
  row.sealed = copy(in.rest());
}

void read(Reader& in, DroppedPayload& row) {
  row.transfer.bytes = in.raw<16>();
}

void read(Reader& in, StoredReply& row) {
  row.key = in.raw<32>();
  row.body_digest = in.raw<32>();
  row.status = in.integer<std::uint16_t>();
  row.expires = Timestamp(std::chrono::milliseconds(static_cast<std::int64_t>(in.integer<std::uint64_t>())));
  row.sealed = copy(in.rest());
}

void read(Reader& in, DroppedRecord& row) {
  row.record.bytes = in.raw<16>();
}

void read(Reader& in, ErasedSubject& row) {
  row.subject = in.raw<16>();
  row.classes = KeyClassSet::from_bits(in.integer<std::uint8_t>());
  row.suppress = in.integer<std::uint8_t>() != 0;
}

void read(Reader& in, PurgedSubject& row) {
  row.subject = in.raw<16>();
}

void read(Reader& in, StoredDecision& row) {
  row.decision.bytes = in.raw<16>();
  row.subject = in.raw<16>();
  row.sealed = copy(in.rest());
}

void read(Reader& in, DroppedDecision& row) {
  row.decision.bytes = in.raw<16>();
}

void read(Reader& in, StoredStayEnd& row) {
  row.subject = in.raw<16>();
  row.day = static_cast<std::int64_t>(in.integer<std::uint64_t>());
}

void read(Reader& in, StoredFigure& row) {
  row.id.bytes = in.raw<16>();
  row.month = in.integer<std::uint32_t>();
  for (auto* text : {&row.centre, &row.recipient, &row.kind, &row.status, &row.reason}) *text = as_text(in.sized());
}

// The alternative of Change at position `kind`, default-made; nothing when there is none.
template <std::size_t... i>
std::optional<Change> make(std::size_t kind, std::index_sequence<i...>) {
  std::optional<Change> out;
  ((kind == i ? void(out.emplace(std::in_place_index<i>)) : void()), ...);
  return out;
}

}  // namespace

ledger::VaultChange encode(const Change& change) {
  return {.kind = static_cast<std::uint8_t>(change.index()),
          .bytes = std::visit([](const auto& row) { return write(row); }, change)};
}

Result<Change> decode(const ledger::VaultChange& change) {
  auto out = make(change.kind, std::make_index_sequence<std::variant_size_v<Change>>());
  if (!out)
    return fail(ErrorCode::malformed, "vault change of unknown kind " + std::to_string(change.kind) +
                                          ": written by a newer version of this program");
  Reader in(change.bytes);
  std::visit([&in](auto& row) { read(in, row); }, *out);
  if (!in.ok())
    return fail(ErrorCode::malformed, "vault change of kind " + std::to_string(change.kind) + " is cut or too long");
  return std::move(*out);
}

}  // namespace ketenpoort::storage
