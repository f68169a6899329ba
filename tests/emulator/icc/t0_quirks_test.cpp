#include <boost/test/unit_test.hpp>

#include "emulator/icc/t0_card.h"
#include "tests/emulator/icc/card_driver.h"

namespace scardlab::tests {

namespace {

using boost::test_tools::per_element;
using icc::Deviation;
using iso7816::to_hex;
using Quirks = icc::IccQuirks::T0;

struct T0Bench : CardBench {
    explicit T0Bench(const Quirks& quirks = {}) : CardBench(fakes::t0_only()) { profile.quirks.t0 = quirks; }
    std::string exchange(std::string_view hex) {
        Bytes answer = CardBench::exchange(link, fakes::hex(hex));
        while (link.state() == icc::T0State::sending) {
            link.go_on(now, parts());
            answer = answer + sent();
        }
        return to_hex(answer);
    }
    void select_ef() { exchange("00 A4 00 0C 02 2F 00"); }
    icc::T0Card link;
};

/// What the card sends for READ BINARY of three bytes with that deviation planned.
std::string read_with(const Deviation& deviation) {
    T0Bench bench;
    bench.select_ef();
    bench.deviations = {deviation};
    const std::string answer = bench.exchange("00 B0 00 00 03");
    BOOST_TEST(bench.deviations.empty());
    return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_t0_quirks)

// ISO/IEC 7816-3 clause 10.3.3
BOOST_AUTO_TEST_CASE(null_bytes_come_before_each_procedure_byte_and_sw1) {
    T0Bench bench({2, false, false});
    BOOST_TEST(bench.exchange("00 A4 00 0C 02") == "60 60 A4");
    BOOST_TEST(bench.exchange("2F 00") == "60 60 90 00");
    BOOST_TEST(bench.exchange("00 B0 00 00 03") == "60 60 B0 30 31 32 60 60 90 00");
}

BOOST_AUTO_TEST_CASE(one_byte_at_a_time_goes_both_ways_by_the_complement_of_ins) {
    T0Bench bench({0, true, false});
    BOOST_TEST(bench.exchange("00 A4 00 0C 02") == "5B");
    BOOST_TEST(bench.exchange("2F") == "5B");
    BOOST_TEST(bench.exchange("00") == "90 00");
    BOOST_TEST(bench.exchange("00 B0 00 00 03") == "4F 30 4F 31 4F 32 90 00");
}

BOOST_AUTO_TEST_CASE(both_quirks_go_together_however_long_the_answer) {
    T0Bench bench({255, true, false});
    bench.exchange("00 A4 00 0C 02");
    bench.exchange("2F");
    bench.exchange("00");
    std::string nulls;
    for (int i = 0; i < 255; ++i) {
        nulls += "60 ";
    }
    BOOST_TEST(bench.exchange("00 B0 00 00 03") ==
               nulls + "4F 30 " + nulls + "4F 31 " + nulls + "4F 32 " + nulls + "90 00");
}

BOOST_AUTO_TEST_CASE(wrong_procedure_byte_is_neither_ins_nor_its_complement_and_spares_the_status) {
    T0Bench bench({0, false, true});
    BOOST_TEST(bench.exchange("00 A4 00 0C 00") == "90 00");
    BOOST_TEST(bench.exchange("00 A4 00 0C 02") == "A5");
    bench.link.clear();
    bench.session.application.channels[0].current_ef = 1;
    BOOST_TEST(bench.exchange("00 B0 00 00 02") == "B1 30 31 90 00");
}

BOOST_AUTO_TEST_CASE(deviations_happen_at_the_procedure_byte_that_they_count) {
    using Kind = Deviation::Kind;
    BOOST_TEST(read_with({Kind::null_bytes, 1, 1, 3}) == "60 60 60 B0 30 31 32 90 00");
    BOOST_TEST(read_with({Kind::null_bytes, 2, 1, 1}) == "B0 30 31 32 60 90 00");
    BOOST_TEST(read_with({Kind::null_bytes, 1, 2, 1}) == "60 B0 30 31 32 60 90 00");
    BOOST_TEST(read_with({Kind::wrong_procedure_byte, 1}) == "B1 30 31 32 90 00");
    BOOST_TEST(read_with({Kind::wrong_procedure_byte, 2}) == "B0 30 31 32 B1 00");
    BOOST_TEST(read_with({Kind::one_byte, 1}) == "4F 30 B0 31 32 90 00");
    BOOST_TEST(read_with({Kind::one_byte, 1, 2}) == "4F 30 4F 31 B0 32 90 00");
}

BOOST_AUTO_TEST_CASE(deviation_counts_from_when_it_was_planned_and_over_commands) {
    T0Bench bench;
    bench.deviations = {{Deviation::Kind::null_bytes, 4, 1, 1}};
    BOOST_TEST(bench.exchange("00 A4 00 0C 02") == "A4");
    BOOST_TEST(bench.exchange("2F 00") == "90 00");
    BOOST_TEST(bench.exchange("00 B0 00 00 03") == "B0 30 31 32 60 90 00");
}

BOOST_AUTO_TEST_CASE(asking_for_one_byte_works_for_incoming_data_too) {
    T0Bench bench;
    bench.deviations = {{Deviation::Kind::one_byte, 1, 1, 0}};
    BOOST_TEST(bench.exchange("00 A4 08 0C 04") == "5B");
    BOOST_TEST(bench.exchange("50") == "A4");
    BOOST_TEST(bench.exchange("15 50 33") == "90 00");
}

BOOST_AUTO_TEST_CASE(deviation_that_cannot_happen_at_its_place_waits_for_the_next_where_it_can) {
    T0Bench bench;
    bench.deviations = {{Deviation::Kind::one_byte, 1, 1, 0}, {Deviation::Kind::bad_edc, 1, 1, 0}};
    BOOST_TEST(bench.exchange("00 A4 00 0C 00") == "90 00");
    BOOST_TEST(bench.deviations.size() == 2U);
    BOOST_TEST(bench.exchange("00 A4 00 0C 02") == "5B");
    BOOST_TEST(bench.deviations.size() == 1U);  // the other is for T=1
}

// ISO/IEC 7816-3 clause 12.2.4, ISO/IEC 7816-4 clause 11.6.2
BOOST_AUTO_TEST_CASE(envelope_collects_a_command_and_carries_it_out_when_it_is_whole) {
    T0Bench bench;
    bench.exchange("00 A4 08 0C 04 50 15 50 33");
    BOOST_TEST(bench.exchange("00 C2 00 00 08 00 D6 00 00 00 00 03 AA") == "90 00");
    BOOST_TEST(bench.exchange("00 C2 00 00 01 BB") == "90 00");
    BOOST_TEST(bench.state.files[bench.session.application.channels[0].current_ef.value()].content.front() == 3);
    BOOST_TEST(bench.exchange("00 C2 00 00 01 CC") == "90 00");
    BOOST_TEST(bench.session.t0.envelope.empty());
    BOOST_TEST(bench.exchange("00 B0 00 00 04") == "B0 AA BB CC 06 90 00");
}

// ISO/IEC 7816-4 clause 11.6.1
BOOST_AUTO_TEST_CASE(long_response_of_an_envelope_is_fetched_in_pieces) {
    T0Bench bench;
    bench.exchange("00 A4 08 0C 04 50 15 50 33");
    BOOST_TEST(bench.exchange("00 C2 00 00 07 00 B0 00 00 00 02 0A") == "61 00");
    BOOST_TEST(bench.exchange("00 C0 00 00 00") == "C0 " + to_hex(fakes::counting(256, 3)) + " 61 00");
    BOOST_TEST(bench.exchange("00 C0 00 00 FF") == "C0 " + to_hex(fakes::counting(255, 3)) + " 61 0B");
    BOOST_TEST(bench.exchange("00 C0 00 00 0C") == "6C 0B");
    BOOST_TEST(bench.exchange("00 C0 00 00 0B") == "C0 " + to_hex(fakes::counting(11, 2)) + " 90 00");
}

BOOST_AUTO_TEST_CASE(empty_envelope_ends_the_data) {
    T0Bench bench;
    BOOST_TEST(bench.exchange("00 C2 00 00 00") == "69 85");
    BOOST_TEST(bench.exchange("00 C2 00 00 03 00 A4 00") == "90 00");
    BOOST_TEST(bench.exchange("00 C2 00 00 00") == "67 00");
    BOOST_TEST(bench.exchange("00 C2 00 00 00") == "69 85");
}

BOOST_AUTO_TEST_CASE(envelope_with_parameters_or_malformed_contents_is_refused) {
    T0Bench bench;
    BOOST_TEST(bench.exchange("00 C2 01 00 01 00") == "6A 86");
    BOOST_TEST(bench.exchange("00 C2 00 01 01 00") == "6A 86");
    BOOST_TEST(bench.exchange("00 C2 00 00 09 00 A4 00 0C 01 3F 00 00 00") == "67 00");
    BOOST_TEST(bench.session.t0.envelope.empty());
    BOOST_TEST(bench.exchange("00 C2 00 00 04 00 A4 00 0C") == "90 00");
}

BOOST_AUTO_TEST_CASE(another_command_forgets_what_envelope_has_brought) {
    for (const char* other : {"00 A4 00 0C 00", "00 C0 00 00 01"}) {
        T0Bench bench;
        bench.exchange("00 C2 00 00 08 00 D6 00 00 00 00 03 AA");
        BOOST_TEST(bench.session.t0.envelope.size() == 8U);
        bench.exchange(other);
        BOOST_TEST(bench.session.t0.envelope.empty());
    }
}

BOOST_AUTO_TEST_CASE(envelope_forgets_the_waiting_response) {
    T0Bench bench;
    BOOST_TEST(bench.exchange("00 A4 00 00 02 2F 00") == "61 10");
    bench.exchange("00 C2 00 00 01 00");
    BOOST_TEST(bench.exchange("00 C0 00 00 01") == "69 85");
}

BOOST_AUTO_TEST_CASE(log_has_the_response_without_procedure_bytes) {
    icc::Profile profile = fakes::t0_only();
    profile.quirks.t0 = {250, true, false};
    CardDriver driver(profile);
    driver.cold_reset();
    driver.exchange("00 A4 00 0C 02");
    driver.exchange("2F");
    driver.exchange("00");
    driver.story();
    BOOST_TEST(driver.exchange("00 B0 00 00 05").size() == 6 * 250 + 12U);
    const std::vector<std::string> expected{"command 00 B0 00 00 05", "response 30 31 32 33 34 90 00"};
    BOOST_TEST(driver.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(reset_forgets_a_half_sent_answer_and_a_half_brought_command) {
    icc::Profile profile = fakes::t0_only();
    profile.quirks.t0 = {250, true, false};
    CardDriver driver(profile);
    driver.cold_reset();
    driver.exchange("00 84 00 00");
    driver.send(fakes::hex("08"));
    driver.card.next_character(driver.now + iso7816::initial_waiting_time);
    driver.warm_reset();
    BOOST_TEST((driver.card.session() == icc::IccSession{}));
    driver.send(fakes::hex("00 A4 00 0C 00"));
    BOOST_TEST(driver.read().size() == 252U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
