// Reading what a peer sent must not allocate when it is well formed: this program counts every allocation.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

#include "emulator/iso7816/apdu.h"
#include "emulator/iso7816/block_t1.h"
#include "emulator/iso7816/pps.h"
#include "emulator/iso7816/tpdu.h"
#include "tests/emulator/iso7816/support.h"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace scardlab::iso7816 {
namespace {

/// How many allocations `work` makes.
template <class Work>
std::size_t allocations_of(Work&& work) {
    const std::size_t before = allocations.load();
    work();
    return allocations.load() - before;
}

BOOST_AUTO_TEST_SUITE(iso7816_allocation)

BOOST_AUTO_TEST_CASE(the_counter_sees_an_allocation) {
    BOOST_TEST(allocations_of([] { BOOST_REQUIRE(to_hex(Bytes(100, 1)).size() == 299U); }) > 0U);
}

BOOST_AUTO_TEST_CASE(reading_an_atr_does_not_allocate) {
    const Bytes bytes = hex("3B D5 96 02 80 71 FE 65 01 4F 73 45 49 44 5E");
    bool good = false;
    const auto count = allocations_of([&] {
        const auto atr = Atr::parse(bytes);
        good = atr && atr->tck() == Atr::Tck::correct && atr->ifsc() == 254 && atr->offers(Protocol::t1) &&
               timing_for(*atr, TransmissionRate{}).waiting_time.count > 0;
    });
    BOOST_TEST(good);
    BOOST_TEST(count == 0U);
}

BOOST_AUTO_TEST_CASE(reading_writing_and_judging_a_pps_does_not_allocate) {
    const Bytes bytes = hex("FF 11 96 78");
    bool good = false;
    const auto count = allocations_of([&] {
        const auto request = Pps::parse(bytes);
        const auto response = Pps::parse(Pps{.t = 1, .pps1 = 0x96}.encode().view());
        good = request && response && judge(*request, *response) == PpsOutcome::accepted;
    });
    BOOST_TEST(good);
    BOOST_TEST(count == 0U);
}

BOOST_AUTO_TEST_CASE(reading_and_writing_a_block_does_not_allocate) {
    const Bytes inf(254, 0x33);
    bool good = true;
    const auto count = allocations_of([&] {
        for (const EdcKind edc : {EdcKind::lrc, EdcKind::crc}) {
            BlockT1::Encoded out;
            BlockT1{0, Pcb::i(true, true), inf}.encode(edc, out);
            const auto block = BlockT1::parse(out.view(), edc);
            good = good && block && block->inf.size() == 254;
        }
    });
    BOOST_TEST(good);
    BOOST_TEST(count == 0U);
}

BOOST_AUTO_TEST_CASE(reading_an_apdu_and_mapping_it_does_not_allocate) {
    const Bytes command = hex("00 A4 00 00 02 3F 00 00");
    const Bytes response = hex("6F 00 90 00");
    bool good = false;
    const auto count = allocations_of([&] {
        good = CommandApdu::parse(command) && map_to_t0(command) && ResponseApdu::parse(response) &&
               !meaning(sw::success).empty();
    });
    BOOST_TEST(good);
    BOOST_TEST(count == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
