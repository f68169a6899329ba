// Agreement with ATR_analysis of pcsc-tools, which is independent of this project, over its whole list of ATRs: which T
// values are indicated, and whether TCK is right. It runs when the test does.
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "emulator/iso7816/atr.h"
#include "tests/emulator/iso7816/atr_list.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

namespace fs = std::filesystem;

constexpr const char* atr_analysis_path = "/usr/bin/ATR_analysis";

boost::test_tools::assertion_result atr_analysis_is_installed(boost::unit_test::test_unit_id id) {
    if (!fs::exists(atr_analysis_path)) {
        boost::test_tools::assertion_result missing(false);
        missing.message() << atr_analysis_path << " is not there: install the package pcsc-tools";
        return missing;
    }
    return atr_list_is_installed(id);
}

/// Why ATR_analysis says something else than ISO/IEC 7816-3:2006 clause 8.2 does.
enum class Reason {
    surplus_taken_for_tck,    ///< one byte more than T0 announces is a TCK to it, also when only T=0 is indicated
    nothing_said_of_the_cut,  ///< it ends without a word when no byte follows the interface bytes
    tck_not_missed,           ///< it does not say that a TCK must be there when a T other than 0 is indicated
};

struct Difference {
    Reason reason;
    const char* atr;
};

const Difference known_differences[] = {
    {Reason::surplus_taken_for_tck, "3B 02 14 50 11"},
    {Reason::surplus_taken_for_tck, "3B 10 14 50"},
    {Reason::surplus_taken_for_tck, "3B 23 00 00 36 41 81"},
    {Reason::surplus_taken_for_tck, "3B 3F 96 00 80 12 00 91 31 C0 64 0E 47 44 FA 72 F7 41 05 2F"},
    {Reason::surplus_taken_for_tck, "3B 65 00 00 20 63 CB 68 00 26"},
    {Reason::surplus_taken_for_tck, "3B 6B 00 00 00 00 31 C0 64 3F 68 01 00 07 90 00"},
    {Reason::surplus_taken_for_tck, "3B 6D 00 00 00 80 31 80 65 B0 89 35 01 F1 83 00 90 00"},
    {Reason::surplus_taken_for_tck, "3B 6F 00 00 80 5A 28 11 42 10 10 12 2B 26 0C D4 5A 82 90 00"},
    {Reason::surplus_taken_for_tck, "3B 8B 00 52 75 74 6F 6B 65 6E 6C 74 53 44 E3"},
    {Reason::surplus_taken_for_tck, "3B 9F 11 40 60 49 52 44 45 54 4F 20 41 43 53 20 56 35 2E 38 00"},
    {Reason::surplus_taken_for_tck, "3B F8 13 00 FF 10 80 53 43 06 63 01 0F 90 00 00"},
    {Reason::surplus_taken_for_tck, "3B FF 95 00 01 50 80 1C 44 4E 41 53 50 34 32 30 20 52 65 76 53 34 30 F1"},
    {Reason::surplus_taken_for_tck, "3B 67 00 FF C5 00 00 FF FF FF FF 5D"},
    {Reason::nothing_said_of_the_cut, "3B 6D 00 00"},
    {Reason::nothing_said_of_the_cut, "3B BA 94 00 40 14"},
    {Reason::tck_not_missed, "3B 8C 80 01 50 27 52 31 81 00 00 00 00 00 71 81"},
    {Reason::tck_not_missed, "3B 8D 01 80 FB A0 00 00 03 97 42 54 46 59 04 01"},
    {Reason::tck_not_missed, "3B 95 96 C0 F0 1F C2 0F 10 0A 0A 16"},
    {Reason::tck_not_missed, "3B 9E 95 80 1F C7 80 31 E0 73 FE 21 1B 66 D0 02 19 15 13 00"},
    {Reason::tck_not_missed, "3B 9E 96 80 1F C7 80 31 E0 73 FE 21 1B 66 D0 01 77 97 0D 00"},
    {Reason::tck_not_missed, "3B 9F 95 80 1F C7 80 31 E0 73 FE 21 13 57 4A 33 05 2E 32 34 00"},
    {Reason::tck_not_missed, "3B 9F 97 81 31 FE 45 80 65 54 43 12 21 08 31 C0 73 F6 21 80 81 05"},
    {Reason::tck_not_missed, "3B BA 14 00 81 31 86 5D 00 64 05 7B 02 03 31 80 90 00"},
    {Reason::tck_not_missed, "3B BA 14 00 81 31 86 5D 00 64 05 7B 02 03 31 90 00 FF"},
    {Reason::tck_not_missed, "3B BF 96 00 81 31 FE 5D 00 64 04 11 00 00 31 C0 73 F7 01 D0 00 90 00"},
    {Reason::tck_not_missed, "3B BF 96 00 81 31 FE 5D 00 64 04 11 03 01 31 C0 73 01 D0 00 90 00 00"},
    {Reason::tck_not_missed, "3B BF 96 00 81 31 FE 5D 00 64 04 11 03 01 31 C0 73 F7 01 D0 00 90 00"},
    {Reason::tck_not_missed, "3B ED 00 00 81 31 FE 45 00 31 C0 71 C6 64 4D 35 35 4D 0F 90 00"},
    {Reason::tck_not_missed, "3B EE 00 00 81 31 80 43 80 31 80 66 B1 A1 11 01 00 F6 83 00 90 00"},
    {Reason::tck_not_missed, "3B EE 00 00 81 31 80 43 80 31 80 66 B1 A1 11 01 A0 F6 83 00 90 00"},
    {Reason::tck_not_missed, "3B EF 00 FF 81 31 66 45 65 63 20 20 49 42 4D 20 33 2E 31 20 20 20 20"},
    {Reason::tck_not_missed, "3B F5 71 00 FF FE 24 00 01 1E 0F 33 39 32 01 03"},
    {Reason::tck_not_missed, "3B F8 13 00 00 81 31 FE 45 4A 4F 50 76 32 34 31 B7"},
    {Reason::tck_not_missed, "3B F9 96 00 00 80 31 FE 45 53 43 45 37 20 47 4E 33 5E"},
    {Reason::tck_not_missed, "3B FD 96 00 00 81 31 20 43 80 31 80 65 B0 83 11 48 C8 83 00 90 00"},
    {Reason::tck_not_missed, "3B FD 96 00 00 81 31 48 42 80 31 80 65 B0 84 01 00 C8 83 00 90 00"},
    {Reason::tck_not_missed, "3B FF 11 00 00 81 71 40 42 00 00 21 01 31 42 52 00 00 63 00 00 00 00 90 00"},
};

/// What one of the two says of an ATR.
struct Verdict {
    std::set<int> t;        ///< T values indicated, 15 among them; 0 when there is no TD1
    std::string structure;  ///< "surplus", "cut", "no TCK", "TCK missing", "TCK correct" or "TCK wrong, XX is right"
    friend bool operator==(const Verdict&, const Verdict&) = default;
};

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
    for (const int t : verdict.t) {
        out << "T=" << t << ' ';
    }
    return out << verdict.structure;
}

std::string wrong_tck(unsigned right) {
    return "TCK wrong, " + to_hex(Bytes{static_cast<std::uint8_t>(right)}) + " is right";
}

std::set<int> t_values(const Atr& atr) {
    std::set<int> values;
    const auto offered = atr.offered_protocols();
    for (std::size_t i = 0; i < offered.count; ++i) {
        values.insert(offered.t[i]);
    }
    if (atr.has_global_groups()) {
        values.insert(15);
    }
    return values;
}

Verdict verdict_of(const Atr& atr) {
    switch (atr.tck()) {
        case Atr::Tck::absent_as_expected:
            return {t_values(atr), "no TCK"};
        case Atr::Tck::missing:
            return {t_values(atr), "TCK missing"};
        case Atr::Tck::correct:
            return {t_values(atr), "TCK correct"};
        case Atr::Tck::wrong:
            break;
    }
    unsigned right = 0;
    for (const std::uint8_t byte : atr.bytes().subspan(1, atr.bytes().size() - 2)) {
        right ^= byte;
    }
    return {t_values(atr), wrong_tck(right)};
}

/// Ours. Of what is no ATR the T values come from the ATR that it begins with, or that it is the beginning of.
Verdict ours(Bytes bytes) {
    auto atr = Atr::parse(bytes);
    if (atr) {
        return verdict_of(*atr);
    }
    const AtrError error = atr.error();
    if (error.kind == AtrError::Kind::surplus_bytes) {
        bytes.resize(error.offset);
        atr = Atr::parse(bytes);
    }
    while (!atr && atr.error().kind == AtrError::Kind::historical_bytes_missing) {
        bytes.push_back(0);
        atr = Atr::parse(bytes);
    }
    if (!atr) {
        return {{}, error.message};
    }
    return {t_values(*atr), error.kind == AtrError::Kind::surplus_bytes ? "surplus" : "cut"};
}

/// Whether `text` holds `part`; what follows it goes to `rest`.
bool has(const std::string& text, const std::string& part, std::string* rest = nullptr) {
    const std::size_t at = text.find(part);
    if (at != std::string::npos && rest != nullptr) {
        *rest = text.substr(at + part.size());
    }
    return at != std::string::npos;
}

/// What ATR_analysis printed about one ATR.
Verdict theirs(const std::string& printed) {
    Verdict verdict;
    std::string rest = printed;
    while (has(rest, "Protocol T = ", &rest)) {
        verdict.t.insert(std::stoi(rest));
    }
    if (verdict.t.empty()) {
        verdict.t.insert(0);
    }
    if (has(printed, "ERROR! ATR is too long")) {
        verdict.structure = "surplus";
    } else if (has(printed, "ERROR! ATR is truncated")) {
        verdict.structure = "cut";
    } else if (has(printed, "(correct checksum)")) {
        verdict.structure = "TCK correct";
    } else if (has(printed, "WRONG CHECKSUM, expected ", &rest)) {
        verdict.structure = wrong_tck(static_cast<unsigned>(std::stoi(rest, nullptr, 16)));
    } else {
        verdict.structure = "no TCK";
    }
    return verdict;
}

/// A folder that ends with the test.
struct Folder {
    fs::path path;
    Folder() {
        std::string name = (fs::temp_directory_path() / "scardlab-atr-XXXXXX").native();
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
};

/// What ATR_analysis prints about each ATR. It looks first for a list of cards in its cache folder; an empty one there
/// spares it the search and a download of a newer list.
std::vector<std::string> analyse(const std::vector<std::string>& atrs) {
    const Folder folder;
    std::ofstream(folder.path / "smartcard_list.txt").flush();
    std::ofstream input(folder.path / "atrs");
    for (const std::string& atr : atrs) {
        input << atr << '\n';
    }
    input.close();
    const std::string command = "cd '" + folder.path.native() + "' && XDG_CACHE_HOME=\"$PWD\" perl -I '" +
                                SCARDLAB_SOURCE_DIR + "/tests/emulator/iso7816' -MEachAtr " + atr_analysis_path +
                                " <atrs 2>errors";
    FILE* const pipe = ::popen(command.c_str(), "r");
    BOOST_REQUIRE(pipe != nullptr);
    std::string printed;
    std::array<char, 65536> part{};
    for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
        printed.append(part.data(), got);
    }
    BOOST_TEST(::pclose(pipe) == 0, "ATR_analysis or Perl failed");
    std::vector<std::string> answers;
    constexpr std::string_view end = "\n=== end\n";
    for (std::size_t at = 0, next = 0; (next = printed.find(end, at)) != std::string::npos; at = next + end.size()) {
        answers.push_back(printed.substr(at, next - at));
    }
    return answers;
}

/// The difference that the reason of a listed one explains.
bool explained(Reason reason, const Verdict& our, const Verdict& their) {
    if (our.t != their.t) {
        return false;
    }
    switch (reason) {
        case Reason::surplus_taken_for_tck:
            return our.structure == "surplus" && their.structure.starts_with("TCK ");
        case Reason::nothing_said_of_the_cut:
            return our.structure == "cut" && their.structure == "no TCK";
        case Reason::tck_not_missed:
            return our.structure == "TCK missing" && their.structure == "no TCK";
    }
    return false;
}

BOOST_AUTO_TEST_SUITE(iso7816_atr_analysis)

// ISO/IEC 7816-3 clause 8.2.3, ISO/IEC 7816-3 clause 8.2.5
BOOST_AUTO_TEST_CASE(atr_analysis_says_the_same_of_every_atr_of_the_list_but_for_the_known_differences,
                     *boost::unit_test::precondition(atr_analysis_is_installed)) {
    std::map<std::string, Reason> known;
    for (const Difference& difference : known_differences) {
        known.emplace(to_hex(hex(difference.atr)), difference.reason);
    }
    std::set<std::string> distinct;
    for (const std::string& line : atr_lines()) {
        distinct.insert(to_hex(hex(without_wildcards(line))));
    }
    const std::vector<std::string> atrs(distinct.begin(), distinct.end());
    BOOST_REQUIRE_GT(atrs.size(), 3000U);
    const std::vector<std::string> answers = analyse(atrs);
    BOOST_REQUIRE(answers.size() == atrs.size());
    std::size_t differences = 0;
    for (std::size_t i = 0; i < atrs.size(); ++i) {
        const Verdict our = ours(hex(atrs[i]));
        const Verdict their = theirs(answers[i]);
        const auto listed = known.find(atrs[i]);
        if (our == their) {
            BOOST_TEST((listed == known.end()), atrs[i] << " is listed as a difference, but both say " << our);
            continue;
        }
        ++differences;
        BOOST_TEST((listed != known.end() && explained(listed->second, our, their)),
                   atrs[i] << ": ATR_analysis says " << their << ", we say " << our);
    }
    BOOST_TEST(differences == known.size(), "a listed ATR is no longer in the list of pcsc-tools");
    BOOST_TEST_MESSAGE(atrs.size() << " ATRs, " << differences << " known differences");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
