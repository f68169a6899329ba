#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <new>

#include "tests/core/resource_manager/lab.h"

namespace {

std::size_t allocations = 0;

void* counted(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size != 0 ? size : 1)) {
        return memory;
    }
    throw std::bad_alloc();
}

}  // namespace

// Counts for the whole test program; the forms that are not replaced end here.
void* operator new(std::size_t size) {
    return counted(size);
}
void* operator new[](std::size_t size) {
    return counted(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace scardlab::tests {

BOOST_AUTO_TEST_SUITE(core_resource_manager_allocation)

BOOST_AUTO_TEST_CASE(transmit_and_reconnect_do_not_allocate) {
    Lab lab;
    lab.ifd.stop_recording();
    const Handle alice = lab.open(lab.alice);
    lab.open(lab.bob);
    lab.transmit(alice);
    lab.reconnect(alice, reset);
    allocations = 0;
    bool all_succeeded = true;
    for (int i = 0; i < 100; ++i) {
        all_succeeded = lab.transmit(alice) == Code::success && all_succeeded;
        for (const Disposition initialization : {leave, reset, unpower}) {
            all_succeeded = lab.reconnect(alice, initialization) == Code::success && all_succeeded;
        }
        lab.advance(std::chrono::milliseconds(1));
    }
    const std::size_t counted_here = allocations;
    BOOST_TEST(counted_here == 0U);
    BOOST_TEST(all_succeeded);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
