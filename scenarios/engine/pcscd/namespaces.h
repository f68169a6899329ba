#pragma once

#include <string>
#include <tl/expected.hpp>

namespace scardlab::engine {

/// What this machine lacks or forbids, in one line that names the remedy (a package, a setting).
struct EnvironmentError {
    std::string message;
};

/// Moves the calling process into a user, mount and network namespace of its own: a tmpfs on /run, a loopback interface
/// that nobody else sees. Nothing of it is visible outside, and it ends with its last process. Works as root and as an
/// ordinary user, who is root inside; root goes without the user namespace where these are forbidden.
///
/// The process must have one thread; children inherit the namespaces. Errors: more than one thread, namespaces are
/// forbidden, a mount or the interface failed. After an error the process may be half inside: let it end.
tl::expected<void, EnvironmentError> enter_private_namespaces();

/// Whether enter_private_namespaces() made the /run that this process sees.
bool in_private_namespaces();

}  // namespace scardlab::engine
