#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/protocol.h"

namespace scardlab::iso7816 {

/// Why an ATR could not be read or built.
struct AtrError {
    enum class Kind : std::uint8_t {
        too_short,                 ///< no T0
        too_long,                  ///< more than 33 bytes
        ts,                        ///< neither 3B nor 3F
        interface_byte_missing,    ///< the bytes end before one that T0 or a TD announces
        historical_bytes_missing,  ///< the bytes end before all that T0 announces
        surplus_bytes,             ///< bytes after the end
        fields,                    ///< build_atr() only: fields that no ATR can hold
    };
    Kind kind;
    std::size_t offset;   ///< byte offset in the ATR, at most its size
    std::string message;  ///< what was found and what was expected there
};

/// TS: 3B direct, 3F inverse convention (ISO/IEC 7816-3:2006 clause 8.1).
enum class Convention : std::uint8_t { direct, inverse };

/// Interface bytes TAi TBi TCi TDi of one group; the protocol they belong to comes from TD(i-1).
struct InterfaceGroup {
    std::optional<std::uint8_t> ta{}, tb{}, tc{}, td{};
    friend bool operator==(const InterfaceGroup&, const InterfaceGroup&) = default;
};

/// TA2: specific mode (ISO/IEC 7816-3:2006 clause 8.3).
struct SpecificMode {
    std::uint8_t t;      ///< protocol to use, the low nibble of TA2 (may be a T that we do not speak)
    bool implicit_rate;  ///< bit 5 one: F and D are known to the reader by other means, not from TA1
    bool can_change;     ///< bit 8 zero: able to change the mode of operation (after a warm reset); one: unable
};

/// Error detection code of T=1 blocks (first TC for T=1, bit 1; clause 11.4.4).
enum class EdcKind : std::uint8_t { lrc, crc };

/// What the card allows while it is idle, X: bits 8 and 7 of the first TA for T=15 (clause 8.3).
enum class ClockStop : std::uint8_t { not_supported = 0, state_l = 1, state_h = 2, no_preference = 3 };

/// Answer to reset, 2 to 33 bytes (ISO/IEC 7816-3:2006 clause 8). A value; never allocates.
class Atr {
  public:
    static constexpr std::size_t max_size = 33;
    static constexpr std::size_t max_groups = 32;

    Atr() = default;

    /// Reads a whole ATR. Errors, each with its offset: too short, too long (more than 33 bytes), bad TS, a byte that
    /// T0 or a TD announces is missing, historical bytes missing, bytes after the end. A wrong or missing TCK is *not*
    /// an error here (see tck()): resource managers accept it.
    static tl::expected<Atr, AtrError> parse(ByteView bytes);

    ByteView bytes() const { return {bytes_.data(), size_}; }
    bool empty() const { return size_ == 0; }
    Convention convention() const;

    /// Groups in order; group(0) holds TA1..TD1, each td as the whole byte. T0 is not a group. When T0 announces
    /// nothing there is none; a TD that announces nothing is followed by an empty group, which exists for its T.
    std::size_t group_count() const { return group_count_; }
    const InterfaceGroup& group(std::size_t index) const { return groups_[index]; }
    /// Low nibble of the TD that announced group `index`; nullopt for group 0 (announced by T0). Interface bytes of
    /// groups 0 and 1 mean the same for every T (but TC2 is for T=0); those of later groups belong to this T.
    std::optional<std::uint8_t> group_protocol(std::size_t index) const;

    ByteView historical_bytes() const;

    /// T values in the order offered, each once, without 15; {0} when there is no TD1 (clause 8.2.3).
    struct Offered {
        std::array<std::uint8_t, 15> t{};
        std::size_t count = 0;
        bool contains(std::uint8_t value) const;
    };
    Offered offered_protocols() const;
    /// T of TD1 (15 in an ATR that should not exist), or 0 when there is no TD1.
    std::uint8_t first_offered() const;
    bool offers(Protocol protocol) const;
    /// Whether a TD indicates T=15: global interface bytes follow it (clause 8.2.3).
    bool has_global_groups() const;

    /// TA2; nullopt is negotiable mode (clause 8.3).
    std::optional<SpecificMode> specific_mode() const;

    /// TA1, or 0x11 (Fi = 372, Di = 1) when absent.
    std::uint8_t ta1() const;
    /// Extra guard time N, TC1 or 0 (clause 8.3).
    std::uint8_t extra_guard_time() const;
    /// WI: TC2, or 10 when it is absent or 00, which is reserved (clause 10.2).
    std::uint8_t waiting_integer() const;
    /// IFSC: the first TAi (i > 2) for T=1, or 32 (clause 11.4.2). Of the reserved values 00 counts as 32 and FF as
    /// 254.
    std::uint8_t ifsc() const;
    /// BWI and CWI: high and low nibble of the first TBi (i > 2) for T=1, or 4 and 13 (clause 11.4.3). BWI 10 to 15 is
    /// reserved, and returned as it is.
    std::uint8_t bwi() const;
    std::uint8_t cwi() const;
    /// Bit 1 of the first TCi (i > 2) for T=1: 1 is CRC; LRC when it is absent (clause 11.4.4).
    EdcKind edc_kind() const;
    /// Supported classes of operating conditions Y, bits A=1 B=2 C=4: bits 6 to 1 of the first TAi (i > 2) for T=15, or
    /// class A alone (clause 8.3).
    std::uint8_t operating_classes() const;
    /// Clock stop indicator X of the same byte, or not supported (clause 8.3).
    ClockStop clock_stop() const;

    /// TCK is present iff a TD indicates a T other than 0 (15 counts); correct when T0..TCK XOR to zero (clause 8.2.5).
    enum class Tck { absent_as_expected, correct, wrong, missing };
    Tck tck() const;

    friend bool operator==(const Atr& a, const Atr& b);

  private:
    /// The first interface byte of this kind in a group (i > 2) for this T.
    std::optional<std::uint8_t> first_specific(std::uint8_t t,
                                               std::optional<std::uint8_t> InterfaceGroup::*member) const;

    std::array<std::uint8_t, max_size> bytes_{};
    std::uint8_t size_ = 0;
    std::uint8_t group_count_ = 0;
    std::uint8_t historical_offset_ = 0;
    std::uint8_t historical_size_ = 0;
    std::array<InterfaceGroup, max_groups> groups_{};
};

/// Fields of an ATR, to build one from. build() computes T0, every TD's presence bits and TCK.
struct AtrFields {
    Convention convention = Convention::direct;
    /// A group's td holds the protocol nibble of the next group; its high nibble is ignored, and presence bits are
    /// computed. A group followed by another must have td; TD1 that announces nothing needs an empty group after it.
    std::vector<InterfaceGroup> groups{};
    Bytes historical_bytes{};
};

/// Builds the bytes. Errors: more than 15 historical bytes, more than 33 bytes in all, a group that has a successor
/// but no td, or the last group with td (offset = byte offset in
/// the ATR where it went wrong, at most 33).
tl::expected<Atr, AtrError> build_atr(const AtrFields& fields);

}  // namespace scardlab::iso7816
