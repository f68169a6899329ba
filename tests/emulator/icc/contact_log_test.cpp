#include "emulator/icc/contact_log.h"

#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>

#include "tests/fakes/card_profiles.h"

namespace scardlab::tests {

namespace {

using icc::ContactEvent;
using icc::ContactLog;
using iso7816::Bytes;
using iso7816::ByteView;

Bytes bytes_of(const ContactLog& log, std::size_t index) {
    const ByteView view = log.bytes(log.entries()[index]);
    return {view.begin(), view.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_contact_log)

BOOST_AUTO_TEST_CASE(entries_keep_order_time_and_bytes) {
    ContactLog log;
    log.append(ContactEvent::cold_reset, {10});
    log.append(ContactEvent::atr, {20}, fakes::hex("3B 00"));
    log.append(ContactEvent::command, {30}, fakes::hex("00 A4 00 0C"));
    BOOST_TEST_REQUIRE(log.entries().size() == 3U);
    BOOST_TEST((log.entries()[1].event == ContactEvent::atr));
    BOOST_TEST(log.entries()[1].at.count == 20);
    BOOST_TEST(log.bytes(log.entries()[0]).empty());
    BOOST_TEST((bytes_of(log, 1) == fakes::hex("3B 00")));
    BOOST_TEST((bytes_of(log, 2) == fakes::hex("00 A4 00 0C")));
    BOOST_TEST(log.dropped() == 0U);
}

BOOST_AUTO_TEST_CASE(beyond_its_capacity_the_older_half_goes_and_the_rest_is_intact) {
    ContactLog log(8);
    for (unsigned i = 0; i < 9; ++i) {
        log.append(ContactEvent::command, {i}, fakes::counting(i, i));
    }
    BOOST_TEST(log.dropped() == 4U);
    BOOST_TEST_REQUIRE(log.entries().size() == 5U);
    for (unsigned i = 0; i < 5; ++i) {
        BOOST_TEST(log.entries()[i].at.count == i + 4);
        BOOST_TEST((bytes_of(log, i) == fakes::counting(i + 4, i + 4)));
    }
}

BOOST_AUTO_TEST_CASE(a_capacity_of_one_or_none_keeps_the_newest) {
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}}) {
        ContactLog log(capacity);
        for (unsigned i = 0; i < 100; ++i) {
            log.append(ContactEvent::response, {i}, fakes::counting(2, i));
            BOOST_TEST(log.entries().size() == 1U);
        }
        BOOST_TEST(log.dropped() == 99U);
        BOOST_TEST(log.entries()[0].offset == 0U);
        BOOST_TEST((bytes_of(log, 0) == fakes::counting(2, 99)));
    }
}

BOOST_AUTO_TEST_CASE(long_entries_are_bounded_by_their_bytes) {
    ContactLog log;
    const Bytes long_command = fakes::counting(65'544);
    for (unsigned i = 0; i < 1'000; ++i) {
        log.append(ContactEvent::command, {i}, long_command);
        BOOST_TEST_REQUIRE(log.entries().back().offset + long_command.size() <= ContactLog::max_bytes);
    }
    BOOST_TEST(log.dropped() + log.entries().size() == 1'000U);
    BOOST_TEST((bytes_of(log, log.entries().size() - 1) == long_command));
}

BOOST_AUTO_TEST_CASE(clearing_forgets_everything_and_what_was_dropped) {
    ContactLog log(2);
    for (unsigned i = 0; i < 5; ++i) {
        log.append(ContactEvent::command, {i}, fakes::counting(3));
    }
    log.clear();
    BOOST_TEST(log.entries().empty());
    BOOST_TEST(log.dropped() == 0U);
    log.append(ContactEvent::atr, {1}, fakes::hex("3B 00"));
    BOOST_TEST((bytes_of(log, 0) == fakes::hex("3B 00")));
}

RC_BOOST_PROP(whatever_was_appended_the_log_holds_the_newest_entries_in_order, ()) {
    const auto capacity = *rc::gen::inRange<std::size_t>(1, 20);
    const auto entries = *rc::gen::container<std::vector<Bytes>>(rc::gen::arbitrary<Bytes>());
    ContactLog log(capacity);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        log.append(ContactEvent::command, {static_cast<std::int64_t>(i)}, entries[i]);
        RC_ASSERT(log.entries().size() <= capacity);
    }
    RC_ASSERT(log.dropped() + log.entries().size() == entries.size());
    for (std::size_t i = 0; i < log.entries().size(); ++i) {
        const std::size_t original = static_cast<std::size_t>(log.dropped()) + i;
        RC_ASSERT(log.entries()[i].at.count == static_cast<std::int64_t>(original));
        RC_ASSERT(bytes_of(log, i) == entries[original]);
    }
}

BOOST_AUTO_TEST_CASE(every_event_has_its_own_name) {
    std::vector<std::string> names;
    for (unsigned e = 0; e <= static_cast<unsigned>(ContactEvent::deactivation); ++e) {
        const auto name = icc::name(static_cast<ContactEvent>(e));
        BOOST_TEST(!name.empty());
        BOOST_TEST((std::find(names.begin(), names.end(), name) == names.end()));
        names.emplace_back(name);
    }
}

BOOST_AUTO_TEST_CASE(entries_are_described_as_scenarios_write_them) {
    ContactLog log;
    log.append(ContactEvent::warm_reset, {});
    log.append(ContactEvent::pps_request, {}, fakes::hex("FF 11 95 7B"));
    log.append(ContactEvent::command, {}, fakes::hex("00 A4 00 00 02 3F 00"));
    BOOST_TEST(icc::describe(log, log.entries()[0]) == "warm_reset");
    BOOST_TEST(icc::describe(log, log.entries()[1]) == "pps T1 F=512 D=16 (FF 11 95 7B)");
    BOOST_TEST(icc::describe(log, log.entries()[2]) == "command 00 A4 00 00 02 3F 00");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
