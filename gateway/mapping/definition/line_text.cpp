#include "gateway/mapping/definition/line_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace ketenpoort::mapping {
namespace {

std::string text_of(const Line::Take& take) {
  switch (take.kind) {
    case Line::Take::Kind::first:
      return "first";
    case Line::Take::Kind::last:
      return "last";
    case Line::Take::Kind::max:
      return fmt::format("max({})", take.key.text);
    case Line::Take::Kind::min:
      return fmt::format("min({})", take.key.text);
  }
  return {};
}

std::string text_of(const Policy& policy) {
  if (policy.kind == Policy::Kind::value) return fmt::format("\"{}\"", policy.value);
  return policy.kind == Policy::Kind::omit ? "omit" : "reject";
}

std::string text_of(const Step& step) {
  std::string text(step.kind->name);
  for (const auto& word : step.arguments.words) text += ' ' + word;
  for (const auto& [name, value] : step.arguments.named) text += fmt::format(" {} {}", name, value);
  if (step.policy) text += fmt::format(" or {}", text_of(*step.policy));
  return text;
}

std::string line_text(const Line& line, const Defaults* defaults);

// What a branch is silent on, its line says before the defaults do.
std::string branches_text(const Line& line, const Defaults* defaults) {
  std::optional<Defaults> inherited;
  if (defaults != nullptr) {
    inherited = *defaults;
    inherited->missing = line.missing.value_or(defaults->missing);
    inherited->error = line.error.value_or(defaults->error);
    inherited->unmapped = line.unmapped.value_or(defaults->unmapped);
  }
  std::string text;
  for (const auto& branch : line.lines)
    text += (text.empty() ? "" : " | ") + line_text(branch, inherited ? &*inherited : nullptr);
  return fmt::format("[{}]", text);
}

std::string pick_text(const Line& line) {
  auto text = "pick " + line.path.text;
  if (line.where) text += " where " + to_text(*line.where);
  text += ' ' + text_of(line.take);
  if (line.get) text += " get " + line.get->text;
  return text;
}

std::string join_text(const Line& line) {
  std::string text = "join";
  for (const auto& part : line.parts) text += ' ' + part.text;
  return text + fmt::format(" with \"{}\"", line.with);
}

std::string origin_text(const Line& line, const Defaults* defaults) {
  switch (line.origin) {
    case Line::Origin::from:
      return line.path.text;
    case Line::Origin::value:
      return fmt::format("\"{}\"", line.text);
    case Line::Origin::join:
      return join_text(line);
    case Line::Origin::pick:
      return pick_text(line);
    case Line::Origin::for_each:
      return "for each " + line.path.text + (line.where ? " where " + to_text(*line.where) : std::string{});
    case Line::Origin::items:
      return "items " + branches_text(line, defaults);
    case Line::Origin::choose:
      return "choose " + branches_text(line, defaults);
    case Line::Origin::include:
      return fmt::format("fragment {} at {}", line.text, line.path.text);
    case Line::Origin::ref:
      return "reference to " + line.text;
    case Line::Origin::now:
      return "now";
    case Line::Origin::new_id:
      return "new id";
    case Line::Origin::known_id:
      return "known id of the " + line.text;
    case Line::Origin::fields:
      return "fields";
  }
  return {};
}

// An own policy is the line's; else the default says.
std::string policies_text(const Line& line, const Defaults* defaults) {
  std::string text;
  const auto add = [&](const char* what, const std::optional<Policy>& own, const Policy* otherwise) {
    if (own)
      text += fmt::format(", {}: {}", what, text_of(*own));
    else if (otherwise != nullptr)
      text += fmt::format(", {}: {}", what, text_of(*otherwise));
  };
  // A default that nothing here can need says nothing about it.
  const auto may = [&](StepFailure failure) {
    return std::ranges::any_of(line.steps, [&](const Step& step) { return step.kind->fails == failure; });
  };
  const bool reads = line.origin != Line::Origin::value && defaults != nullptr;
  add("missing", line.missing, reads ? &defaults->missing : nullptr);
  add("error", line.error, reads && may(StepFailure::error) ? &defaults->error : nullptr);
  add("unmapped", line.unmapped, reads && may(StepFailure::unmapped) ? &defaults->unmapped : nullptr);
  if (reads && defaults->trim) text += ", trimmed";
  if (reads && defaults->nfc) text += ", nfc";
  return text;
}

std::string line_text(const Line& line, const Defaults* defaults) {
  std::string text;
  if (line.when) text += "when " + to_text(*line.when) + ": ";
  text += origin_text(line, defaults);
  std::vector<std::string> steps;
  for (const auto& step : line.steps) steps.push_back(text_of(step));
  if (!steps.empty()) text += fmt::format(" > {}", fmt::join(steps, " > "));
  text += policies_text(line, defaults);
  if (!line.literal.empty()) text += ", literal " + line.literal;
  if (!line.as.empty()) text += ", as " + line.as;
  if (!line.mask.empty()) text += ", mask " + line.mask;
  return text;
}

}  // namespace

std::string to_text(const Line& line) {
  return line_text(line, nullptr);
}

std::string to_text(const Line& line, const Defaults& defaults) {
  return line_text(line, &defaults);
}

std::string policies_of(const Line& line, const Defaults& defaults) {
  const auto text = policies_text(line, &defaults);
  return text.substr(std::min<std::size_t>(text.size(), 2));
}

}  // namespace ketenpoort::mapping
