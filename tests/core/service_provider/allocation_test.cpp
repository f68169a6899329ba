#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <new>

#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_resource_manager.h"

namespace {

std::size_t allocations = 0;

void* counted(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}

}  // namespace

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

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;

BOOST_AUTO_TEST_SUITE(core_service_provider_allocation)

BOOST_AUTO_TEST_CASE(transmit_allocates_nothing) {
    ProgrammedResourceManager manager;
    const std::unique_ptr<ISCardManage> card = make_iscard_manage(manager, own_context);
    BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    manager.recording = false;
    const iso7816::Bytes command{0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00};
    iso7816::Bytes response;
    response.reserve(2);
    const std::size_t before = allocations;
    std::size_t succeeded = 0;
    for (int i = 0; i < 100; ++i) {
        succeeded += card->Transmit(command, response) == Hresult::S_OK_ ? 1 : 0;
    }
    BOOST_TEST(allocations == before);
    BOOST_TEST(succeeded == 100U);
}

BOOST_AUTO_TEST_SUITE_END()
