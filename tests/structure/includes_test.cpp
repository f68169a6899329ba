// Dependencies point one way: tools -> scenarios/engine -> core -> emulator.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Include {
    std::string from;  ///< path below the repository
    std::string to;
};

/// Every include of a file of this project, in the sources below the four folders.
std::vector<Include> includes() {
    const fs::path root = SCARDLAB_SOURCE_DIR;
    std::vector<Include> found;
    for (const char* folder : {"emulator", "core", "scenarios", "tools"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const fs::path extension = entry.path().extension();
            if (extension != ".h" && extension != ".cpp") {
                continue;
            }
            std::ifstream file(entry.path());
            std::string line;
            while (std::getline(file, line)) {
                if (line.starts_with("#include \"")) {
                    found.push_back(
                        {entry.path().lexically_relative(root).native(), line.substr(10, line.find('"', 10) - 10)});
                }
            }
        }
    }
    return found;
}

bool below(const std::string& path, const std::string& folder) {
    return path.starts_with(folder + "/");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(structure_includes)

BOOST_AUTO_TEST_CASE(no_folder_includes_one_above_it) {
    const auto all = includes();
    BOOST_TEST(all.size() > 100U);
    const std::vector<std::pair<std::string, std::vector<std::string>>> forbidden{
        {"emulator", {"core", "scenarios", "tools"}},
        {"core", {"scenarios", "tools"}},
        {"scenarios", {"tools"}},
        {"emulator/iso7816", {"emulator/icc", "emulator/ifd", "emulator/vpcd"}},
        {"emulator/icc", {"emulator/ifd", "emulator/vpcd"}},
        {"emulator/ifd", {"emulator/vpcd"}},
        {"core/resource_manager", {"core/service_provider"}},
    };
    for (const Include& include : all) {
        for (const auto& [folder, above] : forbidden) {
            for (const std::string& target : above) {
                BOOST_TEST(!(below(include.from, folder) && below(include.to, target)),
                           include.from << " includes " << include.to);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(core_sees_of_the_emulator_the_ifd_the_clock_and_the_value_types) {
    const std::set<std::string> seen{"emulator/ifd/ifd.h", "emulator/ifd/clock.h"};
    for (const Include& include : includes()) {
        if (below(include.from, "core") && below(include.to, "emulator")) {
            BOOST_TEST((below(include.to, "emulator/iso7816") || seen.contains(include.to)),
                       include.from << " includes " << include.to);
        }
    }
}

BOOST_AUTO_TEST_CASE(includes_start_at_the_root_of_the_repository) {
    for (const Include& include : includes()) {
        BOOST_TEST(fs::exists(fs::path(SCARDLAB_SOURCE_DIR) / include.to), include.from << " includes " << include.to);
    }
}

BOOST_AUTO_TEST_SUITE_END()
