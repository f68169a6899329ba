#include <rapidcheck/boost_test.h>
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

constexpr const char* commands[] = {"00 A4 08 0C 04 50 15 50 33",
                                    "00 A4 00 00 02 50 15",
                                    "00 A4 00 0C",
                                    "00 B0 00 00 00",
                                    "00 B0 00 05 11",
                                    "00 D6 00 03 04 AA BB CC DD",
                                    "00 20 00 01 04 31 32 33 34",
                                    "00 20 00 01 01 30",
                                    "00 84 00 00 08",
                                    "00 C0 00 00 09",
                                    "00 B0 81 00 28"};

/// One command, and perhaps a parity error in it.
struct Step {
    const char* command = commands[0];
    std::optional<Fault> fault;
};

void showValue(const Step& step, std::ostream& out) {
    out << step.command;
    if (step.fault) {
        out << " (character " << step.fault->character << " of the " << (step.fault->of_reader ? "reader" : "card")
            << ", " << step.fault->times << " times)";
    }
}

Fault parity_error(Fault::At at, unsigned first, unsigned characters, unsigned most) {
    const auto character = *rc::gen::inRange(first, first + characters);
    const auto times = *rc::gen::inRange(1U, most + 1);
    return {at, 1, character, Fault::Do::parity_error, *rc::gen::arbitrary<bool>(), 1, times};
}

/// `most`: errors in a row that the protocol can mend.
rc::Gen<Step> steps(unsigned most) {
    return rc::gen::exec([most] {
        Step step{*rc::gen::elementOf(std::vector<const char*>(std::begin(commands), std::end(commands))), {}};
        if (*rc::gen::arbitrary<bool>()) {
            step.fault = parity_error(Fault::At::command, 1, *rc::gen::element(8U, 40U, 300U), most);
        }
        return step;
    });
}

icc::Profile profile_for(Protocol protocol, bool inverse) {
    icc::Profile profile = protocol == Protocol::t0 ? fakes::dual_protocol() : fakes::t1_crc();
    if (inverse) {
        profile.cold_atr = fakes::atr(protocol == Protocol::t0 ? "3F 80 80 01 01" : "3F 80 81 51 40 01 11");
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
    ReaderBench damaged(profile);
    if (protocol == Protocol::t0) {  // where the ATR and the PPS can be mended
        damaged.reader.plan(parity_error(Fault::At::next_reset, 2, 4, most));
        damaged.reader.plan(parity_error(Fault::At::next_pps, 1, 3, most));
    }
    RC_ASSERT(right.connect(protocol) == IfdCode::success);
    RC_ASSERT(damaged.connect(protocol) == IfdCode::success);
    for (const Step& step : *rc::gen::container<std::vector<Step>>(steps(most))) {
        RC_LOG() << step.command << '\n';
        if (step.fault) {
            damaged.reader.plan(*step.fault);
        }
        RC_ASSERT(damaged.answer(step.command) == right.answer(step.command));
        RC_ASSERT(damaged.card.state() == right.card.state());
        RC_ASSERT(damaged.card.session() == right.card.session());
    }
    RC_ASSERT(without_repeats(damaged.story()) == without_repeats(right.story()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
