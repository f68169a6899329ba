#include "tools/historical_bytes.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "emulator/iso7816/status_word.h"

namespace scardlab::tools {

namespace {

using iso7816::ByteView;
using iso7816::to_hex;

constexpr std::size_t status_indicator_size = 3;

/// The names of the bits that are set, most significant first, with commas between them; `none` when none is.
template <std::size_t Count>
std::string bits(std::uint8_t byte, const std::string_view (&names)[Count], std::string_view none) {
    std::string text;
    for (std::size_t i = 0; i < Count; ++i) {
        if ((byte & (0x80U >> i)) != 0) {
            text += fmt::format("{}{}", text.empty() ? "" : ", ", names[i]);
        }
    }
    return text.empty() ? std::string(none) : text;
}

std::string life_cycle(std::uint8_t lcs) {
    if (lcs >= 0x10) {
        return "proprietary";
    }
    constexpr std::string_view names[] = {
        "no information given",     "creation state",           "reserved",
        "initialisation state",     "operational, deactivated", "operational, activated",
        "operational, deactivated", "operational, activated"};
    return std::string(lcs < std::size(names) ? names[lcs] : lcs >= 0x0C ? "termination state" : "reserved");
}

std::string status_word(ByteView sw) {
    const iso7816::StatusWord status{static_cast<std::uint16_t>(sw[0] << 8 | sw[1])};
    const std::string_view meaning = iso7816::meaning(status);
    if (status.value == 0) {
        return "SW 0000 (not indicated)";
    }
    return fmt::format("SW {:04X} ({})", status.value, meaning.empty() ? "proprietary or reserved" : meaning);
}

/// Value of the status indicator: life cycle status, SW1SW2, or both.
std::string status_indicator(ByteView value) {
    switch (value.size()) {
        case 1:
            return fmt::format("life cycle status {:02X} ({})", value[0], life_cycle(value[0]));
        case 2:
            return status_word(value);
        default:
            return fmt::format("life cycle status {:02X} ({}), {}", value[0], life_cycle(value[0]),
                               status_word(value.subspan(1)));
    }
}

std::string card_service_data(std::uint8_t byte) {
    constexpr std::string_view selection[] = {"applications selected by full DF name", "by partial DF name",
                                              "data objects in EF.DIR", "data objects in EF.ATR"};
    constexpr std::string_view access[] = {"READ RECORD", "reserved", "GET DATA", "reserved",
                                           "READ BINARY", "reserved", "reserved", "reserved"};
    return fmt::format("{}; EF.DIR and EF.ATR read by {}; card with{} MF", bits(byte, selection, "no selection told"),
                       access[(byte >> 1) & 7], (byte & 1) != 0 ? "out" : "");
}

std::string data_coding(std::uint8_t byte) {
    constexpr std::string_view writing[] = {"one-time write", "proprietary", "write OR", "write AND"};
    return fmt::format("{}WRITE is {}; FF as first byte of a tag is {}; data unit {} quartets",
                       (byte & 0x80) != 0 ? "EFs of TLV structure; " : "", writing[(byte >> 5) & 3],
                       (byte & 0x10) != 0 ? "valid" : "invalid", 1 << (byte & 0x0F));
}

std::string lengths_and_channels(std::uint8_t byte) {
    constexpr std::string_view features[] = {"command chaining", "extended Lc and Le", "extended length in EF.ATR"};
    constexpr std::string_view assigned[] = {"", "by the reader", "by the card", "by the reader or the card"};
    const unsigned by = (byte >> 3) & 3;
    const unsigned most = (byte & 7) + 1U;
    const std::string channels =
        by == 0 ? std::string("no logical channels beside the basic one")
                : fmt::format("{} logical channels{}, assigned {}", most, most == 8 ? " or more" : "", assigned[by]);
    return fmt::format("{}; {}", bits(byte, features, "no chaining, short lengths only"), channels);
}

std::string card_capabilities(ByteView value) {
    constexpr std::string_view selection[] = {"full DF name",    "partial DF name",  "path",
                                              "file identifier", "implicit DF",      "short EF identifier",
                                              "record number",   "record identifier"};
    std::string text = "selection by " + bits(value[0], selection, "nothing told");
    if (value.size() > 1) {
        text += "; " + data_coding(value[1]);
    }
    if (value.size() > 2) {
        text += "; " + lengths_and_channels(value[2]);
    }
    return text;
}

/// Country code in three quartets and, maybe, national data.
std::string country(ByteView value) {
    const std::string digits = to_hex(value, '\0');
    return fmt::format("ISO 3166-1 country {}{}", digits.substr(0, 3),
                       value.size() > 2 ? ", national data " + to_hex(value.subspan(2)) : "");
}

/// A COMPACT-TLV data object: 4 bits tag, 4 bits length.
struct Kind {
    std::uint8_t tag;
    std::string_view name;
    std::string_view in_words;
    std::size_t least, most;  ///< bytes that a value may have
};

constexpr Kind kinds[] = {
    {0x1, "country", "country code and national data", 2, 15},
    {0x2, "issuer", "issuer identification number (ISO/IEC 7812-1)", 1, 15},
    {0x3, "services", "card service data", 1, 1},
    {0x4, "access", "initial access data", 0, 15},
    {0x5, "issuer's", "card issuer's data", 0, 15},
    {0x6, "pre-issue", "pre-issuing data", 0, 15},
    {0x7, "abilities", "card capabilities", 1, 3},
    {0x8, "status", "status indicator", 1, 3},
    {0xF, "AID", "application identifier", 1, 15},
};

const Kind* kind_of(std::uint8_t tag) {
    for (const Kind& kind : kinds) {
        if (kind.tag == tag) {
            return &kind;
        }
    }
    return nullptr;
}

std::string meaning_of(const Kind& kind, ByteView value) {
    switch (kind.tag) {
        case 0x1:
            return country(value);
        case 0x3:
            return fmt::format("{}: {}", kind.in_words, card_service_data(value[0]));
        case 0x7:
            return fmt::format("{}: {}", kind.in_words, card_capabilities(value));
        case 0x8:
            return status_indicator(value);
        default:
            return fmt::format("{} {}", kind.in_words, to_hex(value));
    }
}

/// "1 byte", "2 bytes".
std::string counted(std::size_t count) {
    return fmt::format("{} byte{}", count, count == 1 ? "" : "s");
}

/// "1 is", "2 are".
std::string are(std::size_t count) {
    return fmt::format("{} {}", count, count == 1 ? "is" : "are");
}

void decode_objects(ByteView bytes, std::size_t at, std::size_t end, HistoricalBytes& into) {
    while (at < end) {
        const auto tag = static_cast<std::uint8_t>(bytes[at] >> 4);
        const std::size_t length = bytes[at] & 0x0F;
        const std::size_t there = end - at - 1;
        if (length > there) {
            into.fields.push_back({at, end - at, "?", "cut off"});
            into.faults.push_back({at, fmt::format("the data object {:02X} announces {}, {} there", bytes[at],
                                                   counted(length), are(there))});
            return;
        }
        const ByteView value = bytes.subspan(at + 1, length);
        const Kind* const kind = kind_of(tag);
        if (kind == nullptr) {
            into.fields.push_back({at, 1 + length, "?", fmt::format("tag {:X} is reserved", tag)});
            into.faults.push_back({at, fmt::format("the tag {:X} of a COMPACT-TLV data object is reserved", tag)});
        } else if (length < kind->least || length > kind->most) {
            into.fields.push_back({at, 1 + length, std::string(kind->name), std::string(kind->in_words)});
            into.faults.push_back({at, fmt::format("{} with {}, which has {} to {}", kind->in_words, counted(length),
                                                   kind->least, kind->most)});
        } else {
            into.fields.push_back({at, 1 + length, std::string(kind->name), meaning_of(*kind, value)});
        }
        at += 1 + length;
    }
}

/// Category 00: data objects, then a status indicator without tag and length.
void decode_with_status_at_end(ByteView bytes, HistoricalBytes& into) {
    into.fields.push_back({0, 1, "category", "COMPACT-TLV data objects, then a status indicator of 3 bytes"});
    if (bytes.size() < 1 + status_indicator_size) {
        into.faults.push_back(
            {bytes.size(),
             fmt::format("category 00 ends with a status indicator of 3 bytes, {} there", are(bytes.size() - 1))});
        return;
    }
    const std::size_t status_at = bytes.size() - status_indicator_size;
    decode_objects(bytes, 1, status_at, into);
    into.fields.push_back({status_at, status_indicator_size, "status", status_indicator(bytes.subspan(status_at))});
}

void decode_dir_reference(ByteView bytes, HistoricalBytes& into) {
    into.fields.push_back({0, 1, "category", "the next byte is the DIR data reference"});
    if (bytes.size() < 2) {
        into.faults.push_back({1, "category 10 needs a DIR data reference"});
        return;
    }
    into.fields.push_back({1, 1, "DIR ref", fmt::format("{:02X}", bytes[1])});
}

}  // namespace

HistoricalBytes decode_historical_bytes(ByteView bytes) {
    HistoricalBytes result;
    if (bytes.empty()) {
        return result;
    }
    const std::uint8_t category = bytes[0];
    if (category == 0x00) {
        decode_with_status_at_end(bytes, result);
    } else if (category == 0x80) {
        result.fields.push_back(
            {0, 1, "category", "COMPACT-TLV data objects, the status indicator may be one of them"});
        decode_objects(bytes, 1, bytes.size(), result);
    } else if (category == 0x10) {
        decode_dir_reference(bytes, result);
    } else if (category > 0x80 && category < 0x90) {
        result.fields.push_back({0, 1, "category", "reserved"});
        result.faults.push_back({0, fmt::format("the category indicator {:02X} is reserved", category)});
    } else {
        result.fields.push_back({0, 1, "category", "proprietary: what follows is the card's own"});
    }
    return result;
}

}  // namespace scardlab::tools
