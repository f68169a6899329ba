#include "tests/core/service_provider/watched_memory.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <optional>

namespace {

std::optional<std::size_t> allocations_left;
bool ran_out = false;
scardlab::iso7816::ByteView watched;
std::size_t seen = 0;

void* allocate(std::size_t size) {
    if (allocations_left) {
        if (*allocations_left == 0) {
            ran_out = true;
            throw std::bad_alloc();
        }
        --*allocations_left;
    }
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}

void give_back(void* memory) {
    if (memory != nullptr && !watched.empty()) {
        const auto* const first = static_cast<const std::uint8_t*>(memory);
        const auto* const last = first + malloc_usable_size(memory);
        seen += std::search(first, last, watched.begin(), watched.end()) != last ? 1U : 0U;
    }
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new[](std::size_t size) {
    return allocate(size);
}
void operator delete(void* memory) noexcept {
    give_back(memory);
}
void operator delete[](void* memory) noexcept {
    give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    give_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    give_back(memory);
}

namespace scardlab::service_provider::test {

MemoryRunsOut::MemoryRunsOut(std::size_t after) {
    ran_out = false;
    allocations_left = after;
}

MemoryRunsOut::~MemoryRunsOut() {
    allocations_left.reset();
}

bool MemoryRunsOut::has_run_out() const {
    return ran_out;
}

Watch::Watch(iso7816::ByteView bytes) {
    seen = 0;
    watched = bytes;
}

Watch::~Watch() {
    watched = {};
}

std::size_t Watch::sightings() const {
    return seen;
}

}  // namespace scardlab::service_provider::test
