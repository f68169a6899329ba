#include <boost/test/unit_test.hpp>

#include "tests/tools/program.h"

using namespace scardlab::tools::test;

namespace {

bool has(const Outcome& outcome, const std::string& text) {
    return outcome.out.find(text) != std::string::npos;
}

std::string choice(const char* preferred, const char* chosen) {
    const std::string name(preferred);
    return "  preferred " + name + std::string(5 - name.size(), ' ') + "  " + chosen + "\n";
}

constexpr auto t0 = "T=0", t1 = "T=1", mismatch = "SCARD_E_PROTO_MISMATCH";

}  // namespace

BOOST_AUTO_TEST_SUITE(tools_atr)

BOOST_AUTO_TEST_CASE(the_choice_of_pcsc_lite_follows_rules_n1_to_n3) {
    struct Row {
        const char* atr;
        int status;
        const char *prefers_t0, *prefers_t1, *prefers_both;
    };
    const Row table[] = {
        {"3B 00", 0, t0, mismatch, t0},
        {"3B 80 00", 0, t0, mismatch, t0},
        {"3B 90 95 00", 0, t0, mismatch, t0},
        {"3B 80 01 81", 0, mismatch, t1, t1},
        {"3B 90 95 01 04", 0, mismatch, t1, t1},
        {"3B 80 80 01 01", 0, t0, t1, t1},
        {"3B 90 13 80 01 02", 0, t0, t1, t1},
        {"3B 80 81 00 00", 0, t0, t1, t1},
        {"3B 80 10 00", 0, t0, mismatch, t0},
        {"3B 80 10 01", 0, mismatch, t1, t1},
        {"3B 80 1F 00", 0, mismatch, mismatch, mismatch},
        {"3C 00", 1, mismatch, mismatch, mismatch},
        {"3B 80 80 1F 00", 0, t0, mismatch, t0},
    };
    for (const Row& row : table) {
        BOOST_TEST_CONTEXT(row.atr) {
            const Outcome outcome = run_scardlab({"atr", row.atr});
            BOOST_TEST(outcome.status == row.status);
            BOOST_TEST(has(outcome, choice("T0", row.prefers_t0)));
            BOOST_TEST(has(outcome, choice("T1", row.prefers_t1)));
            BOOST_TEST(has(outcome, choice("T0|T1", row.prefers_both)));
        }
    }
}

BOOST_AUTO_TEST_CASE(each_byte_is_explained_at_its_offset) {
    // TS T0 TA1 TB1 TC1 TD1 TD2 TA3 TB3 TD3 TA4, historical bytes "ABC", TCK
    const Outcome outcome = run_scardlab({"atr", "3B F3 96 00 02 80 B1 FE 45 1F 43 41 42 43 F1"});
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.err == "");
    for (const char* line : {
             "     0  TS          3B  direct convention\n",
             "     1  T0          F3  TA1 TB1 TC1 TD1 follow; 3 historical bytes\n",
             "     2  TA1         96  Fi = 512, Di = 32: 16 clock cycles per etu, at most 5 MHz, then 312500 bit/s\n",
             "     3  TB1         00  programming voltage, deprecated: ignored\n",
             "     4  TC1         02  N = 2: characters to the card at least 14 etu apart\n",
             "     5  TD1         80  first offered T=0; TD2 follows\n",
             "     6  TD2         B1  T=1; TA3 TB3 TD3 follow\n",
             "     7  TA3         FE  IFSC = 254 bytes\n",
             "     8  TB3         45  CWI = 5: CWT = 43 etu; BWI = 4: BWT = 11 etu + 5713920 cycles\n",
             "     9  TD3         1F  T=15; TA4 follows\n",
             "    10  TA4         43  clock stop in state L, classes of operating conditions: A B\n",
             "    11  historical  41 42 43  \"ABC\"\n",
             "    14  TCK         F1  correct\n",
             "TCK        correct\n",
             "Offered    T=0 (first), T=1\n",
             "Mode       negotiable",
         }) {
        BOOST_TEST_CONTEXT(line) {
            BOOST_TEST(has(outcome, line));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_check_byte_is_told_with_the_right_one) {
    const Outcome wrong = run_scardlab({"atr", "3B 80 01 82"});
    BOOST_TEST(wrong.status == 0);
    BOOST_TEST(has(wrong, "TCK         82  wrong, 81 would be right\n"));
    BOOST_TEST(has(wrong, "TCK        wrong (pcsc-lite does not verify it)\n"));
    BOOST_TEST(has(run_scardlab({"atr", "3B 80 01"}), "TCK        missing"));
    BOOST_TEST(has(run_scardlab({"atr", "3B 00"}), "TCK        absent, as it must be"));
}

BOOST_AUTO_TEST_CASE(specific_mode_is_told) {
    const Outcome outcome = run_scardlab({"atr", "3F 80 10 81"});
    BOOST_TEST(has(outcome, "TS          3F  inverse convention\n"));
    BOOST_TEST(has(outcome, "TA2         81  specific mode: T=1, rate of TA1, unable to change mode after a warm"));
    BOOST_TEST(has(outcome, "Mode       specific: T=1 without a PPS\n"));
}

BOOST_AUTO_TEST_CASE(what_is_not_an_atr_is_status_1_with_the_offset) {
    struct Row {
        const char *atr, *error;
    };
    const Row table[] = {
        {"3C 00", "scardlab atr: byte 0: "},    {"3B", "scardlab atr: byte 1: "},
        {"3B 80", "scardlab atr: byte 2: "},    {"3B 80 80", "scardlab atr: byte 3: "},
        {"3B 02 41", "scardlab atr: byte 3: "}, {"3B 00 00", "scardlab atr: byte 2: "},
    };
    for (const Row& row : table) {
        BOOST_TEST_CONTEXT(row.atr) {
            const Outcome outcome = run_scardlab({"atr", row.atr});
            BOOST_TEST(outcome.status == 1);
            BOOST_TEST(outcome.err.starts_with(row.error));
            BOOST_TEST(outcome.err.find('\n') == outcome.err.size() - 1);
            BOOST_TEST(has(outcome, "TS "));
        }
    }
    BOOST_TEST(has(run_scardlab({"atr", "3B 00 55"}), "after the end of the ATR"));
}

BOOST_AUTO_TEST_CASE(blanks_colons_and_several_arguments_are_one_atr) {
    const std::string expected = run_scardlab({"atr", "3B80800101"}).out;
    BOOST_TEST(!expected.empty());
    BOOST_TEST(run_scardlab({"atr", "3b:80:80:01:01"}).out == expected);
    BOOST_TEST(run_scardlab({"atr", "3B", "80", "80", "01", "01"}).out == expected);
    BOOST_TEST(run_scardlab({"atr", "3B 80 80", "0101"}).out == expected);
}

BOOST_AUTO_TEST_CASE(what_is_not_hexadecimal_is_status_2_with_the_place) {
    const Outcome odd = run_scardlab({"atr", "3B9"});
    BOOST_TEST(odd.status == 2);
    BOOST_TEST(odd.err.starts_with("scardlab atr: '3B9', character 3: "));
    BOOST_TEST(odd.out == "");
    const Outcome letter = run_scardlab({"atr", "3B xx"});
    BOOST_TEST(letter.status == 2);
    BOOST_TEST(letter.err.starts_with("scardlab atr: '3B xx', character 4: "));
}

BOOST_AUTO_TEST_SUITE_END()
