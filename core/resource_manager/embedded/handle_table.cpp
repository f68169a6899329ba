#include "core/resource_manager/embedded/handle_table.h"

#include <algorithm>
#include <utility>

namespace scardlab::resource_manager {

OpenHandle& HandleTable::open(Context owner, Reader& reader, std::string reader_name) {
    handles_.push_back({Handle{++last_}, owner, &reader, Notice::none, std::move(reader_name), false});
    return handles_.back();
}

void HandleTable::close(Handle handle) {
    if (const OpenHandle* found = find(handle)) {
        handles_.erase(handles_.begin() + (found - handles_.data()));
    }
}

OpenHandle* HandleTable::find(Handle handle) {
    const auto found =
        std::ranges::lower_bound(handles_, handle.value, {}, [](const OpenHandle& open) { return open.handle.value; });
    return found != handles_.end() && found->handle == handle ? &*found : nullptr;
}

OpenHandle* HandleTable::first_of(Context owner) {
    const auto found = std::ranges::find(handles_, owner, &OpenHandle::owner);
    return found != handles_.end() ? &*found : nullptr;
}

std::size_t HandleTable::count_of(Context owner) const {
    return static_cast<std::size_t>(std::ranges::count(handles_, owner, &OpenHandle::owner));
}

std::size_t HandleTable::count_of(const Reader& reader) const {
    return static_cast<std::size_t>(std::ranges::count(handles_, &reader, &OpenHandle::reader));
}

void HandleTable::mark(const Reader& reader, Notice notice) {
    for (OpenHandle& open : handles_) {
        if (open.reader == &reader) {
            open.notice = notice;
        }
    }
}

void HandleTable::bury() {
    for (OpenHandle& open : handles_) {
        open.reader = nullptr;
        open.dead = true;
    }
}

void HandleTable::forget(const Reader& reader) {
    for (OpenHandle& open : handles_) {
        if (open.reader == &reader) {
            open.reader = nullptr;
        }
    }
}

}  // namespace scardlab::resource_manager
