// The body of an entry in the type of its kind, decoded once for everybody who reads the entry.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <variant>

#include "gateway/base/result.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/canonical.hpp"
#include "gateway/ledger/entry/kinds.hpp"

namespace ketenpoort::ledger {

class BodyCursor;

class TypedBody {
 public:
  explicit operator bool() const { return held_.index() != 0; }
  void clear() { held_.emplace<0>(); }

  // The body, if it is decoded and of this type.
  template <class Body>
  [[nodiscard]] const Body* get() const {
    const auto* held = std::get_if<Held<Body>>(&held_);
    if constexpr (is_boxed<Body>) {
      return held == nullptr ? nullptr : held->get();
    } else {
      return held;
    }
  }
  [[nodiscard]] std::optional<Kind> kind() const {
    return *this ? std::optional(static_cast<Kind>(held_.index() - 1)) : std::nullopt;
  }

  // Shows the body in its type, if there is one.
  template <class Show>
  void show(Show show) const {
    std::visit(
        [&]<class Stored>(const Stored& held) {
          if constexpr (requires { *held; }) {
            show(*held);
          } else if constexpr (!std::same_as<Stored, std::monostate>) {
            show(held);
          }
        },
        held_);
  }

  // Holds the body if it is well-formed for its kind, and nothing otherwise.
  bool decode(Kind kind, Value body);
  bool take(Kind kind, BodyCursor& cursor);  // leaves the cursor behind the body; see there what it accepts

 private:
  // Bodies of which a log has few must not make every entry large.
  template <class Body>
  static constexpr bool is_boxed = sizeof(Body) > 640;
  template <class Body>
  using Held = std::conditional_t<is_boxed<Body>, std::unique_ptr<Body>, Body>;

  template <class... Bodies>
  using OneOf = std::variant<std::monostate, Held<Bodies>...>;

  // In the order of Kind.
  using Any = OneOf<AgreementAmended, AgreementEnded, AgreementRegistered, AuditExported, AuditQueried, BreachRecorded,
                    ConfigActivated, ConsentGiven, ConsentRefused, ConsentWithdrawn, Anchored, ClockAnomaly, Cosigned,
                    KeyRotated, LedgerOpened, LedgerRecovered, MappingActivated, OutcomeReceived, OutcomeRejected,
                    PartnerPaused, PartnerResumed, PurposeRegistered, RecipientConfirmed, RecipientNotified,
                    RecordReceived, RequestClosed, RequestOpened, RuleRegistered, SubjectErased, SubjectLinked,
                    SubjectRectified, SubjectRestricted, SubjectUnlinked, SubjectUnrestricted, TransferAbandoned,
                    TransferAcknowledged, TransferCancelled, TransferDelivered, TransferFailed, TransferHeld,
                    TransferPermitted, TransferRefused, TransferRequested>;

  template <std::size_t number>
  struct Maker;

  Any held_;
};

// The body of an entry: the one decoded with it, or decoded now. Reads like a Result; points into the entry.
template <class Body>
class BodyOf {
 public:
  BodyOf(const TypedBody& typed, Value body) : typed_(typed.get<Body>()) {
    if (typed_ == nullptr) decoded_.emplace(decode_body<Body>(body));
  }

  explicit operator bool() const { return typed_ != nullptr || decoded_->has_value(); }
  const Body& operator*() const { return typed_ != nullptr ? *typed_ : **decoded_; }
  const Body* operator->() const { return &**this; }
  [[nodiscard]] const Error& error() const { return decoded_->error(); }
  void explain(Error error) { decoded_.emplace(fail(std::move(error))); }  // what is wrong, in other words

 private:
  const Body* typed_;
  std::optional<Result<Body>> decoded_;
};

}  // namespace ketenpoort::ledger
