#define BOOST_TEST_MODULE a_program_of_your_own
#include <boost/test/unit_test.hpp>

#include "core/service_provider/iscard_manage.h"
#include "scenarios/engine/emulated_reader.h"

using namespace scardlab;
using service_provider::Hresult;

struct WithCard {  // an emulated reader with a card, and the object under test attached to it
    engine::EmulatedReader reader;
    std::unique_ptr<service_provider::ISCardManage> card = service_provider::make_iscard_manage(reader.manager());

    WithCard() {
        BOOST_REQUIRE(reader.insert("dual_protocol"));
        BOOST_REQUIRE(card->AttachByIFD(reader.name()) == Hresult::S_OK_);
    }
};

const iso7816::Bytes select_mf{0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00};

BOOST_FIXTURE_TEST_CASE(a_command_reaches_the_card, WithCard) {
    iso7816::Bytes response;
    BOOST_REQUIRE(card->Transmit(select_mf, response) == Hresult::S_OK_);
    BOOST_TEST((response == iso7816::Bytes{0x90, 0x00}));
}

BOOST_FIXTURE_TEST_CASE(a_card_that_was_taken_out_is_met_again_by_reconnect, WithCard) {
    iso7816::Bytes response;
    reader.remove();
    BOOST_TEST(service_provider::name(card->Transmit(select_mf, response)) == "SCARD_W_REMOVED_CARD");
    BOOST_TEST(service_provider::name(card->Reconnect()) == "SCARD_E_NO_SMARTCARD");
    BOOST_REQUIRE(reader.insert());
    BOOST_TEST(service_provider::name(card->Reconnect()) == "S_OK");
    BOOST_TEST(service_provider::name(card->Transmit(select_mf, response)) == "S_OK");
}
