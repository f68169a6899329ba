#include "emulator/ifd/t0_ifd.h"

#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/machine_case.h"

namespace scardlab::tests {

namespace {

using ifd::IfdCode;
using ifd::Step;
using ifd::T0Ifd;
using ifd::T0Input;
using ifd::T0State;
using iso7816::ClockCycles;

constexpr ClockCycles waiting_time{12'345};
constexpr const char* select_mf = "00 A4 00 0C 02 3F 00";
constexpr const char* read_two = "00 B0 00 00 02";
constexpr const char* case_1 = "00 A4 00 0C";
/// 300 bytes of data.
const std::string extended = to_hex(iso7816::CommandApdu{0, 0xD6, 0, 0, fakes::counting(300), 0, true}.encode());

/// The machine with a command that it was started with.
struct T0Bench {
    explicit T0Bench(std::string_view hex) : command(fakes::hex(hex)) {
        first = machine.start(iso7816::map_to_t0(command).value(), waiting_time, response);
    }
    Step feed(std::string_view hex) { return tests::feed(machine, fakes::hex(hex)); }

    Bytes command;
    Bytes response;
    T0Ifd machine;
    Step first;
};

struct Case {
    const char* command;
    MachineCase<T0State, T0Input> row;
};
/// All but the first row, which is start() itself.
const Case cases[] = {
    {case_1, {T0State::awaiting_procedure, T0Input::null, "", std::uint8_t{0x60}}},
    {select_mf, {T0State::awaiting_procedure, T0Input::send, "", std::uint8_t{0xA4}}},
    {select_mf, {T0State::awaiting_procedure, T0Input::send, "", std::uint8_t{0x5B}}},
    {read_two, {T0State::awaiting_procedure, T0Input::receive_one, "", std::uint8_t{0x4F}}},
    {read_two, {T0State::awaiting_procedure, T0Input::receive_all, "", std::uint8_t{0xB0}}},
    {read_two, {T0State::awaiting_procedure, T0Input::sw1, "", std::uint8_t{0x6C}}},
    {case_1, {T0State::awaiting_procedure, T0Input::invalid, "", std::uint8_t{0xA4}}},
    {read_two, {T0State::awaiting_procedure, T0Input::timeout, "", {}}},
    {read_two, {T0State::receiving_one, T0Input::data_end, "4F", std::uint8_t{0x11}}},
    {read_two, {T0State::receiving_one, T0Input::timeout, "4F", {}}},
    {read_two, {T0State::receiving_all, T0Input::data, "B0", std::uint8_t{0x11}}},
    {read_two, {T0State::receiving_all, T0Input::data_end, "B0 11", std::uint8_t{0x22}}},
    {read_two, {T0State::receiving_all, T0Input::timeout, "B0 11", {}}},
    {case_1, {T0State::awaiting_sw2, T0Input::sw2, "90", std::uint8_t{0x00}}},
    {case_1, {T0State::awaiting_sw2, T0Input::timeout, "90", {}}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_t0_ifd)

BOOST_AUTO_TEST_CASE(table_walked_over_every_state_and_input) {
    check_table(ifd::t0_ifd_transitions(), ifd::t0_state_count, ifd::t0_input_count, 21, T0State::idle,
                [](T0State s, T0Input i) { return ifd::next(s, i); });
}

// ISO/IEC 7816-3 clauses 7.3, 10.2, 10.3.2, 10.3.3
BOOST_AUTO_TEST_CASE(every_row_is_what_the_machine_does) {
    RowsShown<T0State, T0Input> shown;
    BOOST_TEST((T0Ifd{}.state() == T0State::idle));
    for (const Case& c : cases) {
        BOOST_TEST_CONTEXT("state " << number(c.row.from) << ", input " << number(c.row.on)) {
            T0Bench bench(c.command);
            shown.show(T0State::idle, T0Input::start);
            const Step step = run_case(c.row, ifd::t0_ifd_transitions(), bench.machine);
            if (bench.machine.state() == T0State::failed) {
                const bool timeout = c.row.on == T0Input::timeout;
                BOOST_TEST((step.code == (timeout ? IfdCode::response_timeout : IfdCode::communication_error)));
            } else if (bench.machine.state() == T0State::complete) {
                BOOST_TEST((step.kind == Step::Kind::done));
            } else {
                BOOST_TEST((step.wait == waiting_time));
            }
            shown.show(c.row.from, c.row.on);
        }
    }
    for (const auto& [from, before] : {std::pair(T0State::awaiting_procedure, ""),
                                       {T0State::receiving_one, "4F"},
                                       {T0State::receiving_all, "B0 11"},
                                       {T0State::awaiting_sw2, "90"}}) {
        T0Bench bench(read_two);
        bench.feed(before);
        BOOST_TEST((bench.machine.state() == from));
        BOOST_TEST((bench.machine.on_damaged().code == IfdCode::communication_error));
        BOOST_TEST((bench.machine.state() == T0State::failed));
        shown.show(from, T0Input::damaged);
    }
    T0Bench parts(extended);
    parts.feed("C2 90");
    BOOST_TEST((parts.feed("00").kind == Step::Kind::wait));
    BOOST_TEST((parts.machine.state() == T0State::awaiting_procedure));
    shown.show(T0State::awaiting_sw2, T0Input::next_part);
    T0Bench endless(case_1);
    for (unsigned i = 0; i < T0Ifd::max_nulls; ++i) {
        endless.machine.on_character(0x60);
    }
    BOOST_TEST((endless.machine.state() == T0State::awaiting_procedure));
    BOOST_TEST((endless.feed("60").code == IfdCode::communication_error));
    shown.show(T0State::awaiting_procedure, T0Input::endless_nulls);
    shown.check_complete(ifd::t0_ifd_transitions());
}

BOOST_AUTO_TEST_CASE(header_is_sent_first_and_p3_is_zero_in_case_1) {
    BOOST_TEST(to_hex(T0Bench(case_1).first.send) == "00 A4 00 0C 00");
    BOOST_TEST(to_hex(T0Bench(read_two).first.send) == "00 B0 00 00 02");
    BOOST_TEST(to_hex(T0Bench(select_mf).first.send) == "00 A4 00 0C 02");
    BOOST_TEST(to_hex(T0Bench("00 A4 00 00 02 3F 00 00").first.send) == "00 A4 00 00 02");
}

BOOST_AUTO_TEST_CASE(ins_asks_for_all_data) {
    T0Bench bench(select_mf);
    BOOST_TEST(to_hex(bench.feed("A4").send) == "3F 00");
    BOOST_TEST((bench.feed("90 00").kind == Step::Kind::done));
    BOOST_TEST(to_hex(bench.response) == "90 00");
}

BOOST_AUTO_TEST_CASE(complement_of_ins_asks_for_one_character) {
    T0Bench bench(select_mf);
    BOOST_TEST(to_hex(bench.feed("5B").send) == "3F");
    BOOST_TEST(bench.feed("60").send.empty());
    BOOST_TEST(to_hex(bench.feed("5B").send) == "00");
    BOOST_TEST((bench.feed("5B").code == IfdCode::communication_error));  // there is nothing left to send
}

BOOST_AUTO_TEST_CASE(data_may_come_one_by_one_and_then_at_once) {
    T0Bench bench("00 B0 00 00 04");
    bench.feed("4F 01 60 4F 02 B0 03 04");
    BOOST_TEST((bench.feed("90 00").kind == Step::Kind::done));
    BOOST_TEST(to_hex(bench.response) == "01 02 03 04 90 00");
}

BOOST_AUTO_TEST_CASE(le_of_256_is_256_characters) {
    T0Bench bench("00 B0 00 00 00");
    BOOST_TEST(to_hex(bench.first.send) == "00 B0 00 00 00");
    bench.feed("B0");
    const Bytes data = fakes::counting(256);
    feed(bench.machine, data);
    BOOST_TEST((bench.machine.state() == T0State::awaiting_procedure));
    BOOST_TEST((bench.feed("90 00").kind == Step::Kind::done));
    BOOST_TEST(bench.response.size() == 258U);
}

BOOST_AUTO_TEST_CASE(status_may_come_at_any_procedure_byte) {
    T0Bench at_once("00 D6 00 00 03 01 02 03");
    BOOST_TEST((at_once.feed("69 86").kind == Step::Kind::done));
    BOOST_TEST(to_hex(at_once.response) == "69 86");

    T0Bench between("00 D6 00 00 03 01 02 03");
    BOOST_TEST((between.feed("29 67 00").kind == Step::Kind::done));
    BOOST_TEST(to_hex(between.response) == "67 00");
}

BOOST_AUTO_TEST_CASE(senseless_procedure_bytes_fail) {
    for (const char* byte : {"00", "A5", "5C", "FF"}) {
        T0Bench bench(select_mf);
        BOOST_TEST((bench.feed(byte).code == IfdCode::communication_error));
        BOOST_TEST((bench.machine.state() == T0State::failed));
    }
}

// ISO/IEC 7816-3 clause 12.2.4
BOOST_AUTO_TEST_CASE(extended_command_is_carried_by_envelope) {
    T0Bench bench(extended);
    const ByteView apdu(bench.command);
    BOOST_TEST(to_hex(bench.first.send) == "00 C2 00 00 FF");
    BOOST_TEST(to_hex(bench.feed("C2").send) == to_hex(apdu.first(255)));
    BOOST_TEST(to_hex(bench.feed("90 00").send) == "00 C2 00 00 34");
    BOOST_TEST(to_hex(bench.feed("60 C2").send) == to_hex(apdu.subspan(255)));
    BOOST_TEST((bench.feed("61 10").kind == Step::Kind::done));
    BOOST_TEST(to_hex(bench.response) == "61 10");
}

BOOST_AUTO_TEST_CASE(envelope_ends_with_the_first_part_that_is_not_answered_9000) {
    for (const char* status : {"67 00", "6D 00", "90 01", "91 00"}) {
        T0Bench bench(extended);
        BOOST_TEST((bench.feed(status).kind == Step::Kind::done));
        BOOST_TEST(to_hex(bench.response) == status);
    }
}

BOOST_AUTO_TEST_CASE(null_bytes_in_a_row_are_counted_anew_after_any_other_procedure_byte) {
    T0Bench bench(select_mf);
    for (const char* then : {"5B", "5B", "90"}) {
        for (unsigned i = 0; i < T0Ifd::max_nulls; ++i) {
            bench.machine.on_character(0x60);
        }
        BOOST_TEST((bench.feed(then).kind == Step::Kind::wait));
    }
    BOOST_TEST((bench.feed("00").kind == Step::Kind::done));
}

BOOST_AUTO_TEST_CASE(characters_after_the_end_fail) {
    T0Bench bench(case_1);
    bench.feed("90 00");
    BOOST_TEST((bench.machine.on_character(0x90).kind == Step::Kind::failed));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
