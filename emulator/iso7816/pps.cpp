#include "emulator/iso7816/pps.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace scardlab::iso7816 {
namespace {

constexpr std::uint8_t pps1_present = 0x10;
constexpr std::uint8_t pps2_present = 0x20;
constexpr std::uint8_t pps3_present = 0x40;
constexpr std::uint8_t reserved_bit = 0x80;
constexpr std::size_t min_size = 3;

enum class Echo : std::uint8_t { same, defaulted, contradicted };

/// One of PPS1 to PPS3: a response may echo it or leave it out; it may neither change nor add it.
Echo compare(const std::optional<std::uint8_t>& request, const std::optional<std::uint8_t>& response) {
    if (request == response) {
        return Echo::same;
    }
    return response ? Echo::contradicted : Echo::defaulted;
}

}  // namespace

Pps::Encoded Pps::encode() const {
    Encoded out;
    auto append = [&out](std::uint8_t byte) { out.bytes[out.size++] = byte; };
    append(ppss);
    append(t & 0x0F);
    const auto append_optional = [&](const std::optional<std::uint8_t>& byte, std::uint8_t presence) {
        if (byte) {
            out.bytes[1] = static_cast<std::uint8_t>(out.bytes[1] | presence);
            append(*byte);
        }
    };
    append_optional(pps1, pps1_present);
    append_optional(pps2, pps2_present);
    append_optional(pps3, pps3_present);
    std::uint8_t pck = 0;
    for (const std::uint8_t byte : out.view()) {
        pck = static_cast<std::uint8_t>(pck ^ byte);
    }
    append(pck);
    return out;
}

std::size_t Pps::size_for(std::uint8_t pps0) {
    const unsigned presence = pps0 & (pps1_present | pps2_present | pps3_present);
    return min_size + static_cast<std::size_t>(std::popcount(presence));
}

tl::expected<Pps, PpsError> Pps::parse(ByteView bytes) {
    const auto fail = [](std::size_t offset, std::string message) {
        return tl::make_unexpected(PpsError{offset, std::move(message)});
    };
    if (!bytes.empty() && bytes[0] != ppss) {
        return fail(0, "PPSS is " + to_hex(bytes.first(1)) + ", expected FF");
    }
    if (bytes.size() > 1 && (bytes[1] & reserved_bit) != 0) {
        return fail(1, "PPS0 is " + to_hex(bytes.subspan(1, 1)) + ", expected bit 8 to be zero");
    }
    if (bytes.size() < min_size) {
        return fail(bytes.size(), "found " + std::to_string(bytes.size()) + " bytes, expected at least 3");
    }
    const std::size_t size = size_for(bytes[1]);
    if (bytes.size() != size) {
        return fail(std::min(bytes.size(), size),
                    "found " + std::to_string(bytes.size()) + " bytes, PPS0 announces " + std::to_string(size));
    }
    std::uint8_t sum = 0;
    for (const std::uint8_t byte : bytes) {
        sum = static_cast<std::uint8_t>(sum ^ byte);
    }
    if (sum != 0) {
        return fail(size - 1, "PCK is wrong: the bytes XOR to " + to_hex({&sum, 1}) + ", expected 00");
    }
    Pps pps;
    pps.t = bytes[1] & 0x0F;
    std::size_t at = 2;
    const auto take = [&](std::uint8_t presence) -> std::optional<std::uint8_t> {
        if ((bytes[1] & presence) == 0) {
            return std::nullopt;
        }
        return bytes[at++];
    };
    pps.pps1 = take(pps1_present);
    pps.pps2 = take(pps2_present);
    pps.pps3 = take(pps3_present);
    return pps;
}

PpsOutcome judge(const Pps& request, const Pps& response) {
    if (request.t != response.t) {
        return PpsOutcome::failed;
    }
    PpsOutcome outcome = PpsOutcome::accepted;
    for (const Echo echo : {compare(request.pps1, response.pps1), compare(request.pps2, response.pps2),
                            compare(request.pps3, response.pps3)}) {
        if (echo == Echo::contradicted) {
            return PpsOutcome::failed;
        }
        if (echo == Echo::defaulted) {
            outcome = PpsOutcome::partial;
        }
    }
    return outcome;
}

}  // namespace scardlab::iso7816
