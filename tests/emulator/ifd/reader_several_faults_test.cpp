#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

using At = Fault::At;
using Do = Fault::Do;

constexpr const char* select = "00 A4 00 0C";

Fault at_character(At at, unsigned character, Do what, unsigned times = 1) {
    return {at, 1, character, what, false, 1, times};
}
Fault in_command(unsigned number, unsigned character, Do what) {
    return {At::command, number, character, what};
}
Fault at_block(unsigned block, Do what, unsigned times = 1, std::uint8_t value = 0) {
    return {At::command, 1, 1, what, false, block, times, value};
}

struct Connected : ReaderBench {
    explicit Connected(Protocol protocol, const icc::Profile& profile = fakes::dual_protocol()) : ReaderBench(profile) {
        connect(protocol);
        story();
    }
    void plan(const std::vector<Fault>& faults) {
        for (const Fault& fault : faults) {
            reader.plan(fault);
        }
    }
    /// Nothing waits any longer, and so many were missed.
    bool over(std::size_t missed = 0) const {
        return reader.plans().empty() && card.deviations().empty() && reader.missed().size() == missed;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_several_faults)

BOOST_AUTO_TEST_CASE(faults_of_one_command_all_happen_in_it) {
    Connected t0(Protocol::t0);
    t0.plan({in_command(1, 1, Do::parity_error),
             in_command(1, 2, Do::parity_error),
             {At::command, 1, 3, Do::parity_error, true}});
    const auto damaged = t0.time_of([&] { BOOST_TEST(t0.answer(select) == "90 00"); });
    BOOST_TEST(t0.over());
    const auto undamaged = t0.time_of([&] { BOOST_TEST(t0.answer(select) == "90 00"); });
    BOOST_TEST((damaged - undamaged > ReaderBench::duration({3 * 12 * 372})));  // three repetitions

    Connected t1(Protocol::t1);
    t1.plan({at_block(1, Do::wtx, 1, 2), at_block(2, Do::bad_edc), at_block(3, Do::lost_block),
             in_command(1, 7, Do::parity_error)});
    BOOST_TEST(t1.answer(select) == "90 00");
    BOOST_TEST(t1.over());
    t1.plan({at_block(1, Do::bad_edc), at_block(2, Do::lost_block), at_block(3, Do::bad_edc)});
    BOOST_TEST((t1.transmit(select) == IfdCode::communication_error));  // a third damage in a row
    BOOST_TEST(t1.over());
}

BOOST_AUTO_TEST_CASE(numbers_of_all_faults_count_down_at_every_command) {
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        Connected bench(protocol);
        bench.plan({in_command(3, 1, Do::remove), in_command(1, 1, Do::parity_error),
                    in_command(1, 2, Do::parity_error), in_command(2, 1, Do::parity_error)});
        BOOST_TEST(bench.answer(select) == "90 00");
        BOOST_TEST(bench.reader.plans().size() == 2U);
        BOOST_TEST(bench.answer(select) == "90 00");
        BOOST_TEST(bench.reader.plans().size() == 1U);
        BOOST_TEST((bench.transmit(select) == IfdCode::icc_not_present));
        BOOST_TEST(bench.over());
    }
}

BOOST_AUTO_TEST_CASE(faults_of_one_kind_at_one_character_follow_each_other) {
    for (const unsigned count : {iso7816::repetition_limit, iso7816::repetition_limit + 1}) {
        Connected bench(Protocol::t0);
        bench.plan(std::vector<Fault>(count, in_command(1, 2, Do::parity_error)));
        BOOST_TEST((bench.answer(select) == "90 00") == (count == iso7816::repetition_limit));
        BOOST_TEST(bench.over());
    }
}

BOOST_AUTO_TEST_CASE(faults_of_one_reset_are_spread_over_its_attempts) {
    Connected bench(Protocol::t1);
    bench.plan({at_character(At::next_reset, 1, Do::bad_ts), at_character(At::next_reset, 3, Do::remove)});
    BOOST_TEST((bench.reset() == IfdCode::icc_not_present));
    const Story expected{"warm_reset", "deactivation", "cold_reset", "removed"};
    BOOST_TEST(bench.story() == expected, boost::test_tools::per_element());
    BOOST_TEST(bench.over());
    bench.reader.insert(bench.card);
    bench.plan({at_character(At::next_reset, 1, Do::stay_mute), at_character(At::next_reset, 3, Do::remove)});
    BOOST_TEST((bench.up() == IfdCode::error_power_action));
    BOOST_TEST(bench.over(1));  // nobody pulled out a card that said nothing
    BOOST_TEST((bench.up() == IfdCode::success));
}

BOOST_AUTO_TEST_CASE(each_fault_that_was_missed_is_told_by_itself) {
    Connected bench(Protocol::t1);
    bench.plan({at_block(1, Do::bad_edc), at_block(9, Do::bad_edc), at_block(1, Do::null_bytes),
                at_block(2, Do::bad_edc), in_command(1, 99, Do::remove)});
    BOOST_TEST(bench.answer(select) == "90 00");
    BOOST_TEST(bench.over(3));
    BOOST_TEST(bench.reader.missed()[0].block == 9U);
    BOOST_TEST((bench.reader.missed()[1].what == Do::null_bytes));
    BOOST_TEST((bench.reader.missed()[2].what == Do::remove));
}

BOOST_AUTO_TEST_CASE(removal_happens_once_and_what_was_to_come_after_it_is_missed) {
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        Connected bench(protocol);
        const Do of_card = protocol == Protocol::t0 ? Do::one_byte : Do::bad_edc;
        bench.plan({at_character(At::command, 2, Do::remove, 2), at_block(2, of_card)});
        BOOST_TEST((bench.transmit(select) == IfdCode::icc_not_present));
        BOOST_TEST_REQUIRE(bench.over(1));
        BOOST_TEST((bench.reader.missed()[0].what == of_card));
    }
}

BOOST_AUTO_TEST_CASE(fault_that_is_to_come_zero_times_comes_once) {
    Connected t0(Protocol::t0);
    t0.plan({at_character(At::command, 2, Do::parity_error, 0), {At::command, 0, 1, Do::parity_error}});
    BOOST_TEST(t0.answer(select) == "90 00");
    BOOST_TEST(t0.over());
    t0.plan({at_block(1, Do::null_bytes, 0, 0), in_command(1, 3, Do::remove)});  // NULL SW1, then SW2
    BOOST_TEST((t0.transmit(select) == IfdCode::icc_not_present));
    BOOST_TEST(t0.over());

    Connected t1(Protocol::t1);
    t1.plan({at_block(1, Do::bad_edc, 0)});
    BOOST_TEST(t1.answer(select) == "90 00");
    BOOST_TEST(t1.over());
    t1.plan({at_character(At::next_reset, 1, Do::bad_tck, 0)});
    BOOST_TEST((t1.reset() == IfdCode::success));
    BOOST_TEST((t1.atr.tck() == iso7816::Atr::Tck::wrong));
    BOOST_TEST(t1.over());
    BOOST_TEST((t1.reset() == IfdCode::success));
    BOOST_TEST((t1.atr.tck() == iso7816::Atr::Tck::correct));
}

// ISO/IEC 7816-3 clauses 9.3 and 11.4.2
BOOST_AUTO_TEST_CASE(silence_while_a_protocol_is_put_into_force_rejects_the_card_until_a_reset) {
    const std::pair<icc::Profile, unsigned> cards[] = {
        {fakes::dual_protocol(), 3}, {fakes::t1_only(), 0}, {fakes::specific_t1(), 0}};
    for (const auto& [profile, of_pps] : cards) {
        for (unsigned character = 1; character <= of_pps + 5; ++character) {
            ReaderBench bench(profile);
            bench.up();
            bench.reader.plan(at_character(At::next_pps, character, Do::stay_mute));
            const IfdCode code = character <= of_pps ? IfdCode::pts_failure : IfdCode::communication_error;
            BOOST_TEST((bench.use(Protocol::t1) == code));
            BOOST_TEST(bench.reader.missed().empty());
            BOOST_TEST(!bench.card.powered());
            BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
            BOOST_TEST(bench.answer(select) == "90 00");
        }
    }
}

BOOST_AUTO_TEST_CASE(damaged_answer_to_the_size_of_fields_is_asked_for_again) {
    for (unsigned character = 4; character <= 8; ++character) {
        for (const Do what : {Do::parity_error, Do::early, Do::late}) {
            ReaderBench bench;
            bench.up();
            bench.reader.plan(at_character(At::next_pps, character, what));
            BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));
            BOOST_TEST(bench.reader.missed().empty());
            BOOST_TEST(static_cast<int>(bench.card.session().t1.ifsd) == 254);
        }
    }
}

BOOST_AUTO_TEST_CASE(fault_of_a_pps_response_is_missed_where_only_the_size_of_fields_is_told) {
    ReaderBench bench(fakes::t1_only());
    bench.up();
    bench.reader.plan(at_character(At::next_pps, 1, Do::refuse));
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));
    BOOST_TEST(bench.reader.missed().size() == 1U);
    BOOST_TEST(bench.card.deviations().empty());
}

// ISO/IEC 7816-3 clause 11.6.3.2
BOOST_AUTO_TEST_CASE(blocks_that_repair_the_link_are_blocks_of_the_command_that_waits_for_them) {
    const std::pair<Fault, IfdCode> faults[] = {
        {at_block(1, Do::bad_edc, 2), IfdCode::success},              // S(RESYNCH response)
        {at_block(1, Do::bad_edc, 3), IfdCode::communication_error},  // the card is deactivated
        {at_block(2, Do::lost_block, 2), IfdCode::success},           // S(IFS response)
        {at_block(2, Do::lost_block, 3), IfdCode::communication_error},
        {at_block(3, Do::bad_edc, 2), IfdCode::success},
        {at_block(3, Do::bad_edc, 3), IfdCode::communication_error},  // the card resynchronises
    };
    for (const auto& [fault, code] : faults) {
        Connected bench(Protocol::t1);
        bench.plan({at_block(1, Do::lost_block, 3)});
        BOOST_TEST((bench.transmit(select) == IfdCode::response_timeout));
        bench.plan({fault});
        BOOST_TEST((bench.transmit(select) == code));
        BOOST_TEST(bench.over());
        BOOST_TEST(bench.card.powered() == (code == IfdCode::success || fault.block == 3));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
