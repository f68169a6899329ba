#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "emulator/vpcd/bridge/slot.h"
#include "tests/emulator/vpcd/fake_driver.h"

namespace scardlab::vpcd {

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::vector<std::uint8_t>;

constexpr int long_time = 60'000;

/// The test's own thread is pcscd's event thread; client() runs something on another one.
struct Fixture {
    explicit Fixture(bool listens = true) : driver(listens) {
        BOOST_REQUIRE(slot.opened(driver.functions(), 0, {driver.port(), listens}));
        slot.event_function_taken();
    }

    template <typename Function>
    auto client(Function function) {
        return std::async(std::launch::async, std::move(function)).get();
    }
    RESPONSECODE client_presence() {
        return client([this] { return slot.presence(); });
    }
    /// One exchange by a client; the response's length and first byte.
    RESPONSECODE transmit(Bytes command = {0x00, 0xB0, 0x00, 0x00}) {
        return client([&] {
            std::array<UCHAR, 300> buffer{};
            length = buffer.size();
            recv_pci.Protocol = 77;
            return slot.transmit({1, 0}, command.data(), command.size(), buffer.data(), &length, &recv_pci);
        });
    }
    RESPONSECODE power(DWORD action) {
        std::array<UCHAR, 33> atr{};
        length = atr.size();
        return slot.power(action, atr.data(), &length);
    }
    /// pcscd's start with a card in: two polls, power up, then the event thread waits for the first time.
    void start_with_card() {
        driver.insert();
        BOOST_REQUIRE(slot.presence() == IFD_ICC_PRESENT);
        BOOST_REQUIRE(power(IFD_POWER_UP) == IFD_SUCCESS);
        slot.wait(0);
        driver.calls.clear();
    }
    /// The event thread's turn: it waits, then polls.
    RESPONSECODE turn(int timeout = long_time) {
        slot.wait(timeout);
        return slot.presence();
    }

    FakeDriver driver;
    Slot slot;
    DWORD length = 0;
    SCARD_IO_HEADER recv_pci{};
};

struct ConnectingFixture : Fixture {
    ConnectingFixture() : Fixture(false) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(emulator_vpcd_slot, Fixture)

BOOST_AUTO_TEST_CASE(every_state_and_event_has_its_next_state) {
    using S = SlotState;
    using E = SlotEvent;
    struct Row {
        S state;
        E event;
        S next;
    };
    for (const auto& row :
         {Row{S::absent, E::accepted, S::present}, Row{S::absent, E::gone, S::absent},
          Row{S::absent, E::seen_by_events, S::absent}, Row{S::present, E::accepted, S::present},
          Row{S::present, E::gone, S::removal_held}, Row{S::present, E::seen_by_events, S::present},
          Row{S::removal_held, E::accepted, S::removal_held}, Row{S::removal_held, E::gone, S::removal_held},
          Row{S::removal_held, E::seen_by_events, S::absent}}) {
        BOOST_TEST((next_state(row.state, row.event) == row.next));
    }
}

BOOST_AUTO_TEST_CASE(an_insertion_ends_the_wait_and_the_next_poll_takes_the_card) {
    BOOST_TEST(turn(0) == IFD_ICC_NOT_PRESENT);
    std::thread hand([this] { driver.insert(); });
    slot.wait(long_time);
    hand.join();
    BOOST_TEST(slot.presence() == IFD_ICC_PRESENT);
    BOOST_TEST(driver.card >= 0);
}

BOOST_AUTO_TEST_CASE(a_removal_ends_the_wait_and_the_next_poll_says_so) {
    start_with_card();
    std::thread hand([this] { driver.remove_oldest(); });
    slot.wait(long_time);
    hand.join();
    BOOST_TEST(slot.presence() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(turn(0) == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(driver.card == -1);  // and the driver has let go of the dead connection
}

BOOST_AUTO_TEST_CASE(a_quick_swap_is_a_removal_and_an_insertion) {
    start_with_card();
    driver.insert();
    driver.remove_oldest();
    BOOST_TEST(turn() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(turn() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(a_swap_that_a_transmit_notices_first_is_seen_too) {
    start_with_card();
    driver.insert();
    driver.remove_oldest();
    BOOST_TEST(transmit() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(length == 0u);
    driver.calls.clear();
    BOOST_TEST(client_presence() == IFD_ICC_NOT_PRESENT);  // not the new card
    BOOST_TEST(transmit() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(driver.calls.empty());
    BOOST_TEST(turn() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(turn() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(a_swap_that_a_power_action_notices_first_is_seen_too) {
    for (const DWORD action : std::vector<DWORD>{IFD_POWER_UP, IFD_RESET, IFD_POWER_DOWN}) {
        Fixture fixture;
        fixture.start_with_card();
        fixture.driver.insert();
        fixture.driver.remove_oldest();
        BOOST_TEST(fixture.client([&] { return fixture.power(action); }) == IFD_ERROR_POWER_ACTION);
        BOOST_TEST(fixture.length == 0u);
        BOOST_TEST(fixture.client_presence() == IFD_ICC_NOT_PRESENT);
        BOOST_TEST(fixture.turn() == IFD_ICC_NOT_PRESENT);
        BOOST_TEST(fixture.turn() == IFD_ICC_PRESENT);
    }
}

BOOST_AUTO_TEST_CASE(the_automatic_power_off_does_not_use_up_the_notice_of_a_removal) {
    start_with_card();
    driver.insert();
    driver.remove_oldest();
    slot.wait(long_time);
    BOOST_TEST(slot.presence() == IFD_ICC_NOT_PRESENT);  // pcscd's question before it powers down
    BOOST_TEST(slot.presence() == IFD_ICC_NOT_PRESENT);  // its poll
    BOOST_TEST(turn() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(a_removal_between_the_poll_and_the_power_up_gets_a_whole_turn) {
    turn(0);
    driver.insert();
    BOOST_TEST(turn() == IFD_ICC_PRESENT);
    driver.insert();
    driver.remove_oldest();
    BOOST_TEST(slot.presence() == IFD_ICC_NOT_PRESENT);  // pcscd's question before it powers up
    BOOST_TEST(turn() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(turn() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(a_card_that_connects_and_leaves_at_once_was_never_there) {
    turn(0);
    driver.insert();
    driver.remove_oldest();
    driver.insert();
    BOOST_TEST(turn() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(turn() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(only_the_event_thread_takes_a_new_card) {
    turn(0);
    driver.insert();
    BOOST_TEST(client_presence() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(turn() == IFD_ICC_PRESENT);
    BOOST_TEST(client_presence() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(the_next_card_waits_until_a_client_has_done_with_the_last_one) {
    start_with_card();
    driver.insert();
    std::promise<void> called, reply_sent;
    auto application = std::async(std::launch::async, [&] {
        driver.remove_oldest();
        const auto code = slot.presence();
        called.set_value();
        reply_sent.get_future().get();  // pcscd writes the reader's state before it replies
        return code;
    });
    called.get_future().get();
    auto turns = std::async(std::launch::async, [&] {
        slot.wait(long_time);  // makes this the event thread
        const auto removal = slot.presence();
        slot.wait(long_time);
        return std::pair(removal, slot.presence());
    });
    BOOST_TEST((turns.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout));
    reply_sent.set_value();
    BOOST_TEST(application.get() == IFD_ICC_NOT_PRESENT);
    const auto [removal, insertion] = turns.get();
    BOOST_TEST(removal == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(insertion == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(a_client_that_never_comes_back_delays_the_next_card_for_a_second_at_most) {
    start_with_card();
    driver.insert();
    std::promise<void> called, end;
    auto application = std::async(std::launch::async, [&] {
        slot.presence();
        called.set_value();
        end.get_future().get();
    });
    called.get_future().get();
    driver.remove_oldest();
    BOOST_TEST(turn() == IFD_ICC_NOT_PRESENT);
    auto code = turn();
    if (code == IFD_ICC_NOT_PRESENT) {
        code = turn();
    }
    BOOST_TEST(code == IFD_ICC_PRESENT);
    end.set_value();
}

BOOST_AUTO_TEST_CASE(before_the_event_thread_waits_anybody_takes_a_card) {
    driver.insert();
    BOOST_TEST(client_presence() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(without_the_event_function_being_told_once_is_enough) {
    BOOST_REQUIRE(slot.opened(driver.functions(), 0, {driver.port(), true}));
    driver.insert();
    BOOST_TEST(slot.presence() == IFD_ICC_PRESENT);
    driver.insert();
    driver.remove_oldest();
    BOOST_TEST(transmit() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(slot.presence() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(slot.presence() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(an_answer_that_came_before_the_card_left_is_delivered) {
    start_with_card();
    driver.during_transmit = [this] { slot.presence(); };
    BOOST_TEST(transmit() == IFD_SUCCESS);
    BOOST_TEST(length == 2u);
}

BOOST_AUTO_TEST_CASE(a_mute_card_fails_the_power_action_and_stays) {
    start_with_card();
    driver.power_code = IFD_COMMUNICATION_ERROR;  // as vpcd answers to an ATR of 34 bytes
    BOOST_TEST(power(IFD_RESET) == IFD_ERROR_POWER_ACTION);
    BOOST_TEST(length == 0u);
    BOOST_TEST(slot.presence() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(one_byte_from_1_to_99_is_a_code_and_anything_else_an_answer) {
    start_with_card();
    for (int byte = 1; byte <= 99; ++byte) {
        driver.response = {static_cast<std::uint8_t>(byte)};
        BOOST_TEST(transmit() == 600 + byte);
        BOOST_TEST(length == 0u);
    }
    for (const int byte : {0, 100, 0x90}) {
        driver.response = {static_cast<std::uint8_t>(byte)};
        BOOST_TEST(transmit() == IFD_SUCCESS);
    }
    driver.response = {13, 0};
    BOOST_TEST(transmit() == IFD_SUCCESS);
    BOOST_TEST(length == 2u);
}

BOOST_AUTO_TEST_CASE(a_failure_with_the_card_in_place_is_passed_on) {
    start_with_card();
    driver.transmit_code = IFD_COMMUNICATION_ERROR;
    BOOST_TEST(transmit() == IFD_COMMUNICATION_ERROR);
    BOOST_TEST(slot.presence() == IFD_ICC_PRESENT);
}

BOOST_AUTO_TEST_CASE(commands_that_the_driver_would_misread_or_wait_on_do_not_reach_it) {
    start_with_card();
    for (const auto& command : {Bytes{0}, Bytes{1}, Bytes{2}, Bytes{4}, Bytes{}, Bytes(65'536)}) {
        BOOST_TEST(transmit(command) == IFD_COMMUNICATION_ERROR);
    }
    BOOST_TEST(driver.calls.empty());
    BOOST_TEST(transmit({3}) == IFD_SUCCESS);
}

BOOST_AUTO_TEST_CASE(a_protocol_is_asked_for_in_band) {
    start_with_card();
    driver.response = {0xFF, 0x01, 0xFE};
    BOOST_TEST(slot.set_protocol(SCARD_PROTOCOL_T1, 0, 0, 0, 0) == IFD_SUCCESS);
    driver.response = {0xFF, 0x00, 0xFF};
    BOOST_TEST(slot.set_protocol(SCARD_PROTOCOL_T0, 0, 0, 0, 0) == IFD_SUCCESS);
    BOOST_TEST(driver.calls == (std::vector<std::string>{"FF 01 FE", "FF 00 FF"}), boost::test_tools::per_element());
    BOOST_TEST(slot.set_protocol(SCARD_PROTOCOL_RAW, 0, 0, 0, 0) == IFD_PROTOCOL_NOT_SUPPORTED);
}

BOOST_AUTO_TEST_CASE(a_protocol_that_is_not_granted_gives_the_reason) {
    struct Row {
        Bytes response;
        RESPONSECODE code;
    };
    for (const auto& row : {Row{{0xFF, 0x00, 0xFF}, IFD_ERROR_PTS_FAILURE}, Row{{0xFF, 0x01}, IFD_ERROR_PTS_FAILURE},
                            Row{{5}, IFD_ERROR_PTS_FAILURE}, Row{{7}, IFD_PROTOCOL_NOT_SUPPORTED},
                            Row{{12}, IFD_COMMUNICATION_ERROR}, Row{{}, IFD_ICC_NOT_PRESENT}}) {
        Fixture fixture;
        fixture.start_with_card();
        fixture.driver.response = row.response;
        BOOST_TEST(fixture.slot.set_protocol(SCARD_PROTOCOL_T1, 0, 0, 0, 0) == row.code);
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_know_the_convention_is_left_to_the_driver) {
    start_with_card();
    driver.response = {0x6E, 0x00};
    BOOST_TEST(slot.set_protocol(SCARD_PROTOCOL_T1, 0, 0, 0, 0) == IFD_SUCCESS);
    BOOST_TEST(driver.calls.back() == "protocol");
}

BOOST_AUTO_TEST_CASE(the_received_pci_is_the_protocol_in_force) {
    start_with_card();
    transmit();
    BOOST_TEST(recv_pci.Protocol == 77u);  // none yet: as the application gave it
    driver.response = {0xFF, 0x01, 0xFE};
    slot.set_protocol(SCARD_PROTOCOL_T1, 0, 0, 0, 0);
    transmit();
    BOOST_TEST(recv_pci.Protocol == DWORD{SCARD_PROTOCOL_T1});
    driver.response = {0xFF, 0x00, 0xFF};
    slot.set_protocol(SCARD_PROTOCOL_T0, 0, 0, 0, 0);
    transmit();
    BOOST_TEST(recv_pci.Protocol == DWORD{SCARD_PROTOCOL_T0});
    power(IFD_RESET);
    transmit();
    BOOST_TEST(recv_pci.Protocol == 77u);
}

BOOST_AUTO_TEST_CASE(an_empty_slot_answers_without_the_driver) {
    turn(0);
    driver.calls.clear();
    BOOST_TEST(transmit() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(slot.set_protocol(SCARD_PROTOCOL_T1, 0, 0, 0, 0) == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(power(IFD_RESET) == IFD_ERROR_POWER_ACTION);
    length = 33;
    BOOST_TEST(slot.card_capability(TAG_IFD_ATR, &length, nullptr) == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(length == 0u);
    BOOST_TEST(driver.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_capability_that_finds_the_card_gone_is_a_removal) {
    start_with_card();
    driver.remove_oldest();
    length = 33;
    BOOST_TEST(slot.card_capability(TAG_IFD_ATR, &length, nullptr) == IFD_COMMUNICATION_ERROR);
    driver.calls.clear();
    BOOST_TEST(client_presence() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(driver.calls.empty());
}

BOOST_AUTO_TEST_CASE(whether_a_card_is_there_is_a_capability_that_the_stock_driver_does_not_have) {
    start_with_card();
    UCHAR value = 9;
    length = 1;
    BOOST_TEST(slot.presence_capability(&length, &value) == IFD_SUCCESS);
    BOOST_TEST(length == 1u);
    BOOST_TEST(int{value} == 2);
    length = 0;
    BOOST_TEST(slot.presence_capability(&length, &value) == IFD_ERROR_INSUFFICIENT_BUFFER);
    driver.remove_oldest();
    length = 8;
    BOOST_TEST(slot.presence_capability(&length, &value) == IFD_SUCCESS);
    BOOST_TEST(length == 1u);
    BOOST_TEST(int{value} == 0);
}

BOOST_AUTO_TEST_CASE(stop_ends_the_wait_now_or_the_next_one) {
    auto other = std::async(std::launch::async, [this] { return slot.wait(long_time); });
    slot.stop();
    BOOST_TEST(other.get() == IFD_SUCCESS);
    slot.stop();
    slot.stop();
    BOOST_TEST(slot.wait(long_time) == IFD_SUCCESS);
    const auto start = Clock::now();
    slot.wait(50);  // used up
    BOOST_TEST((Clock::now() - start >= std::chrono::milliseconds(50)));
}

BOOST_AUTO_TEST_CASE(the_wait_keeps_its_time_and_does_not_end_early_after_a_swap) {
    start_with_card();
    driver.insert();
    driver.remove_oldest();
    transmit();
    BOOST_TEST(turn() == IFD_ICC_NOT_PRESENT);
    BOOST_TEST(turn() == IFD_ICC_PRESENT);
    const auto start = Clock::now();
    slot.wait(50);  // an early return would let pcscd power the new card down
    BOOST_TEST((Clock::now() - start >= std::chrono::milliseconds(50)));
}

BOOST_FIXTURE_TEST_CASE(without_a_listening_socket_the_wait_is_cut_to_a_poll_period, ConnectingFixture) {
    const auto start = Clock::now();
    BOOST_TEST(slot.wait(long_time) == IFD_SUCCESS);
    const auto taken = Clock::now() - start;
    BOOST_TEST((taken >= std::chrono::milliseconds(400)));
    BOOST_TEST((taken < std::chrono::milliseconds(long_time)));
    slot.wait(1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::vpcd
