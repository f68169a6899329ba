#include <boost/test/unit_test.hpp>
#include <future>
#include <vector>

#include "core/resource_manager/live/live_resource_manager.h"
#include "core/service_provider/card_channel.h"
#include "core/service_provider/interface_registry.h"
#include "core/service_provider/iscard_auth.h"
#include "core/service_provider/iscard_manage.h"
#include "emulator/icc/icc.h"
#include "emulator/ifd/reader.h"
#include "tests/core/service_provider/printing.h"
#include "tests/fakes/secure_card.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using iso7816::Bytes;

namespace {

constexpr Hresult ok = Hresult::S_OK_;
constexpr Guid guid{{0x5E, 0xC0, 0xDE, 0x02}};
constexpr int rounds = 25;

/// What an interface gets to see: the channel of its attachment.
struct Window final : CardInterface {
    explicit Window(CardChannel& of) : channel(of) {}
    CardChannel& channel;
};

std::unique_ptr<CardInterface> window_of(ISCardManage& card) {
    const auto make = [](CardChannel& channel, const std::any&, std::unique_ptr<CardInterface>* created) {
        *created = std::make_unique<Window>(channel);
        return ok;
    };
    std::unique_ptr<CardInterface> window;
    BOOST_REQUIRE(interfaces().add(guid, "test window of threads", make) == ok);
    BOOST_REQUIRE(card.CreateInterface(guid, "", {}, &window) == ok);
    BOOST_REQUIRE(interfaces().remove(guid) == ok);
    return window;
}

/// How often a command is answered as it should be.
template <typename Send>
int right_answers(Send send, const Bytes& expected) {
    int right = 0;
    for (int i = 0; i < rounds; ++i) {
        Bytes response;
        right += send(response) == ok && response == expected ? 1 : 0;
    }
    return right;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_secure_threads)

BOOST_AUTO_TEST_CASE(threads_that_share_a_secure_channel_keep_its_counters_in_step) {
    ifd::VirtualClock clock;
    icc::Icc emulated(fakes::secure_card());
    ifd::Reader reader(clock);
    reader.insert(emulated);
    resource_manager::LiveResourceManager manager(clock);
    const std::string name = manager.add_reader("Lab", reader);
    const auto alice = make_iscard_manage(manager), bob = make_iscard_manage(manager);
    BOOST_REQUIRE(alice->AttachByIFD(name) == ok);
    BOOST_REQUIRE(bob->AttachByIFD(name) == ok);
    const auto window = window_of(*alice);
    CardChannel& channel = static_cast<Window&>(*window).channel;

    std::unique_ptr<ISCardAuth> auth;
    BOOST_REQUIRE(alice->CreateCardAuth(&auth) == ok);
    AuthParameters parameters;
    parameters.reference = 3;
    parameters.key = fakes::counting(16, 0x30);
    parameters.secure_messaging = true;
    BOOST_REQUIRE(auth->APP_Auth(AuthAlgorithm::aes, parameters, {}) == ok);

    const Bytes command = fakes::hex("00 B0 90 00 04");
    const auto secured = [&](Bytes& response) {
        return channel.exchange(iso7816::CommandApdu::parse(command).value(), true, response);
    };
    const auto plain = [&](Bytes& response) { return bob->Transmit(command, response); };
    std::vector<std::future<int>> threads;
    for (int i = 0; i < 4; ++i) {
        threads.push_back(
            std::async(std::launch::async, [&] { return right_answers(secured, fakes::hex("00 01 02 03 90 00")); }));
    }
    threads.push_back(std::async(std::launch::async, [&] { return right_answers(plain, fakes::hex("69 82")); }));
    for (std::future<int>& thread : threads) {
        BOOST_TEST(thread.get() == rounds);
    }
}

BOOST_AUTO_TEST_SUITE_END()
