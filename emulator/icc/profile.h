#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::icc {

/// What a card refuses or does wrong, by name, grouped by layer.
struct IccQuirks {
    struct Activation {
        bool mute = false;  ///< never answers a reset
    } activation;
    struct PpsExchange {
        enum class Answer : std::uint8_t {
            accept,        ///< echoes the request
            without_pps1,  ///< accepts the protocol, not the rate (partial accept)
            refuse,        ///< echoes PPS0 with another protocol
            silent,        ///< does not answer
        };
        Answer answer = Answer::accept;
    } pps;
};

/// When an operation on a file is allowed.
struct AccessRule {
    enum class Kind : std::uint8_t { always, never, chv };
    Kind kind = Kind::always;
    std::uint8_t chv = 0;  ///< reference (P2 of VERIFY) of the CHV, when kind is chv
    friend bool operator==(const AccessRule&, const AccessRule&) = default;
};

enum class FileKind : std::uint8_t { df, transparent_ef };

/// A file as personalised. Files form a tree; the root is the MF (identifier 3F00).
struct FileProfile {
    FileKind kind = FileKind::df;
    std::uint16_t identifier = 0x3F00;
    std::optional<std::uint8_t> short_identifier;  ///< EF: 1..30
    iso7816::Bytes aid;                            ///< DF name, 0 to 16 bytes
    iso7816::Bytes content;                        ///< transparent EF: its bytes; its size is fixed to content.size()
    AccessRule read, update;
    std::vector<FileProfile> children;  ///< DF only
};

/// A card holder verification value (password) as personalised.
struct ChvProfile {
    std::uint8_t reference = 1;  ///< P2 of VERIFY
    iso7816::Bytes value;
    std::uint8_t tries = 3;  ///< 1..15
};

/// All that makes a card: what its factory and its issuer put into it.
struct Profile {
    std::string name;
    iso7816::Atr cold_atr;
    std::optional<iso7816::Atr> warm_atr;  ///< the same as the cold one when absent
    std::uint8_t largest_inf = 254;        ///< T=1: largest INF that the card sends, whatever IFSD the reader grants
    FileProfile mf;
    std::vector<ChvProfile> chvs;
    IccQuirks quirks;
};

}  // namespace scardlab::icc
