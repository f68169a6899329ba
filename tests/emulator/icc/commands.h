#pragma once

#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/icc/interpreter.h"
#include "tests/fakes/card_profiles.h"

namespace scardlab::tests {

/// A command and the answer to it, both as hexadecimal text.
struct Step {
    const char* command;
    const char* answer;
};

/// Commands that tell one story.
struct Dialogue {
    const char* outcome;
    std::vector<Step> steps;
};

inline std::ostream& operator<<(std::ostream& out, const Dialogue& dialogue) {
    return out << dialogue.outcome;
}

/// The command interpreter with nothing around it.
struct Commands {
    explicit Commands(icc::Profile of = fakes::dual_protocol())
        : profile(std::move(of)), state(icc::personalise(profile)) {}

    /// Response data and SW1SW2 as hexadecimal text.
    std::string run(iso7816::ByteView command) {
        const auto parsed = iso7816::CommandApdu::parse(command);
        const iso7816::StatusWord status = icc::execute(parsed.value(), {state, store, profile}, session, data, le);
        return iso7816::to_hex(iso7816::ResponseApdu{data, status}.encode());
    }
    std::string run(std::string_view hex) { return run(fakes::hex(hex)); }

    /// Sends the commands and compares the answers.
    void play(const std::vector<Step>& steps) {
        for (const Step& step : steps) {
            BOOST_TEST_CONTEXT(step.command) {
                BOOST_TEST(run(step.command) == step.answer);
            }
        }
    }

    /// Identifier of the current DF, and of the current EF or 0.
    unsigned current_df() const { return state.files[session.channels[0].current_df].identifier; }
    unsigned current_ef() const {
        return session.channels[0].current_ef ? state.files[*session.channels[0].current_ef].identifier : 0U;
    }

    icc::Profile profile;
    icc::IccState state;
    icc::StateStore* store = nullptr;
    icc::LeMeaning le = icc::LeMeaning::maximum;
    icc::ApplicationSession session;
    iso7816::Bytes data;
};

}  // namespace scardlab::tests
