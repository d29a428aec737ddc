// A conversation about consent as a command takes it: a file of it, or its parts as options. Who it is about comes from
// a file or standard input, never from the command line: that is seen by everyone on the machine.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::cli {

// One line `11 digits` is an SSIN, any other a Fedasil number; or {"fedasilNumber": ...}. Empty is not given.
struct ConversationParts {
  std::string subject_file;  // "-": standard input
  std::string purpose;
  std::string recipient;
  std::vector<std::string> categories;
  bool refused = false;
  std::string valid_until;
  std::string notice = "chain-cooperation@1.0";
  std::string language;
  std::string explained;             // READ HEARD PICTOGRAM APP
  std::string interpreter = "NONE";  // PHONE, or PHONE:SOCIAL
  std::string expressed;             // PAPER EID ORAL_BEFORE_WITNESS APP
  std::string on;                    // yyyy-mm-dd
  std::string place;
  std::string witness;
  std::string evidence;
  std::string recorded_by;
  std::string representative;  // VOOGD:REFERENCE, OUDER:..., BEWINDVOERDER:...
  bool minor_heard = false;
};

// {"fedasilNumber":...} or {"ssin":...} of what a file holds. ErrorCode::invalid_input, which never repeats it.
Result<std::string> read_subject(std::string_view content);

// A file's content, or that of standard input for "-".
Result<std::string> read_file_or_stdin(const std::string& file);

// The body of POST /consents. ErrorCode::invalid_input naming the option that is missing or wrong.
Result<std::string> write_conversation(const ConversationParts& parts, std::string_view subject);

}  // namespace ketenpoort::cli
