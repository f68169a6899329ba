// An exchange at the contacts must not allocate once buffers and log have their working size: this program counts
// every allocation.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <new>

#include "tests/emulator/ifd/reader_bench.h"
#include "tests/fakes/command_card.h"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// Not inlined: g++ would see malloc where it expects new, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace scardlab::tests {

namespace {

/// Allocations of the second of two equal rounds of `work`.
template <class Work>
std::size_t allocations_when_warm(ReaderBench& bench, Work work) {
    std::size_t before = 0;
    for (int round = 0; round < 2; ++round) {
        bench.card.log().clear();
        before = allocations.load();
        work();
    }
    return allocations.load() - before;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_allocation)

BOOST_AUTO_TEST_CASE(commands_do_not_allocate) {
    const Bytes commands[] = {fakes::hex("00 A4 08 0C 04 50 15 50 33"),    fakes::hex("00 B0 00 00 00"),
                              fakes::hex("00 D6 00 00 05 01 02 03 04 05"), fakes::hex("00 A4 00 00 02 3F 00 00"),
                              fakes::hex("00 20 00 01 04 31 32 33 34"),    fakes::hex("00 84 00 00 08")};
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        ReaderBench bench;
        BOOST_TEST((bench.connect(protocol) == IfdCode::success));
        bool all_well = true;
        const auto count = allocations_when_warm(bench, [&] {
            for (const Bytes& command : commands) {
                all_well = bench.transmit(command) == IfdCode::success && all_well;
            }
        });
        BOOST_TEST(all_well);
        BOOST_TEST(count == 0U);
    }
}

BOOST_AUTO_TEST_CASE(faults_that_wait_or_happen_do_not_allocate) {
    const Bytes select = fakes::hex("00 A4 00 0C");
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        ReaderBench bench;
        BOOST_TEST((bench.connect(protocol) == IfdCode::success));
        const auto what = protocol == Protocol::t0 ? Fault::Do::parity_error : Fault::Do::lost_block;
        bench.reader.plan({Fault::At::command, 1'000'000, 1, Fault::Do::remove});
        bool all_well = true;
        const auto count = allocations_when_warm(bench, [&] {
            for (const unsigned place : {1U, 2U}) {
                bench.reader.plan({Fault::At::command, 1, place, what, false, place});
            }
            for (int i = 0; i < 2; ++i) {
                all_well = bench.transmit(select) == IfdCode::success && all_well;
            }
        });
        BOOST_TEST(all_well);
        BOOST_TEST(bench.reader.plans().size() == 1U);
        BOOST_TEST(bench.reader.missed().empty());
        BOOST_TEST(count == 0U);
    }
}

BOOST_AUTO_TEST_CASE(long_commands_and_slow_cards_do_not_allocate) {
    const Bytes data = fakes::counting(600);
    const Bytes commands[] = {fakes::hex("00 A4 08 0C 04 50 15 50 33"),
                              iso7816::CommandApdu{0, 0xD6, 0, 0, data, 0, true}.encode(),
                              fakes::hex("00 B0 00 00 00 02 00"), fakes::hex("00 B0 00 00 10")};
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        icc::Profile profile = fakes::dual_protocol();
        profile.quirks.t0 = {255, true, false};
        profile.quirks.t1 = {1, 40, 0, false, false};
        ReaderBench bench(profile);
        BOOST_TEST((bench.connect(protocol) == IfdCode::success));
        bool all_well = true;
        const auto count = allocations_when_warm(bench, [&] {
            for (const Bytes& command : commands) {
                all_well = bench.transmit(command) == IfdCode::success && all_well;
            }
        });
        BOOST_TEST(all_well);
        BOOST_TEST(count == 0U);
    }
}

BOOST_AUTO_TEST_CASE(commands_on_records_data_objects_and_channels_do_not_allocate) {
    const Bytes commands[] = {
        fakes::hex("00 A4 04 00 06 A0 00 00 00 63 60 00"),
        fakes::hex("00 B2 02 0C 04"),
        fakes::hex("00 DC 02 0C 04 01 02 03 04"),
        fakes::hex("00 DC 00 1B 03 01 02 03"),
        fakes::hex("00 A2 01 0C 01 11 00"),
        fakes::hex("00 CA 00 42 02"),
        fakes::hex("00 DA 00 42 02 01 02"),
        fakes::hex("00 20 00 81 04 35 36 37 38"),
        fakes::hex("00 70 00 00 01"),
        fakes::hex("01 A4 04 0C 06 A0 00 00 00 63 60"),
        fakes::hex("00 70 80 01"),
        fakes::hex("10 A4 08 0C 02 60 00"),
        fakes::hex("00 A4 08 0C 02 60 02"),
    };
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        ReaderBench bench(fakes::command_card());
        BOOST_TEST((bench.connect(protocol) == IfdCode::success));
        bool all_well = true;
        const auto count = allocations_when_warm(bench, [&] {
            for (const Bytes& command : commands) {
                all_well = bench.transmit(command) == IfdCode::success && all_well;
            }
        });
        BOOST_TEST(all_well);
        BOOST_TEST(count == 0U);
    }
}

BOOST_AUTO_TEST_CASE(resets_and_pps_do_not_allocate) {
    ReaderBench bench(fakes::dual_protocol_fast());
    bool all_well = true;
    const auto count = allocations_when_warm(bench, [&] {
        for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
            all_well = bench.power(PowerAction::down) == IfdCode::success && all_well;
            all_well = bench.connect(protocol) == IfdCode::success && all_well;
            all_well = bench.reset() == IfdCode::success && bench.use(protocol) == IfdCode::success && all_well;
        }
    });
    BOOST_TEST(all_well);
    BOOST_TEST(count == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
