// SCardEstablishContext, SCardReleaseContext, SCardListReaders, SCardGetStatusChange, SCardCancel.
#include <algorithm>

#include "core/resource_manager/embedded/impl.h"

namespace scardlab::resource_manager {
namespace {

/// PCSC_MAX_CONTEXT_THREADS.
constexpr std::ptrdiff_t max_contexts = 200;

/// The client library's INFINITE.
constexpr std::chrono::milliseconds infinite{0xFFFFFFFF};

}  // namespace

EmbeddedResourceManager::Impl::OpenContext* EmbeddedResourceManager::Impl::find(Context context) {
    const auto found = std::ranges::find(contexts_, context, &OpenContext::context);
    return found != contexts_.end() ? &*found : nullptr;
}

ifd::Duration EmbeddedResourceManager::Impl::next_due() const {
    if (frozen_) {
        return ifd::Duration::max();
    }
    ifd::Duration due = next_wait_ends_;
    for (const OpenContext& open : contexts_) {
        if (open.watch) {
            due = std::min(due, open.watch->wake_at());
        }
    }
    return due;
}

void EmbeddedResourceManager::Impl::forget_wait(Context context) {
    if (OpenContext* open = find(context)) {
        open->waiting_connect.reset();
        open->watch.reset();
    }
}

Code EmbeddedResourceManager::Impl::establish_context(Context& context) {
    context = {};
    if (!running_) {
        return Code::no_service;
    }
    if (std::ranges::count(contexts_, false, &OpenContext::dead) >= max_contexts) {
        return Code::comm_error;  // the daemon closes the connection (winscard_svc.c:CreateContextThread)
    }
    context.value = ++last_context_;
    contexts_.emplace_back().context = context;
    return Code::success;
}

Code EmbeddedResourceManager::Impl::release_context(Context context) {
    const OpenContext* open = find(context);
    if (open == nullptr) {
        return Code::invalid_handle;
    }
    const bool dead = open->dead;  // the client forgets it all the same (winscard_clnt.c:SCardReleaseContext)
    close_handles_of(context);
    contexts_.erase(contexts_.begin() + (open - contexts_.data()));
    return dead ? Code::no_service : Code::success;
}

// winscard_svc.c:MSGRemoveContext, rule X1.
void EmbeddedResourceManager::Impl::close_handles_of(Context context) {
    while (OpenHandle* open = handles_.first_of(context)) {
        if (open->reader == nullptr) {
            handles_.close(open->handle);
            continue;
        }
        Disposition disposition = Disposition::leave;
        if (open->reader->lock().holder() == open->handle) {
            open->reader->lock().drop();
            if (open->notice == Notice::none) {
                disposition = Disposition::reset;
            }
        }
        close_handle(*open, disposition);
    }
}

Code EmbeddedResourceManager::Impl::list_readers(Context context, std::vector<std::string>& readers) {
    readers.clear();
    OpenContext* open = find(context);
    if (open == nullptr || open->dead) {
        return open == nullptr ? Code::invalid_handle : code_of_dead(*open);
    }
    readers_.for_each([&readers](const Reader& reader) { readers.push_back(reader.status().name); });
    return readers.empty() ? Code::no_readers_available : Code::success;
}

Code EmbeddedResourceManager::Impl::get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                                                      std::span<ReaderState> states) {
    if (states.size() > max_watched_readers) {
        return Code::invalid_parameter;
    }
    if (std::ranges::all_of(states, [](const ReaderState& s) { return (s.current_state & watch_ignore) != 0; })) {
        return Code::success;  // no reader at all included
    }
    OpenContext* open = find(context);
    if (open == nullptr || open->dead) {
        return open == nullptr ? Code::invalid_handle : code_of_dead(*open);
    }
    if (timeout && *timeout >= infinite) {
        timeout.reset();
    }
    if (!open->watch || !open->watch->is_for(timeout, states)) {
        open->watch.reset();
        for (const ReaderState& watched : states) {
            if (readers_.find(watched.reader) == nullptr && !is_pnp_notification(watched.reader)) {
                return Code::unknown_reader;
            }
        }
        open->watch.emplace(readers_, clock_.now(), timeout, states);
    }
    const Code code = open->watch->answer(readers_, clock_.now());
    if (code != Code::not_yet) {
        open->watch->copy_to(states);
        open->watch.reset();
    }
    return code;
}

Code EmbeddedResourceManager::Impl::cancel(Context context) {
    OpenContext* open = find(context);
    if (open == nullptr) {
        return Code::invalid_handle;
    }
    if (open->dead) {
        // It asks on a connection of its own, so a daemon that runs again answers: it does not know the context.
        return running_ ? Code::invalid_handle : Code::no_service;
    }
    if (open->watch) {
        open->watch->cancel();
    }
    return Code::success;
}

}  // namespace scardlab::resource_manager
