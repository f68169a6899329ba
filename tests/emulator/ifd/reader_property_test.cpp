#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>

#include "emulator/icc/interpreter.h"
#include "tests/emulator/ifd/reader_bench.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

using iso7816::CommandApdu;
using iso7816::StatusWord;

/// A command that means something over both protocols: T=0 has no INS 6x or 9x, its GET RESPONSE is C0, and a header
/// whose P3 is Le of one case and Lc of another is the reader's word against the card's.
struct Command {
    Bytes header;
    Bytes data;
    unsigned ne = 0;

    Bytes encode() const { return CommandApdu{header[0], header[1], header[2], header[3], data, ne, false}.encode(); }
};

void showValue(const Command& command, std::ostream& out) {
    out << to_hex(command.encode());
}

std::uint8_t any_byte() {
    return *rc::gen::arbitrary<std::uint8_t>();
}
unsigned any_le() {
    return *rc::gen::oneOf(rc::gen::inRange(1U, 40U), rc::gen::inRange(1U, 257U), rc::gen::just(256U));
}
unsigned perhaps(unsigned le) {
    return *rc::gen::arbitrary<bool>() ? le : 0;
}

Command select() {
    const Bytes identifiers = *rc::gen::element(
        fakes::hex("3F 00"), fakes::hex("2F 00"), fakes::hex("50 15"), fakes::hex("50 31"), fakes::hex("50 32"),
        fakes::hex("51 00"), fakes::hex("50 15 50 33"), fakes::hex("51 00 51 01"), fakes::hex("A0 00 00 00 63"),
        fakes::hex("4F 00 4F 01"), fakes::hex("12 34"), Bytes{});
    const auto p1 = *rc::gen::element<std::uint8_t>(0, 1, 2, 3, 4, 8, 9, 0x55);
    const auto p2 = *rc::gen::element<std::uint8_t>(0, 4, 0x0C, 8);
    const unsigned le = perhaps(identifiers.empty() ? 256 : any_le());
    return {{0, 0xA4, p1, p2}, identifiers, le};
}

Command read() {
    const auto p1 = *rc::gen::element<std::uint8_t>(0, 0, 0, 1, 2, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x9E, 0xA0);
    return {{0, 0xB0, p1, any_byte()}, {}, any_le()};
}

Command update() {
    const auto p1 = *rc::gen::element<std::uint8_t>(0, 0, 1, 2, 0x81, 0x82, 0x83, 0x84);
    const auto size = *rc::gen::inRange<std::size_t>(1, 256);
    return {{0, 0xD6, p1, any_byte()}, *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>()), 0};
}

Command verify() {
    const Bytes value = *rc::gen::element(fakes::text("1234"), fakes::text("87654321"), fakes::text("0000"), Bytes{});
    return {{0, 0x20, 0, *rc::gen::element<std::uint8_t>(1, 2, 3)}, value, 0};
}

Command challenge() {
    return {{0, 0x84, 0, *rc::gen::element<std::uint8_t>(0, 0, 0, 1)}, {}, any_le()};
}

Command unknown() {
    const std::uint8_t ins = *rc::gen::element<std::uint8_t>(0x00, 0x2A, 0x46, 0xB1, 0xDB);
    return {{*rc::gen::element<std::uint8_t>(0, 1, 4, 0x10, 0x80), ins, any_byte(), any_byte()}, {}, perhaps(any_le())};
}

std::uint8_t any_class() {
    return *rc::gen::element<std::uint8_t>(0, 0, 0, 0, 0, 0, 1, 0x10, 0x10);
}

/// A command that answers without data: its P3 is Le over T=0.
Command other_outgoing() {
    const auto ins = *rc::gen::element<std::uint8_t>(0x70, 0xB2, 0xCA);
    const auto p1 = *rc::gen::element<std::uint8_t>(0, 0, 1, 2, 0x5F, 0x80);
    const auto p2 = *rc::gen::element<std::uint8_t>(0, 1, 2, 3, 4, 5, 0x0A, 0x0C, 0x15, 0x1C, 0x42, 0x50);
    return {{any_class(), ins, p1, p2}, {}, any_le()};
}

/// A command that may bring data.
Command other_incoming() {
    const auto ins = *rc::gen::element<std::uint8_t>(0x04, 0x0C, 0x0E, 0x20, 0x24, 0x26, 0x28, 0x2C, 0x44, 0x82, 0x88,
                                                     0xA2, 0xA4, 0xD0, 0xD2, 0xDA, 0xDC, 0xE0, 0xE2, 0xE4, 0xE6, 0xE8);
    const auto p1 = *rc::gen::element<std::uint8_t>(0, 0, 0, 1, 2, 3, 4, 8, 0xFF);
    const auto p2 = *rc::gen::element<std::uint8_t>(0, 0, 1, 2, 4, 0x0C, 0x1B, 0x81);
    const Bytes data = *rc::gen::element(
        Bytes{}, fakes::hex("60 00"), fakes::hex("60 01"), fakes::hex("70 01"), fakes::text("1234"),
        fakes::text("12345678"), fakes::counting(4), fakes::counting(16), fakes::hex("11"),
        fakes::hex("62 0B 80 02 00 20 82 01 01 83 02 70 01"), fakes::hex("62 07 82 01 38 83 02 70 02"));
    return {{any_class(), ins, p1, p2}, data, perhaps(data.empty() ? 256 : any_le())};
}

rc::Gen<Command> commands() {
    return rc::gen::exec([] {
        switch (*rc::gen::inRange(0, 20)) {
            case 0:
            case 1:
            case 2:
                return select();
            case 3:
            case 4:
            case 5:
                return read();
            case 6:
            case 7:
                return update();
            case 8:
            case 9:
                return verify();
            case 10:
                return challenge();
            case 11:
            case 12:
            case 13:
                return other_outgoing();
            case 14:
            case 15:
            case 16:
            case 17:
            case 18:
                return other_incoming();
            default:
                return unknown();
        }
    });
}

struct Answer {
    Bytes data;
    StatusWord status;
    friend bool operator==(const Answer&, const Answer&) = default;
};

void showValue(const Answer& answer, std::ostream& out) {
    out << to_hex(answer.data) << " | " << answer.status.value;
}

Answer answer_to(ReaderBench& bench, ByteView command) {
    RC_ASSERT(bench.transmit(command) == IfdCode::success);
    const auto parsed = iso7816::ResponseApdu::parse(bench.response);
    RC_ASSERT(parsed.has_value());
    return {Bytes(parsed->data.begin(), parsed->data.end()), parsed->status};
}

/// A command APDU over T=0 as ISO/IEC 7816-3 clause 12.2 has it: repeats with the right Le after 6Cxx, fetches the
/// response data after 61xx.
Answer answer_over_t0(ReaderBench& bench, const Command& command) {
    Bytes tpdu = command.encode();
    Answer answer = answer_to(bench, tpdu);
    if (answer.status.sw1() == 0x6C) {
        tpdu.back() = answer.status.sw2();
        answer = answer_to(bench, tpdu);
    }
    while (answer.status.sw1() == 0x61 && answer.data.size() < command.ne) {
        const auto left = static_cast<unsigned>(command.ne - answer.data.size());
        const unsigned available = answer.status.sw2() == 0 ? 256 : answer.status.sw2();
        const Bytes get_response{0, 0xC0, 0, 0, static_cast<std::uint8_t>(std::min(left, available))};
        Answer part = answer_to(bench, get_response);
        answer.data.insert(answer.data.end(), part.data.begin(), part.data.end());
        answer.status = part.status;
    }
    if (answer.status.sw1() == 0x61) {
        answer.status = iso7816::sw::success;  // there is more, which nobody asked for
    }
    return answer;
}

/// T=1 warns of the end of the file where T=0 says the right length first, and T=0 does not tell of a warning when
/// nobody fetches the response data.
Answer without_warning(Answer answer) {
    if (answer.status.sw1() == 0x62) {
        answer.status = iso7816::sw::success;
    }
    return answer;
}

/// Commands whose answers show what an application session may remember.
const char* const script[] = {
    "00 B0 00 00 01",       "00 20 00 01",    "00 20 00 02",
    "00 A4 02 0C 02 2F 00", "00 B0 00 00 0A", "00 A4 08 0C 04 50 15 50 32",
    "00 B0 00 00 01",       "00 84 00 00 08",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_property)

RC_BOOST_PROP(same_commands_have_the_same_answers_and_effects_over_both_protocols, ()) {
    ReaderBench t0(fakes::command_card());
    ReaderBench t1(fakes::command_card());
    RC_ASSERT(t0.connect(Protocol::t0) == IfdCode::success);
    RC_ASSERT(t1.connect(Protocol::t1) == IfdCode::success);
    const auto history = *rc::gen::container<std::vector<Command>>(commands());
    for (const Command& command : history) {
        const Answer over_t1 = answer_to(t1, command.encode());
        const Answer over_t0 = answer_over_t0(t0, command);
        RC_LOG() << to_hex(command.encode()) << '\n';
        RC_ASSERT(without_warning(over_t0) == without_warning(over_t1));
        RC_ASSERT(over_t1.data.size() <= command.ne);
        RC_ASSERT(t0.card.state() == t1.card.state());
        RC_ASSERT(t0.card.session().application == t1.card.session().application);
    }
}

RC_BOOST_PROP(after_any_history_a_reset_leaves_the_session_of_a_fresh_card, ()) {
    ReaderBench bench(fakes::command_card());
    const auto protocol = *rc::gen::element(Protocol::t0, Protocol::t1);
    RC_ASSERT(bench.connect(protocol) == IfdCode::success);
    const auto history = *rc::gen::container<std::vector<Command>>(commands());
    for (const Command& command : history) {
        answer_to(bench, command.encode());
    }
    const icc::IccState stored = bench.card.state();
    switch (*rc::gen::inRange(0, 4)) {
        case 0:
            bench.reset();
            break;
        case 1:
            bench.power(PowerAction::down);
            bench.up();
            break;
        case 2:
            bench.reader.remove();
            RC_ASSERT(bench.card.session() == icc::IccSession{});
            bench.reader.insert(bench.card);
            bench.up();
            break;
        default:
            bench.reader.plan({Fault::At::command, 1, 1, Fault::Do::stay_mute});
            bench.transmit("00 A4 00 0C 02 12 34");
            bench.reset();
    }
    RC_ASSERT(bench.card.session() == icc::IccSession{});
    RC_ASSERT(bench.card.state() == stored);
}

RC_BOOST_PROP(after_a_reset_the_card_answers_like_a_fresh_one_with_the_same_stored_state, ()) {
    ReaderBench bench(fakes::command_card());
    RC_ASSERT(bench.connect(*rc::gen::element(Protocol::t0, Protocol::t1)) == IfdCode::success);
    const auto history = *rc::gen::container<std::vector<Command>>(commands());
    for (const Command& command : history) {
        answer_to(bench, command.encode());
    }
    icc::IccState stored = bench.card.state();
    icc::ApplicationSession fresh;
    RC_ASSERT(bench.reset() == IfdCode::success);
    RC_ASSERT(bench.use(*rc::gen::element(Protocol::t0, Protocol::t1)) == IfdCode::success);
    for (const char* hex : script) {
        const Bytes bytes = fakes::hex(hex);
        Answer expected;
        expected.status = icc::execute(CommandApdu::parse(bytes).value(), {stored, nullptr, bench.card.profile()},
                                       fresh, expected.data);
        RC_ASSERT(answer_to(bench, bytes) == expected);
    }
    RC_ASSERT(bench.card.state() == stored);
}

RC_BOOST_PROP(interrupted_anywhere_the_card_works_again_after_a_reset, ()) {
    ReaderBench bench(fakes::command_card());
    const auto protocol = *rc::gen::element(Protocol::t0, Protocol::t1);
    RC_ASSERT(bench.connect(protocol) == IfdCode::success);
    const auto history = *rc::gen::container<std::vector<Command>>(commands());
    const auto character = *rc::gen::inRange(1U, 30U);
    const auto what = *rc::gen::element(Fault::Do::remove, Fault::Do::stay_mute);
    const auto which = static_cast<unsigned>(*rc::gen::inRange<std::size_t>(0, history.size() + 1)) + 1;
    bench.reader.plan({Fault::At::command, which, character, what});
    for (const Command& command : history) {
        const IfdCode code = bench.transmit(command.encode());
        if (code != IfdCode::success) {
            RC_ASSERT(code == IfdCode::icc_not_present || code == IfdCode::response_timeout ||
                      code == IfdCode::communication_error);
            RC_ASSERT(bench.response.empty());
            break;
        }
    }
    bench.reader.clear_plans();
    bench.reader.insert(bench.card);
    RC_ASSERT(bench.card.session() == icc::IccSession{});
    RC_ASSERT(bench.connect(protocol) == IfdCode::success);
    const Answer selected = answer_to(bench, fakes::hex("00 A4 00 0C"));
    RC_ASSERT(without_warning(selected) == Answer{});  // the MF may have been deactivated
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
