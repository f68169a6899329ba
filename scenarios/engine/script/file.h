#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <tl/expected.hpp>

namespace scardlab::engine::script {

/// The whole of a regular file.
tl::expected<std::string, std::error_code> read_file(const std::filesystem::path& file);

}  // namespace scardlab::engine::script
