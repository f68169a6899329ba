#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <random>

#include "emulator/icc/image/image.h"
#include "emulator/icc/image/posix_door.h"
#include "tests/emulator/icc/image/memory_door.h"
#include "tests/emulator/icc/image/torn_card.h"
#include "tests/fakes/temporary_folder.h"

namespace scardlab::tests {

namespace {

/// The same sequence in every run.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    /// 0 to count - 1.
    unsigned below(unsigned count) { return static_cast<unsigned>(engine_() % count); }
    std::uint8_t byte() { return static_cast<std::uint8_t>(below(256)); }
    Bytes bytes(unsigned count) {
        Bytes result(count);
        std::generate(result.begin(), result.end(), [this] { return byte(); });
        return result;
    }
    template <class T, std::size_t n>
    const T& of(const T (&values)[n]) {
        return values[below(n)];
    }

  private:
    std::mt19937_64 engine_;
};

Bytes command(std::uint8_t ins, std::uint8_t p1, std::uint8_t p2, const Bytes& data) {
    Bytes apdu{0, ins, p1, p2};
    if (!data.empty()) {
        apdu.push_back(static_cast<std::uint8_t>(data.size()));
        apdu.insert(apdu.end(), data.begin(), data.end());
    }
    return apdu;
}

constexpr const char* selections[] = {"00 A4 00 0C 02 3F 00",       "00 A4 08 0C 02 50 15",
                                      "00 A4 08 0C 04 50 15 51 00", "00 A4 08 0C 04 50 15 50 33",
                                      "00 A4 08 0C 04 50 15 50 31", "00 A4 08 0C 04 4F 00 4F 01",
                                      "00 A4 02 0C 02 2F 06",       "00 A4 00 0C 02 60 01"};

/// Commands about CHVs: right and wrong values, so that counters go both ways.
constexpr const char* with_chvs[] = {
    "00 20 00 01 04 31 32 33 34",
    "00 20 00 01 04 31 32 33 30",
    "00 20 00 02 08 38 37 36 35 34 33 32 31",
    "00 20 00 02 04 31 32 33 30",
    "00 24 00 01 08 31 32 33 34 31 32 33 34",
    "00 24 00 01 08 31 32 33 30 31 32 33 34",
    "00 2C 01 01 06 39 39 39 39 39 39",
    "00 2C 01 02 06 39 39 39 39 39 30",
    "00 26 00 01 04 31 32 33 34",
    "00 28 00 01 04 31 32 33 34",
};

/// Commands on whole files: one is created, found again, deactivated, activated, deleted.
constexpr const char* on_files[] = {
    "00 E0 00 00 0C 62 0A 80 01 20 82 01 01 83 02 60 01",
    "00 E0 00 00 10 62 0E 82 01 38 83 02 60 02 84 05 A0 00 00 00 77",
    "00 E0 00 00 0F 62 0D 82 05 04 41 00 08 05 83 02 60 03 88 00",
    "00 E4 02 00 02 60 01",
    "00 E4 01 00 02 60 02",
    "00 E4 02 00 02 60 03",
    "00 04 02 00 02 60 01",
    "00 44 02 00 02 60 01",
};

Bytes any_command(Dice& dice) {
    switch (dice.below(10)) {
        case 0:
            return fakes::hex(dice.of(selections));
        case 1:
        case 2:
            return command(0xD6, static_cast<std::uint8_t>(0x81 + dice.below(4)),
                           static_cast<std::uint8_t>(dice.below(40)), dice.bytes(1 + dice.below(60)));
        case 3:
            return command(0xE2, 0, static_cast<std::uint8_t>((5 + dice.below(3)) << 3), dice.bytes(4));
        case 4:
            return command(0xDC, static_cast<std::uint8_t>(1 + dice.below(3)),
                           static_cast<std::uint8_t>((5 + dice.below(3)) << 3 | 4), dice.bytes(4));
        case 5:
            return command(0xDA, 0x5F, static_cast<std::uint8_t>(0x50 + dice.below(3)), dice.bytes(1 + dice.below(30)));
        case 6:
        case 7:
            return fakes::hex(dice.of(with_chvs));
        case 8:
            return fakes::hex(dice.of(on_files));
        default:
            return fakes::hex("00 84 00 00 08");
    }
}

/// How often each thing has been seen.
struct Tally {
    unsigned torn = 0;
    unsigned kept = 0;     ///< the state is the one before a command that would have changed it
    unsigned changed = 0;  ///< the state is the one after it
    unsigned changed_to_the_end = 0;
};

/// Lets any commands run and tears them at any character of either side, until `count` were torn. `image` gives the
/// bytes of the image.
template <class ImageBytes>
Tally tear_commands(TornCard& card, std::uint64_t seed, unsigned count, ImageBytes image) {
    Dice dice(seed);
    Tally tally;
    while (tally.torn < count) {
        if (dice.below(30) == 0) {
            card.personalise_anew();
        }
        for (unsigned before = dice.below(3); before > 0; --before) {
            card.bench().transmit(any_command(dice));
        }
        const Bytes apdu = any_command(dice);
        const bool of_reader = dice.below(2) == 0;
        const auto characters = of_reader ? static_cast<unsigned>(apdu.size()) + 6 : 8U;
        const icc::IccState before = card.state();
        const icc::IccState after = card.state_after(apdu);
        const bool torn = card.tear(apdu, 1 + dice.below(characters), of_reader);

        const auto found = icc::decode_image(image());
        BOOST_REQUIRE(found.has_value());
        const bool is_before = found->state == before;
        const bool is_after = found->state == after;
        BOOST_REQUIRE_MESSAGE(is_before || is_after, to_hex(apdu) << " left a mixed state");
        BOOST_REQUIRE_MESSAGE(found->state == card.state(), to_hex(apdu) << " left another state than the card's");
        const bool changes = before != after;
        if (!torn) {
            BOOST_REQUIRE_MESSAGE(is_after, to_hex(apdu) << " was carried out and is not in the image");
            tally.changed_to_the_end += changes ? 1 : 0;
            continue;
        }
        ++tally.torn;
        tally.kept += changes && is_before ? 1 : 0;
        tally.changed += changes && is_after ? 1 : 0;
        for (std::size_t i = 0; i < before.chvs.size(); ++i) {
            const icc::Chv& now = found->state.chvs[i];
            const bool gained = now.tries_left > before.chvs[i].tries_left;
            BOOST_REQUIRE_MESSAGE(!gained || now.tries_left == after.chvs[i].tries_left, to_hex(apdu));
        }
        if (dice.below(2) == 0) {
            card.start();
            BOOST_REQUIRE_MESSAGE(card.state() == found->state, "the next process found something else");
        } else {
            card.put_back();
        }
    }
    return tally;
}

/// Each kind of outcome came often enough to mean something.
void check_tally(const Tally& tally) {
    BOOST_TEST(tally.kept > tally.torn / 10);
    BOOST_TEST(tally.changed > tally.torn / 20);
    BOOST_TEST(tally.changed_to_the_end > tally.torn / 20);
}

constexpr Protocol protocols[] = {Protocol::t0, Protocol::t1};

/// Thrown in the place of a system call, as the process would end there.
struct ProcessEnds {};

/// The process ends before call `last` of the saves of `apdu`, which the card gets after one wrong CHV; all disks that
/// may be left, none when that call does not come.
std::vector<MemoryDoor> end_process_in(const Bytes& apdu, unsigned last, Protocol protocol) {
    MemoryDoor disk;
    WatchedDoor door(disk);
    TornCard card(door, TornCard::path, protocol);
    card.bench().transmit("00 20 00 01 04 31 32 33 30");
    unsigned calls = 0;
    door.before = [&](const std::string&) -> std::error_code {
        if (++calls == last) {
            throw ProcessEnds{};
        }
        return {};
    };
    bool ended = false;
    try {
        card.bench().transmit(apdu);
    } catch (const ProcessEnds&) {
        ended = true;
    }
    door.before = nullptr;
    if (!ended) {
        return {};
    }
    std::vector<MemoryDoor> disks = disk.after_power_failure();
    disks.push_back(disk.after_kill());
    return disks;
}

/// Tries left of CHV 1 on all these disks.
std::set<unsigned> tries_found(std::vector<MemoryDoor> disks) {
    std::set<unsigned> tries;
    for (MemoryDoor& disk : disks) {
        tries.insert(TornCard(disk, TornCard::path, Protocol::t1).state().chvs[0].tries_left);
    }
    return tries;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_image_tearing)

BOOST_AUTO_TEST_CASE(of_ten_thousand_torn_commands_each_leaves_the_state_before_or_after_it) {
    for (const Protocol protocol : protocols) {
        MemoryDoor disk;
        TornCard card(disk, TornCard::path, protocol);
        const Tally tally = tear_commands(card, protocol == Protocol::t0 ? 20 : 21, 5'000,
                                          [&] { return disk.content(TornCard::path); });
        check_tally(tally);
    }
}

BOOST_AUTO_TEST_CASE(on_a_real_disk_too) {
    for (const Protocol protocol : protocols) {
        const fakes::TemporaryFolder folder;
        const std::string path = folder.path() + "/card.image";
        icc::PosixDoor files;
        TornCard card(files, path, protocol);
        const Tally tally = tear_commands(card, protocol == Protocol::t0 ? 30 : 31, 100, [&] {
            std::ifstream file(path, std::ios::binary);
            return Bytes(std::istreambuf_iterator<char>(file), {});
        });
        check_tally(tally);
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_value_has_cost_its_try_before_the_card_says_a_word_of_its_answer) {
    const Bytes wrong = fakes::hex("00 20 00 01 04 31 32 33 30");
    for (const Protocol protocol : protocols) {
        for (unsigned character = 1, torn_before = 0; character < 20; ++character) {
            MemoryDoor disk;
            TornCard card(disk, TornCard::path, protocol);
            const bool torn = card.tear(wrong, character, false);
            card.start();
            const unsigned left = card.state().chvs[0].tries_left;
            const bool only_acknowledged = torn && protocol == Protocol::t0 && character == 1;  // the procedure byte
            BOOST_TEST(left == (only_acknowledged ? 3U : 2U), "before character " << character);
            torn_before += torn ? 1 : 0;
            BOOST_TEST((character < 20 - 1 || torn_before >= 3));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_process_that_ends_in_a_save_never_gives_a_try_back_for_a_wrong_value) {
    for (const Protocol protocol : protocols) {
        std::set<unsigned> wrong, right;
        for (unsigned last = 1; last < 30; ++last) {
            wrong.merge(tries_found(end_process_in(fakes::hex("00 20 00 01 04 31 32 33 30"), last, protocol)));
            right.merge(tries_found(end_process_in(fakes::hex("00 20 00 01 04 31 32 33 34"), last, protocol)));
        }
        BOOST_TEST((wrong == std::set<unsigned>{1, 2}));     // it was 2 before
        BOOST_TEST((right == std::set<unsigned>{1, 2, 3}));  // taken before the comparison, then all given back
    }
}

BOOST_AUTO_TEST_CASE(a_card_whose_image_cannot_be_saved_answers_so_and_stays_as_it_was) {
    MemoryDoor disk;
    WatchedDoor door(disk);
    TornCard card(door, TornCard::path, Protocol::t1);
    const icc::IccState before = card.state();
    door.before = [](const std::string&) { return std::make_error_code(std::errc::no_space_on_device); };
    BOOST_TEST(card.bench().answer("00 D6 9E 00 01 AA") == "69 82");  // refused by the access rule, nothing to save
    BOOST_TEST(card.bench().answer("00 DA 5F 50 01 AA") == "65 81");
    BOOST_TEST(card.bench().answer("00 20 00 01 04 31 32 33 34") == "65 81");
    BOOST_TEST((card.state() == before));
    door.before = nullptr;
    BOOST_TEST(card.bench().answer("00 DA 5F 50 01 AA") == "90 00");
    card.start();
    BOOST_TEST(card.bench().answer("00 CA 5F 50 00") == "AA 90 00");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
