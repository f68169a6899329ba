#include "core/resource_manager/embedded/embedded_resource_manager.h"

#include <algorithm>

#include "core/resource_manager/caller.h"
#include "core/resource_manager/embedded/embedded_caller.h"
#include "core/resource_manager/embedded/impl.h"

namespace scardlab::resource_manager {

EmbeddedResourceManager::Impl::Impl(ifd::VirtualClock& clock)
    : clock_(clock), signal_clients_([this] {
          for (OpenContext& open : contexts_) {
              if (open.watch) {
                  open.watch->signalled(readers_, clock_.now());
              }
          }
      }) {}

EmbeddedResourceManager::Impl::~Impl() {
    readers_.for_each([](Reader& reader) { reader.ifd().set_presence_listener({}); });
}

std::string EmbeddedResourceManager::Impl::add_reader(std::string_view name, ifd::Ifd& ifd) {
    std::string full_name = running_ ? begin_reader(name, ifd) : std::string();
    if (!full_name.empty()) {
        configured_.push_back({std::string(name), full_name, &ifd});
    }
    return full_name;
}

std::string EmbeddedResourceManager::Impl::begin_reader(std::string_view name, ifd::Ifd& ifd) {
    run_due();
    Reader* reader = readers_.add(name, ifd);
    if (reader == nullptr) {
        return {};
    }
    busy_ = true;
    EventThread& thread = event_threads_.emplace_back(*reader, handles_, clock_, signal_clients_);
    ifd.set_presence_listener([this, reader] { presence_changed(*reader); });
    const bool started = thread.start();
    busy_ = false;
    if (!started) {
        ifd.set_presence_listener({});
        event_threads_.pop_back();
        readers_.remove(*reader);
        return {};
    }
    std::string full_name = reader->status().name;
    schedule();
    run_due();
    return full_name;
}

void EmbeddedResourceManager::Impl::remove_reader(std::string_view full_name) {
    run_due();
    std::erase_if(configured_, [full_name](const ConfiguredReader& known) { return known.full_name == full_name; });
    Reader* reader = readers_.find(full_name);
    if (reader == nullptr) {
        return;
    }
    reader->ifd().set_presence_listener({});
    const auto thread = std::ranges::find_if(
        event_threads_, [reader](EventThread& candidate) { return &candidate.reader() == reader; });
    thread->stop();
    event_threads_.erase(thread);
    handles_.forget(*reader);
    readers_.remove(*reader);
    signal_clients_();
    schedule();
}

void EmbeddedResourceManager::Impl::presence_changed(Reader& reader) {
    if (reader.note_presence_change()) {
        wake(reader);
        if (!busy_ && !frozen_) {
            run_due();
        }
    }
}

void EmbeddedResourceManager::Impl::wake(const Reader& reader) {
    for (EventThread& thread : event_threads_) {
        if (&thread.reader() == &reader) {
            thread.wake();
            woken_ = true;
        }
    }
}

void EmbeddedResourceManager::Impl::run_event_threads() {
    busy_ = true;
    for (bool again = true; again;) {
        again = false;
        woken_ = false;
        for (EventThread& thread : event_threads_) {
            if (thread.is_due()) {
                thread.run();
                again = true;
            }
        }
    }
    busy_ = false;
    schedule();
}

void EmbeddedResourceManager::Impl::schedule() {
    next_wait_ends_ = ifd::Duration::max();
    for (const EventThread& thread : event_threads_) {
        next_wait_ends_ = std::min(next_wait_ends_, thread.wait_ends());
    }
}

EmbeddedResourceManager::EmbeddedResourceManager(ifd::VirtualClock& clock)
    : clock_(clock), impl_(std::make_unique<Impl>(clock)) {}
EmbeddedResourceManager::~EmbeddedResourceManager() = default;

std::string EmbeddedResourceManager::add_reader(std::string_view name, ifd::Ifd& ifd) {
    return impl_->add_reader(name, ifd);
}

void EmbeddedResourceManager::remove_reader(std::string_view full_name) {
    impl_->remove_reader(full_name);
}

void EmbeddedResourceManager::run_due() {
    impl_->run_due();
}

void EmbeddedResourceManager::stop() {
    impl_->stop();
}

void EmbeddedResourceManager::start() {
    impl_->start();
}

void EmbeddedResourceManager::freeze() {
    impl_->freeze();
}

void EmbeddedResourceManager::thaw() {
    impl_->thaw();
}

bool EmbeddedResourceManager::running() const {
    return impl_->running();
}

bool EmbeddedResourceManager::frozen() const {
    return impl_->frozen();
}

ifd::Duration EmbeddedResourceManager::next_due() const {
    return impl_->next_due();
}

void EmbeddedResourceManager::forget_wait(Context context) {
    impl_->forget_wait(context);
}

std::unique_ptr<Caller> EmbeddedResourceManager::make_caller() {
    return make_embedded_caller(*this, clock_);
}

void EmbeddedResourceManager::kill_context(Context context) {
    impl_->kill_context(context);
}

Code EmbeddedResourceManager::establish_context(Context& context) {
    return impl_->run_verb([&] { return impl_->establish_context(context); });
}

Code EmbeddedResourceManager::release_context(Context context) {
    return impl_->run_verb([&] { return impl_->release_context(context); });
}

Code EmbeddedResourceManager::list_readers(Context context, std::vector<std::string>& readers) {
    return impl_->run_verb([&] { return impl_->list_readers(context, readers); });
}

Code EmbeddedResourceManager::get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                                                std::span<ReaderState> states) {
    return impl_->run_verb([&] { return impl_->get_status_change(context, timeout, states); });
}

Code EmbeddedResourceManager::cancel(Context context) {
    return impl_->run_verb([&] { return impl_->cancel(context); });
}

ConnectResult EmbeddedResourceManager::connect(Context context, std::string_view reader, ShareMode share,
                                               Protocols preferred) {
    return impl_->run_verb([&] { return impl_->connect(context, reader, share, preferred); });
}

ReconnectResult EmbeddedResourceManager::reconnect(Handle handle, ShareMode share, Protocols preferred,
                                                   Disposition initialization) {
    return impl_->run_verb([&] { return impl_->reconnect(handle, share, preferred, initialization); });
}

Code EmbeddedResourceManager::disconnect(Handle handle, Disposition disposition) {
    return impl_->run_verb([&] { return impl_->disconnect(handle, disposition); });
}

Code EmbeddedResourceManager::begin_transaction(Handle handle) {
    return impl_->run_verb([&] { return impl_->begin_transaction(handle); });
}

Code EmbeddedResourceManager::end_transaction(Handle handle, Disposition disposition) {
    return impl_->run_verb([&] { return impl_->end_transaction(handle, disposition); });
}

StatusResult EmbeddedResourceManager::status(Handle handle) {
    return impl_->run_verb([&] { return impl_->status(handle); });
}

Code EmbeddedResourceManager::transmit(Handle handle, Protocols pci, iso7816::ByteView command,
                                       iso7816::Bytes& response, std::size_t receive_limit) {
    return impl_->run_verb([&] { return impl_->transmit(handle, pci, command, response, receive_limit); });
}

Code EmbeddedResourceManager::control(Handle handle, std::uint32_t, iso7816::ByteView input, iso7816::Bytes& output) {
    return impl_->run_verb([&] { return impl_->control(handle, input, output); });
}

Code EmbeddedResourceManager::get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) {
    return impl_->run_verb([&] { return impl_->get_attrib(handle, attribute, value); });
}

}  // namespace scardlab::resource_manager
