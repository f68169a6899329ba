#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/service_provider/card_channel.h"
#include "core/service_provider/interface_registry.h"
#include "core/service_provider/iscard_auth.h"
#include "core/service_provider/iscard_file_access.h"
#include "tests/core/service_provider/card_bench.h"
#include "tests/fakes/secure_card.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
using iso7816::Bytes;
namespace data = boost::unit_test::data;

namespace {

constexpr Hresult ok = Hresult::S_OK_;
constexpr auto reset = resource_manager::Disposition::reset;
constexpr Guid guid{{0x5E, 0xC0, 0xDE}};

/// What an interface gets to see: the channel of its attachment.
struct Window final : CardInterface {
    explicit Window(CardChannel& of) : channel(of) {}
    CardChannel& channel;
};

/// An application attached to a card that makes session keys.
struct Session {
    explicit Session(resource_manager::Protocols protocol) : bench(fakes::secure_card(), protocol) {
        BOOST_REQUIRE(interfaces().add(guid, "test window", [](CardChannel& channel, const std::any&, auto* created) {
            *created = std::make_unique<Window>(channel);
            return ok;
        }) == ok);
        BOOST_REQUIRE(card().CreateInterface(guid, "", {}, &window) == ok);
        BOOST_REQUIRE(card().CreateCardAuth(&auth) == ok);
        BOOST_REQUIRE(card().CreateFileAccess(&files) == ok);
    }
    ~Session() { interfaces().remove(guid); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    ISCardManage& card() { return *bench.alice; }
    Hresult authenticate(std::uint8_t reference) {
        AuthParameters parameters;
        parameters.reference = reference;
        parameters.key = bench.card.profile().keys.at(reference - 1U).value;
        parameters.secure_messaging = true;
        return auth->APP_Auth(AuthAlgorithm::aes, parameters, {});
    }
    std::string run(std::string_view command) {
        Bytes response;
        const Hresult result = static_cast<Window&>(*window).channel.exchange(
            iso7816::CommandApdu::parse(fakes::hex(command)).value(), true, response);
        return result == ok ? iso7816::to_hex(response) : name(result);
    }

    CardBench bench;
    std::unique_ptr<CardInterface> window;
    std::unique_ptr<ISCardAuth> auth;
    std::unique_ptr<ISCardFileAccess> files;
};

const std::string not_authenticated = "SCARD_W_CARD_NOT_AUTHENTICATED";
const std::string first_bytes = "00 01 02 03 90 00";

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_secure_session)

BOOST_DATA_TEST_CASE(an_application_that_authenticates_reads_what_demands_secure_messaging, data::make(each_protocol),
                     protocol) {
    for (const std::uint8_t key : {std::uint8_t{3}, std::uint8_t{4}, std::uint8_t{5}}) {
        Session session(protocol);
        BOOST_TEST(session.bench.run("00 B0 90 00 04") == "69 82");
        BOOST_TEST(session.run("00 B0 90 00 04") == not_authenticated);
        BOOST_TEST(session.authenticate(key) == ok);
        BOOST_TEST(session.run("00 B0 90 00 04") == first_bytes);
        BOOST_TEST(session.bench.run("00 B0 90 00 04") == "69 82");
        BOOST_TEST(session.authenticate(key) == ok);  // again, with other keys
        BOOST_TEST(session.run("00 B0 90 00 04") == first_bytes);
    }
}

BOOST_DATA_TEST_CASE(the_channel_ends_with_the_attachment_and_its_session, data::make(each_protocol), protocol) {
    Session session(protocol);
    BOOST_TEST(session.authenticate(3) == ok);
    BOOST_TEST(session.card().Reconnect() == ok);
    BOOST_TEST(session.run("00 B0 90 00 04") == not_authenticated);
    BOOST_TEST(session.authenticate(3) == ok);
    BOOST_TEST(session.card().Reconnect(resource_manager::ShareMode::shared, protocol, reset) == ok);
    BOOST_TEST(session.run("00 B0 90 00 04") == not_authenticated);
    BOOST_TEST(session.authenticate(3) == ok);
    BOOST_TEST(session.card().Detach() == ok);
    BOOST_TEST(session.run("00 B0 90 00 04") == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST(session.card().AttachByIFD(session.bench.name, {resource_manager::ShareMode::shared, protocol}) == ok);
    BOOST_TEST(session.run("00 B0 90 00 04") == not_authenticated);
    BOOST_TEST(session.authenticate(3) == ok);
    BOOST_TEST(session.run("00 B0 90 00 04") == first_bytes);
}

BOOST_DATA_TEST_CASE(files_are_read_and_written_under_secure_messaging, data::make(each_protocol), protocol) {
    Session session(protocol);
    ISCardFileAccess& files = *session.files;
    FileHandle file;
    Bytes read;
    const auto read_all = [&](FileFlags flags) {
        std::uint32_t count = 300;
        BOOST_TEST(files.Seek(file, SeekFrom::SC_SEEK_FROM_BEGINNING, 0) == ok);
        return files.Read(file, &count, flags, &read);
    };
    BOOST_TEST(files.Open(ReferenceType::SC_TYPE_BY_ID, "2F10", &file) == ok);
    BOOST_TEST(read_all(SC_FL_NONE) == hr::security_violation);
    BOOST_TEST(read_all(SC_FL_SECURE_MESSAGING) == hr::card_not_authenticated);
    BOOST_TEST(session.authenticate(4) == ok);
    BOOST_TEST(read_all(SC_FL_NONE) == hr::security_violation);
    BOOST_TEST(read_all(SC_FL_SECURE_MESSAGING) == ok);
    BOOST_TEST(read == fakes::counting(300), boost::test_tools::per_element());
    const Bytes other = fakes::counting(300, 0x55);
    std::uint32_t written = 0;
    BOOST_TEST(files.Seek(file, SeekFrom::SC_SEEK_FROM_BEGINNING, 0) == ok);
    BOOST_TEST(files.Write(file, other, SC_FL_SECURE_MESSAGING, &written) == ok);
    BOOST_TEST(written == 300U);
    BOOST_TEST(read_all(SC_FL_SECURE_MESSAGING) == ok);
    BOOST_TEST(read == other, boost::test_tools::per_element());

    // Records are as long as they are: 250 bytes take extended length under secure messaging.
    BOOST_TEST(files.Open(ReferenceType::SC_TYPE_BY_ID, "2F12", &file) == ok);
    std::uint32_t count = 1;
    BOOST_TEST(files.Read(file, &count, SC_FL_SECURE_MESSAGING, &read) == ok);
    BOOST_TEST(read == fakes::counting(250), boost::test_tools::per_element());
    BOOST_TEST(files.Read(file, &count, SC_FL_NONE, &read) == hr::security_violation);
    BOOST_TEST(files.Read(file, &count, SC_FL_SECURE_MESSAGING, &read) == ok);
    BOOST_TEST(read == fakes::hex("31"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_that_makes_no_session_keys_gives_a_channel_that_the_first_command_closes) {
    Session session(resource_manager::protocol_t1);
    BOOST_TEST(session.authenticate(1) == ok);
    BOOST_TEST(session.run("00 B0 90 00 04") == "SCARD_W_SECURITY_VIOLATION");
    BOOST_TEST(session.run("00 B0 90 00 04") == not_authenticated);
}

BOOST_AUTO_TEST_SUITE_END()
