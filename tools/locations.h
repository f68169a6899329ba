#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace scardlab::tools {

/// The folder of this program's file, without symbolic links.
std::filesystem::path program_folder();

/// The folder of the scenarios, with the card profiles in its folder "cards". In this order: `asked` (--catalogue)
/// unless empty, the environment variable SCARDLAB_CATALOGUE, ../share/scardlab/scenarios beside the program, the
/// source tree that it was built from. Error: one line that says where it was looked for.
tl::expected<std::filesystem::path, std::string> find_catalogue(const std::string& asked);

/// Card profiles of that catalogue.
inline std::filesystem::path cards_folder(const std::filesystem::path& catalogue) {
    return catalogue / "cards";
}

/// libscardlab_bridge.so, absolute: beside the program, in ../lib/scardlab, or in the build tree.
std::optional<std::filesystem::path> find_bridge();

/// The stock vpcd driver of Debian's vsmartcard-vpcd.
std::optional<std::filesystem::path> find_vpcd_driver();

/// pcscd, in PATH or in the folders of system programs.
std::optional<std::filesystem::path> find_pcscd();

}  // namespace scardlab::tools
