#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "emulator/iso7816/apdu.h"
#include "emulator/iso7816/block_cipher.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::iso7816 {

/// Keys of one secure messaging session and its send sequence counter. AES-128, AES-192 or AES-256, both keys of one
/// length.
struct SecureSession {
    Bytes encryption_key;
    Bytes mac_key;
    std::array<std::uint8_t, 16> counter{};  ///< incremented before each command and before each response
    friend bool operator==(const SecureSession&, const SecureSession&) = default;
};

/// Both sides' keys after MUTUAL AUTHENTICATE with the static AES key `key`: by NIST SP 800-108 in counter mode with
/// AES-CMAC, a counter of 32 bits before the fixed data, labels "ENC" and "MAC", 00, context RND.ICC followed by
/// RND.IFD, length of a key in 32 bits. The send sequence counter begins at zero.
tl::expected<SecureSession, CipherError> derive_session(ByteView key, ByteView rnd_icc, ByteView rnd_ifd);

/// Why a protected command or response cannot be believed; `status` is what a card answers: 6987 (an expected data
/// object is missing) or 6988 (a data object is wrong).
struct SecureMessagingError {
    std::uint16_t status;
    std::string message;
};

/// The most data that a command can have and be protected.
inline constexpr std::size_t most_protected_nc = 65'503;
/// The most data, and the largest Ne, that a command can have and still be short when it is protected.
inline constexpr std::size_t most_protected_short_nc = 223;
inline constexpr std::uint32_t most_protected_short_ne = 223;
/// Bytes of a protected response to `nr` bytes of data, without SW1SW2.
std::size_t protected_response_size(std::size_t nr);

/// Secure messaging after ISO/IEC 7816-4 clause 10, header authenticated (CLA bits 4 and 3 set on channels 0 to 3, and
/// of proprietary classes; bit 6 on the other channels): DO 87 (85, without the padding indicator, for an odd INS)
/// enciphered data, padding indicator 01, AES-CBC with the enciphered counter as the initial value; DO 97 Le, two bytes
/// when the plain command is extended; DO 99 SW1SW2; DO 8E the first 8 bytes of AES-CMAC over counter, padded header
/// (of a command), padded objects (if there are any). Padding by 80 00... (as BSI TR-03110 part 3, appendix F, has it
/// for AES). The objects come in this order, each at most once, no other among them, and a cryptogram is of one byte or
/// more; else 6988.
///
/// protect_command advances session.counter, and so does protect_response; unprotect_* likewise, also on failure (the
/// session is to be closed then).
///
/// The protected command is short, with Le = 00, when it fits and so does any response to it; else extended. Its Le is
/// the link's: nothing protects it. No bytes, and no advance, when the data are more than most_protected_nc; no bytes
/// when the ciphers cannot be computed, or the session has no keys.
Bytes protect_command(SecureSession& session, const CommandApdu& command);
/// Data, always in a DO 87, and SW1SW2 inside and after the objects. The data are at most 65,518 bytes.
/// No bytes when the ciphers cannot be computed.
Bytes protect_response(SecureSession& session, const ResponseApdu& response);

/// The plain command, as CommandApdu::encode() writes it with the CLA of plain commands: extended when DO 97 has two
/// bytes, or when it must be.
tl::expected<Bytes, SecureMessagingError> unprotect_command(SecureSession& session, const CommandApdu& command);
/// The plain response: data and SW1SW2, which are the same inside and outside. DO 85 is taken as well as DO 87. A
/// response without data objects (an error of the card before it looked at the protection) is an error with its status
/// word, or 6988 when that is 9000. What cannot be deciphered, for whichever reason, is
/// 6988.
tl::expected<Bytes, SecureMessagingError> unprotect_response(SecureSession& session, ByteView response);

/// The bits of a class byte that ask for secure messaging: bits 4 and 3 of a class of channels 0 to 3, bit 6 of a class
/// of the others (ISO/IEC 7816-4 clause 5.4.1).
constexpr std::uint8_t secure_messaging_bits(std::uint8_t cla) {
    return (cla & 0xC0) == 0x40 ? 0x20 : 0x0C;
}
/// Whether CLA asks for secure messaging in any form. False for a proprietary class.
constexpr bool is_secured(std::uint8_t cla) {
    const bool interindustry = (cla & 0xE0) == 0x00 || (cla & 0xC0) == 0x40;
    return interindustry && (cla & secure_messaging_bits(cla)) != 0;
}
/// Whether it is the form that is implemented here, with an authenticated header.
constexpr bool is_secured_with_header(std::uint8_t cla) {
    return is_secured(cla) && (cla & secure_messaging_bits(cla)) == secure_messaging_bits(cla);
}

}  // namespace scardlab::iso7816
