// An answer read by Beast's parser as it arrives: with a length, in chunks, or until the connection ends.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "gateway/domain/call.hpp"

namespace ketenpoort::net {

class AnswerReader {
 public:
  enum class Progress { more, done, broken, too_large };

  // `to_head`: the call was a HEAD, so its answer has no body whatever its length says.
  AnswerReader(std::size_t max_body_bytes, bool to_head);
  ~AnswerReader();

  // Takes what it can of `received`; `used` is how much: the rest, which stays within the limits of a head, is given
  // again with more. Interim answers (1xx) are passed over, not without end.
  Progress read(std::string_view received, std::size_t& used);
  Progress end();  // the peer has closed its side

  [[nodiscard]] bool keep_alive() const;  // after done
  Answer take() { return std::move(answer_); }

 private:
  class Parser;
  void begin();

  std::size_t max_body_bytes_;
  bool to_head_;
  int interim_answers_ = 0;
  Answer answer_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace ketenpoort::net
