#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "scenarios/engine/embedded_world.h"
#include "tests/property/contract.h"

using namespace scardlab;
using namespace scardlab::property;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(property_reconnect_contract)

BOOST_AUTO_TEST_CASE(after_s_ok_all_is_as_after_detach_and_attach_and_nobody_is_disturbed) {
    const Cards cards = load_cards();
    engine::EmbeddedWorld world;
    Tally tally;
    const std::uint64_t first = number_from("SCARDLAB_FIRST_HISTORY", 0);
    const std::uint64_t count = number_from("SCARDLAB_HISTORIES", 2'000);
    unsigned broken = 0;
    for (std::uint64_t number = first; number < first + count && broken < 5; ++number) {
        const History history = random_history(number, cards, Abilities{});
        if (const auto difference = contract_broken(world, history, cards, tally)) {
            const History shortest = shrunk(world, history, cards);
            Tally ignored;
            BOOST_ERROR("history " << number << ": " << *contract_broken(world, shortest, cards, ignored) << "\n"
                                   << to_yaml(shortest, "shrunk from history " + std::to_string(number)));
            ++broken;
        }
    }
    BOOST_TEST_MESSAGE(count << " histories: " << tally.reconnected << " reconnected, " << tally.better
                             << " of them where Attach fails, " << tally.refused << " refused, "
                             << tally.others_compared << " others compared, " << tally.not_attached
                             << " without an attachment");
    // The histories are worth something.
    BOOST_TEST(tally.reconnected > count / 4);
    BOOST_TEST(tally.refused > count / 100);
    BOOST_TEST(tally.others_compared > count / 10);
}

BOOST_AUTO_TEST_SUITE_END()
