#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>

#include "scenarios/engine/pcscd/pcscd_world.h"
#include "tests/pcscd/bench.h"
#include "tests/property/contract.h"

namespace scardlab::engine {

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Real time decides which of two things comes first now and then: what a second and third play do not show again is
/// not held against Reconnect.
std::optional<std::string> broken_each_time(World& world, const property::History& history,
                                            const property::Cards& cards, property::Tally& tally) {
    std::optional<std::string> broken;
    for (int plays = 0; plays < 3; ++plays) {
        property::Tally ignored;
        broken = property::contract_broken(world, history, cards, plays == 0 ? tally : ignored);
        if (!broken) {
            break;
        }
    }
    return broken;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pcscd_reconnect_contract, *boost::unit_test::precondition(pcscd_available))

BOOST_AUTO_TEST_CASE(the_contract_of_reconnect_holds_on_the_real_pcscd) {
    in_child([] {
        PcscdWorld::Options options;
        options.program = SCARDLAB_PROGRAM;
        options.bridge_library = SCARDLAB_BRIDGE_LIBRARY;
        options.stock_driver = with_bridge().stock_driver;
        options.pcscd = with_bridge().pcscd;
        auto world = PcscdWorld::start(options);
        if (!world) {
            fail(world.error().message);
        }
        const property::Cards cards = property::load_cards();
        const property::Abilities abilities{false, false};
        property::Tally tally;
        const std::uint64_t first = number_from("SCARDLAB_FIRST_HISTORY", 0);
        const std::uint64_t count = number_from("SCARDLAB_PCSCD_HISTORIES", 20);
        for (std::uint64_t number = first; number < first + count; ++number) {
            const property::History history = property::random_history(number, cards, abilities);
            if (const auto broken = broken_each_time(**world, history, cards, tally)) {
                fail("history " + std::to_string(number) + ": " + *broken + "\n" +
                     property::to_yaml(history, "history " + std::to_string(number)));
            }
        }
        std::cout << count << " histories on pcscd: " << tally.reconnected << " reconnected, " << tally.refused
                  << " refused, " << tally.others_compared << " others compared\n";
        MUST(tally.reconnected > count / 4);
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::engine
