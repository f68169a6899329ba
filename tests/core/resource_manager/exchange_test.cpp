#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {

using ifd::IfdCode;

BOOST_AUTO_TEST_SUITE(core_resource_manager_exchange)

// T1: each row breaks its own rule and every later one
BOOST_AUTO_TEST_CASE(transmit_is_judged_in_pcsc_lites_order) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    const iso7816::Bytes too_long(65'549);
    lab.manager.begin_transaction(bob);
    lab.reconnect(bob, reset);
    BOOST_TEST(lab.manager.transmit(Handle{99}, t0, too_long, lab.response) == Code::invalid_handle);
    BOOST_TEST(lab.manager.transmit(alice, t0, too_long, lab.response) == Code::insufficient_buffer);
    BOOST_TEST(lab.transmit(alice, t0) == Code::not_yet);
    lab.ifd.fail(IfdCode::communication_error);
    lab.manager.end_transaction(bob, leave);
    BOOST_TEST(lab.transmit(alice, t0) == Code::reader_unavailable);
    lab.ifd.remove();
    BOOST_TEST(lab.transmit(alice, t0) == Code::removed_card);
    BOOST_TEST(lab.manager.reconnect(alice, direct, 0, leave).code == Code::no_smartcard);
    const Handle fresh = lab.open(lab.alice, direct, undefined);
    lab.ifd.take_calls();
    BOOST_TEST(lab.transmit(fresh, t0) == Code::no_smartcard);
    BOOST_TEST(lab.ifd.take_calls().empty());
    lab.ifd.insert();
    BOOST_TEST(lab.transmit(lab.open(lab.alice, shared, t1), t0) == Code::proto_mismatch);
    lab.manager.remove_reader(lab.reader);
    BOOST_TEST(lab.transmit(alice, t0) == Code::invalid_value);
}

// T1
BOOST_AUTO_TEST_CASE(the_protocol_of_the_pci_must_be_the_one_in_force) {
    Lab lab;
    const Handle handle = lab.open(lab.alice, shared, t0);
    BOOST_TEST(lab.transmit(handle, t0) == Code::success);
    BOOST_TEST(lab.transmit(handle, any_old) == Code::success);
    BOOST_TEST(lab.transmit(handle, raw) == Code::success);
    lab.ifd.take_calls();
    for (const Protocols pci : {t1, undefined, t15, any}) {
        BOOST_TEST(lab.transmit(handle, pci) == Code::proto_mismatch);
    }
    BOOST_TEST(lab.ifd.take_calls().empty());
}

// T1
BOOST_AUTO_TEST_CASE(raw_passes_without_a_card_and_undefined_without_a_protocol) {
    Lab empty(false);
    const Handle nobody = empty.open(empty.alice, direct, undefined);
    BOOST_TEST(empty.transmit(nobody, raw) == Code::success);
    BOOST_TEST(empty.ifd.take_calls() == (Calls{"transmit"}), boost::test_tools::per_element());
    Lab lab;
    const Handle handle = lab.open(lab.alice, direct, undefined);
    BOOST_TEST(lab.transmit(handle, undefined) == Code::success);
    BOOST_TEST(lab.transmit(handle, t0) == Code::proto_mismatch);
}

// T2
BOOST_AUTO_TEST_CASE(driver_codes_become_pcsc_codes_and_no_response) {
    struct Row {
        IfdCode answer;
        Code code;
    };
    const std::vector<Row> rows{
        {IfdCode::success, Code::success},
        {IfdCode::icc_not_present, Code::no_smartcard},
        {IfdCode::no_such_device, Code::reader_unavailable},
        {IfdCode::communication_error, Code::not_transacted},
        {IfdCode::response_timeout, Code::not_transacted},
        {IfdCode::not_supported, Code::not_transacted},
        {IfdCode::error_not_supported, Code::not_transacted},
        {IfdCode::insufficient_buffer, Code::not_transacted},
    };
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT("driver code " << static_cast<int>(row.answer)) {
            Lab lab;
            const Handle handle = lab.open(lab.alice);
            lab.response = {0xAA};
            lab.ifd.transmit_answer = row.answer;
            BOOST_TEST(lab.transmit(handle) == row.code);
            BOOST_TEST(lab.response.size() == (row.code == Code::success ? 2U : 0U));
            const bool lost = row.answer == IfdCode::icc_not_present;
            BOOST_TEST(lab.state(handle) == (lost ? absent : usable));
            BOOST_TEST(lab.protocol(handle) == (lost ? undefined : t1));
        }
    }
}

// T3: the exchange has taken place
BOOST_AUTO_TEST_CASE(a_response_larger_than_the_buffer_is_lost) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.response = {0x01, 0x02, 0x90, 0x00};
    for (const std::size_t limit : {0U, 1U, 3U}) {
        lab.ifd.take_calls();
        BOOST_TEST(lab.transmit(handle, t1, limit) == Code::insufficient_buffer);
        BOOST_TEST(lab.ifd.take_calls() == (Calls{"transmit"}), boost::test_tools::per_element());
        BOOST_TEST(lab.response.empty());
    }
    BOOST_TEST(lab.transmit(handle, t1, 4) == Code::success);
    BOOST_TEST(lab.response == lab.ifd.response, boost::test_tools::per_element());
}

// T5
BOOST_AUTO_TEST_CASE(a_card_lost_in_a_transmit_and_still_there_is_back_after_a_reset) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.transmit_answer = IfdCode::icc_not_present;
    BOOST_TEST(lab.transmit(handle) == Code::no_smartcard);
    const StatusResult status = lab.manager.status(handle);
    BOOST_TEST(status.code == Code::success);
    BOOST_TEST(status.state == absent);
    BOOST_TEST(status.atr.empty());
    BOOST_TEST(lab.connect(lab.bob).code == Code::no_smartcard);
    BOOST_TEST(lab.reconnect(handle, leave) == Code::no_smartcard);
    BOOST_TEST(lab.transmit(handle) == Code::no_smartcard);
    lab.ifd.transmit_answer = IfdCode::success;
    BOOST_TEST(lab.reconnect(handle, reset) == Code::success);
    BOOST_TEST(lab.transmit(handle) == Code::success);
    BOOST_TEST(lab.manager.status(handle).event_count == status.event_count);
}

// S1
BOOST_AUTO_TEST_CASE(status_tells_reader_state_counter_protocol_and_atr) {
    Lab lab;
    const Handle handle = lab.open(lab.alice, shared, t0);
    const StatusResult first = lab.manager.status(handle);
    BOOST_TEST(first.reader == lab.reader);
    BOOST_TEST(first.state == usable);
    BOOST_TEST(first.event_count == 0);
    BOOST_TEST(first.protocol == t0);
    BOOST_TEST((first.atr == lab.ifd.atr()));
    lab.ifd.swap();
    lab.reconnect(handle);
    BOOST_TEST(lab.manager.status(handle).event_count == 2);
}

// S1: lock, then notice, then state of the reader
BOOST_AUTO_TEST_CASE(status_is_judged_in_pcsc_lites_order) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.begin_transaction(bob);
    lab.reconnect(bob, reset);
    lab.ifd.fail(IfdCode::communication_error);
    BOOST_TEST(lab.status_code(Handle{99}) == Code::invalid_handle);
    BOOST_TEST(lab.status_code(alice) == Code::not_yet);
    lab.manager.end_transaction(bob, leave);
    BOOST_TEST(lab.status_code(alice) == Code::reset_card);
    BOOST_TEST(lab.status_code(bob) == Code::reader_unavailable);
    lab.manager.remove_reader(lab.reader);
    BOOST_TEST(lab.status_code(alice) == Code::reader_unavailable);
    lab.ifd.insert();
    BOOST_TEST(lab.manager.add_reader("Lab", lab.ifd) == lab.reader);
    BOOST_TEST(lab.status_code(alice) == Code::invalid_value);
}

// K1
BOOST_AUTO_TEST_CASE(control_needs_the_lock_and_a_working_reader_but_no_card) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    iso7816::Bytes output{1};
    const auto control = [&](Handle handle) { return lab.manager.control(handle, 0x42000001, lab.select, output); };
    BOOST_TEST(control(Handle{99}) == Code::invalid_handle);
    BOOST_TEST(control(alice) == Code::unsupported_feature);
    BOOST_TEST(output.empty());
    lab.manager.begin_transaction(bob);
    BOOST_TEST(control(alice) == Code::sharing_violation);
    lab.ifd.remove();
    BOOST_TEST(control(alice) == Code::unsupported_feature);
    lab.ifd.fail(IfdCode::communication_error);
    BOOST_TEST(control(alice) == Code::reader_unavailable);
    lab.manager.remove_reader(lab.reader);
    BOOST_TEST(control(alice) == Code::invalid_value);
}

// A1
BOOST_AUTO_TEST_CASE(get_attrib_knows_no_attribute_as_vpcd_does) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    iso7816::Bytes value{1};
    const auto attribute = [&](std::uint32_t id) { return lab.manager.get_attrib(alice, id, value); };
    BOOST_TEST(attribute(0x90303) == Code::unsupported_feature);
    BOOST_TEST(attribute(0x7FFF0003) == Code::insufficient_buffer);
    BOOST_TEST(attribute(0x7FFF0004) == Code::insufficient_buffer);
    BOOST_TEST(value.empty());
    lab.ifd.remove();
    BOOST_TEST(attribute(0x90303) == Code::removed_card);
    lab.ifd.fail(IfdCode::communication_error);
    BOOST_TEST(attribute(0x90303) == Code::reader_unavailable);
}

// A1
BOOST_AUTO_TEST_CASE(get_attrib_tells_whether_the_reader_sees_a_card_whatever_the_daemon_believes) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    iso7816::Bytes value;
    const auto presence = [&] {
        return lab.manager.get_attrib(alice, resource_manager::attribute_icc_presence, value);
    };
    lab.ifd.transmit_answer = IfdCode::icc_not_present;
    BOOST_TEST(lab.transmit(alice) == Code::no_smartcard);
    BOOST_TEST(lab.state(alice) == absent);
    BOOST_TEST(presence() == Code::success);
    BOOST_TEST(value == iso7816::Bytes{2}, boost::test_tools::per_element());
    lab.ifd.set_presence_quietly(IfdCode::icc_not_present);
    BOOST_TEST(presence() == Code::success);
    BOOST_TEST(value == iso7816::Bytes{0}, boost::test_tools::per_element());
    lab.ifd.set_presence_quietly(IfdCode::communication_error);
    BOOST_TEST(presence() == Code::not_transacted);
    BOOST_TEST(value.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
