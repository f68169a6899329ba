#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>

#include "core/service_provider/reader_watch.h"

using namespace scardlab::service_provider;

namespace {

/// "insertion 3, removal 4" and so on, and forgets it.
std::string told(ReaderHistory& history) {
    std::ostringstream text;
    for (const CardEvent& event : history.events()) {
        const char* name = event.event == event_insertion     ? "insertion "
                           : event.event == event_removal     ? "removal "
                           : event.event == event_reader_gone ? "gone "
                                                              : "back ";
        text << (text.str().empty() ? "" : ", ") << name << event.event_count;
    }
    history.events().clear();
    return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(service_provider_reader_history)

BOOST_AUTO_TEST_CASE(what_is_there_first_has_not_happened) {
    ReaderHistory history;
    history.here(true, 5);
    BOOST_TEST(told(history) == "");
    ReaderHistory empty;
    empty.gone();
    BOOST_TEST(told(empty) == "");
}

BOOST_AUTO_TEST_CASE(movements_between_two_looks_are_told_one_after_the_other) {
    ReaderHistory history;
    history.here(true, 5);
    history.here(false, 6);
    BOOST_TEST(told(history) == "removal 6");
    history.here(false, 8);
    BOOST_TEST(told(history) == "insertion 7, removal 8");
    history.here(true, 11);
    BOOST_TEST(told(history) == "insertion 9, removal 10, insertion 11");
}

BOOST_AUTO_TEST_CASE(a_state_that_changes_without_the_counter_is_no_movement) {
    // Rule T5: the card is believed gone until a real removal is seen.
    ReaderHistory history;
    history.here(true, 5);
    history.here(false, 5);
    history.here(true, 5);
    BOOST_TEST(told(history) == "");
    // Rule E7: a reader that failed comes back with its card, one more in the counter.
    history.here(true, 6);
    BOOST_TEST(told(history) == "insertion 6");
}

BOOST_AUTO_TEST_CASE(the_counter_begins_anew_after_65535) {
    ReaderHistory history;
    history.here(true, 65'535);
    history.here(true, 1);
    BOOST_TEST(told(history) == "removal 0, insertion 1");
}

BOOST_AUTO_TEST_CASE(a_counter_that_went_back_is_another_reader) {
    ReaderHistory history;
    history.here(true, 7);
    history.here(true, 1);
    BOOST_TEST(told(history) == "gone 7, back 1, insertion 1");
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_back_comes_before_its_card) {
    ReaderHistory history;
    history.here(true, 7);
    history.gone();
    history.gone();
    BOOST_TEST(told(history) == "gone 7");
    history.here(true, 0);
    BOOST_TEST(told(history) == "back 0, insertion 0");
    history.gone();
    history.here(false, 0);
    BOOST_TEST(told(history) == "gone 0, back 0");
}

BOOST_AUTO_TEST_SUITE_END()
