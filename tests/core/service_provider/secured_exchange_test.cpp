#include "core/service_provider/secured_exchange.h"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "core/service_provider/attachment_channel.h"
#include "core/service_provider/iscard_manage.h"
#include "emulator/ifd/reader.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_resource_manager.h"
#include "tests/fakes/no_ciphers.h"
#include "tests/fakes/secure_card.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
using fakes::counting;
using iso7816::Bytes;
using iso7816::ByteView;

namespace {

constexpr Hresult ok = Hresult::S_OK_;

/// An attached ISCardManage, and a channel on it.
class Application : AttachmentChannel::Owner {
  public:
    Application(resource_manager::ResourceManager& manager, std::string_view reader, Protocols protocols)
        : card(make_iscard_manage(manager)) {
        BOOST_REQUIRE_EQUAL(card->AttachByIFD(reader, {ShareMode::shared, protocols}), ok);
    }

    /// MUTUAL AUTHENTICATE, and a secure channel with the keys that it makes.
    void authenticate(const icc::Profile& profile, std::uint8_t reference) {
        fakes::SecureTerminal terminal;
        Bytes answer;
        BOOST_REQUIRE_EQUAL(send(terminal.get_challenge(), false, answer), ok);
        const Bytes mutual = terminal.mutual_authenticate(profile, reference, answer);
        BOOST_REQUIRE_EQUAL(send(mutual, false, answer), ok);
        BOOST_REQUIRE(terminal.begin(answer));
        channel.set_secure_channel(std::make_unique<SecureChannel>(terminal.keys));
    }
    Hresult send(ByteView command, bool secured, Bytes& response) {
        return channel.exchange(iso7816::CommandApdu::parse(command).value(), secured, response);
    }
    /// The response to a command under secure messaging, as text, or the code.
    std::string run(std::string_view command, bool secured = true) {
        Bytes response;
        const Hresult result = send(fakes::hex(command), secured, response);
        return result == ok ? iso7816::to_hex(response) : name(result);
    }
    Bytes bytes(ByteView command) {
        Bytes response;
        BOOST_TEST(send(command, true, response) == ok);
        return response;
    }

    std::unique_ptr<ISCardManage> card;
    std::uint64_t number_of_session = 1;
    AttachmentChannel channel{*card, *this};

  private:
    std::uint64_t session() const override { return number_of_session; }
    bool alone() const override { return false; }
    Hresult begin_method() override { return ok; }
    void end_method() override {}
};

/// A card in a reader, and two applications on the embedded resource manager.
struct Bench {
    explicit Bench(Protocols protocols = resource_manager::protocol_t0)
        : card(fakes::secure_card()),
          alice((reader.insert(card), manager), manager.add_reader("Lab", reader), protocols) {}

    Application another() { return {manager, "Lab 00 00", alice.card->active_protocol()}; }

    ifd::VirtualClock clock;
    icc::Icc card;
    ifd::Reader reader{clock};
    resource_manager::EmbeddedResourceManager manager{clock};
    Application alice;
};

constexpr Protocols protocols[] = {resource_manager::protocol_t0, resource_manager::protocol_t1};
constexpr std::uint8_t keys[] = {3, 4, 5};

Bytes with_status(Bytes bytes) {
    bytes.insert(bytes.end(), {0x90, 0x00});
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_secured_exchange)

// ISO/IEC 7816-3 clause 12.2
BOOST_DATA_TEST_CASE(short_and_long_commands_come_through_over_both_protocols,
                     boost::unit_test::data::make(protocols) * boost::unit_test::data::make(keys), protocol, key) {
    Bench bench(protocol);
    bench.alice.authenticate(bench.card.profile(), key);
    Application& alice = bench.alice;
    BOOST_TEST(alice.run("00 B0 90 00 04", false) == "69 82");
    BOOST_TEST(alice.run("00 B0 90 00 04") == "00 01 02 03 90 00");
    BOOST_TEST(alice.run("00 A4 02 0C 02 99 99") == "6A 82");
    BOOST_TEST(alice.run("00 B0 90 FF 40").size() == 3U * (45 + 2) - 1);  // to the end of the file, 6282
    BOOST_TEST(alice.bytes(fakes::hex("00 B0 90 00 DF")) == with_status(counting(223)));
    BOOST_TEST(alice.bytes(fakes::hex("00 B0 90 00 00")) == with_status(counting(256)));
    BOOST_TEST(alice.bytes(fakes::hex("00 B0 90 00 00 00 00")) == with_status(counting(300)));
    const Bytes other = counting(299, 0x77);
    BOOST_TEST(iso7816::to_hex(alice.bytes(iso7816::CommandApdu{0, 0xD6, 0x90, 1, other, 0, false}.encode())) ==
               "90 00");
    Bytes expected = other;
    expected.insert(expected.begin(), 0x00);
    BOOST_TEST(alice.bytes(fakes::hex("00 B0 90 00 00 00 00")) == with_status(expected));
    BOOST_TEST((alice.channel.secure_channel()->session() == bench.card.session().application.secure_messaging->keys));
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_without_a_channel_or_an_attachment_or_with_too_many_data) {
    Bench bench;
    Bytes response{1, 2, 3};
    const Bytes untouched = response;
    bench.card.log().clear();
    BOOST_TEST(bench.alice.send(fakes::hex("00 B0 90 00 04"), true, response) == hr::card_not_authenticated);
    const Bytes much = counting(iso7816::most_protected_nc + 1);
    BOOST_TEST(bench.alice.send(iso7816::CommandApdu{0, 0xD6, 0, 0, much, 0, true}.encode(), true, response) ==
               Hresult::E_INVALIDARG_);
    BOOST_TEST(bench.card.log().entries().empty());
    BOOST_TEST(bench.alice.card->Detach() == ok);
    BOOST_TEST(bench.alice.send(fakes::hex("00 B0 90 00 04"), true, response) == hr::invalid_handle);
    BOOST_TEST(response == untouched);
}

BOOST_AUTO_TEST_CASE(a_channel_ends_with_its_session) {
    Bench bench;
    bench.alice.authenticate(bench.card.profile(), 3);
    BOOST_TEST(bench.alice.run("00 B0 90 00 01") == "00 90 00");
    ++bench.alice.number_of_session;
    BOOST_TEST(bench.alice.run("00 B0 90 00 01") == "SCARD_W_CARD_NOT_AUTHENTICATED");
    bench.alice.authenticate(bench.card.profile(), 3);
    BOOST_TEST(bench.alice.run("00 B0 90 00 01") == "00 90 00");
}

BOOST_AUTO_TEST_CASE(keys_that_the_card_does_not_have_close_the_channel) {
    Bench bench;
    bench.alice.authenticate(bench.card.profile(), 3);
    bench.alice.channel.secure_channel()->session().mac_key[0] ^= 1;
    BOOST_TEST(bench.alice.run("00 B0 90 00 01") == "SCARD_W_SECURITY_VIOLATION");
    BOOST_TEST(bench.alice.channel.secure_channel() == nullptr);
    BOOST_TEST(bench.alice.run("00 B0 90 00 01") == "SCARD_W_CARD_NOT_AUTHENTICATED");
    BOOST_TEST(!bench.card.session().application.secure_messaging.has_value());
}

BOOST_AUTO_TEST_CASE(plain_commands_of_another_application_leave_the_channel_in_step) {
    for (const Protocols protocol : protocols) {
        Bench bench(protocol);
        Application bob = bench.another();
        bench.alice.authenticate(bench.card.profile(), 3);
        for (int i = 0; i < 3; ++i) {
            BOOST_TEST(bench.alice.run("00 B0 90 00 02") == "00 01 90 00");
            BOOST_TEST(bob.run("00 B0 90 00 02", false) == "69 82");
            BOOST_TEST(bob.run("00 A4 02 0C 02 2F 00", false) == "90 00");
            BOOST_TEST(bob.run("00 B0 00 00 02", false) == "30 31 90 00");
        }
        BOOST_TEST(bench.alice.run("00 B0 00 00 02") == "30 31 90 00");  // what bob selected
    }
}

BOOST_AUTO_TEST_CASE(another_application_that_authenticates_ends_the_channel) {
    Bench bench;
    Application bob = bench.another();
    bench.alice.authenticate(bench.card.profile(), 3);
    bob.authenticate(bench.card.profile(), 5);
    BOOST_TEST(bob.run("00 B0 90 00 02") == "00 01 90 00");
    BOOST_TEST(bench.alice.run("00 B0 90 00 02") == "SCARD_W_SECURITY_VIOLATION");
    BOOST_TEST(bench.alice.run("00 B0 90 00 02") == "SCARD_W_CARD_NOT_AUTHENTICATED");
    BOOST_TEST(bob.run("00 B0 90 00 02") == "SCARD_W_SECURITY_VIOLATION");  // alice's wrong command ended bob's keys
    bench.alice.authenticate(bench.card.profile(), 4);
    BOOST_TEST(bench.alice.run("00 B0 90 00 02") == "00 01 90 00");
}

BOOST_AUTO_TEST_CASE(a_transaction_of_another_application_delays_and_changes_nothing) {
    Bench bench;
    Application bob = bench.another();
    bench.alice.authenticate(bench.card.profile(), 3);
    const iso7816::SecureSession before = bench.alice.channel.secure_channel()->session();
    BOOST_TEST(bob.card->SCardLock() == ok);
    BOOST_TEST(bench.alice.run("00 B0 90 00 02") == "E_PENDING");
    BOOST_TEST((bench.alice.channel.secure_channel()->session() == before));
    BOOST_TEST(bob.card->SCardUnlock(Disposition::leave) == ok);
    BOOST_TEST(bench.alice.run("00 B0 90 00 02") == "00 01 90 00");
}

BOOST_AUTO_TEST_CASE(a_reset_by_another_application_ends_the_keys) {
    Bench bench;
    Application bob = bench.another();
    bench.alice.authenticate(bench.card.profile(), 3);
    BOOST_TEST(bob.card->Reconnect(ShareMode::shared, bob.card->active_protocol(), Disposition::reset) == ok);
    BOOST_TEST(bench.alice.run("00 B0 90 00 02") == "SCARD_W_RESET_CARD");
    BOOST_TEST(bench.alice.card->Reconnect() == ok);
    ++bench.alice.number_of_session;
    BOOST_TEST(bench.alice.run("00 B0 90 00 02") == "SCARD_W_CARD_NOT_AUTHENTICATED");
    bench.alice.authenticate(bench.card.profile(), 3);
    BOOST_TEST(bench.alice.run("00 B0 90 00 02") == "00 01 90 00");
}

namespace {

/// A resource manager that answers as programmed.
struct Programmed {
    ProgrammedResourceManager manager;
    Application alice{manager, "Lab 00 00", t0_or_t1};
    iso7816::SecureSession keys = iso7816::derive_session(counting(16), counting(16), counting(16)).value();

    Programmed() { open(); }
    void open() {
        alice.channel.set_secure_channel(std::make_unique<SecureChannel>(keys));
        manager.calls();
    }
    /// The next response will be this one, protected as the answer to the first command.
    void answer(std::string_view response) {
        iso7816::SecureSession card = keys;
        iso7816::protect_command(card, {});
        const Bytes plain = fakes::hex(response);
        manager.response = iso7816::protect_response(card, iso7816::ResponseApdu::parse(plain).value());
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(any_changed_byte_of_a_response_closes_the_channel) {
    Programmed lab;
    lab.answer("01 02 03 90 00");
    BOOST_TEST(lab.alice.run("00 B0 00 00 00") == "01 02 03 90 00");
    for (std::size_t i = 0; i + 2 < lab.manager.response.size(); ++i) {
        BOOST_TEST_CONTEXT(i) {
            lab.answer("01 02 03 90 00");
            lab.manager.response[i] ^= 0x10;
            lab.open();
            BOOST_TEST(lab.alice.run("00 B0 00 00 00") == "SCARD_W_SECURITY_VIOLATION");
            BOOST_TEST(lab.alice.channel.secure_channel() == nullptr);
        }
    }
    lab.manager.response = fakes::hex("69 82");
    lab.open();
    BOOST_TEST(lab.alice.run("00 B0 00 00 00") == "SCARD_W_SECURITY_VIOLATION");
}

BOOST_AUTO_TEST_CASE(a_command_that_did_not_come_through_closes_the_channel_unless_it_was_not_sent) {
    for (const auto& [code, stays] : {std::pair{Code::not_yet, true}, std::pair{Code::comm_error, false},
                                      std::pair{Code::removed_card, false}, std::pair{Code::no_memory, false}}) {
        Programmed lab;
        lab.manager.transmits = {code};
        Bytes response{7};
        BOOST_TEST(lab.alice.send(fakes::hex("00 B0 00 00 00"), true, response) == from_code(code));
        BOOST_TEST(response == Bytes{7});
        BOOST_TEST((lab.alice.channel.secure_channel() != nullptr) == stays);
        if (stays) {
            BOOST_TEST((lab.alice.channel.secure_channel()->session() == lab.keys));
        }
    }
}

BOOST_AUTO_TEST_CASE(without_ciphers_no_command_goes_out_and_the_channel_stays) {
    Programmed lab;
    Bytes response{7};
    {
        const fakes::NoCiphers none;
        BOOST_TEST(lab.alice.send(fakes::hex("00 D6 00 00 01 05"), true, response) == Hresult::E_FAIL_);
    }
    BOOST_TEST(response == Bytes{7});
    BOOST_TEST(lab.manager.commands.empty());
    BOOST_REQUIRE(lab.alice.channel.secure_channel() != nullptr);
    BOOST_TEST((lab.alice.channel.secure_channel()->session() == lab.keys));
}

BOOST_AUTO_TEST_CASE(memory_that_runs_out_on_the_way_closes_the_channel_and_ends_the_hold) {
    Programmed lab;
    Bytes response{7};
    const auto send = [](ByteView, Bytes&) -> Hresult { throw std::bad_alloc(); };
    BOOST_CHECK_THROW(secured_exchange(lab.alice.channel, {0, 0xB0, 0, 0, {}, 256, false}, send, response),
                      std::bad_alloc);
    BOOST_TEST(lab.alice.channel.secure_channel() == nullptr);
    BOOST_TEST(response == Bytes{7});
    const std::vector<std::string> calls = lab.manager.calls();
    BOOST_REQUIRE_EQUAL(calls.size(), 2U);
    BOOST_TEST((calls[0].starts_with("begin") && calls[1].starts_with("end")));
}

BOOST_AUTO_TEST_CASE(the_card_is_held_while_the_parts_of_a_response_are_fetched) {
    Programmed lab;
    const auto verbs = [&] {
        std::vector<std::string> names;
        for (const std::string& call : lab.manager.calls()) {
            names.push_back(call.substr(0, call.find(' ')));
        }
        return names;
    };
    lab.answer("90 00");
    BOOST_TEST(lab.alice.run("00 B0 00 00 00") == "90 00");
    BOOST_TEST(verbs() == (std::vector<std::string>{"begin", "transmit", "end"}), boost::test_tools::per_element());
    lab.open();
    lab.manager.begins = {Code::sharing_violation};
    BOOST_TEST(lab.alice.run("00 B0 00 00 00") == "SCARD_E_SHARING_VIOLATION");
    BOOST_TEST(verbs() == std::vector<std::string>{"begin"}, boost::test_tools::per_element());
    BOOST_TEST((lab.alice.channel.secure_channel()->session() == lab.keys));
    lab.open();
    lab.manager.ends = {Code::reset_card};
    BOOST_TEST(lab.alice.run("00 B0 00 00 00") == "SCARD_W_RESET_CARD");
}

BOOST_AUTO_TEST_SUITE_END()
