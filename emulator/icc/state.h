#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "emulator/icc/profile.h"
#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/status_word.h"

namespace scardlab::icc {

/// Index of a file in IccState::files.
using FileIndex = std::uint32_t;
inline constexpr FileIndex mf_index = 0;

/// A file as it is now.
struct File {
    FileKind kind = FileKind::df;
    std::uint16_t identifier = 0;
    std::optional<std::uint8_t> short_identifier;
    iso7816::Bytes aid;
    iso7816::Bytes content;
    AccessRule read, update;
    FileIndex parent = mf_index;  ///< the MF is its own parent
    friend bool operator==(const File&, const File&) = default;
};

/// A card holder verification value as it is now.
struct Chv {
    std::uint8_t reference = 0;
    iso7816::Bytes value;
    std::uint8_t tries_left = 0;
    std::uint8_t tries = 0;  ///< what tries_left becomes after a success
    friend bool operator==(const Chv&, const Chv&) = default;
};

/// What the card stores: survives reset, power-off and removal. files[0] is the MF; a parent precedes its children.
struct IccState {
    std::vector<File> files;
    std::vector<Chv> chvs;
    std::uint64_t random_seed = 0;  ///< of the deterministic generator behind GET CHALLENGE; moves on with each use
    friend bool operator==(const IccState&, const IccState&) = default;
};

/// The stored state of a card fresh from its issuer.
IccState personalise(const Profile& profile);

/// What the application layer knows until the next reset or power-off.
struct ApplicationSession {
    FileIndex current_df = mf_index;
    std::optional<FileIndex> current_ef;
    std::vector<std::uint8_t> verified;  ///< references of verified CHVs
    friend bool operator==(const ApplicationSession&, const ApplicationSession&) = default;
};

/// T=0: the response that waits for GET RESPONSE (ISO/IEC 7816-3 clause 12.2.4).
struct T0Session {
    iso7816::Bytes waiting;
    std::size_t waiting_offset = 0;
    iso7816::StatusWord waiting_status;
    friend bool operator==(const T0Session&, const T0Session&) = default;
};

/// T=1: sequence numbers and field sizes (ISO/IEC 7816-3 clause 11.4.2 and 11.6).
struct T1Session {
    bool send_sequence = false;       ///< N(S) of the next I-block that the card sends
    bool expected_sequence = false;   ///< N(S) of the next I-block from the reader
    std::uint8_t ifsd = 32;           ///< largest INF that the reader takes
    iso7816::Bytes command;           ///< chained INF received so far
    iso7816::Bytes response;          ///< response being sent
    std::size_t response_offset = 0;  ///< bytes of it already sent
    bool sending_chain = false;       ///< an I-block with M=1 waits for its R-block
    friend bool operator==(const T1Session&, const T1Session&) = default;
};

/// Everything that dies with a reset or with power.
struct IccSession {
    ApplicationSession application;
    T0Session t0;
    T1Session t1;
    friend bool operator==(const IccSession&, const IccSession&) = default;

    /// The one function that ends a session; afterwards the object equals a fresh one (capacities are kept).
    void clear();
};

}  // namespace scardlab::icc
