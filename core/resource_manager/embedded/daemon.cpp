// The daemon's end, beginning, standstill, and what its clients are told of it.
#include <algorithm>
#include <utility>

#include "core/resource_manager/embedded/impl.h"

namespace scardlab::resource_manager {

void EmbeddedResourceManager::Impl::stop() {
    thaw();
    run_due();
    if (!std::exchange(running_, false)) {
        return;
    }
    for (OpenContext& open : contexts_) {
        open.cut_off = open.waiting_connect || open.watch;
        open.waiting_connect.reset();
        open.watch.reset();
        open.dead = true;
    }
    handles_.bury();
    event_threads_.clear();
    readers_.for_each([](Reader& reader) {
        iso7816::Atr none;
        reader.ifd().set_presence_listener({});
        reader.ifd().power_icc(ifd::PowerAction::down, none);
    });
    readers_.clear();
    schedule();
}

void EmbeddedResourceManager::Impl::start() {
    if (std::exchange(running_, true)) {
        return;
    }
    for (ConfiguredReader& reader : configured_) {
        reader.full_name = begin_reader(reader.name, *reader.ifd);
    }
}

void EmbeddedResourceManager::Impl::thaw() {
    frozen_ = false;
    for (const Context context : std::exchange(dying_, {})) {
        kill_context(context);
    }
    run_due();
}

void EmbeddedResourceManager::Impl::kill_context(Context context) {
    if (frozen_) {
        dying_.push_back(context);  // its socket closes, which the daemon sees when it goes on
        return;
    }
    run_verb([&] { return release_context(context); });
}

Code EmbeddedResourceManager::Impl::code_of_dead(OpenContext& open) {
    return std::exchange(open.cut_off, false) ? Code::comm_error : Code::no_service;
}

Code EmbeddedResourceManager::Impl::look_up(Handle handle, OpenHandle*& open) {
    open = handles_.find(handle);
    if (open == nullptr) {
        return Code::invalid_handle;
    }
    return open->dead ? Code::no_service : Code::success;
}

}  // namespace scardlab::resource_manager
