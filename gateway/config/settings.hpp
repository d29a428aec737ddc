// The configuration as types: what gateway.yaml, partners/, clients.yaml and the policy files say, checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/domain/purpose.hpp"
#include "gateway/domain/rest_settings.hpp"
#include "gateway/domain/texts.hpp"

namespace ketenpoort::config {

// Only in environment "test".
struct TestSettings {
  std::optional<Timestamp> now;  // the domain's clock starts here and runs on
  bool allow_mock_ssin = false;
  bool running_figures = false;  // of the month that is not over yet

  bool operator==(const TestSettings&) const = default;
};

struct ServerLimits {
  std::size_t header_bytes = 16U << 10;
  std::size_t body_bytes = 1U << 20;
  std::uint64_t batch_bytes = std::uint64_t{1} << 30;  // on /batches, which are streamed
  std::size_t connections = 4096;
  std::size_t requests_in_flight = 1024;  // beyond: 503 with Retry-After

  bool operator==(const ServerLimits&) const = default;
};

struct ServerDeadlines {
  std::chrono::seconds handshake{10};
  std::chrono::seconds request{30};  // header and body
  std::chrono::seconds idle{60};
  std::chrono::seconds shutdown{20};

  bool operator==(const ServerDeadlines&) const = default;
};

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8443;  // 0: any free one
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path client_authorities;  // PEM; who may have signed a client certificate
  std::filesystem::path client_revocations;  // PEM; which of those they took back; empty: nobody looks
  ServerLimits limits;
  ServerDeadlines deadlines;
  unsigned threads = 1;  // I/O
  unsigned workers = 2;  // XSD checks, queries, exports

  bool operator==(const ServerSettings&) const = default;
};

struct TokenSettings {
  std::filesystem::path jwks;  // empty: it lies at an address
  std::string issuer;
  std::string audience;
  std::string jwks_url{};      // https://...; empty: it is a file
  std::filesystem::path ca{};  // PEM, for the address; empty: the system's

  bool operator==(const TokenSettings&) const = default;
};

// Who confirms the log, and how old that may be.
struct TimestampSettings {
  std::string name;                   // of our own choosing: in the log and in the ledger's entries
  std::string url;                    // without query; http:// for loopback addresses only
  std::filesystem::path authorities;  // PEM: who may have signed its certificate
  std::filesystem::path ca;           // PEM, for https; empty: the system's

  bool operator==(const TimestampSettings&) const = default;
};

struct WitnessSettings {
  std::string name;
  std::string vkey;          // C2SP, type 0x04
  std::string url;           // its submission prefix
  std::filesystem::path ca;  // PEM, for https; empty: the system's

  bool operator==(const WitnessSettings&) const = default;
};

struct AnchorSettings {
  std::chrono::milliseconds interval{std::chrono::hours{1}};
  std::chrono::milliseconds max_age{std::chrono::hours{4}};
  unsigned quorum = 0;  // of all of them; the default is every one
  std::vector<TimestampSettings> timestamps;
  std::vector<WitnessSettings> witnesses;

  bool operator==(const AnchorSettings&) const = default;
};

// We as a witness of other logs.
struct OwnWitnessSettings {
  std::filesystem::path key;                   // type 0x04
  std::vector<std::vector<std::string>> logs;  // of each log, the vkeys it may sign with

  bool operator==(const OwnWitnessSettings&) const = default;
};

struct LedgerSettings {
  std::string origin;  // C2SP tlog-checkpoint origin; also the name of the signing key
  std::filesystem::path signing_key;
  std::chrono::milliseconds publish_interval{1000};
  std::optional<AnchorSettings> anchors;      // none: nobody else confirms the log
  std::optional<OwnWitnessSettings> witness;  // none: we confirm nobody's

  bool operator==(const LedgerSettings&) const = default;
};

struct RetrySettings {
  std::chrono::milliseconds first{std::chrono::seconds{5}};
  double factor = 2.0;
  std::chrono::milliseconds max{std::chrono::minutes{15}};
  unsigned attempts = 150;  // then abandoned: a partner may be away for a day and come back by itself

  bool operator==(const RetrySettings&) const = default;
};

// A folder watched for the files of a system that can only write files.
struct DropFolderSettings {
  struct Files {
    std::string pattern;   // of their names, as a shell has them
    std::string format;    // json, ndjson, xml, csv, fixed
    std::string mapping;   // empty: the only one that reads it
    std::string encoding;  // of CSV and fixed width; empty: as the layout says

    bool operator==(const Files&) const = default;
  };
  std::string name;  // in log lines and metrics
  std::filesystem::path folder;
  std::string client;  // on whose behalf; has scope records
  std::vector<Files> files;
  std::chrono::milliseconds poll{std::chrono::seconds{5}};
  std::chrono::milliseconds settle{std::chrono::seconds{10}};  // nothing was written to a file for so long
  std::chrono::seconds keep{std::chrono::days{7}};             // files that were taken; 0: none
  std::chrono::seconds keep_failed{std::chrono::days{30}};
  std::optional<std::uint32_t> result_group;  // of the system: may read what became of files. None: the gateway alone

  bool operator==(const DropFolderSettings&) const = default;
};

// gateway.yaml. Paths are absolute, or relative to the working directory as the file that named them was.
struct Settings {
  std::string environment;  // production, acceptance, test
  std::optional<TestSettings> test;
  std::string node;          // which gateway writes: stands in every ledger entry
  std::string organisation;  // KBO number of the controller that runs it
  ServerSettings server;
  std::optional<std::uint16_t> metrics_port;  // on 127.0.0.1
  std::optional<TokenSettings> tokens;
  std::filesystem::path state;
  std::filesystem::path master_key;  // wraps the vault's keys; outside `state`
  LedgerSettings ledger;
  std::filesystem::path outbound_signing_key;  // HTTP message signatures (RFC 9421)
  std::string outbound_key_id;                 // its `keyid` there; the node when the file names none
  std::filesystem::path mappings;
  std::filesystem::path config_dir;
  RetrySettings retry;
  std::chrono::days longest_hold{365};
  std::chrono::days proposal_life{7};   // what takes two persons waits so long for the second
  std::chrono::days overdue_after{30};  // a referral without an answer
  std::vector<DropFolderSettings> drop_folders;
  std::map<std::string, std::filesystem::path> policy_owners;  // name -> Ed25519 public key (PEM)

  [[nodiscard]] bool is_test() const { return environment == "test"; }
};

// One message a partner takes for a purpose.
struct Message {
  std::string id;       // "agii-dossier"
  std::string mapping;  // "resident-to-agii-dossier"
  bool needs_ssin = false;
  std::string channel;  // by name in Partner::channels; empty: the partner's own; "mailbox": the partner fetches it
};

// How calls are authorized: a token from the partner's authorization server, asked for with an assertion that we sign
// (OAuth 2.0 client credentials, RFC 6749 4.4, with private_key_jwt, RFC 7523).
struct Authorization {
  std::string token_url;
  std::string client_id;
  std::string audience;               // of the assertion: who the authorization server says it is
  std::string scope;                  // what the token is for, words between spaces
  std::filesystem::path key;          // PEM, private
  std::string key_id;                 // `kid`; empty for none
  std::string algorithm;              // RS256, ES256, PS256, EdDSA
  std::filesystem::path ca;           // PEM; empty: the system's
  std::filesystem::path certificate;  // ours, for mutual TLS; empty for none
  std::filesystem::path certificate_key;

  bool operator==(const Authorization&) const = default;
};

// Adapter magda: who we are there, and what we sign with.
struct MagdaSettings {
  std::string sender;                      // Afzender/Identificatie
  std::string hoedanigheid;                // Afzender/Hoedanigheid
  std::string receiver;                    // Ontvanger/Identificatie; empty for none
  std::filesystem::path certificate, key;  // PEM; the channel's own for TLS unless others are named

  bool operator==(const MagdaSettings&) const = default;
};

// An address of a partner's and the protocol spoken there.
struct Channel {
  std::string adapter;
  std::string url;           // https://host[:port][/base], without a slash at the end
  std::filesystem::path ca;  // PEM
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::chrono::milliseconds timeout{std::chrono::seconds{30}};  // of one call
  std::optional<Authorization> authorization;                   // none: the certificate is enough
  std::optional<RestSettings> rest;                             // of adapter `rest`
  std::optional<MagdaSettings> magda;                           // with adapter magda

  bool operator==(const Channel&) const = default;
};

// How a partner is told of withdrawals, erasures and the like.
struct RecallSettings {
  bool push = true;                          // false: it reads GET /notifications itself
  std::string path = "/ketenpoort/recalls";  // beneath its url
};

// Messages that a partner fetches.
struct MailboxSettings {
  std::chrono::milliseconds lease{std::chrono::minutes{15}};        // between fetching and acknowledging
  std::chrono::milliseconds overdue_after{std::chrono::hours{48}};  // of waiting: then an operator sees it
};

struct Partner {
  std::string id;
  std::string recipient;  // what records and consents call it
  // Its own: messages that name no other, and recalls. Without adapter: it has no address, and fetches everything.
  Channel channel;
  std::map<std::string, Channel, std::less<>> channels;  // others, by name
  // Where the recipient is another legal person (KBO number): the channel, by name, that reaches that one; by
  // message, and under no message for all that would go to the partner's own address.
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> bodies;
  std::map<std::string, std::vector<Message>> messages;  // by purpose
  std::vector<std::string> outcomes;                     // mappings that read what it reports back
  std::size_t concurrency = 4;                           // calls at a time, per channel
  std::optional<std::size_t> per_second;                 // calls in any second, over all channels; none: as they come
  RetrySettings retry;
  RecallSettings recalls;
  MailboxSettings mailbox;

  [[nodiscard]] bool has_address() const { return !channel.adapter.empty() || !channel.url.empty(); }
};

// Where a client hears of what became of its records: each call is signed as those to partners are.
struct Webhook {
  std::string url;                             // https://host[:port]/path
  std::filesystem::path ca;                    // PEM
  std::filesystem::path certificate{}, key{};  // ours, for mutual TLS; empty for none

  bool operator==(const Webhook&) const = default;
};

// Who may call. A caller is recognised by the certificate's common name or thumbprint, or by the token's subject.
struct Client {
  std::string id;
  std::string organisation;  // KBO number
  std::vector<std::string> scopes;
  std::string certificate_name;        // subject common name; empty for none
  std::string certificate_thumbprint;  // SHA-256, lower-case hex; empty for none
  std::string token_subject;           // `sub`; empty for none
  std::string recipient;               // a partner's own id, for scope `partner`
  std::optional<Webhook> webhook;      // with scope `transfers`
};

struct CategoryText {
  Category category{};
  std::string nl, fr, de, en;
  std::string dpv;        // term of the Data Privacy Vocabulary
  std::string gdpr_code;  // Belgif code list GDPR category
  bool special = false;   // GDPR art. 9
};

struct RetentionRule {
  std::string data;  // payload, proof, directory, record
  std::chrono::days keep{0};
  std::string from;    // stay-ended, acknowledged, consent-ended
  std::string source;  // the law or decision it rests on
};

// GDPR art. 30: one line of the register of processing activities.
struct Activity {
  std::string id;
  std::string version;
  std::string name;
  std::string controller;  // KBO number
  std::vector<std::string> purposes;
  std::vector<std::string> recipients;
  std::string retention;
  std::string security;
  std::vector<std::string> data_subjects;  // categories of them; empty where the file does not say
};

// Policy as the ledger repeats it: the value, and the file it was read from.
struct StatedAgreement {
  Agreement agreement;
  Digest sha256{};     // of the file
  std::string signer;  // the policy owner who signed it; empty in environment test
};
struct StatedRule {
  Rule rule;
  std::string text;  // the file, whole
};

struct Configuration {
  Settings settings;
  std::vector<Partner> partners;
  std::vector<Client> clients;
  std::vector<Purpose> purposes;
  std::vector<StatedAgreement> agreements;
  std::vector<StatedRule> rules;
  std::vector<Notice> notices;
  std::vector<CategoryText> categories;
  std::vector<RetentionRule> retention;
  std::vector<Activity> activities;
  Texts texts;
  Digest digest{};  // over every file read, by name: config.activated says it

  [[nodiscard]] const Partner* find_partner(std::string_view recipient) const;
  [[nodiscard]] const std::vector<Message>* find_messages(std::string_view recipient, std::string_view purpose) const;
};

}  // namespace ketenpoort::config
