// Every clause of a standard that the sources cite is named by a test that
// exercises it.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

const fs::path root = SCARDLAB_SOURCE_DIR;

/// A clause of ISO/IEC 7816-<part>.
struct Clause {
    int part;
    std::string number;
    friend auto operator<=>(const Clause&, const Clause&) = default;
};

std::ostream& operator<<(std::ostream& out, const Clause& clause) {
    return out << "ISO/IEC 7816-" << clause.part << " clause " << clause.number;
}

/// Where clauses are cited: "file:line", the first place of each.
using Citations = std::map<Clause, std::string>;

/// "12.2.2" to "12.2.5": those, and what lies between.
std::vector<std::string> range(const std::string& first, const std::string& last) {
    const auto parent = [](const std::string& number) { return number.substr(0, number.rfind('.') + 1); };
    const auto leaf = [&](const std::string& number) { return std::stoi(number.substr(parent(number).size())); };
    if (parent(first) != parent(last) || leaf(first) >= leaf(last)) {
        return {first, last};
    }
    std::vector<std::string> numbers;
    for (int i = leaf(first); i <= leaf(last); ++i) {
        numbers.push_back(parent(first) + std::to_string(i));
    }
    return numbers;
}

/// The numbers of "8.3, 11.2 and 12.2.2 to 12.2.5".
std::vector<std::string> numbers_of(const std::string& list) {
    static const std::regex number(R"((to )?(\d+(?:\.\d+)*))");
    std::vector<std::string> numbers;
    for (std::sregex_iterator match(list.begin(), list.end(), number), end; match != end; ++match) {
        if ((*match)[1].matched && !numbers.empty()) {
            const auto between = range(numbers.back(), (*match)[2]);
            numbers.pop_back();
            numbers.insert(numbers.end(), between.begin(), between.end());
        } else {
            numbers.push_back((*match)[2]);
        }
    }
    return numbers;
}

/// Reads the citations of one file. A clause without a part belongs to the part
/// named before it in the same comment, or else to the file's own part.
class Reader {
  public:
    Reader(std::string file, int own_part, Citations& citations)
        : file_(std::move(file)), own_part_(own_part), citations_(citations) {}

    /// Text of comments, where a clause is "clause 9.3", "clauses 6 and 9" or
    /// "ISO/IEC 7816-3:2006 10.3.2"; lines of one comment belong together.
    /// Clauses of EMV are none of ISO's.
    void comment(const std::string& text, int line) {
        static const std::regex citation(
            R"(EMV [^();]*clauses? \d+(?:\.\d+)*|7816-(\d+)(?::\d{4})?,?|\bclauses? (\d+(?:\.\d+)*(?:(?:,| and| or| to|, and) \d+(?:\.\d+)*)*))"
            R"(|(\d+(?:\.\d+)+))");
        part_ = own_part_;
        bool part_just_named = false;
        std::size_t part_end = 0;
        for (std::sregex_iterator match(text.begin(), text.end(), citation), end; match != end; ++match) {
            const auto at = static_cast<std::size_t>(match->position());
            if ((*match)[1].matched) {
                part_ = std::stoi((*match)[1]);
                part_just_named = true;
                part_end = at + static_cast<std::size_t>(match->length());
                continue;
            }
            if ((*match)[2].matched) {
                cite((*match)[2], line);
            } else if (part_just_named && at == part_end + 1) {
                cite((*match)[3], line);
            }
            part_just_named = false;
        }
    }
    /// The source of a row of a table: "6.4", or with the standard before it in
    /// the first row.
    void table_source(const std::string& literal, int line) {
        static const std::regex source(
            R"(^(?:ISO/IEC 7816-(\d+)(?::\d{4})? (?:clause )?)?(\d+(?:\.\d+)+|\d+)(?:[ ,].*)?$)");
        std::smatch match;
        if (std::regex_match(literal, match, source)) {
            if (match[1].matched) {
                table_part_ = std::stoi(match[1]);
            }
            part_ = table_part_;
            cite(match[2], line);
        }
    }

  private:
    void cite(const std::string& list, int line) {
        for (const std::string& number : numbers_of(list)) {
            citations_.emplace(Clause{part_, number}, file_ + ":" + std::to_string(line));
        }
    }

    std::string file_;
    int own_part_;
    Citations& citations_;
    int part_ = own_part_;
    int table_part_ = own_part_;
};

/// The part that a file names first.
std::optional<int> first_named_part(const fs::path& path) {
    static const std::regex part(R"(7816-(\d+))");
    std::ifstream file(path);
    std::smatch match;
    for (std::string line; std::getline(file, line);) {
        if (std::regex_search(line, match, part)) {
            return std::stoi(match[1]);
        }
    }
    return std::nullopt;
}

/// The part that a file is about: the first that it names, or its header does;
/// of the rest the commands follow part 4, and all else part 3.
int own_part(const fs::path& path) {
    if (const auto part = first_named_part(path)) {
        return *part;
    }
    if (const auto part = first_named_part(fs::path(path).replace_extension(".h"))) {
        return *part;
    }
    return path.parent_path().filename() == "commands" ? 4 : 3;
}

std::vector<std::string> lines_of(const fs::path& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

bool is_comment(const std::string& line) {
    const std::size_t slashes = line.find("//");
    return slashes != std::string::npos && line.find_first_not_of(' ') == slashes;
}

/// Empties every line that is neither in a test case or a table of data nor in
/// the comment right above one: what a test file says elsewhere proves nothing.
void keep_tests(std::vector<std::string>& lines) {
    static const std::regex opening(
        R"(^(?:(?:BOOST_AUTO|BOOST_DATA|BOOST_FIXTURE)_TEST_CASE|RC_BOOST_(?:FIXTURE_)?PROP)\b)"
        R"(|^(?:inline |static )?const(?:expr)? .*(?:\[\]|vector<|array|to_array).*[{(]+$)");
    bool inside = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::size_t next = i;
        while (next < lines.size() && is_comment(lines[next])) {
            ++next;
        }
        const bool opens = next < lines.size() && std::regex_search(lines[next], opening);
        const bool closes = lines[i].starts_with("}");
        inside = inside || (opens && next == i);
        if (!inside && !opens) {
            lines[i].clear();
        }
        inside = inside && !closes;
    }
}

/// Adds the citations of a C++ file: its comments, a run of comment lines being
/// one text, and where it has a table of transitions, its rows' sources.
void read_source(const fs::path& path, const std::vector<std::string>& lines, Citations& citations) {
    static const std::regex literal(R"re("([^"]*)"\s*\}\s*,)re");
    Reader reader(path.lexically_relative(root).native(), own_part(path), citations);
    std::string text;
    int begin = 0;
    int number = 0;
    for (const std::string& line : lines) {
        ++number;
        const std::size_t slashes = line.find("//");
        const bool whole_line = is_comment(line);
        if (!whole_line || text.empty()) {
            reader.comment(text, begin);
            text.clear();
            begin = number;
        }
        if (slashes != std::string::npos) {
            text += " " + line.substr(line.find_first_not_of('/', slashes) == std::string::npos
                                          ? line.size()
                                          : line.find_first_not_of("/< ", slashes));
        }
        std::smatch match;
        if (!whole_line && std::regex_search(line, match, literal)) {
            reader.table_source(match[1], number);
        }
    }
    reader.comment(text, begin);
}

bool is_test(const fs::path& path) {
    return path.filename().native().ends_with("_test.cpp");
}

/// Of C++ files below the folder; of tests only what keep_tests() leaves.
Citations citations_below(const char* folder, bool tests) {
    Citations citations;
    std::set<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        const bool is_source = entry.path().extension() == ".h" || entry.path().extension() == ".cpp";
        if (is_source && is_test(entry.path()) == tests) {
            paths.insert(entry.path());
        }
    }
    for (const fs::path& path : paths) {
        std::vector<std::string> lines = lines_of(path);
        if (tests) {
            keep_tests(lines);
        }
        read_source(path, lines, citations);
    }
    return citations;
}

/// The sources of the catalogue's rules; a scenario proves each of them.
Citations citations_of_rules() {
    Citations citations;
    Reader reader("scenarios/rules.yaml", 3, citations);
    std::ifstream file(root / "scenarios/rules.yaml");
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.find("source:") != std::string::npos && line.find("7816-") != std::string::npos) {
            reader.comment(line, number);
        }
    }
    return citations;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(structure_clauses)

BOOST_AUTO_TEST_CASE(citations_are_found_in_comments_and_in_tables) {
    Citations found;
    Reader reader("file", 4, found);
    reader.comment(
        "as ISO/IEC 7816-3:2006 clause 9.3 says, see clauses 6 and "
        "8.2.3, 12.2.2 to 12.2.4. Not 1.5.",
        1);
    reader.comment("as clause 11.1.1, table 62", 2);
    reader.comment("of clause 5.3.3 (EMV 4.3 Book 1 clause 9.2.4)", 3);
    reader.comment("ISO/IEC 7816-9:2017 7.2", 4);
    reader.table_source("ISO/IEC 7816-3:2006 10.3.2", 5);
    reader.table_source("6.4", 6);
    reader.table_source("a message, 127", 7);
    std::string text;
    for (const auto& [clause, place] : found) {
        text += std::to_string(clause.part) + ": " + clause.number + " " + place + "; ";
    }
    BOOST_TEST(text ==
               "3: 10.3.2 file:5; 3: 12.2.2 file:1; 3: 12.2.3 file:1; 3: "
               "12.2.4 file:1; 3: 6 file:1; 3: 6.4 file:6; "
               "3: 8.2.3 file:1; 3: 9.3 file:1; 4: 11.1.1 file:2; 4: "
               "5.3.3 file:3; 9: 7.2 file:4; ");
}

BOOST_AUTO_TEST_CASE(of_a_test_file_counts_what_stands_at_its_tests_and_tables) {
    std::vector<std::string> lines{
        "/// Helper of clause 1.1.",
        "void help() {}",
        "// clause 1.2",
        "BOOST_AUTO_TEST_CASE(one) {",
        "    // clause 1.3",
        "}",
        "",
        "// clause 1.4",
        "",
        "// clause 1.5",
        "const Row rows[] = {",
        "    {1},  // clause 1.6",
        "};",
        "int x;  // clause 1.7",
    };
    keep_tests(lines);
    Citations found;
    read_source(root / "tests/none_test.cpp", lines, found);
    std::string text;
    for (const auto& [clause, place] : found) {
        text += clause.number + " ";
    }
    BOOST_TEST(text == "1.2 1.3 1.5 1.6 ");
}

BOOST_AUTO_TEST_CASE(every_clause_that_a_source_cites_is_named_by_a_test_or_a_rule) {
    Citations cited;
    for (const char* folder : {"core", "emulator", "scenarios/engine", "tools"}) {
        cited.merge(citations_below(folder, false));
    }
    BOOST_TEST(cited.size() > 60U);
    Citations named = citations_below("tests", true);
    named.merge(citations_of_rules());
    for (const auto& [clause, place] : cited) {
        BOOST_TEST(named.contains(clause), place << " cites " << clause << ", which no test names");
    }
}

BOOST_AUTO_TEST_SUITE_END()
