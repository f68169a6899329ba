#include "emulator/ifd/atr_receiver.h"

#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/machine_case.h"

namespace scardlab::tests {

namespace {

using ifd::AtrInput;
using ifd::AtrReceiver;
using ifd::AtrState;
using ifd::IfdCode;
using ifd::Step;

using Case = MachineCase<AtrState, AtrInput>;
const Case cases[] = {
    {AtrState::ts, AtrInput::to_t0, "", std::uint8_t{0x3B}},
    {AtrState::ts, AtrInput::bad_ts, "", std::uint8_t{0x3C}},
    {AtrState::ts, AtrInput::timeout, "", {}},
    {AtrState::t0, AtrInput::to_interface, "3B", std::uint8_t{0x10}},
    {AtrState::t0, AtrInput::to_historical, "3B", std::uint8_t{0x01}},
    {AtrState::t0, AtrInput::to_end, "3F", std::uint8_t{0x00}},
    {AtrState::t0, AtrInput::timeout, "3B", {}},
    {AtrState::interface, AtrInput::to_interface, "3B 30", std::uint8_t{0x11}},
    {AtrState::interface, AtrInput::to_historical, "3B 11", std::uint8_t{0x11}},
    {AtrState::interface, AtrInput::to_tck, "3B 80", std::uint8_t{0x01}},
    {AtrState::interface, AtrInput::to_end, "3B 10", std::uint8_t{0x11}},
    {AtrState::interface, AtrInput::timeout, "3B 30 11", {}},
    {AtrState::historical, AtrInput::to_historical, "3B 02", std::uint8_t{0x14}},
    {AtrState::historical, AtrInput::to_tck, "3B 81 01", std::uint8_t{0x57}},
    {AtrState::historical, AtrInput::to_end, "3B 02 14", std::uint8_t{0x50}},
    {AtrState::historical, AtrInput::timeout, "3B 02", {}},
    {AtrState::tck, AtrInput::to_end, "3B 80 01", std::uint8_t{0x81}},
    {AtrState::tck, AtrInput::timeout, "3B 80 01", {}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_atr_receiver)

BOOST_AUTO_TEST_CASE(table_walked_over_every_state_and_input) {
    check_table(ifd::atr_transitions(), ifd::atr_state_count, ifd::atr_input_count, 23, AtrState::ts,
                [](AtrState s, AtrInput i) { return ifd::next(s, i); });
}

// ISO/IEC 7816-3 clauses 6.2.2, 8.1, 8.2, 8.2.2, 8.2.3, 8.2.4 and 8.2.5
BOOST_AUTO_TEST_CASE(every_row_is_what_the_receiver_does) {
    RowsShown<AtrState, AtrInput> shown;
    for (const Case& c : cases) {
        BOOST_TEST_CONTEXT("state " << number(c.from) << ", input " << number(c.on)) {
            AtrReceiver receiver;
            BOOST_TEST((receiver.start().wait == iso7816::atr_start_maximum));
            const Step step = run_case(c, ifd::atr_transitions(), receiver);
            if (receiver.state() == AtrState::failed) {
                BOOST_TEST((step.kind == Step::Kind::failed));
                BOOST_TEST((step.code == IfdCode::error_power_action));
            } else if (receiver.state() == AtrState::complete) {
                BOOST_TEST((step.kind == Step::Kind::done));
            } else {
                BOOST_TEST((step.kind == Step::Kind::wait));
                BOOST_TEST((step.wait == iso7816::initial_waiting_time));
            }
            shown.show(c.from, c.on);
        }
    }
    // ISO/IEC 7816-3 clause 7.3
    for (const auto& [state, before] :
         {std::pair{AtrState::ts, ""}, std::pair{AtrState::t0, "3B"}, std::pair{AtrState::interface, "3B 30 11"},
          std::pair{AtrState::historical, "3B 02"}, std::pair{AtrState::tck, "3B 80 01"}}) {
        AtrReceiver receiver;
        feed(receiver, fakes::hex(before), receiver.start());
        BOOST_TEST((receiver.state() == state));
        BOOST_TEST((receiver.on_damaged().code == IfdCode::error_power_action));
        BOOST_TEST((receiver.state() == AtrState::failed));
        shown.show(state, state == AtrState::ts ? AtrInput::bad_ts : AtrInput::damaged);
    }
    AtrReceiver receiver;
    feed(receiver, fakes::hex("3B 00"), receiver.start());
    BOOST_TEST((receiver.on_surplus().code == IfdCode::error_power_action));
    shown.show(AtrState::complete, AtrInput::surplus);
    shown.check_complete(ifd::atr_transitions());
}

BOOST_AUTO_TEST_CASE(whole_atr_is_handed_over_and_the_next_start_forgets_it) {
    AtrReceiver receiver;
    receiver.start();
    for (const char* text :
         {"3B 81 80 01 57 57", "3F 00", "3B 9F 95 80 1F C7 80 31 E0 73 FE 21 1B 64 41 04 41 00 82 90 00 80"}) {
        const auto expected = iso7816::Atr::parse(fakes::hex(text));
        const Step step = feed(receiver, fakes::hex(text), receiver.start());
        BOOST_TEST((step.kind == Step::Kind::done));
        BOOST_TEST_REQUIRE(expected.has_value());
        BOOST_TEST((receiver.atr() == *expected));
    }
}

BOOST_AUTO_TEST_CASE(wrong_tck_is_accepted) {
    AtrReceiver receiver;
    const Step step = feed(receiver, fakes::hex("3B 80 01 00"), receiver.start());
    BOOST_TEST((step.kind == Step::Kind::done));
    BOOST_TEST((receiver.atr().tck() == iso7816::Atr::Tck::wrong));
}

BOOST_AUTO_TEST_CASE(atr_that_never_ends_fails_after_its_longest_length) {
    AtrReceiver receiver;
    Step step = receiver.start();
    step = feed(receiver, fakes::hex("3B 80"), step);
    std::size_t count = 2;
    while (step.kind == Step::Kind::wait && count < 100) {
        step = receiver.on_character(0x80);
        ++count;
    }
    BOOST_TEST((step.kind == Step::Kind::failed));
    BOOST_TEST(count == iso7816::Atr::max_size + 1);
}

RC_BOOST_PROP(atr_that_can_be_parsed_is_received_to_its_last_character, ()) {
    iso7816::AtrFields fields;
    const auto byte = rc::gen::arbitrary<std::uint8_t>();
    const auto groups = *rc::gen::inRange<std::size_t>(0, 4);
    for (std::size_t i = 0; i < groups; ++i) {
        iso7816::InterfaceGroup group;
        group.ta = *rc::gen::arbitrary<bool>() ? std::optional(*byte) : std::nullopt;
        group.tb = *rc::gen::arbitrary<bool>() ? std::optional(*byte) : std::nullopt;
        group.tc = *byte;  // so that no group is empty
        if (i + 1 < groups) {
            group.td = *rc::gen::inRange<std::uint8_t>(0, 16);
        }
        fields.groups.push_back(group);
    }
    const auto historical = *rc::gen::inRange<std::size_t>(0, 16);
    fields.historical_bytes = *rc::gen::container<Bytes>(historical, byte);
    const auto atr = iso7816::build_atr(fields);
    RC_PRE(atr.has_value());
    AtrReceiver receiver;
    Step step = receiver.start();
    for (const std::uint8_t character : atr->bytes()) {
        RC_ASSERT(step.kind == Step::Kind::wait);
        step = receiver.on_character(character);
    }
    RC_ASSERT(step.kind == Step::Kind::done);
    RC_ASSERT(receiver.atr() == *atr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
