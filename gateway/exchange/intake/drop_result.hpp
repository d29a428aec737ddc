// What became of a dropped file, for whoever dropped it: JSON, with the members of GET /batches/{id}. Rows are named by
// line and field and never by what stood there, so it holds nothing of a person.
#pragma once

#include <string>

#include "gateway/exchange/intake/batch_task.hpp"

namespace ketenpoort::exchange {

// `problem`: what is wrong with the file as a whole, beyond what the task says; empty for nothing.
std::string render_drop_result(const std::string& file, const BatchTask& task, const std::string& problem);

// Of a file that no row was taken of because it could not be read at all.
std::string render_drop_refusal(const std::string& file, const Error& error, Timestamp at);

}  // namespace ketenpoort::exchange
