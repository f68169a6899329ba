#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <utility>

#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "core/service_provider/iscard_manage.h"
#include "emulator/icc/icc.h"
#include "emulator/ifd/clock.h"
#include "emulator/ifd/reader.h"
#include "tests/core/service_provider/printing.h"
#include "tests/fakes/command_card.h"

namespace scardlab::service_provider::test {

/// An emulated card in an emulated reader behind the embedded resource manager, and an application, attached shared.
struct CardBench {
    explicit CardBench(icc::Profile profile = fakes::command_card(),
                       resource_manager::Protocols preferred = resource_manager::protocol_t1)
        : protocols(preferred), card(std::move(profile)) {
        reader.insert(card);
        name = manager.add_reader("Lab", reader);
        alice = application();
    }

    /// Another application.
    std::unique_ptr<ISCardManage> application() {
        std::unique_ptr<ISCardManage> made = make_iscard_manage(manager);
        BOOST_REQUIRE_EQUAL(made->AttachByIFD(name, {resource_manager::ShareMode::shared, protocols}), Hresult::S_OK_);
        return made;
    }
    /// What the card answers to a command of an application, in hexadecimal digits.
    std::string run(ISCardManage& who, std::string_view command) {
        iso7816::Bytes response;
        const Hresult result = who.Transmit(fakes::hex(command), response);
        return result == Hresult::S_OK_ ? iso7816::to_hex(response) : service_provider::name(result);
    }
    std::string run(std::string_view command) { return run(*alice, command); }

    resource_manager::Protocols protocols;
    ifd::VirtualClock clock;
    icc::Icc card;
    ifd::Reader reader{clock};
    resource_manager::EmbeddedResourceManager manager{clock};
    std::string name;
    std::unique_ptr<ISCardManage> alice;
};

inline constexpr resource_manager::Protocols each_protocol[] = {resource_manager::protocol_t0,
                                                                resource_manager::protocol_t1};

}  // namespace scardlab::service_provider::test
