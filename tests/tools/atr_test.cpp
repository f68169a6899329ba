#include <boost/test/unit_test.hpp>

#include "tests/tools/program.h"

using namespace scardlab::tools::test;

namespace {

bool has(const Outcome& outcome, const std::string& text) {
    return outcome.out.find(text) != std::string::npos;
}

std::string choice(const char* preferred, const char* chosen) {
    const std::string name(preferred);
    const char* const end = chosen[0] == 'S' ? "\n" : "; handler fails: SCARD_W_UNRESPONSIVE_CARD; ";
    return "  preferred " + name + std::string(5 - name.size(), ' ') + "  " + chosen + end;
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
             "     0  TS          3B  direct convention: high is one, least significant bit first\n",
             "     1  T0          F3  TA1 TB1 TC1 TD1 follow; 3 historical bytes\n",
             "     2  TA1         96  Fi = 512, Di = 32: 16 clock cycles per etu; 250000 bit/s at 4 MHz, "
             "312500 bit/s at fmax = 5 MHz\n",
             "     3  TB1         00  programming voltage, deprecated: VPP not connected\n",
             "     4  TC1         02  N = 2: characters to the card at least 14 etu apart, 224 cycles (0.056 ms at "
             "4 MHz) at TA1's rate\n",
             "     5  TD1         80  first offered T=0; TD2 follows\n",
             "     6  TD2         B1  T=1; TA3 TB3 TD3 follow\n",
             "     7  TA3         FE  IFSC = 254 bytes: the longest information field that the card receives\n",
             "     8  TB3         45  CWI = 5: CWT = 43 etu, 688 cycles (0.172 ms at 4 MHz); BWI = 4: BWT = 11 etu + "
             "16 x 960 x 372, 5714096 cycles (1429 ms at 4 MHz)\n",
             "     9  TD3         1F  T=15; TA4 follows\n",
             "    10  TA4         43  clock stop in state L, then at most 0.5 mA; classes of operating conditions: "
             "A (5 V, 60 mA), B (3 V, 50 mA)\n",
             "    11  historical  41 42 43  \"ABC\"\n",
             "    11    category  41  proprietary: what follows is the card's own\n",
             "    14  TCK         F1  correct\n",
             "T=0        GT 224 cycles (0.056 ms at 4 MHz), WT 4915200 cycles (1229 ms at 4 MHz) at F/D = 512/32\n",
             "BGT 352 cycles (0.088 ms at 4 MHz) at F/D = 512/32; IFSC 254 bytes, LRC\n",
             "Classes    A B\n",
             "Clock stop in state L\n",
             "Wrong      nothing\n",
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
    BOOST_TEST(has(outcome, "TS          3F  inverse convention: low is one, most significant bit first\n"));
    BOOST_TEST(has(outcome, "TA2         81  specific mode: T=1, rate of TA1, unable to change mode after a warm"));
    BOOST_TEST(has(outcome, "Mode       specific: T=1 without a PPS\n"));
    BOOST_TEST(!has(outcome, "times told here"));
}

// ISO/IEC 7816-3 clause 8.3
BOOST_AUTO_TEST_CASE(a_rate_in_specific_mode_that_the_atr_does_not_tell_is_told_not_to_be_that_of_the_times) {
    const Outcome outcome = run_scardlab({"atr", "3B D0 96 02 10 10"});
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(
        has(outcome,
            "     5  TA2         10  specific mode: T=0, rate known to the reader by other means (the times told "
            "here are at TA1's), able to change mode after a warm reset\n"));
    BOOST_TEST(has(outcome,
                   "Mode       specific: T=0 without a PPS, at a rate that the ATR does not tell; the times below are "
                   "at that of TA1\nT=0        GT 224 cycles"));
}

BOOST_AUTO_TEST_CASE(an_atr_that_offers_no_protocol_is_told_so) {
    const Outcome outcome = run_scardlab({"atr", "3B 80 1F 00"});
    BOOST_TEST(has(outcome, "Offered    no protocol\n"));
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

// ISO/IEC 7816-3 clauses 5.2.1, 6.3.2 and 11.4
BOOST_AUTO_TEST_CASE(other_interface_bytes_are_explained_with_their_units) {
    struct Row {
        const char *atr, *line;
    };
    const Row table[] = {
        {"3B 10 71", "TA1         71  Fi is reserved\n"},
        {"3B 10 1A", "TA1         1A  Di is reserved\n"},
        {"3B 10 E0", "TA1         E0  Fi and Di are reserved\n"},
        {"3B 01 41", "T0          01  no interface byte follows; 1 historical byte\n"},
        {"3B 20 28", "TB1         28  programming voltage, deprecated and ignored: 8 V, at most 50 mA\n"},
        {"3B 80 20 7D", "TB2         7D  programming voltage, deprecated and ignored: 12.5 V\n"},
        {"3B 40 FF", "TC1         FF  N = 255: characters to the card at least 12 etu apart in T=0, 11 etu in T=1\n"},
        {"3B 80 81 21 9D", "BWI = 9: BWT = 11 etu + 512 x 960 x 372, 182849532 cycles (45.71 s at 4 MHz)\n"},
        {"3B 80 40 14", "TC2         14  WI = 20: T=0 waiting time 19200 x Fi, 7142400 cycles (1786 ms at 4 MHz)\n"},
        {"3B 10 17", "Fi = 372, Di = 64: 5.812 clock cycles per etu; 688172 bit/s at 4 MHz, 860215 bit/s at fmax = 5 "},
        {"3B 80 81 41 01 41", "TC3         01  error detection code CRC, 2 bytes\n"},
        {"3B 80 80 3F C7 80 78",
         "TA3         C7  clock stop in either state, then at most 0.5 mA; classes of operating "
         "conditions: A (5 V, 60 mA), B (3 V, 50 mA), C (1.8 V, 30 mA)\n"},
        {"3B 80 80 3F C7 80 78", "TB3         80  use of contact C6: proprietary\n"},
        {"3B 00", "Classes    A (not told)\nClock stop not supported\n"},
    };
    for (const Row& row : table) {
        BOOST_TEST_CONTEXT(row.atr) {
            BOOST_TEST(has(run_scardlab({"atr", row.atr}), row.line));
        }
    }
}

// ISO/IEC 7816-4 clause 12.1.1
BOOST_AUTO_TEST_CASE(historical_bytes_are_read_field_by_field) {
    struct Row {
        const char *atr, *lines;
    };
    const Row table[] = {
        {"3B 0B 80 31 C0 73 D6 21 E4 83 05 90 00",
         "     2    category  80  COMPACT-TLV data objects, the status indicator may be one of them\n"
         "     3    services  31 C0  card service data: applications selected by full DF name, by partial DF name; "
         "EF.DIR and EF.ATR read by READ RECORD; card with MF\n"
         "     5    abilities  73 D6 21 E4  card capabilities: selection by full DF name, partial DF name, file "
         "identifier, short EF identifier, record number; WRITE is proprietary; FF as first byte of a tag is invalid; "
         "data unit 2 quartets; command chaining, extended Lc and Le, extended length in EF.ATR; no logical channels "
         "beside the basic one\n"
         "     9    status    83 05 90 00  life cycle status 05 (operational, activated), SW 9000 ("},
        {"3B 06 80 73 00 41 13 81",
         "data unit 2 quartets; no chaining, short lengths only; 4 logical channels, "
         "assigned by the card\n"},
        {"3B 05 80 73 00 41 1F", "8 logical channels or more, assigned by the reader or the card\n"},
        {"3B 03 80 81 03", "life cycle status 03 (initialisation state)\n"},
        {"3B 04 80 82 6A 82", "SW 6A82 ("},
        {"3B 07 80 13 25 0F 12 31 89",
         "     3    country   13 25 0F 12  ISO 3166-1 country 250, national data 12\n"
         "     7    services  31 89  card service data: applications selected by full DF name; EF.DIR and EF.ATR "
         "read by READ BINARY; card without MF\n"},
        {"3B 07 80 F5 A0 00 00 00 03",
         "     3    AID       F5 A0 00 00 00 03  application identifier A0 00 00 00 03\n"},
        {"3B 06 00 51 42 04 62 83",
         "     2    category  00  COMPACT-TLV data objects, then a status indicator of 3 bytes\n"
         "     3    issuer's  51 42  card issuer's data 42\n"
         "     5    status    04 62 83  life cycle status 04 (operational, deactivated), SW 6283 ("},
        {"3B 02 10 55",
         "     2    category  10  the next byte is the DIR data reference\n"
         "     3    DIR ref   55  55\n"},
    };
    for (const Row& row : table) {
        BOOST_TEST_CONTEXT(row.atr) {
            BOOST_TEST(has(run_scardlab({"atr", row.atr}), row.lines));
        }
    }
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_is_told_with_its_offset) {
    struct Row {
        const char* atr;
        int status;
        const char* wrong;  ///< lines, without "Wrong      "
    };
    const Row table[] = {
        {"3B 00", 0, "nothing\n"},
        {"3B 80 80 01 01", 0, "nothing\n"},
        {"3C 00", 1, "byte 0: TS is 3C, expected 3B or 3F\n"},
        {"3B 10 71", 0, "byte 2: Fi index 7 of TA1 is reserved\n"},
        {"3B 10 1A", 0, "byte 2: Di index 10 of TA1 is reserved\n"},
        {"3B 10 E0", 0, "byte 2: Fi index 14 of TA1 is reserved\nbyte 2: Di index 0 of TA1 is reserved\n"},
        {"3B 80 40 00", 0, "byte 3: WI = 0 of TC2 is reserved\n"},
        {"3B 80 41 0A CB", 0, "byte 3: TC2 is specific to T=0, which no TD offers\n"},
        {"3B 80 81 11 00 10", 0, "byte 4: IFSC = 0 is reserved\n"},
        {"3B 80 81 11 FF EF", 0, "byte 4: IFSC = 255 is reserved\n"},
        {"3B 80 81 21 A0 80", 0, "byte 4: BWI = 10 is reserved\n"},
        {"3B 80 81 41 02 42", 0, "byte 4: bits 8 to 2 of TC3 for T=1 are reserved, they must be 0\n"},
        {"3B 80 81 91 20 11 20 81", 0, "byte 6: TA4 is the second TA for T=1, only the first counts\n"},
        {"3B 80 80 1F 05 1A", 0, "byte 4: Y = 5 is a reserved combination of classes of operating conditions\n"},
        {"3B 80 80 10 01", 0, "byte 4: TA3 for T=0 is reserved\n"},
        {"3B 80 81 00 01", 0, "byte 3: T=0 after T=1: the T values must ascend\n"},
        {"3B 80 02 82", 0, "byte 2: T=2 is reserved\n"},
        {"3B 80 1F 01 9E", 0,
         "byte 2: TD1 indicates T=15, which is no protocol and cannot be the first\n"
         "byte 3: TA2 sets T=1 in force, TD1 offers T=15 first, no TD offers T=1\n"},
        {"3B 80 90 01 01 10", 0, "byte 3: TA2 sets T=1 in force, TD1 offers T=0 first\n"},
        {"3B 80 10 60", 0, "byte 3: bits 7 and 6 of TA2 are reserved, they must be 0\n"},
        {"3B 80 01 82", 0, "byte 3: TCK is 82, 81 would be right\n"},
        {"3B 80 01", 0, "byte 3: TCK is missing, 81 would be right: a TD indicates a T other than 0\n"},
        {"3B 00 00", 1, "byte 2: 1 byte after the end of the ATR\n"},
        {"3B 90 11", 1, "byte 3: TD1 is missing, which T0 announces\n"},
        {"3B 02 85 00", 0, "byte 2: the category indicator 85 is reserved\n"},
        {"3B 02 80 31", 0, "byte 3: the data object 31 announces 1 byte, 0 are there\n"},
        {"3B 03 80 91 00", 0, "byte 3: the tag 9 of a COMPACT-TLV data object is reserved\n"},
        {"3B 02 80 70", 0, "byte 3: card capabilities with 0 bytes, which has 1 to 3\n"},
        {"3B 02 00 05", 0, "byte 4: category 00 ends with a status indicator of 3 bytes, 1 is there\n"},
        {"3B 02 80 32", 0, "byte 3: the data object 32 announces 2 bytes, 0 are there\n"},
        {"3B 03 80 32 00", 0, "byte 3: the data object 32 announces 2 bytes, 1 is there\n"},
        {"3B 03 41", 1, "byte 3: found 1 historical byte, T0 announces 3\n"},
        {"3B 04 41 41", 1, "byte 4: found 2 historical bytes, T0 announces 4\n"},
        {"3B", 1, "byte 1: found 1 byte, expected at least TS and T0\n"},
        {"3B 00 00 00", 1, "byte 2: 2 bytes after the end of the ATR\n"},
        {"3B 01 10", 0, "byte 3: category 10 needs a DIR data reference\n"},
    };
    for (const Row& row : table) {
        BOOST_TEST_CONTEXT(row.atr) {
            const Outcome outcome = run_scardlab({"atr", row.atr});
            BOOST_TEST(outcome.status == row.status);
            std::string told;
            for (std::size_t at = 0; (at = outcome.out.find("Wrong      ", at)) != std::string::npos;) {
                at += 11;
                told += outcome.out.substr(at, outcome.out.find('\n', at) + 1 - at);
            }
            BOOST_TEST(told == row.wrong);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_handler_that_refuses_the_protocol_leaves_the_first_offered_one) {
    const Outcome outcome = run_scardlab({"atr", "3B 80 80 01 01"});
    BOOST_TEST(has(outcome, "pcsc-lite 1.9.9 sees on offer T=0 (first), T=1 (rule N2)"));
    BOOST_TEST(has(outcome,
                   "  preferred T1     T=1; handler fails: SCARD_W_UNRESPONSIVE_CARD; refuses the protocol: T=0; "
                   "sets none: T=0 (N4)\n"));
    BOOST_TEST(has(run_scardlab({"atr", "3B 80 01 81"}),
                   "  preferred T1     T=1; handler fails: "
                   "SCARD_W_UNRESPONSIVE_CARD; refuses the protocol: "
                   "SCARD_W_UNRESPONSIVE_CARD; sets none: T=1 (N4)\n"));
    BOOST_TEST(has(run_scardlab({"atr", "3C 00"}), "sees on offer nothing (rule N2)"));
}

BOOST_AUTO_TEST_SUITE_END()
