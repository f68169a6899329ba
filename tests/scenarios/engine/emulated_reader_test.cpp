#include "scenarios/engine/emulated_reader.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <thread>

#include "core/service_provider/iscard_manage.h"

using namespace scardlab;
using namespace scardlab::engine;
using namespace std::chrono_literals;
namespace sp = scardlab::service_provider;

namespace {

const std::filesystem::path catalogue = std::filesystem::path(SCARDLAB_SOURCE_DIR) / "scenarios";
const iso7816::Bytes select_mf{0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00};

struct Attached {
    EmulatedReader reader{EmulatedReader::Pace::virtual_time, {}, catalogue};
    std::unique_ptr<sp::ISCardManage> card = sp::make_iscard_manage(reader.manager());

    Attached() {
        BOOST_REQUIRE(reader.insert("dual_protocol"));
        BOOST_REQUIRE(card->AttachByIFD(reader.name()) == sp::Hresult::S_OK_);
    }
    std::string select() {
        iso7816::Bytes response;
        const sp::Hresult result = card->Transmit(select_mf, response);
        return result == sp::Hresult::S_OK_ ? iso7816::to_hex(response) : sp::name(result);
    }
    std::string reconnect() { return sp::name(card->Reconnect()); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_emulated_reader)

BOOST_AUTO_TEST_CASE(a_reader_is_empty_until_a_card_is_inserted) {
    EmulatedReader reader(EmulatedReader::Pace::virtual_time, {}, catalogue);
    const auto card = sp::make_iscard_manage(reader.manager());
    BOOST_TEST(sp::name(card->AttachByIFD(reader.name())) == "SCARD_E_NO_SMARTCARD");
    BOOST_TEST(!reader.insert());
    BOOST_REQUIRE(reader.insert("dual_protocol"));
    BOOST_TEST(sp::name(card->AttachByIFD(reader.name())) == "S_OK");
}

BOOST_AUTO_TEST_CASE(an_unknown_profile_is_refused_with_the_nearest_name_and_changes_nothing) {
    Attached attached;
    const auto inserted = attached.reader.insert("dual_protcol");
    BOOST_REQUIRE(!inserted);
    BOOST_TEST(inserted.error().message.find("dual_protocol") != std::string::npos, inserted.error().message);
    BOOST_TEST(attached.select() == "90 00");
}

BOOST_AUTO_TEST_CASE(a_card_that_is_taken_out_and_put_back_is_met_again_by_reconnect) {
    Attached attached;
    BOOST_TEST(!attached.reader.insert());  // it is in
    attached.reader.remove();
    BOOST_TEST(attached.select() == "SCARD_W_REMOVED_CARD");
    BOOST_TEST(attached.reader.insert());
    BOOST_TEST(attached.reconnect() == "S_OK");
    BOOST_TEST(attached.select() == "90 00");
}

BOOST_AUTO_TEST_CASE(another_card_takes_the_place_of_the_one_that_is_in) {
    Attached attached;
    iso7816::Bytes before, after;
    BOOST_REQUIRE(attached.card->Atr(before) == sp::Hresult::S_OK_);
    BOOST_REQUIRE(attached.reader.insert("other_card"));
    BOOST_TEST(attached.select() == "SCARD_W_REMOVED_CARD");
    BOOST_REQUIRE(attached.reconnect() == "S_OK");
    BOOST_REQUIRE(attached.card->Atr(after) == sp::Hresult::S_OK_);
    BOOST_TEST((before != after));
}

BOOST_AUTO_TEST_CASE(a_mute_card_fails_a_command_and_answers_from_its_next_reset_on) {
    Attached attached;
    attached.reader.mute();
    BOOST_TEST(attached.select() == "SCARD_E_NOT_TRANSACTED");
    attached.reader.unmute();
    const auto reset = resource_manager::Disposition::reset;
    BOOST_TEST(sp::name(attached.card->Reconnect(resource_manager::ShareMode::shared, 3, reset)) == "S_OK");
    BOOST_TEST(attached.select() == "90 00");
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_unplugged_is_gone_until_it_is_plugged_in_again) {
    Attached attached;
    attached.reader.unplug();
    const auto another = sp::make_iscard_manage(attached.reader.manager());
    BOOST_TEST(sp::name(another->AttachByIFD(attached.reader.name())) == "E_INVALIDARG");
    attached.reader.plug();
    attached.reader.plug();  // it is in already
    BOOST_TEST(sp::name(another->AttachByIFD(attached.reader.name())) == "S_OK");
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_for_another_application_goes_on_when_time_has_passed) {
    Attached attached;
    const auto other = sp::make_iscard_manage(attached.reader.manager());
    BOOST_REQUIRE(other->AttachByIFD(attached.reader.name()) == sp::Hresult::S_OK_);
    BOOST_REQUIRE(other->SCardLock() == sp::Hresult::S_OK_);
    BOOST_TEST(attached.select() == "E_PENDING");
    BOOST_REQUIRE(other->SCardUnlock(resource_manager::Disposition::leave) == sp::Hresult::S_OK_);
    const auto before = attached.reader.now();
    attached.reader.advance(100ms);
    BOOST_TEST((attached.reader.now() - before == 100ms));
    BOOST_TEST(attached.select() == "90 00");
}

BOOST_AUTO_TEST_CASE(what_the_card_saw_is_told_once) {
    Attached attached;
    const auto count_commands = [&] {
        const auto seen = attached.reader.take_contacts();
        return std::count_if(seen.begin(), seen.end(),
                             [](const SeenEvent& each) { return each.event == icc::ContactEvent::command; });
    };
    attached.select();
    BOOST_TEST(count_commands() == 1);
    BOOST_TEST(count_commands() == 0);
}

BOOST_AUTO_TEST_CASE(the_environment_names_another_catalogue) {
    BOOST_REQUIRE(::setenv("SCARDLAB_CATALOGUE", catalogue.c_str(), 1) == 0);
    EmulatedReader reader(EmulatedReader::Pace::virtual_time, {}, "/nowhere");
    ::unsetenv("SCARDLAB_CATALOGUE");
    BOOST_TEST(reader.insert("dual_protocol").has_value());
    EmulatedReader lost(EmulatedReader::Pace::virtual_time, {}, "/nowhere");
    BOOST_TEST(!lost.insert("dual_protocol").has_value());
}

BOOST_AUTO_TEST_CASE(with_threads_a_call_waits_until_another_thread_has_done_its_part) {
    EmulatedReader reader(EmulatedReader::Pace::real_time, {}, catalogue);
    BOOST_REQUIRE(reader.insert("t1_only"));
    const auto owner = sp::make_iscard_manage(reader.manager());
    const auto waiter = sp::make_iscard_manage(reader.manager());
    BOOST_REQUIRE(owner->AttachByIFD(reader.name()) == sp::Hresult::S_OK_);
    BOOST_REQUIRE(waiter->AttachByIFD(reader.name()) == sp::Hresult::S_OK_);
    BOOST_REQUIRE(owner->SCardLock() == sp::Hresult::S_OK_);
    sp::Hresult waited{};
    iso7816::Bytes response;
    std::thread thread([&] { waited = waiter->Transmit(select_mf, response); });
    reader.remove();  // frees the lock, too
    thread.join();
    BOOST_TEST(sp::name(waited) == "SCARD_W_REMOVED_CARD");
    BOOST_TEST(reader.insert());
    BOOST_TEST(sp::name(waiter->Reconnect()) == "S_OK");
}

BOOST_AUTO_TEST_SUITE_END()
