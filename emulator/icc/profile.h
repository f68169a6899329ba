#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::icc {

/// What a card refuses or does wrong, by name, grouped by layer. All of it lasts; what happens once is a Deviation.
struct IccQuirks {
    /// ISO/IEC 7816-3 clauses 6 and 8.
    struct Activation {
        bool mute = false;                               ///< never answers a reset
        bool mute_when_cold = false;                     ///< does not answer a cold reset
        bool mute_when_warm = false;                     ///< does not answer a warm reset
        std::optional<std::uint32_t> answer_delay;       ///< clock cycles from RST high to TS (allowed: 400 to 40,000)
        std::optional<std::uint32_t> character_spacing;  ///< etu between the characters of the ATR (12 to 9,600)
        std::optional<std::uint8_t> ts;                  ///< is sent in the place of TS
        bool wrong_tck = false;                          ///< TCK is sent with its lowest bit changed
        std::uint8_t surplus = 0;                        ///< so many bytes follow the ATR
    } activation;
    /// Clause 7: characters.
    struct Characters {
        /// Each nth character since the reset has wrong parity when sent first; 0: none. A card that does not offer T=0
        /// has no repetition to mend its ATR, so it counts from its end.
        unsigned parity_error_every = 0;
        bool never_repeats = false;               ///< does not heed the error signal of T=0
        std::optional<std::uint32_t> guard_time;  ///< etu between its own characters, after the ATR
        /// Etu from the reader's last character to its own first. A card that needs, or was granted, more takes that,
        /// unless this is less than the standard's least.
        std::optional<std::uint32_t> answer_delay;
    } characters;
    /// Clause 9.
    struct PpsExchange {
        enum class Answer : std::uint8_t {
            accept,        ///< echoes the request
            without_pps1,  ///< accepts the protocol, not the rate (partial accept)
            refuse,        ///< echoes PPS0 with another protocol
            silent,        ///< does not answer
            garbled,       ///< PCK is wrong
        };
        Answer answer = Answer::accept;
    } pps;
    /// Clause 10.
    struct T0 {
        std::uint8_t null_bytes = 0;        ///< NULL bytes before each procedure byte and SW1
        bool one_byte_at_a_time = false;    ///< asks for data, and sends data, by the complement of INS
        bool wrong_procedure_byte = false;  ///< acknowledges data with a byte that is neither INS nor its complement
    } t0;
    /// Clause 11.
    struct T1 {
        std::uint8_t wtx = 0;         ///< asks for so many BWT before each response; 0: does not ask
        std::uint8_t ifs = 0;         ///< announces this IFSC before its first response; 0: does not
        unsigned bad_edc_every = 0;   ///< each nth block has a wrong EDC when sent first; 0: none
        bool wrong_sequence = false;  ///< every I-block that it sends has the wrong N(S)
        bool no_resynch = false;      ///< does not answer S(RESYNCH request)
    } t1;
    /// ISO/IEC 7816-4.
    struct Commands {
        std::uint16_t surplus = 0;  ///< so many bytes 00 follow the response data, whatever Le says
        bool no_extended = false;   ///< answers 6700 to extended length
    } commands;
};

/// An operation that an access rule can govern (ISO/IEC 7816-4:2013 clause 9.3.3.1, access mode bytes).
enum class Operation : std::uint8_t {
    read,          ///< EF: READ, SEARCH; data objects of a DF: GET DATA
    update,        ///< EF: UPDATE, ERASE; data objects of a DF: PUT DATA
    write,         ///< EF: WRITE, APPEND
    deactivate,    ///< DEACTIVATE FILE
    activate,      ///< ACTIVATE FILE
    terminate,     ///< TERMINATE EF, TERMINATE DF
    delete_self,   ///< DELETE FILE of this file
    create_ef,     ///< DF: CREATE FILE of an EF in it
    create_df,     ///< DF: CREATE FILE of a DF in it
    delete_child,  ///< DF: DELETE FILE of a file in it
};
inline constexpr std::size_t operation_count = 10;

/// When an operation is allowed.
struct AccessRule {
    enum class Kind : std::uint8_t {
        always,
        never,
        chv,          ///< after VERIFY of `chv`
        key,          ///< after EXTERNAL (or MUTUAL) AUTHENTICATE with `key`
        chv_and_key,  ///< after both
    };
    Kind kind = Kind::always;
    std::uint8_t chv = 0;  ///< reference (P2 of VERIFY)
    std::uint8_t key = 0;  ///< reference (P2 of EXTERNAL AUTHENTICATE)
    /// And only by a command that secure messaging protects, with the keys of any session.
    bool secure_messaging = false;
    friend bool operator==(const AccessRule&, const AccessRule&) = default;
};

/// A rule for each operation; `always` unless set.
class AccessRules {
  public:
    AccessRule& operator[](Operation operation) { return rules_[static_cast<std::size_t>(operation)]; }
    const AccessRule& operator[](Operation operation) const { return rules_[static_cast<std::size_t>(operation)]; }
    friend bool operator==(const AccessRules&, const AccessRules&) = default;

  private:
    std::array<AccessRule, operation_count> rules_{};
};

enum class FileKind : std::uint8_t { df, transparent_ef, linear_fixed_ef, linear_variable_ef, cyclic_ef };

constexpr bool has_records(FileKind kind) {
    return kind == FileKind::linear_fixed_ef || kind == FileKind::linear_variable_ef || kind == FileKind::cyclic_ef;
}

/// Life cycle status of a file, with the values of the life cycle status byte (ISO/IEC 7816-4:2013 clause 7.4.10).
enum class LifeCycle : std::uint8_t {
    creation = 0x01,
    initialisation = 0x03,
    deactivated = 0x04,
    activated = 0x05,
    terminated = 0x0C,
};

/// A primitive data object for GET DATA and PUT DATA.
struct DataObject {
    std::uint16_t tag = 0;  ///< P1 P2
    iso7816::Bytes value;
    friend bool operator==(const DataObject&, const DataObject&) = default;
};

/// A card holder verification value (password) as personalised.
struct ChvProfile {
    std::uint8_t reference = 1;  ///< P2 of VERIFY: 01 to 1F global, 81 to 9F specific to the DF that holds it
    iso7816::Bytes value;
    std::uint8_t tries = 3;           ///< 1..15
    iso7816::Bytes unblock_value;     ///< resetting code of RESET RETRY COUNTER; empty: cannot be unblocked
    std::uint8_t unblock_tries = 10;  ///< 1..15
    bool enabled = true;              ///< false: verification not required
    bool can_be_disabled = true;      ///< DISABLE VERIFICATION REQUIREMENT is allowed
    std::uint8_t minimum_length = 4;  ///< of a new value, bytes
    std::uint8_t maximum_length = 16;
    std::uint8_t reset_key = 0;  ///< key that, once authenticated, replaces the resetting code; 0: none
};

/// A symmetric key as personalised.
struct KeyProfile {
    enum class Algorithm : std::uint8_t {
        aes128,  ///< 16 bytes, challenges of 16 bytes
        aes192,  ///< 24 bytes
        aes256,  ///< 32 bytes
        tdes,    ///< 24 bytes (three-key) or 16 (two-key), challenges of 8 bytes
    };
    /// What the key serves for. One that guards something is `external`: a card that answers with the same key can be
    /// made to do the other side's part (by MUTUAL AUTHENTICATE block by block).
    enum class Usage : std::uint8_t {
        any,
        internal,  ///< INTERNAL AUTHENTICATE: the card proves to know it
        external,  ///< EXTERNAL and MUTUAL AUTHENTICATE: the other side does
    };
    std::uint8_t reference = 1;  ///< P2 of EXTERNAL, INTERNAL, MUTUAL AUTHENTICATE: 1..31
    Algorithm algorithm = Algorithm::aes128;
    iso7816::Bytes value;
    std::uint8_t tries = 15;  ///< of EXTERNAL and MUTUAL AUTHENTICATE, 1..15
    Usage usage = Usage::any;
    /// MUTUAL AUTHENTICATE makes session keys for secure messaging; of an AES key, whose usage should be `external`:
    /// what INTERNAL AUTHENTICATE enciphers with it would give the session keys away.
    bool secure_messaging = false;
};

/// A file as personalised. Files form a tree; the root is the MF (identifier 3F00).
struct FileProfile {
    FileKind kind = FileKind::df;
    std::uint16_t identifier = 0x3F00;
    std::optional<std::uint8_t> short_identifier{};  ///< EF: 1..30
    iso7816::Bytes aid{};                            ///< DF name, 0 to 16 bytes
    iso7816::Bytes content{};                        ///< transparent EF: its bytes; its size is fixed to content.size()
    std::vector<iso7816::Bytes> records{};           ///< record EF: record 1 first (in a cyclic EF the newest)
    std::uint8_t record_size = 0;      ///< fixed and cyclic: size of each record; variable: the largest, 1..254
    std::uint8_t record_capacity = 0;  ///< how many records there can be, 1..254
    AccessRules access{};
    LifeCycle life_cycle = LifeCycle::activated;
    std::vector<DataObject> data_objects{};  ///< DF only
    std::vector<ChvProfile> chvs{};          ///< DF only: specific reference data, reference 81 to 9F
    std::vector<FileProfile> children{};     ///< DF only
};

/// All that makes a card: what its factory and its issuer put into it.
struct Profile {
    std::string name;
    iso7816::Atr cold_atr;
    std::optional<iso7816::Atr> warm_atr;  ///< the same as the cold one when absent
    std::uint8_t operating_classes =
        7;                           ///< supply voltages that it works at: bits A = 1 (5 V), B = 2 (3 V), C = 4 (1.8 V)
    std::uint8_t largest_inf = 254;  ///< T=1: largest INF that the card sends, whatever IFSD the reader grants
    std::uint8_t channels = 4;       ///< logical channels, the basic one included, 1..4
    FileProfile mf;
    std::vector<ChvProfile> chvs;  ///< global ones
    std::vector<KeyProfile> keys;
    IccQuirks quirks;
};

}  // namespace scardlab::icc
