#pragma once

#include <string>

namespace scardlab::vpcd {

/// One line in pcscd's log, as an error; on stderr when the program that loaded us is not pcscd.
void log_error(const std::string& message);

}  // namespace scardlab::vpcd
