#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "emulator/iso7816/bytes.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/tools/fake_vpcd.h"
#include "tests/tools/program.h"

using namespace scardlab;
using namespace scardlab::tools::test;
namespace fs = std::filesystem;

namespace {

/// A folder for an image, and a vpcd.
struct ImageBench {
    ImageBench() { vpcd.listen_for_card(); }

    Arguments arguments(const Arguments& more = {}) const {
        Arguments all{scardlab_program, "card", "--vpcd", vpcd.place(), "--image", image};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    /// What the program says when it starts, which does not run into the connection.
    Outcome refused(const Arguments& more = {}) const {
        const Arguments all = arguments(more);
        Outcome outcome = run_scardlab({all.begin() + 1, all.end()});
        BOOST_TEST(outcome.out == "");
        BOOST_TEST(outcome.err.find('\n') == outcome.err.size() - 1);
        return outcome;
    }
    void accept() {
        vpcd.accept_card();
        vpcd.tell(power_on);
        vpcd.ask(get_atr);
    }
    std::string answer(std::string_view hex) const {
        return iso7816::to_hex(vpcd.ask(iso7816::parse_hex(hex).value()));
    }

    fakes::TemporaryFolder folder;
    std::string image = folder.path() + "/card.image";
    FakeVpcd vpcd;
};

constexpr const char* select_df = "00 A4 01 0C 02 7F 10";
constexpr const char* update = "00 D6 83 00 03 AA BB CC";
constexpr const char* read_back = "00 B0 83 00 03";
constexpr const char* wrong_chv = "00 20 00 01 04 30 30 30 30";
constexpr const char* tries_left = "00 20 00 01";

/// Runs the card once, so that there is an image.
void make_image(ImageBench& bench) {
    Program card(bench.arguments());
    BOOST_TEST(card.next_line() == "image " + bench.image + ": new");
    bench.accept();
    card.signal(SIGTERM);
    BOOST_TEST(card.finish().status == 0);
    bench.vpcd.close_card();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tools_card_image)

BOOST_AUTO_TEST_CASE(what_one_run_wrote_the_next_one_reads_however_the_first_ended) {
    for (const int end : {SIGTERM, SIGKILL}) {
        ImageBench bench;
        {
            Program card(bench.arguments());
            BOOST_TEST(card.next_line() == "image " + bench.image + ": new");
            BOOST_TEST(card.next_line() == "card dual_protocol in " + bench.vpcd.place());
            bench.accept();
            BOOST_TEST(bench.answer(select_df) == "90 00");
            BOOST_TEST(bench.answer(update) == "90 00");
            BOOST_TEST(bench.answer(wrong_chv) == "63 C2");
            card.signal(end);
            BOOST_TEST(card.finish().status == (end == SIGTERM ? 0 : 128 + SIGKILL));
            bench.vpcd.close_card();
        }
        Program card(bench.arguments());
        BOOST_TEST(card.next_line() == "image " + bench.image + ": loaded");
        bench.accept();
        BOOST_TEST(bench.answer(select_df) == "90 00");
        BOOST_TEST(bench.answer(read_back) == "AA BB CC 90 00");
        BOOST_TEST(bench.answer(tries_left) == "63 C2");
    }
}

BOOST_AUTO_TEST_CASE(without_an_image_the_card_is_fresh_each_time_and_leaves_no_file) {
    ImageBench bench;
    const Arguments arguments{scardlab_program, "card", "--vpcd", bench.vpcd.place()};
    for (int run = 0; run < 2; ++run) {
        Program card(arguments);
        bench.accept();
        BOOST_TEST(bench.answer(wrong_chv) == "63 C2");
        card.signal(SIGTERM);
        BOOST_TEST(card.finish().status == 0);
        bench.vpcd.close_card();
    }
    BOOST_TEST(bench.folder.names().empty());
}

BOOST_AUTO_TEST_CASE(an_image_in_use_is_status_3_and_names_the_process) {
    ImageBench bench;
    Program card(bench.arguments());
    bench.accept();
    const Outcome outcome = bench.refused();
    BOOST_TEST(outcome.status == 3);
    const std::string who = "scardlab card: " + bench.image + ": is in use by process ";
    BOOST_REQUIRE(outcome.err.starts_with(who));
    const std::string process = outcome.err.substr(who.size(), outcome.err.size() - who.size() - 1);
    BOOST_TEST(fs::equivalent("/proc/" + process + "/exe", scardlab_program));
    BOOST_TEST(bench.answer(tries_left) == "63 C3");  // the first one goes on
}

BOOST_AUTO_TEST_CASE(a_damaged_image_is_status_2_with_its_byte_and_is_left_alone) {
    ImageBench bench;
    make_image(bench);
    const auto size = fs::file_size(bench.image);
    {
        std::fstream file(bench.image, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(100);
        file.put('\x5A');
    }
    Outcome outcome = bench.refused();
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.err.starts_with("scardlab card: " + bench.image + ": byte " + std::to_string(size - 32) +
                                       ": checksum "));
    BOOST_TEST(outcome.err.find(", expected ") != std::string::npos);
    BOOST_TEST(fs::file_size(bench.image) == size);

    fs::resize_file(bench.image, 60);
    outcome = bench.refused();
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.err == "scardlab card: " + bench.image + ": byte 60: the image ends after 60 bytes, expected " +
                                  std::to_string(size) + "\n");
}

BOOST_AUTO_TEST_CASE(the_image_of_another_profile_is_status_2_unless_it_is_accepted) {
    ImageBench bench;
    make_image(bench);
    const Outcome outcome = bench.refused({"--profile", "t0_only"});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.err.find(": byte 16: ") != std::string::npos);
    BOOST_TEST(outcome.err.find("'dual_protocol'") != std::string::npos);
    BOOST_TEST(outcome.err.find("expected 't0_only'") != std::string::npos);
    BOOST_TEST(outcome.err.find("--foreign-image") != std::string::npos);
    Program card(bench.arguments({"--profile", "t0_only", "--foreign-image"}));
    BOOST_TEST(card.next_line() == "image " + bench.image + ": loaded");
    BOOST_TEST(card.next_line() == "card t0_only in " + bench.vpcd.place());
}

BOOST_AUTO_TEST_CASE(a_place_where_no_image_can_be_is_status_3_and_one_line) {
    ImageBench bench;
    bench.image = bench.folder.path() + "/missing/card.image";
    BOOST_TEST(bench.refused().status == 3);
    BOOST_TEST(bench.refused().err == "scardlab card: " + bench.image + ": the folder " + bench.folder.path() +
                                          "/missing: No such file or directory\n");
    bench.image = "/proc/card.image";
    BOOST_TEST(bench.refused().status == 3);
    bench.image = bench.folder.path();
    BOOST_TEST(bench.refused().status == 3);
    BOOST_TEST(bench.refused().err == "scardlab card: " + bench.image + ": is no regular file\n");
}

BOOST_AUTO_TEST_CASE(every_profile_of_the_catalogue_has_an_image) {
    const FakeVpcd nobody;  // bound, not listening
    const fakes::TemporaryFolder folder;
    std::size_t profiles = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(SCARDLAB_SOURCE_DIR) / "scenarios/cards")) {
        if (entry.path().extension() != ".yaml") {
            continue;
        }
        ++profiles;
        const std::string profile = entry.path().stem().string();
        const std::string image = folder.path() + "/" + profile;
        for (const char* found : {"new", "loaded"}) {
            const Outcome outcome =
                run_scardlab({"card", "--vpcd", nobody.place(), "--profile", profile, "--image", image});
            BOOST_TEST(outcome.out == "image " + image + ": " + found + "\n");
        }
    }
    BOOST_TEST(profiles > 5U);
}

BOOST_AUTO_TEST_CASE(accepting_a_foreign_image_without_one_is_wrong_usage) {
    const Outcome outcome = run_scardlab({"card", "--foreign-image"});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.err.find("--image") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
