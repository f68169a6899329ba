#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "emulator/icc/profile.h"
#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/secure_messaging.h"
#include "emulator/iso7816/status_word.h"

namespace scardlab::icc {

/// Index of a file in IccState::files. Stays that file's as long as the file exists.
using FileIndex = std::uint32_t;
inline constexpr FileIndex mf_index = 0;

/// A file as it is now.
struct File {
    FileKind kind = FileKind::df;
    bool exists = true;  ///< false: deleted, its index is free for another file
    std::uint16_t identifier = 0;
    std::optional<std::uint8_t> short_identifier;
    iso7816::Bytes aid;
    iso7816::Bytes content;               ///< transparent EF
    std::vector<iso7816::Bytes> records;  ///< record EF: record 1 first (in a cyclic EF the newest)
    std::uint8_t record_size = 0;
    std::uint8_t record_capacity = 0;
    AccessRules access;
    LifeCycle life_cycle = LifeCycle::activated;
    std::vector<DataObject> data_objects;  ///< DF
    FileIndex parent = mf_index;           ///< the MF is its own parent
    friend bool operator==(const File&, const File&) = default;
};

/// A card holder verification value as it is now.
struct Chv {
    std::uint8_t reference = 0;
    FileIndex df = mf_index;  ///< the DF that it is specific to (reference 81 to 9F); the MF for a global one
    iso7816::Bytes value;
    std::uint8_t tries_left = 0;
    std::uint8_t tries = 0;  ///< what tries_left becomes after a success
    iso7816::Bytes unblock_value;
    std::uint8_t unblock_tries_left = 0;
    std::uint8_t unblock_tries = 0;  ///< what unblock_tries_left becomes after a success
    std::uint8_t reset_key = 0;      ///< reference of the key that may reset the retry counter; 0: none
    bool enabled = true;
    bool can_be_disabled = true;
    std::uint8_t minimum_length = 0;
    std::uint8_t maximum_length = 0;
    friend bool operator==(const Chv&, const Chv&) = default;
};

/// A key as it is now.
struct Key {
    std::uint8_t reference = 0;
    KeyProfile::Algorithm algorithm = KeyProfile::Algorithm::aes128;
    iso7816::Bytes value;
    std::uint8_t tries_left = 0;
    std::uint8_t tries = 0;
    KeyProfile::Usage usage = KeyProfile::Usage::any;
    bool secure_messaging = false;
    friend bool operator==(const Key&, const Key&) = default;
};

/// What the card stores: survives reset, power-off and removal. files[0] is the MF.
struct IccState {
    std::vector<File> files;
    std::vector<Chv> chvs;
    std::vector<Key> keys;
    bool terminated = false;        ///< TERMINATE CARD USAGE
    std::uint64_t random_seed = 0;  ///< of the deterministic generator behind GET CHALLENGE; moves on with each use
    friend bool operator==(const IccState&, const IccState&) = default;
};

/// The stored state of a card fresh from its issuer.
IccState personalise(const Profile& profile);

/// Where stored state goes, so that it survives the process too.
class StateStore {
  public:
    virtual ~StateStore() = default;
    /// All or nothing: after `true` a later start finds this state; after `false`, or when the process or the machine
    /// dies in it, this state or the one before, never a mix.
    virtual bool save(const IccState& state) = 0;
};

inline constexpr std::size_t channel_count = 4;

/// What one logical channel knows (ISO/IEC 7816-4:2013 clause 5.4.2).
struct Channel {
    bool open = false;  ///< channel 0 is always open
    FileIndex current_df = mf_index;
    std::optional<FileIndex> current_ef;
    std::uint8_t current_record = 0;  ///< record number; 0: none
    /// Verified CHVs that are specific to the current DF or to one above it: bit n for reference 80 + n.
    std::uint32_t verified = 0;
    friend bool operator==(const Channel&, const Channel&) = default;
};

/// What the application layer knows until the next reset or power-off.
struct ApplicationSession {
    /// A command chain that is being received (clause 5.3.3).
    struct Chain {
        bool active = false;
        bool secured = false;                  ///< by secure messaging, each part for itself
        std::array<std::uint8_t, 4> header{};  ///< CLA (without the chaining bit) INS P1 P2
        iso7816::Bytes data;
        friend bool operator==(const Chain&, const Chain&) = default;
    };
    /// Secure messaging (clause 10): the keys of the last MUTUAL AUTHENTICATE with a key that makes some. They serve on
    /// every logical channel until the one that they were made on is closed.
    struct SecureMessaging {
        iso7816::SecureSession keys;
        std::uint8_t channel = 0;
        friend bool operator==(const SecureMessaging&, const SecureMessaging&) = default;
    };
    std::array<Channel, channel_count> channels{Channel{true, mf_index, {}, 0, 0}};
    std::vector<std::uint8_t> verified;       ///< references of verified global CHVs (01 to 1F)
    std::vector<std::uint8_t> authenticated;  ///< references of keys that the other side has proved to know
    iso7816::Bytes challenge;                 ///< of the last GET CHALLENGE; serves once
    Chain chain;
    std::optional<SecureMessaging> secure_messaging;
    friend bool operator==(const ApplicationSession&, const ApplicationSession&) = default;
};

/// T=0: the response that waits for GET RESPONSE, and the command that ENVELOPE brings in parts (ISO/IEC 7816-3 clause
/// 12.2).
struct T0Session {
    iso7816::Bytes waiting;
    std::size_t waiting_offset = 0;
    iso7816::StatusWord waiting_status;
    iso7816::Bytes envelope;
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
