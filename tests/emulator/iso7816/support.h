#pragma once

#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string_view>

#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/timing.h"

namespace scardlab::iso7816 {

/// Bytes from hexadecimal text in a test; fails the test when the text is wrong.
inline Bytes hex(std::string_view text) {
    auto bytes = parse_hex(text);
    if (!bytes) {  // BOOST_REQUIRE_MESSAGE would also build its message when all is well
        BOOST_FAIL(text << ": " << bytes.error().message);
    }
    return *bytes;
}

/// An ATR from hexadecimal text in a test; fails the test when it cannot be read.
inline Atr atr_of(std::string_view text) {
    const auto atr = Atr::parse(hex(text));
    if (!atr) {
        BOOST_FAIL(text << ": " << atr.error().message);
    }
    return *atr;
}

inline std::ostream& operator<<(std::ostream& out, ClockCycles cycles) {
    return out << cycles.count << " cycles";
}

}  // namespace scardlab::iso7816
