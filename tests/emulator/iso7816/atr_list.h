#pragma once

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>
#include <vector>

namespace scardlab::iso7816 {

/// The list of ATRs that the package pcsc-tools brings.
inline constexpr const char* atr_list_path = "/usr/share/pcsc/smartcard_list.txt";

/// For the precondition decorator.
inline boost::test_tools::assertion_result atr_list_is_installed(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(std::ifstream(atr_list_path).good());
    result.message() << atr_list_path << " is not there: install the package pcsc-tools";
    return result;
}

/// A line of the list is a regular expression; one ATR that it stands for: a wildcard digit becomes 0, of digits in
/// brackets the first is taken, and "any number of any" becomes none.
inline std::string without_wildcards(const std::string& line) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line.compare(i, 2, ".*") == 0) {
            ++i;
        } else if (line[i] == '.') {
            text += '0';
        } else if (line[i] == '[') {
            text += line.at(i + 1);
            i = line.find(']', i);
            BOOST_REQUIRE_MESSAGE(i != std::string::npos, "no closing bracket in " << line);
        } else {
            text += line[i];
        }
    }
    return text;
}

/// The lines that hold an ATR: neither empty nor comment nor description, which begins with a tabulator.
inline std::vector<std::string> atr_lines() {
    std::vector<std::string> lines;
    std::ifstream list(atr_list_path);
    for (std::string line; std::getline(list, line);) {
        if (!line.empty() && line[0] != '#' && line[0] != '\t') {
            lines.push_back(line);
        }
    }
    return lines;
}

}  // namespace scardlab::iso7816
