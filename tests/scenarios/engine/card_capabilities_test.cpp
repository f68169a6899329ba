// What the historical bytes of the catalogue's cards say of them, against what the cards do and say elsewhere.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "emulator/icc/file_selection.h"
#include "emulator/icc/interpreter.h"
#include "tests/fakes/card_profiles.h"
#include "tests/scenarios/engine/loader_support.h"

using namespace scardlab;
using namespace scardlab::engine::testing;

namespace {

/// The value of a COMPACT-TLV data object in historical bytes of category 80; empty when it is not there.
iso7816::Bytes compact_object(iso7816::ByteView historical, std::uint8_t tag) {
    constexpr std::uint8_t compact_tlv = 0x80;
    if (historical.empty() || historical[0] != compact_tlv) {
        return {};
    }
    for (std::size_t at = 1; at < historical.size();) {
        const std::size_t length = historical[at] & 0x0FU;
        if (historical[at] >> 4 == tag) {
            const auto value = historical.begin() + static_cast<std::ptrdiff_t>(at + 1);
            return {value, value + static_cast<std::ptrdiff_t>(length)};
        }
        at += 1 + length;
    }
    return {};
}

/// A card of the catalogue that lets anyone make files in the MF, where it has, of its own or new: transparent EF 7001
/// (SFI 29), linear fixed EF 7002 (SFI 28), DF 7003 with the name "CA FE BA BE", and EF 7004 in it.
class Card {
  public:
    explicit Card(const std::string& name) : profile_(engine::load_profile(name, options(), {}).value()) {
        profile_.mf.access = {};
        state_ = icc::personalise(profile_);
        for (const char* const file :
             {"00 E0 00 00 0F 62 0D 80 01 02 82 01 01 83 02 70 01 88 01 E8",
              "00 E0 00 00 10 62 0E 82 05 02 41 00 02 03 83 02 70 02 88 01 E0", "00 E2 00 00 02 AA 01",
              "00 E2 00 00 02 BB 02", "00 E0 00 00 0F 62 0D 82 01 38 83 02 70 03 84 04 CA FE BA BE",
              "00 E0 00 00 0E 62 0C 80 01 01 82 01 01 83 02 70 04 88 00", "00 A4 00 0C"}) {
            BOOST_TEST_CONTEXT(file) {
                BOOST_TEST_REQUIRE(does(file));
            }
        }
    }

    /// The command ends with 9000.
    bool does(const char* command) {
        const auto bytes = fakes::hex(command);
        const auto parsed = iso7816::CommandApdu::parse(bytes);
        const auto status = icc::execute(parsed.value(), {state_, nullptr, profile_}, session_, data_);
        return status == iso7816::sw::success;
    }
    /// What it answered.
    std::string answer_to(const char* command) { return does(command) ? iso7816::to_hex(data_) : ""; }

    const icc::Profile& profile() const { return profile_; }
    const icc::IccState& state() const { return state_; }

  private:
    icc::Profile profile_;
    icc::IccState state_;
    icc::ApplicationSession session_;
    iso7816::Bytes data_;
};

/// The first byte: how files are selected, and records addressed.
std::uint8_t selection_of(Card& card) {
    std::uint8_t byte = 0;
    const std::pair<std::uint8_t, std::vector<const char*>> bits[] = {
        {0x80, {"00 A4 04 0C 04 CA FE BA BE"}},                             // DF by its whole name
        {0x40, {"00 A4 00 0C", "00 A4 04 0C 02 CA FE"}},                    // by the beginning of it
        {0x20, {"00 A4 00 0C", "00 A4 08 0C 04 70 03 70 04"}},              // path
        {0x10, {"00 A4 00 0C", "00 A4 00 0C 02 70 01"}},                    // identifier
        {0x04, {"00 A4 00 0C", "00 B0 9D 00 02"}},                          // short identifier
        {0x02, {"00 A4 00 0C", "00 A4 00 0C 02 70 02", "00 B2 02 04 02"}},  // record number
        {0x01, {"00 A4 00 0C", "00 A4 00 0C 02 70 02", "00 B2 BB 00 02"}},  // record identifier
    };
    for (const auto& [bit, commands] : bits) {
        if (std::ranges::all_of(commands, [&](const char* command) { return card.does(command); })) {
            byte |= bit;
        }
    }
    return byte;
}

/// The second byte, which is also the data coding byte of a file: what WRITE does, data units of one byte.
std::uint8_t data_coding_of(Card& card) {
    BOOST_TEST(card.does("00 A4 00 0C 02 70 01"));
    BOOST_TEST(card.does("00 D6 00 00 01 C3"));
    BOOST_TEST(card.does("00 D0 00 00 01 55"));
    const std::string written = card.answer_to("00 B0 00 00 01");
    const std::uint8_t write = written == "D7" ? 0x40 : written == "41" ? 0x60 : 0x20;  // or, and, the card's own way
    BOOST_TEST(card.answer_to("00 B0 00 01 01") == "00");                               // an offset counts bytes
    return write | 0x01;
}

/// The third byte: chaining, extended length and where it is told, logical channels.
std::uint8_t channels_and_lengths_of(Card& card) {
    unsigned byte = 0;
    BOOST_TEST(card.does("00 A4 00 0C 02 70 01"));
    byte |= card.does("10 D6 00 00 01 01") && card.does("00 D6 00 00 01 02") ? 0x80U : 0U;
    byte |= card.does("00 B0 00 00 00 00 02") ? 0x40U : 0U;
    const auto ef_atr = icc::find_child(card.state(), icc::mf_index, 0x2F01);
    const iso7816::Bytes length_information = fakes::hex("7F 66");
    if (ef_atr) {
        const iso7816::Bytes& content = card.state().files[*ef_atr].content;
        const auto told =
            std::search(content.begin(), content.end(), length_information.begin(), length_information.end());
        byte |= told == content.end() ? 0U : 0x20U;
    }
    byte |= card.does("00 70 00 00 01") ? 0x10U : 0U;  // the card says which, here 1
    byte |= card.does("00 70 00 02") ? 0x08U : 0U;     // the reader does
    unsigned channels = byte != 0 ? 3 : 1;
    while (card.does("00 70 00 00 01")) {
        ++channels;
    }
    return static_cast<std::uint8_t>(byte | (channels - 1));
}

std::vector<std::string> cards_with_capabilities() {
    std::vector<std::string> names;
    for (const std::string& name : engine::profile_names(options().cards)) {
        const auto profile = engine::load_profile(name, options(), {});
        if (profile && !compact_object(profile->cold_atr.historical_bytes(), 0x7).empty()) {
            names.push_back(name);
        }
    }
    return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_card_capabilities)

BOOST_AUTO_TEST_CASE(three_cards_say_what_they_can_do) {
    BOOST_TEST((cards_with_capabilities() ==
                std::vector<std::string>{"emv_like", "extended_length", "files_demo", "secure_demo"}));
}

// ISO/IEC 7816-4 clause 12.1.1
BOOST_DATA_TEST_CASE(historical_bytes_say_what_the_card_does, cards_with_capabilities(), name) {
    Card card(name);
    const iso7816::Bytes said = compact_object(card.profile().cold_atr.historical_bytes(), 0x7);
    const iso7816::Bytes done{selection_of(card), data_coding_of(card), channels_and_lengths_of(card)};
    BOOST_TEST(iso7816::to_hex(said) == iso7816::to_hex(done));
}

// ISO/IEC 7816-4 clause 7.4.5, 7.4.7
BOOST_DATA_TEST_CASE(file_control_parameters_say_the_same, cards_with_capabilities(), name) {
    Card card(name);
    const iso7816::Bytes said = compact_object(card.profile().cold_atr.historical_bytes(), 0x7);
    BOOST_TEST(card.answer_to("00 A4 02 04 02 70 02 00").find("82 05 42 " + iso7816::to_hex({&said[1], 1})) !=
               std::string::npos);
    BOOST_TEST(card.does("00 70 00 01"));  // shareable: the same EF is current on a second channel
    BOOST_TEST(card.does("01 A4 02 0C 02 70 02"));
    BOOST_TEST((card.does("00 B2 01 04 02") && card.does("01 B2 01 04 02")));
}

BOOST_DATA_TEST_CASE(directories_that_are_told_of_are_there, cards_with_capabilities(), name) {
    const Card card(name);
    const iso7816::Bytes services = compact_object(card.profile().cold_atr.historical_bytes(), 0x3);
    const auto directory = icc::find_child(card.state(), icc::mf_index, 0x2F00);
    const bool has_entries = directory && icc::has_records(card.state().files[*directory].kind);
    constexpr std::uint8_t data_objects_in_ef_dir = 0x20;
    BOOST_TEST((services.empty() || (services[0] & data_objects_in_ef_dir) == 0 || has_entries));
    const auto ef_atr = icc::find_child(card.state(), icc::mf_index, 0x2F01);
    if (ef_atr) {  // the same card capabilities, as a BER-TLV data object
        const iso7816::Bytes said = compact_object(card.profile().cold_atr.historical_bytes(), 0x7);
        const std::string content = iso7816::to_hex(card.state().files[*ef_atr].content);
        BOOST_TEST(content.find("47 03 " + iso7816::to_hex(said)) == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
