#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "emulator/icc/interpreter.h"
#include "tests/fakes/card_profiles.h"

namespace scardlab::tests {

/// The command interpreter with nothing around it.
struct Commands {
    explicit Commands(icc::Profile of = fakes::dual_protocol())
        : profile(std::move(of)), state(icc::personalise(profile)) {}

    /// Response data and SW1SW2 as hexadecimal text.
    std::string run(iso7816::ByteView command) {
        const auto parsed = iso7816::CommandApdu::parse(command);
        const iso7816::StatusWord status = icc::execute(parsed.value(), {state, nullptr, profile}, session, data);
        return iso7816::to_hex(iso7816::ResponseApdu{data, status}.encode());
    }
    std::string run(std::string_view hex) { return run(fakes::hex(hex)); }

    /// Identifier of the current DF, and of the current EF or 0.
    unsigned current_df() const { return state.files[session.channels[0].current_df].identifier; }
    unsigned current_ef() const {
        return session.channels[0].current_ef ? state.files[*session.channels[0].current_ef].identifier : 0U;
    }

    icc::Profile profile;
    icc::IccState state;
    icc::ApplicationSession session;
    iso7816::Bytes data;
};

}  // namespace scardlab::tests
