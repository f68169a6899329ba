#include <rapidcheck/boost_test.h>
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "emulator/icc/interpreter.h"
#include "tests/emulator/icc/command_generator.h"
#include "tests/emulator/ifd/reader_bench.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

/// At any character from `first` to `last`.
Fault parity_error(Fault::At at, bool of_reader, std::size_t first, std::size_t last, unsigned most) {
    const auto character = static_cast<unsigned>(*rc::gen::inRange(first, last + 1));
    const auto times = *rc::gen::inRange(1U, most + 1);
    return {at, 1, character, Fault::Do::parity_error, of_reader, 1, times};
}

/// So many characters come in this exchange at least: header and data, or a block, and their answer.
std::size_t characters(Protocol protocol, bool of_reader, ByteView command, ByteView response) {
    constexpr std::size_t block = 3 + 2;
    if (protocol == Protocol::t1) {
        return block + (of_reader ? command.size() : response.size());
    }
    if (!of_reader) {
        return response.size();
    }
    const auto tpdu = iso7816::map_to_t0(command).value();
    // The card asks for data when it knows that the instruction has some.
    const bool asked = !tpdu.envelope.empty() || icc::t0_direction(tpdu.header[1]) == iso7816::T0Direction::to_card;
    return tpdu.header.size() + (asked ? tpdu.data.size() : 0);
}

icc::Profile profile_for(Protocol protocol, bool inverse) {
    icc::Profile profile = fakes::command_card();
    if (protocol == Protocol::t0) {
        profile.cold_atr = fakes::atr(inverse ? "3F 80 80 01 01" : "3B 80 80 01 01");
    } else {
        profile.cold_atr = fakes::atr(inverse ? "3F 80 81 51 40 01 11" : "3B 80 81 51 40 01 11");
    }
    return profile;
}

/// Events of the card; the second of two equal responses in a row is a retransmission.
Story without_repeats(Story story) {
    story.erase(std::unique(story.begin(), story.end()), story.end());
    return story;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_parity_property)

// ISO/IEC 7816-3 clauses 7.3 and 11.6.3
RC_BOOST_PROP(parity_errors_that_can_be_mended_change_no_answer_and_nothing_in_the_card, ()) {
    const auto protocol = *rc::gen::element(Protocol::t0, Protocol::t1);
    const unsigned most = protocol == Protocol::t0 ? iso7816::repetition_limit : 1;
    const icc::Profile profile = profile_for(protocol, *rc::gen::arbitrary<bool>());
    ReaderBench right(profile);
    icc::Profile slow = profile;  // NULL bytes and single bytes on top
    slow.quirks.t0.null_bytes = *rc::gen::element<std::uint8_t>(0, 1, 3);
    slow.quirks.t0.one_byte_at_a_time = *rc::gen::arbitrary<bool>();
    ReaderBench damaged(slow);
    if (protocol == Protocol::t0) {  // where the ATR and the PPS can be mended
        damaged.reader.plan(parity_error(Fault::At::next_reset, false, 2, 5, most));
        damaged.reader.plan(parity_error(Fault::At::next_pps, *rc::gen::arbitrary<bool>(), 1, 3, most));
    }
    RC_ASSERT(right.connect(protocol) == IfdCode::success);
    RC_ASSERT(damaged.connect(protocol) == IfdCode::success);
    const auto same = [&](ByteView command) {
        RC_LOG() << to_hex(command) << '\n';
        RC_ASSERT(right.transmit(command) == IfdCode::success);
        if (*rc::gen::arbitrary<bool>()) {
            const bool of_reader = *rc::gen::arbitrary<bool>();
            const std::size_t last = characters(protocol, of_reader, command, right.response);
            damaged.reader.plan(parity_error(Fault::At::command, of_reader, 1, last, most));
        }
        RC_ASSERT(damaged.transmit(command) == IfdCode::success);
        RC_ASSERT(damaged.response == right.response);
        RC_ASSERT(damaged.card.state() == right.card.state());
        RC_ASSERT(damaged.card.session() == right.card.session());
    };
    for (const std::uint64_t seed : *histories()) {
        for (const Command& command :
             commands_for(seed, right.card.state(), right.card.session().application, CommandScope::both_protocols)) {
            same(command.encode());
            while (right.response[right.response.size() - 2] == 0x61) {
                same(Bytes{0, 0xC0, 0, 0, right.response.back()});
            }
        }
    }
    RC_ASSERT(damaged.reader.plans().empty());
    RC_ASSERT(damaged.reader.missed().empty());
    RC_ASSERT(without_repeats(damaged.story()) == without_repeats(right.story()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
