// Each allocation of each method of ISCardManage fails once: the method says so, and the object is as it was.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <new>
#include <utility>

#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/card_bench.h"
#include "tests/core/service_provider/manage_methods.h"

namespace {

std::size_t fails_at = 0;  ///< the allocation that fails, counted from 1; 0: none
std::size_t allocations = 0;

void* allocate(std::size_t size) {
    if (fails_at != 0 && ++allocations == fails_at) {
        throw std::bad_alloc();
    }
    if (void* memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}

/// While it lives, the allocation of that number fails.
class Failure {
  public:
    explicit Failure(std::size_t at) {
        allocations = 0;
        fails_at = at;
    }
    ~Failure() { fails_at = 0; }
    Failure(const Failure&) = delete;
    Failure& operator=(const Failure&) = delete;
};

/// While it lives, no allocation fails and none is counted.
class Plenty {
  public:
    Plenty() : before_(std::exchange(fails_at, 0)) {}
    ~Plenty() { fails_at = before_; }
    Plenty(const Plenty&) = delete;
    Plenty& operator=(const Plenty&) = delete;

  private:
    std::size_t before_;
};

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new[](std::size_t size) {
    return allocate(size);
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
using resource_manager::Code;
using resource_manager::Context;
using resource_manager::Disposition;
using resource_manager::Handle;
using resource_manager::Protocols;
using resource_manager::ShareMode;

namespace {

constexpr Protocols any_protocol = resource_manager::protocol_t0 | resource_manager::protocol_t1;

/// A resource manager in a process of its own: its memory does not run out, but each request is an allocation here.
class Elsewhere final : public resource_manager::ResourceManager {
  private:
    template <typename Verb>
    static auto ask(Verb verb) {
        std::free(allocate(1));
        const Plenty plenty;
        return verb();
    }

  public:
    explicit Elsewhere(ResourceManager& manager) : manager_(manager) {}

    Code establish_context(Context& context) override {
        return ask([&] { return manager_.establish_context(context); });
    }
    Code release_context(Context context) override {
        return ask([&] { return manager_.release_context(context); });
    }
    Code list_readers(Context context, std::vector<std::string>& readers) override {
        return ask([&] { return manager_.list_readers(context, readers); });
    }
    Code get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                           std::span<resource_manager::ReaderState> states) override {
        return ask([&] { return manager_.get_status_change(context, timeout, states); });
    }
    Code cancel(Context context) override {
        return ask([&] { return manager_.cancel(context); });
    }
    resource_manager::ConnectResult connect(Context context, std::string_view reader, ShareMode share,
                                            Protocols preferred) override {
        return ask([&] { return manager_.connect(context, reader, share, preferred); });
    }
    resource_manager::ReconnectResult reconnect(Handle handle, ShareMode share, Protocols preferred,
                                                Disposition initialization) override {
        return ask([&] { return manager_.reconnect(handle, share, preferred, initialization); });
    }
    Code disconnect(Handle handle, Disposition disposition) override {
        return ask([&] { return manager_.disconnect(handle, disposition); });
    }
    Code begin_transaction(Handle handle) override {
        return ask([&] { return manager_.begin_transaction(handle); });
    }
    Code end_transaction(Handle handle, Disposition disposition) override {
        return ask([&] { return manager_.end_transaction(handle, disposition); });
    }
    resource_manager::StatusResult status(Handle handle) override {
        return ask([&] { return manager_.status(handle); });
    }
    Code transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& response,
                  std::size_t receive_limit) override {
        return ask([&] { return manager_.transmit(handle, pci, command, response, receive_limit); });
    }
    Code control(Handle handle, std::uint32_t control_code, iso7816::ByteView input, iso7816::Bytes& output) override {
        return ask([&] { return manager_.control(handle, control_code, input, output); });
    }
    Code get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) override {
        return ask([&] { return manager_.get_attrib(handle, attribute, value); });
    }

  private:
    ResourceManager& manager_;
};

/// An attached object whose resource manager is elsewhere.
struct Bench : CardBench {
    Elsewhere elsewhere{manager};
    Bench() {
        alice = make_iscard_manage(elsewhere);
        BOOST_REQUIRE_EQUAL(alice->AttachByIFD(name), Hresult::S_OK_);
    }
    ~Bench() { alice.reset(); }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
};

/// An object in some state, and a call that succeeds in it.
struct Case {
    const char* name;
    std::function<void(Bench&)> prepare;
    std::function<Hresult(Bench&)> call;
};

/// What can be seen of the object.
struct Seen {
    Handle handle;
    Protocols protocol;
    Hresult status;
    CardState state{};
    Protocols told = 0;

    explicit Seen(ISCardManage& card) : handle(card.handle()), protocol(card.active_protocol()) {
        status = card.Status(&state, &told);
        if (name(status) == "SCARD_E_NO_SERVICE") {
            status = hr::invalid_handle;  // a dead handle, whether its context is known still or not
        }
    }
    friend bool operator==(const Seen&, const Seen&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
        return out << "handle " << seen.handle.value << ", protocol " << seen.protocol << ", Status " << seen.status
                   << ' ' << seen.state << ' ' << seen.told;
    }
};

std::vector<Case> cases() {
    const std::function<void(Bench&)> nothing = [](Bench&) {};
    const std::function<void(Bench&)> locked = [](Bench& bench) { bench.alice->SCardLock(); };
    const auto detached = [](Bench& bench) { bench.alice->Detach(); };
    std::vector<Case> all;
    for (const Method& method : manage_methods()) {
        if (!method.attaches) {
            const bool unlocks = std::string_view(method.name) == "SCardUnlock";
            all.push_back({method.name, unlocks ? locked : nothing,
                           [&method](Bench& bench) { return method.call(*bench.alice); }});
        }
    }
    all.push_back({"AttachByIFD", detached, [](Bench& bench) { return bench.alice->AttachByIFD(bench.name); }});
    all.push_back(
        {"AttachByIFD, the first reader", detached, [](Bench& bench) { return bench.alice->AttachByIFD(""); }});
    all.push_back({"Reconnect with a reset", nothing, [](Bench& bench) {
                       return bench.alice->Reconnect(ShareMode::shared, any_protocol, Disposition::reset);
                   }});
    all.push_back({"Reconnect to exclusive", nothing, [](Bench& bench) {
                       return bench.alice->Reconnect(ShareMode::exclusive, any_protocol, Disposition::reset);
                   }});
    const auto reconnect = [](Bench& bench) { return bench.alice->Reconnect(); };
    all.push_back({"Reconnect after a removal",
                   [](Bench& bench) {
                       bench.reader.remove();
                       bench.reader.insert(bench.card);
                   },
                   reconnect});
    all.push_back({"Reconnect when the reader was unplugged",
                   [](Bench& bench) {
                       bench.manager.remove_reader(bench.name);
                       bench.name = bench.manager.add_reader("Lab", bench.reader);
                   },
                   reconnect});
    all.push_back({"Reconnect to another resource manager",
                   [](Bench& bench) {
                       bench.manager.stop();
                       bench.manager.start();
                   },
                   reconnect});
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_allocation_failure)

BOOST_AUTO_TEST_CASE(a_method_that_runs_out_of_memory_says_so_and_leaves_the_object_as_it_was) {
    for (const Case& each : cases()) {
        for (std::size_t at = 1;; ++at) {
            BOOST_TEST_CONTEXT(each.name << ", allocation " << at) {
                Bench bench;
                each.prepare(bench);
                const Seen before(*bench.alice);
                Hresult result{};
                bool thrown = false;
                try {
                    const Failure failure(at);
                    result = each.call(bench);
                } catch (const std::bad_alloc&) {
                    thrown = true;
                }
                BOOST_REQUIRE(!thrown);
                if (allocations < at) {
                    BOOST_TEST(result == Hresult::S_OK_);
                    break;
                }
                if (result == Hresult::S_OK_) {  // it could do without that one
                    continue;
                }
                BOOST_TEST(result == Hresult::E_OUTOFMEMORY_);
                BOOST_TEST(Seen(*bench.alice) == before);
                BOOST_TEST(each.call(bench) == Hresult::S_OK_);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
