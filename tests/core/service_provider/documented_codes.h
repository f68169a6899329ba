#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace scardlab::service_provider::test {

/// Methods of a class and the result codes that its header documents: those of the comment right before a method, of
/// its overloads, and, for a method without a comment, of the method before it.
inline std::map<std::string, std::set<std::string>> documented_codes(const std::filesystem::path& header,
                                                                     const std::string& class_name) {
    std::ifstream file(header);
    BOOST_REQUIRE_MESSAGE(file, header);
    static const std::regex code("\\b(S_OK|E_[A-Z]+|SCARD_[EWF]_[A-Z_]*[A-Z])\\b");
    static const std::regex method("^    virtual Hresult (\\w+)\\(.*");
    std::map<std::string, std::set<std::string>> documented;
    std::set<std::string> codes;
    bool inside = false, in_comment = false;
    for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (line.starts_with("class " + class_name + " {")) {
            inside = true;
        } else if (inside && line == "};") {
            return documented;
        } else if (inside && line.starts_with("    ///")) {
            if (!in_comment) {
                codes.clear();
            }
            in_comment = true;
            for (std::sregex_iterator found(line.begin(), line.end(), code), end; found != end; ++found) {
                codes.insert(found->str());
            }
        } else if (inside && std::regex_match(line, match, method)) {
            in_comment = false;
            documented[match[1]].insert(codes.begin(), codes.end());
        } else if (inside) {
            in_comment = false;
        }
    }
    BOOST_FAIL("no class " + class_name + " in " + header.string());
    return documented;
}

}  // namespace scardlab::service_provider::test
