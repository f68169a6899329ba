#include "scenarios/engine/script/file.h"

#include <cerrno>
#include <fstream>
#include <iterator>

namespace scardlab::engine::script {

tl::expected<std::string, std::error_code> read_file(const std::filesystem::path& file) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) {
        return tl::unexpected(std::make_error_code(std::errc::is_a_directory));
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        return tl::unexpected(std::error_code(errno == 0 ? EIO : errno, std::generic_category()));
    }
    std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (stream.bad()) {
        return tl::unexpected(std::make_error_code(std::errc::io_error));
    }
    return text;
}

}  // namespace scardlab::engine::script
