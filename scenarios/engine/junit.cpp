#include "scenarios/engine/junit.h"

#include <algorithm>
#include <pugixml.hpp>
#include <string>

namespace scardlab::engine {

namespace {

long long count(const std::vector<ScenarioResult>& results, Verdict verdict) {
    return std::count_if(results.begin(), results.end(),
                         [verdict](const ScenarioResult& result) { return result.verdict == verdict; });
}

void append(pugi::xml_node suite, const ScenarioResult& result) {
    pugi::xml_node node = suite.append_child("testcase");
    const auto slash = result.id.find('/');
    const std::string folder = slash == std::string::npos ? "" : "." + result.id.substr(0, slash);
    node.append_attribute("classname") = (std::string(name(result.target)) + folder).c_str();
    node.append_attribute("name") = result.id.c_str();
    node.append_attribute("time") = std::chrono::duration<double>(result.duration).count();
    const char* kind = result.verdict == Verdict::failed           ? "failure"
                       : result.verdict == Verdict::error          ? "error"
                       : result.verdict == Verdict::not_applicable ? "skipped"
                                                                   : nullptr;
    if (kind != nullptr) {
        pugi::xml_node why = node.append_child(kind);
        why.append_attribute("message") = result.message.substr(0, result.message.find('\n')).c_str();
        if (result.verdict != Verdict::not_applicable) {
            why.text() = result.message.c_str();
        }
    }
}

}  // namespace

tl::expected<void, std::error_code> write_junit(const std::filesystem::path& file,
                                                const std::vector<ScenarioResult>& results) {
    pugi::xml_document document;
    pugi::xml_node suite = document.append_child("testsuite");
    suite.append_attribute("name") =
        results.empty() ? "scardlab" : ("scardlab." + std::string(name(results.front().target))).c_str();
    suite.append_attribute("tests") = results.size();
    suite.append_attribute("failures") = count(results, Verdict::failed);
    suite.append_attribute("errors") = count(results, Verdict::error);
    suite.append_attribute("skipped") = count(results, Verdict::not_applicable);
    for (const ScenarioResult& result : results) {
        append(suite, result);
    }
    const std::filesystem::path temporary = file.native() + ".new";
    if (!document.save_file(temporary.c_str(), "  ")) {
        return tl::make_unexpected(std::make_error_code(std::errc::io_error));
    }
    std::error_code failure;
    std::filesystem::rename(temporary, file, failure);
    return failure ? tl::expected<void, std::error_code>(tl::make_unexpected(failure))
                   : tl::expected<void, std::error_code>();
}

}  // namespace scardlab::engine
