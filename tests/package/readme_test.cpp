// What other projects meet first: README's example, and headers that bring nobody else's.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace fs = std::filesystem;

namespace {

const fs::path root = SCARDLAB_SOURCE_DIR;

std::string text_of(const fs::path& file) {
    std::ifstream stream(file);
    BOOST_REQUIRE_MESSAGE(stream, file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// The first block of a language after a heading.
std::string block(const std::string& text, const std::string& heading, const std::string& language) {
    const std::size_t section = text.find("\n## " + heading + "\n");
    BOOST_REQUIRE(section != std::string::npos);
    const std::string fence = "\n```" + language + "\n";
    const std::size_t begin = text.find(fence, section);
    BOOST_REQUIRE(begin != std::string::npos);
    const std::size_t end = text.find("\n```\n", begin + fence.size());
    BOOST_REQUIRE(end != std::string::npos);
    return text.substr(begin + fence.size(), end + 1 - (begin + fence.size()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(package_readme)

BOOST_AUTO_TEST_CASE(the_example_of_readme_is_the_one_that_is_built_and_run) {
    const std::string readme = text_of(root / "README.md");
    BOOST_TEST(block(readme, "As a library", "cpp") == text_of(root / "tests/package/example/example_test.cpp"));
    const std::string project = text_of(root / "tests/package/example/CMakeLists.txt");
    BOOST_TEST(project.find(block(readme, "As a library", "cmake")) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_header_includes_one_of_another_project_but_expected) {
    std::size_t headers = 0;
    for (const char* folder : {"emulator", "core", "scenarios"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() != ".h" || entry.path().native().find("/bridge/") != std::string::npos) {
                continue;
            }
            ++headers;
            std::ifstream file(entry.path());
            std::string line;
            while (std::getline(file, line)) {
                // Headers of the standard library have neither a folder nor an ending; those of Linux begin with sys/.
                const bool foreign = line.starts_with("#include <") && line.find_first_of("/.") != std::string::npos &&
                                     !line.starts_with("#include <sys/");
                BOOST_TEST((!foreign || line == "#include <tl/expected.hpp>"), entry.path().native() + ": " + line);
            }
        }
    }
    BOOST_TEST(headers > 100U);
}

BOOST_AUTO_TEST_SUITE_END()
