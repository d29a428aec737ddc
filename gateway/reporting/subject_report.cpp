#include "gateway/reporting/subject_report.hpp"

#include <algorithm>
#include <set>

#include "gateway/exchange/delivery/message_file.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/kinds.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::reporting {
namespace {

using ledger::Entry;
using ledger::History;
using ledger::Kind;

// Goes through the entries about one subject, in order.
class Collector {
 public:
  explicit Collector(SubjectReport& report) : report_(report) {}

  void take(const Entry& entry, Kind kind) {
    if (entry.tx) return take_transfer(entry, kind);
    switch (kind) {
      case Kind::consent_given:
        return take_consent<ledger::ConsentGiven>(entry, true);
      case Kind::consent_refused:
        return take_consent<ledger::ConsentRefused>(entry, false);
      case Kind::consent_withdrawn:
        return take_withdrawal(entry);
      case Kind::record_received:
        return with<ledger::RecordReceived>(entry, [&](auto& body) {
          report_.sources.push_back(
              {body.record, entry.time, body.source.system, body.source.organisation, body.source.centre, {}});
        });
      case Kind::recipient_notified:
        return with<ledger::RecipientNotified>(entry, [&](auto& body) {
          report_.notifications.push_back(
              {entry.seq, entry.time, body.recipient, body.cause, body.deadline, {}, {}, {}});
        });
      case Kind::recipient_confirmed:
        return take_reply(entry);
      case Kind::request_opened:
        return with<ledger::RequestOpened>(entry, [&](auto& body) {
          report_.requests.push_back({body.request, entry.time, body.article, body.deadline, {}, {}});
        });
      case Kind::request_closed:
        return take_close(entry);
      case Kind::audit_queried:
        return with<ledger::AuditQueried>(entry, [&](auto& body) {
          report_.looks.push_back({entry.time, std::string(entry.kind), body.purpose});
        });
      case Kind::audit_exported:
        return with<ledger::AuditExported>(entry, [&](auto& body) {
          report_.looks.push_back({entry.time, std::string(entry.kind), body.purpose});
        });
      default:
        return take_event(entry, kind);
    }
  }

 private:
  template <class Body, class Then>
  void with(const Entry& entry, Then then) {
    if (auto body = ledger::decode_body<Body>(entry.body)) then(*body);
  }

  template <class Body>
  void take_consent(const Entry& entry, bool given) {
    with<Body>(entry, [&](auto& body) {
      for (auto& before : report_.consents)
        if (before.statement.purpose == body.purpose && before.statement.recipient == body.recipient)
          before.superseded = true;
      report_.consents.push_back({entry.time, given, body, given ? body.categories : CategorySet{}, false, {}});
    });
  }

  void take_withdrawal(const Entry& entry) {
    with<ledger::ConsentWithdrawn>(entry, [&](auto& body) {
      for (auto& consent : report_.consents) {
        if (consent.statement.consent != body.consent) continue;
        consent.withdrawals.push_back({entry.time, body.categories});
        consent.remaining = body.whole ? CategorySet{} : consent.remaining.without(body.categories);
      }
    });
  }

  void take_reply(const Entry& entry) {
    with<ledger::RecipientConfirmed>(entry, [&](auto& body) {
      for (auto& told : report_.notifications) {
        if (told.seq != body.notified) continue;
        told.replied = entry.time;
        told.reply = body.reply;
        told.ground = body.ground;
      }
    });
  }

  void take_close(const Entry& entry) {
    with<ledger::RequestClosed>(entry, [&](auto& body) {
      for (auto& request : report_.requests) {
        if (request.id != body.request) continue;
        request.closed = entry.time;
        request.outcome = body.outcome;
      }
    });
  }

  void take_event(const Entry& entry, Kind kind) {
    ReportedEvent event{entry.time, std::string(entry.kind), {}};
    if (kind == Kind::subject_restricted)
      with<ledger::SubjectRestricted>(entry, [&](auto& body) { event.ground = body.ground; });
    if (kind == Kind::subject_erased)
      with<ledger::SubjectErased>(entry, [&](auto& body) {
        report_.erasures.push_back({entry.time, body.classes, body.kept});
      });
    report_.events.push_back(std::move(event));
  }

  void take_transfer(const Entry& entry, Kind kind) {
    if (kind == Kind::transfer_requested)
      return with<ledger::TransferRequested>(entry, [&](auto& body) {
        places_[*entry.tx] = report_.transfers.size();
        report_.transfers.push_back({*entry.tx,
                                     body.recipient,
                                     body.purpose,
                                     body.message,
                                     entry.time,
                                     TransferState::requested,
                                     {},
                                     {},
                                     {},
                                     body.record});
      });
    const auto at = places_.find(*entry.tx);
    if (at == places_.end()) return;
    auto& transfer = report_.transfers[at->second];
    if (const auto state = parse_transfer_state(entry.kind.substr(entry.kind.find('.') + 1));
        state && entry.kind.starts_with("transfer."))
      transfer.state = *state;
    if (kind == Kind::transfer_permitted)
      take_permit(entry, transfer);
    else if (kind == Kind::outcome_received || kind == Kind::outcome_rejected)
      take_outcome(entry, kind, transfer);
    else if (!transfer.sendings.empty())
      take_end(entry, kind, transfer.sendings.back());
    take_decision(entry, kind, transfer);
  }

  void take_permit(const Entry& entry, ReportedTransfer& transfer) {
    with<ledger::TransferPermitted>(entry, [&](auto& body) {
      ReportedSending out;
      out.at = entry.time;
      out.attempt = body.attempt;
      out.categories = body.categories;
      out.left_out = body.left_out;
      out.basis = body.basis;
      out.recipient_body = body.recipient_body;
      transfer.sendings.push_back(std::move(out));
      grounds_.push_back({at_of(transfer), transfer.sendings.size() - 1, body.agreement, body.consent});
    });
  }

  static void take_end(const Entry& entry, Kind kind, ReportedSending& sending) {
    if (kind == Kind::transfer_delivered) {
      sending.delivered = entry.time;
    } else if (kind == Kind::transfer_acknowledged) {
      sending.acknowledged = entry.time;
      if (const auto reference = entry.body.find("reference"); reference.is(ledger::Value::Kind::string))
        sending.reference = reference.text();
    } else if (kind == Kind::transfer_failed) {
      sending.failed = true;
      const auto may_have = entry.body.find("mayHaveArrived");
      sending.may_have_arrived = may_have.is(ledger::Value::Kind::boolean) && may_have.boolean();
    } else if (kind == Kind::transfer_cancelled && !sending.delivered && !sending.acknowledged) {
      sending.failed = true;  // before the first byte
    }
  }

  static void take_decision(const Entry& entry, Kind kind, ReportedTransfer& transfer) {
    const auto add = [&](const ledger::DecisionGround& body, std::optional<Date> until) {
      transfer.decisions.push_back({entry.time, transfer.state, body.reasons, until});
    };
    if (kind == Kind::transfer_held) {
      if (const auto body = ledger::decode_body<ledger::TransferHeld>(entry.body)) add(*body, body->held_until);
    } else if (kind == Kind::transfer_refused) {
      if (const auto body = ledger::decode_body<ledger::TransferRefused>(entry.body)) add(*body, {});
    } else if (kind == Kind::transfer_cancelled) {
      if (const auto body = ledger::decode_body<ledger::TransferCancelled>(entry.body)) add(*body, {});
    }
  }

  static void take_outcome(const Entry& entry, Kind kind, ReportedTransfer& transfer) {
    if (kind == Kind::outcome_received) {
      if (const auto body = ledger::decode_body<ledger::OutcomeReceived>(entry.body))
        transfer.outcomes.push_back({entry.time, body->outcome, true, body->status, body->sort, body->on, {}});
    } else if (const auto body = ledger::decode_body<ledger::OutcomeRejected>(entry.body)) {
      transfer.outcomes.push_back({entry.time, body->outcome, false, {}, {}, {}, body->reasons});
    }
  }

  [[nodiscard]] std::size_t at_of(const ReportedTransfer& transfer) const {
    return static_cast<std::size_t>(&transfer - report_.transfers.data());
  }

 public:
  // What a permit rests on, to be looked up.
  struct Ground {
    std::size_t transfer = 0, sending = 0;
    std::uint64_t agreement = 0;
    std::optional<std::uint64_t> consent;
  };
  std::vector<Ground> grounds_;
  std::map<std::uint64_t, ConsentId> consents_by_seq_;

 private:
  SubjectReport& report_;
  std::map<TransferId, std::size_t> places_;
};

Status read_entries(audit::Index& index, const std::vector<audit::EntryPlace>& places, Collector& collector) {
  for (const auto& place : places) {
    const auto bytes = index.bytes(place);
    if (!bytes) return fail(bytes.error());
    const auto entry = ledger::decode_entry(*bytes);
    if (!entry) return fail(entry.error());
    const auto kind = ledger::parse_kind(entry->kind);
    if (!kind) continue;
    collector.take(*entry, *kind);
    if (*kind != Kind::consent_given && *kind != Kind::consent_refused && *kind != Kind::consent_withdrawn) continue;
    if (const auto consent = parse_uuid(entry->body.find("consent").text()))
      collector.consents_by_seq_.emplace(entry->seq, *consent);
  }
  return {};
}

// Who answers for it all: nobody can write to a number.
std::optional<Party> find_controller(const History& history, std::string_view organisation) {
  for (const auto* purpose : history.purposes())
    for (const auto* agreement : history.agreements_with(purpose->value.recipient))
      for (const auto& party : agreement->value.parties)
        if (agreement->current && party.body == organisation) return party;
  return std::nullopt;
}

// What stands elsewhere in the log: agreements, purposes, how things are today.
void look_up(const History& history, const Collector& collector, SubjectReport& report) {
  report.restricted = history.is_restricted(report.ref);
  report.erased = history.is_erased(report.ref);
  for (const auto& ground : collector.grounds_) {
    auto& sending = report.transfers[ground.transfer].sendings[ground.sending];
    if (const auto* agreement = history.agreement_at(ground.agreement)) sending.agreement = agreement->value;
    if (!ground.consent) continue;
    const auto consent = collector.consents_by_seq_.find(*ground.consent);
    if (consent != collector.consents_by_seq_.end()) sending.consent = consent->second;
  }
  std::set<std::string> wanted;
  for (const auto& transfer : report.transfers) wanted.insert(transfer.purpose);
  for (const auto& consent : report.consents) wanted.insert(consent.statement.purpose);
  for (const auto* purpose : history.purposes())  // in the order of registration: the last stays
    if (wanted.contains(purpose->value.id)) report.purposes.insert_or_assign(purpose->value.id, purpose->value);
}

void add_categories(formats::JsonView value, const std::string& path, CategorySet& out) {
  if (value.is(formats::JsonKind::object)) {
    for (const auto [key, member] : value.members())
      add_categories(member, path.empty() ? std::string(key) : path + '.' + std::string(key), out);
  } else if (value.is(formats::JsonKind::array)) {
    for (const auto element : value.elements()) add_categories(element, path, out);
  } else if (const auto category = category_of_field(path)) {
    out.insert(*category);
  }
}

bool is_gone(const Error& error) {
  return error.code == ErrorCode::gone || error.code == ErrorCode::not_found;
}

// Two people were taken for one, and parted again: what came about the other meanwhile stands under this reference for
// ever, and is nothing to show to this one (GDPR art. 15(4)).
bool is_anothers(const exchange::Vault& vault, formats::JsonView record, const SubjectRef& subject) {
  const auto number = record.find("resident").find("identifiers").find("fedasilNumber").as_string();
  if (!number) return false;
  const auto decided = vault.find_number(vault.mark(exchange::IdentifierKind::fedasil_number, *number), subject);
  return decided && decided->state == exchange::NumberDecision::State::parted;
}

Status open_records(const exchange::Vault& vault, SubjectReport& report) {
  for (auto& source : report.sources) {
    const auto record = vault.find_record(source.record);
    if (!record && !is_gone(record.error())) return fail(record.error());
    if (!record) continue;
    const auto document = formats::parse_json(*record);
    if (!document) return fail(document.error());
    source.is_anothers = is_anothers(vault, document->root(), report.ref);
    if (source.is_anothers) continue;
    add_categories(document->root(), {}, report.held);
    // Every letter as itself, however the sender escaped it.
    formats::JsonWriter(source.json).value(document->root());
  }
  return {};
}

// Asked for by a record about somebody else, or made while such a one was the newest.
bool is_of_anothers_record(const SubjectReport& report, const ReportedTransfer& transfer) {
  const auto made = transfer.sendings.empty() ? transfer.requested : transfer.sendings.front().at;
  const ReportedSource* newest = nullptr;
  for (const auto& source : report.sources) {
    if (source.is_anothers && source.record == transfer.record) return true;
    if (source.at <= made) newest = &source;
  }
  return newest != nullptr && newest->is_anothers;
}

// Which categories are kept, and with `with_values` the data themselves.
Status open_vault(const exchange::Vault& vault, SubjectReport& report) {
  if (auto opened = open_records(vault, report); !opened) return opened;
  for (const auto& transfer : report.transfers) {
    if (is_of_anothers_record(report, transfer)) continue;
    for (const auto& outcome : transfer.outcomes) {
      if (!outcome.taken) continue;
      auto kept = vault.find_record(outcome.id);
      if (!kept && !is_gone(kept.error())) return fail(kept.error());
      if (!kept) continue;
      report.held.insert(Category::outcome);
      if (report.with_values) report.outcome_values.emplace(outcome.id, std::move(*kept));
    }
    if (!report.with_values || transfer.sendings.empty()) continue;
    const auto payload = vault.find_payload(transfer.id);
    if (!payload && !is_gone(payload.error())) return fail(payload.error());
    if (payload)
      report.messages.push_back(
          {transfer.id, payload->content_type, std::string(exchange::unpack_message(payload->bytes).message)});
  }
  return {};
}

}  // namespace

const ReportedSending* ReportedTransfer::last_arrived() const {
  for (auto sending = sendings.rbegin(); sending != sendings.rend(); ++sending)
    if (sending->arrived()) return &*sending;
  return nullptr;
}

std::string preferred_language_of(const SubjectReport& report) {
  for (auto source = report.sources.rbegin(); source != report.sources.rend(); ++source) {
    const auto document = formats::parse_json(source->json);
    if (!document) continue;
    const auto code = document->root().find("resident").find("contact").find("preferredLanguage").as_string();
    if (code) return std::string(*code);
  }
  return {};
}

std::vector<RecipientHolding> holdings_of(const SubjectReport& report) {
  std::map<std::string, RecipientHolding> out;
  for (const auto& transfer : report.transfers)
    for (const auto& sending : transfer.sendings) {
      if (!sending.arrived()) continue;
      auto& holding = out[transfer.recipient];
      if (holding.recipient.empty()) holding.first = sending.at;
      holding.recipient = transfer.recipient;
      holding.last = std::max(holding.last, sending.at);
      holding.certain = holding.certain || sending.delivered || sending.acknowledged;
      holding.body = sending.recipient_body;
      if (sending.agreement)
        for (const auto& party : sending.agreement->parties)
          if (party.body == sending.recipient_body) holding.name = party.name;
      holding.categories = holding.categories | sending.categories;
      if (std::ranges::find(holding.purposes, transfer.purpose) == holding.purposes.end())
        holding.purposes.push_back(transfer.purpose);
    }
  std::vector<RecipientHolding> all;
  for (auto& [recipient, holding] : out) {
    for (const auto& told : report.notifications)
      if (told.recipient == recipient) holding.notifications.push_back(&told);
    all.push_back(std::move(holding));
  }
  return all;
}

Result<std::optional<SubjectReport>> make_subject_report(const exchange::Facilities& facilities, audit::Index& index,
                                                         const SubjectRef& ref, bool with_values) {
  const auto dossier = index.use([&](audit::IndexReader& reader) { return reader.dossier(ref); });
  if (!dossier) return fail(dossier.error());
  if (dossier->entries.empty()) return std::optional<SubjectReport>();
  SubjectReport report;
  report.ref = ref;
  report.made = facilities.clock.now();
  report.entries = dossier->entries.size();
  report.with_values = with_values;
  Collector collector(report);
  if (auto read = read_entries(index, dossier->entries, collector); !read) return fail(read.error());
  facilities.sequencer.read([&](const History& history) {
    look_up(history, collector, report);
    report.controller = find_controller(history, facilities.terms->organisation);
    return 0;
  });
  if (auto opened = open_vault(facilities.vault, report); !opened) return fail(opened.error());
  return std::optional(std::move(report));
}

}  // namespace ketenpoort::reporting
