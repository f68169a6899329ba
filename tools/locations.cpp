#include "tools/locations.h"

#include <cstdlib>
#include <sstream>
#include <string_view>
#include <vector>

namespace scardlab::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view bridge_file = "libscardlab_bridge.so";

std::string environment(const char* variable) {
    const char* value = std::getenv(variable);
    return value == nullptr ? "" : value;
}

std::optional<fs::path> first_file(const std::vector<fs::path>& candidates) {
    std::error_code ignored;
    for (const fs::path& candidate : candidates) {
        if (fs::is_regular_file(candidate, ignored)) {
            return fs::weakly_canonical(candidate, ignored);
        }
    }
    return std::nullopt;
}

}  // namespace

fs::path program_folder() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path(".") : program.parent_path();
}

tl::expected<fs::path, std::string> find_catalogue(const std::string& asked) {
    const std::string from_environment = environment("SCARDLAB_CATALOGUE");
    std::error_code ignored;
    if (!asked.empty() || !from_environment.empty()) {
        const fs::path folder = asked.empty() ? from_environment : asked;
        if (fs::is_directory(folder, ignored)) {
            return folder;
        }
        return tl::make_unexpected((asked.empty() ? "SCARDLAB_CATALOGUE: " : "--catalogue: ") + folder.string() +
                                   " is not a folder");
    }
    const fs::path installed = program_folder().parent_path() / "share/scardlab/scenarios";
    const fs::path built_from = SCARDLAB_SOURCE_CATALOGUE;
    for (const fs::path& folder : {installed, built_from}) {
        if (fs::is_directory(folder, ignored)) {
            return folder;
        }
    }
    return tl::make_unexpected("no scenarios in " + installed.string() + " or " + built_from.string() +
                               "; name their folder with --catalogue or SCARDLAB_CATALOGUE");
}

std::optional<fs::path> find_bridge() {
    const fs::path folder = program_folder();
    return first_file({folder / bridge_file, folder.parent_path() / "lib/scardlab" / bridge_file,
                       folder.parent_path() / "emulator/vpcd" / bridge_file});
}

std::optional<fs::path> find_vpcd_driver() {
    return first_file({"/usr/lib/pcsc/drivers/serial/libifdvpcd.so"});
}

std::optional<fs::path> find_pcscd() {
    std::vector<fs::path> candidates;
    std::istringstream path(environment("PATH"));
    for (std::string folder; std::getline(path, folder, ':');) {
        if (!folder.empty()) {
            candidates.push_back(fs::path(folder) / "pcscd");
        }
    }
    candidates.insert(candidates.end(), {"/usr/sbin/pcscd", "/sbin/pcscd", "/usr/local/sbin/pcscd"});
    return first_file(candidates);
}

}  // namespace scardlab::tools
