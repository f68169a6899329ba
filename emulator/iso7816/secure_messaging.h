#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "emulator/iso7816/apdu.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::iso7816 {

/// Keys of one secure messaging session and its send sequence counter. AES-128, AES-192 or AES-256, both keys of one
/// length.
struct SecureSession {
    Bytes encryption_key;
    Bytes mac_key;
    std::array<std::uint8_t, 16> counter{};  ///< incremented before each command and before each response
};

/// Both sides' keys after MUTUAL AUTHENTICATE with the static AES key `key`: by NIST SP 800-108 in counter mode with
/// AES-CMAC, labels "ENC" and "MAC", context RND.ICC followed by RND.IFD. The counter begins at zero.
SecureSession derive_session(ByteView key, ByteView rnd_icc, ByteView rnd_ifd);

/// Why a protected command or response cannot be believed; `status` is what a card answers: 6987 (an expected data
/// object is missing) or 6988 (a data object is wrong).
struct SecureMessagingError {
    std::uint16_t status;
    std::string message;
};

/// Secure messaging after ISO/IEC 7816-4, header authenticated (CLA bits 4 and 3 set on channels 0 to 3, bit
/// 6 on the others): DO 87 (85 for an odd INS) enciphered data, padding indicator 01, AES-CBC with the enciphered
/// counter as the initial value; DO 97 Le; DO 99 SW1SW2; DO 8E the first 8 bytes of AES-CMAC over counter, padded
/// header, padded objects. Padding by 80 00... (as BSI TR-03110 part 3, appendix F, has it for AES).
///
/// protect_command advances session.counter, and so does protect_response; unprotect_* likewise, also on failure (the
/// session is to be closed then).
Bytes protect_command(SecureSession& session, const CommandApdu& command);
Bytes protect_response(SecureSession& session, const ResponseApdu& response);

/// The plain command, as CommandApdu::encode() writes it with the CLA of plain commands.
tl::expected<Bytes, SecureMessagingError> unprotect_command(SecureSession& session, const CommandApdu& command);
/// The plain response: data and SW1SW2. A response without data objects (an error of the card before it looked at the
/// protection) is an error with its status word.
tl::expected<Bytes, SecureMessagingError> unprotect_response(SecureSession& session, ByteView response);

/// Whether CLA asks for secure messaging in either form (clause 5.4.1).
bool is_secured(std::uint8_t cla);

}  // namespace scardlab::iso7816
