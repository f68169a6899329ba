// Every seed, and every input that once was a finding, as an ordinary test.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

std::string folder_of(const Target& target) {
    return "tests/fuzz/corpus/" + std::string(target.name);
}

/// The property that does not hold for an input; "" when all do.
std::string broken_by(const Target& target, ByteView input) {
    try {
        target.run(input);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fuzz_corpus)

BOOST_AUTO_TEST_CASE(every_property_holds_for_every_seed) {
    for (const Target* target : all_targets()) {
        const auto seeds = target->seeds();
        BOOST_TEST(!seeds.empty(), target->name << " has no seeds");
        for (const Bytes& seed : seeds) {
            BOOST_TEST_CONTEXT(target->name << ": " << iso7816::to_hex(seed)) {
                BOOST_TEST(broken_by(*target, seed) == "");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(every_property_holds_for_beginnings_and_changed_bytes_of_short_seeds) {
    for (const Target* target : all_targets()) {
        for (const Bytes& seed : target->seeds()) {
            if (seed.size() > 64) {
                continue;
            }
            for (std::size_t i = 0; i < seed.size(); ++i) {
                BOOST_TEST_CONTEXT(target->name << ": " << iso7816::to_hex(seed) << " at " << i) {
                    BOOST_TEST(broken_by(*target, ByteView(seed).first(i)) == "");
                    Bytes changed = seed;
                    for (const int flip : {0x01, 0x80, 0xFF}) {
                        changed[i] = static_cast<std::uint8_t>(seed[i] ^ flip);
                        BOOST_TEST(broken_by(*target, changed) == "");
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(every_property_holds_for_every_input_of_the_corpus) {
    std::set<std::string> names;
    std::size_t inputs = 0;
    for (const Target* target : all_targets()) {
        names.emplace(target->name);
        if (!std::filesystem::exists(std::filesystem::path(SCARDLAB_SOURCE_DIR) / folder_of(*target))) {
            continue;
        }
        for (const Bytes& input : files_below(folder_of(*target), "")) {
            ++inputs;
            BOOST_TEST_CONTEXT(target->name << ": " << iso7816::to_hex(input)) {
                BOOST_TEST(broken_by(*target, input) == "");
            }
        }
    }
    BOOST_TEST(inputs > 0U);
    for (const auto& entry : std::filesystem::directory_iterator(SCARDLAB_SOURCE_DIR "/tests/fuzz/corpus")) {
        BOOST_TEST(names.contains(entry.path().filename().native()), entry.path() << " belongs to no target");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::fuzz
