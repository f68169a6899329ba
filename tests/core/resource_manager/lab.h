#pragma once

#include <chrono>
#include <initializer_list>
#include <ostream>
#include <string>
#include <vector>

#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "tests/fakes/fake_ifd.h"

namespace scardlab::resource_manager {

inline std::ostream& operator<<(std::ostream& out, Code code) {
    if (code == Code::not_yet) {
        return out << "not_yet";
    }
    return out << (name(code).empty() ? "unnamed code" : name(code)) << " (" << std::hex
               << static_cast<std::uint32_t>(code) << std::dec << ')';
}

}  // namespace scardlab::resource_manager

namespace scardlab::tests {

using resource_manager::Code;
using resource_manager::ConnectResult;
using resource_manager::Context;
using resource_manager::Disposition;
using resource_manager::EmbeddedResourceManager;
using resource_manager::Handle;
using resource_manager::Protocols;
using resource_manager::ReconnectResult;
using resource_manager::ShareMode;
using resource_manager::StatusResult;

using Calls = fakes::FakeIfd::Calls;

inline constexpr Protocols t0 = resource_manager::protocol_t0, t1 = resource_manager::protocol_t1,
                           raw = resource_manager::protocol_raw, t15 = resource_manager::protocol_t15, any = t0 | t1,
                           any_old = 0x1000, undefined = 0;
inline constexpr ShareMode shared = ShareMode::shared, exclusive = ShareMode::exclusive, direct = ShareMode::direct;
inline constexpr Disposition leave = Disposition::leave, reset = Disposition::reset, unpower = Disposition::unpower,
                             eject = Disposition::eject;

/// State bits of SCardStatus as they occur.
inline constexpr std::uint32_t usable = 0x34, mute = 0x0C, unpowered = 0x04, absent = 0x02;

/// A resource manager with one reader on a fake Ifd, and two applications.
struct Lab {
    /// `with_card`: a card is in the reader when the resource manager starts.
    explicit Lab(bool with_card = true) : manager(clock) {
        if (with_card) {
            ifd.insert();
        }
        reader = manager.add_reader("Lab", ifd);
        manager.establish_context(alice);
        manager.establish_context(bob);
        ifd.take_all_calls();
    }

    void advance(ifd::Duration step) {
        clock.advance(step);
        manager.run_due();
    }
    ConnectResult connect(Context who, ShareMode share = shared, Protocols preferred = any) {
        return manager.connect(who, reader, share, preferred);
    }
    /// A handle that must come to be.
    Handle open(Context who, ShareMode share = shared, Protocols preferred = any) {
        return connect(who, share, preferred).handle;
    }
    Code reconnect(Handle handle, Disposition initialization = leave, ShareMode share = shared,
                   Protocols preferred = any) {
        return manager.reconnect(handle, share, preferred, initialization).code;
    }
    Code status_code(Handle handle) { return manager.status(handle).code; }
    /// The lower 16 bits of SCardStatus, or 0 when it fails.
    std::uint32_t state(Handle handle) { return manager.status(handle).state; }
    Protocols protocol(Handle handle) { return manager.status(handle).protocol; }
    Code transmit(Handle handle, Protocols pci = t1, std::size_t receive_limit = 258) {
        return manager.transmit(handle, pci, select, response, receive_limit);
    }
    /// A state that nobody else's handle disturbs: what a new DIRECT handle sees.
    std::uint32_t state_now() {
        Context visitor;
        manager.establish_context(visitor);
        const ConnectResult connected = manager.connect(visitor, reader, direct, undefined);
        const std::uint32_t seen = manager.status(connected.handle).state;
        manager.release_context(visitor);
        return seen;
    }

    ifd::VirtualClock clock;
    fakes::FakeIfd ifd;
    EmbeddedResourceManager manager;
    std::string reader;
    Context alice, bob;
    iso7816::Bytes select{0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00};
    iso7816::Bytes response;
};

}  // namespace scardlab::tests
