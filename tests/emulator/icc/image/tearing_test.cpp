#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "emulator/icc/crypto.h"
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

/// Commands that need something before them: the last of each line is the one that is torn.
constexpr std::array<const char*, 4> prepared[] = {
    {"00 A4 00 0C 02 3F 00", "00 E0 00 00 0C 62 0A 80 01 20 82 01 01 83 02 60 01", "00 44 02 00 02 60 01",
     "00 04 02 00 02 60 01"},
    {"00 A4 00 0C 02 3F 00", "00 E0 00 00 0C 62 0A 80 01 20 82 01 01 83 02 60 01", "00 04 02 00 02 60 01",
     "00 44 02 00 02 60 01"},
    {"00 A4 00 0C 02 3F 00", "00 E4 02 00 02 60 01", "00 E0 00 00 0C 62 0A 80 01 20 82 01 01 83 02 60 01",
     "00 E8 02 00 02 60 01"},
    {"00 A4 00 0C 02 3F 00", "00 E4 01 00 02 60 02", "00 E0 00 00 10 62 0E 82 01 38 83 02 60 02 84 05 A0 00 00 00 77",
     "00 E6 00 00"},
    {"00 A4 00 0C 02 3F 00", "00 A4 08 0C 02 50 15", "00 0E 83 00", "00 D0 83 02 03 81 42 24"},
    {"00 A4 00 0C 02 3F 00", "00 A4 08 0C 02 50 15", "00 D6 83 07 03 01 02 03", "00 0E 83 07 02 00 09"},
    {"00 A4 00 0C 02 3F 00", "00 DC 01 2C 04 01 02 03 04", "00 20 00 01", "00 0C 01 2C"},
    {"00 A4 00 0C 02 3F 00", "00 0C 01 2C", "00 20 00 01", "00 D2 01 2C 04 80 40 20 10"},
    {"00 A4 00 0C 02 3F 00", "00 20 00 01", "00 20 00 02", "00 FE 00 00"},
};

/// Sends what comes before one of them, and gives the last.
Bytes prepare_any(Dice& dice, TornCard& card) {
    const auto& commands = dice.of(prepared);
    for (std::size_t i = 0; i + 1 < commands.size(); ++i) {
        card.bench().transmit(commands[i]);
    }
    return fakes::hex(commands.back());
}

/// EXTERNAL or MUTUAL AUTHENTICATE with key 1, right or wrong; GET CHALLENGE where that must come first.
Bytes any_authentication(Dice& dice, const TornCard& card) {
    const Bytes& challenge = card.application().challenge;
    if (challenge.size() != 16) {
        return fakes::hex("00 84 00 00 10");
    }
    Bytes plain = dice.below(2) == 0 ? dice.bytes(16) : Bytes{};
    const bool mutual = !plain.empty();
    plain.insert(plain.end(), challenge.begin(), challenge.end());
    const bool right = dice.below(3) > 0;
    Bytes apdu =
        command(0x82, 0, 1, right ? icc::encrypt(card.state().keys[0], plain).value() : dice.bytes(mutual ? 32 : 16));
    if (mutual) {
        apdu.push_back(0);
    }
    return apdu;
}

/// The next part of a chain that is being received, the last one or not; the first part of one when there is none.
Bytes any_part_of_a_chain(Dice& dice, const TornCard& card) {
    constexpr std::uint8_t more = 0x10;
    const auto& chain = card.application().chain;
    Bytes apdu = chain.active         ? command(chain.header[1], chain.header[2], chain.header[3], dice.bytes(4))
                 : dice.below(2) == 0 ? command(0xDA, 0x5F, 0x50, dice.bytes(4))
                                      : command(0xD6, 0x83, 0, dice.bytes(4));
    apdu[0] = !chain.active || dice.below(3) == 0 ? more : 0;
    return apdu;
}

/// A command that writes: its parameters are a first value and how many there are, P2 in steps of 2 to the power of
/// `p2_shift`.
struct Writing {
    std::uint8_t ins;
    unsigned p1, p1_count;
    unsigned p2, p2_count;
    unsigned longest;
    unsigned p2_shift = 0;
};

/// Draws in a fixed order, whatever the compiler.
Bytes any_content(Dice& dice, const Writing& writing) {
    const unsigned p1 = writing.p1 + dice.below(writing.p1_count);
    const unsigned p2 = writing.p2 + (dice.below(writing.p2_count) << writing.p2_shift);
    const Bytes data = dice.bytes(1 + dice.below(writing.longest));
    return command(writing.ins, static_cast<std::uint8_t>(p1), static_cast<std::uint8_t>(p2), data);
}

Bytes any_command(Dice& dice, const TornCard& card) {
    if (card.application().chain.active && dice.below(2) == 0) {
        return any_part_of_a_chain(dice, card);
    }
    switch (dice.below(13)) {
        case 0:
            return fakes::hex(dice.of(selections));
        case 1:
        case 2:
            return any_content(dice, {0xD6, 0x81, 4, 0, 40, 60});
        case 3:
            return any_content(dice, {0xE2, 0, 1, 5 << 3, 3, 4, 3});
        case 4:
            return any_content(dice, {0xDC, 1, 3, 5 << 3 | 4, 3, 4, 3});
        case 5:
            return any_content(dice, {0xDA, 0x5F, 1, 0x50, 3, 30});
        case 6:
        case 7:
            return fakes::hex(dice.of(with_chvs));
        case 8:
            return fakes::hex(dice.of(on_files));
        case 9:
        case 10:
            return any_authentication(dice, card);
        case 11:
            return any_part_of_a_chain(dice, card);
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
    std::map<std::uint8_t, unsigned>
        torn_changes;          ///< by INS: commands that were torn and would have changed the state
    unsigned torn_chains = 0;  ///< last parts among them
};

/// Lets any commands run and tears them at any character of either side, until `count` were torn. `image` gives the
/// bytes of the image.
template <class ImageBytes>
Tally tear_commands(TornCard& card, std::uint64_t seed, unsigned count, ImageBytes image) {
    Dice dice(seed);
    Tally tally;
    while (tally.torn < count) {
        if (dice.below(card.state().terminated ? 2 : 30) == 0) {
            card.personalise_anew();
        }
        for (unsigned before = dice.below(3); before > 0; --before) {
            card.bench().transmit(any_command(dice, card));
        }
        const Bytes apdu = dice.below(8) == 0 ? prepare_any(dice, card) : any_command(dice, card);
        const bool in_chain = card.application().chain.active;
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
        tally.torn_changes[apdu[1]] += changes ? 1 : 0;
        tally.torn_chains += changes && in_chain ? 1 : 0;
        tally.kept += changes && is_before ? 1 : 0;
        tally.changed += changes && is_after ? 1 : 0;
        for (std::size_t i = 0; i < before.chvs.size(); ++i) {
            const icc::Chv& now = found->state.chvs[i];
            const bool gained = now.tries_left > before.chvs[i].tries_left;
            BOOST_REQUIRE_MESSAGE(!gained || now.tries_left == after.chvs[i].tries_left, to_hex(apdu));
        }
        const unsigned key_tries = found->state.keys[0].tries_left;
        BOOST_REQUIRE_MESSAGE(key_tries <= before.keys[0].tries_left || key_tries == after.keys[0].tries_left,
                              to_hex(apdu));
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
    BOOST_TEST(tally.kept > tally.torn / 20);
    BOOST_TEST(tally.changed > tally.torn / 50);
    BOOST_TEST(tally.changed_to_the_end > tally.torn / 50);
}

constexpr Protocol protocols[] = {Protocol::t0, Protocol::t1};

/// Thrown in the place of a system call, as the process would end there.
struct ProcessEnds {};

/// A command that takes a try at a secret, saves that, and saves what comes of it.
struct TryAtASecret {
    const char* name;
    Bytes (*command)(const TornCard& card, bool right);
    void (*take_try)(icc::IccState& state);
};

Bytes external_authenticate(const TornCard& card, bool right) {
    const Bytes& challenge = card.application().challenge;
    return command(0x82, 0, 1, right ? icc::encrypt(card.state().keys[0], challenge).value() : Bytes(challenge.size()));
}

const TryAtASecret tries_at_secrets[] = {
    {"VERIFY",
     [](const TornCard&, bool right) {
         return fakes::hex(right ? "00 20 00 01 04 31 32 33 34" : "00 20 00 01 04 31 32 33 30");
     },
     [](icc::IccState& state) { --state.chvs[0].tries_left; }},
    {"CHANGE REFERENCE DATA",
     [](const TornCard&, bool right) {
         return fakes::hex(right ? "00 24 00 01 08 31 32 33 34 35 36 37 38" : "00 24 00 01 08 31 32 33 30 35 36 37 38");
     },
     [](icc::IccState& state) { --state.chvs[0].tries_left; }},
    {"RESET RETRY COUNTER",
     [](const TornCard&, bool right) {
         return fakes::hex(right ? "00 2C 00 01 0A 39 39 39 39 39 39 35 36 37 38"
                                 : "00 2C 00 01 0A 39 39 39 39 39 30 35 36 37 38");
     },
     [](icc::IccState& state) { --state.chvs[0].unblock_tries_left; }},
    {"EXTERNAL AUTHENTICATE", external_authenticate, [](icc::IccState& state) { --state.keys[0].tries_left; }},
};

/// What a process that ends in the saves of a command may leave.
struct Left {
    icc::IccState before, taken, after;
    bool ended = false;
    std::vector<icc::IccState> found;  ///< on all disks
};

/// The process ends before call `last` of the saves of that command, which the card gets after one wrong CHV and GET
/// CHALLENGE.
Left end_process_in(const TryAtASecret& with, bool right, unsigned last, Protocol protocol) {
    MemoryDoor disk;
    WatchedDoor door(disk);
    TornCard card(door, TornCard::path, protocol);
    card.bench().transmit("00 20 00 01 04 31 32 33 30");
    card.bench().transmit("00 84 00 00 10");
    const Bytes apdu = with.command(card, right);
    Left left{card.state(), card.state(), card.state_after(apdu), false, {}};
    with.take_try(left.taken);
    unsigned calls = 0;
    door.before = [&](const std::string&) -> std::error_code {
        if (++calls == last) {
            throw ProcessEnds{};
        }
        return {};
    };
    try {
        card.bench().transmit(apdu);
    } catch (const ProcessEnds&) {
        left.ended = true;
    }
    door.before = nullptr;
    std::vector<MemoryDoor> disks = disk.after_power_failure();
    disks.push_back(disk.after_kill());
    for (MemoryDoor& each : disks) {
        left.found.push_back(TornCard(each, TornCard::path, Protocol::t1).state());
    }
    return left;
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
        BOOST_TEST(tally.torn_chains > 20U);
        for (const std::uint8_t ins : fakes::hex("04 0C 0E 20 24 26 28 2C 44 82 84 D0 D2 D6 DA DC E0 E2 E4 E6 E8 FE")) {
            const auto found = tally.torn_changes.find(ins);
            BOOST_TEST((found != tally.torn_changes.end() && found->second >= 5), "INS " << unsigned{ins});
        }
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

BOOST_AUTO_TEST_CASE(a_process_that_ends_in_either_save_of_a_try_leaves_it_untouched_taken_or_all_done) {
    for (const TryAtASecret& with : tries_at_secrets) {
        for (const auto& [protocol, right] :
             {std::pair{Protocol::t0, false}, {Protocol::t0, true}, {Protocol::t1, false}, {Protocol::t1, true}}) {
            BOOST_TEST_CONTEXT(with.name << (right ? " right" : " wrong")) {
                unsigned untouched = 0, taken = 0, done = 0, calls = 0;
                for (bool ended = true; ended; ++calls) {
                    const Left left = end_process_in(with, right, calls + 1, protocol);
                    ended = left.ended;
                    for (const icc::IccState& found : left.found) {
                        BOOST_REQUIRE((found == left.before || found == left.taken || found == left.after));
                        untouched += found == left.before ? 1 : 0;
                        taken += found == left.taken ? 1 : 0;
                        done += found == left.after ? 1 : 0;
                        BOOST_TEST((ended || found == left.after));
                    }
                    BOOST_TEST((left.after == left.taken) == !right);
                }
                BOOST_TEST((untouched > 0 && taken > 0 && done > 0));
                BOOST_TEST(calls == (right ? 15U : 8U));  // 7 calls a save, and the one that did not come
            }
        }
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
