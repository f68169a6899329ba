#include "core/resource_manager/pcsclite/pcsclite_resource_manager.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {

// Without a daemon: what libpcsclite answers by itself. With one: the scenarios.
BOOST_AUTO_TEST_SUITE(core_resource_manager_pcsclite)

BOOST_AUTO_TEST_CASE(without_a_daemon_there_is_no_service_and_no_handle_is_valid) {
    setenv("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm", 1);
    const auto manager = resource_manager::make_pcsclite_resource_manager();
    Context context{7};
    BOOST_TEST(manager->establish_context(context) == Code::no_service);
    BOOST_TEST(context.value == 0);

    const Context nobody{7};
    const Handle nothing{7};
    std::vector<std::string> readers{"left over"};
    iso7816::Bytes bytes{1};
    BOOST_TEST(manager->list_readers(nobody, readers) == Code::invalid_handle);
    BOOST_TEST(readers.empty());
    BOOST_TEST(manager->release_context(nobody) == Code::invalid_handle);
    BOOST_TEST(manager->cancel(nobody) == Code::invalid_handle);
    BOOST_TEST(manager->connect(nobody, "Lab 00 00", shared, any).code == Code::invalid_handle);
    BOOST_TEST(manager->connect(nobody, std::string(129, 'x'), shared, any).code == Code::invalid_value);
    BOOST_TEST(manager->reconnect(nothing, shared, any, leave).code == Code::invalid_handle);
    BOOST_TEST(manager->disconnect(nothing, leave) == Code::invalid_handle);
    BOOST_TEST(manager->begin_transaction(nothing) == Code::invalid_handle);
    BOOST_TEST(manager->end_transaction(nothing, leave) == Code::invalid_handle);
    BOOST_TEST(manager->status(nothing).code == Code::invalid_handle);
    BOOST_TEST(manager->transmit(nothing, t1, {}, bytes) == Code::invalid_handle);
    BOOST_TEST(manager->control(nothing, 1, {}, bytes) == Code::invalid_handle);
    BOOST_TEST(manager->get_attrib(nothing, 1, bytes) == Code::invalid_handle);
    BOOST_TEST(bytes.empty());
}

// G5
BOOST_AUTO_TEST_CASE(get_status_change_answers_what_the_library_judges_alone) {
    const auto manager = resource_manager::make_pcsclite_resource_manager();
    std::vector<resource_manager::ReaderState> states(17);
    const auto timeout = std::chrono::milliseconds(0);
    BOOST_TEST(manager->get_status_change(Context{7}, timeout, states) == Code::invalid_parameter);
    states.resize(1);
    states[0] = {"Lab 00 00", 0x1234'0022, 5, {1, 2}};
    BOOST_TEST(manager->get_status_change(Context{7}, timeout, states) == Code::invalid_handle);
    BOOST_TEST(states[0].event_state == 5U);
    BOOST_TEST(manager->get_status_change(Context{7}, std::nullopt, {}) == Code::success);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
