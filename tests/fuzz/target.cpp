#include "tests/fuzz/target.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace scardlab::fuzz {

namespace fs = std::filesystem;

void must(bool holds, const char* property) {
    if (!holds) {
        throw std::logic_error(property);
    }
}

std::uint8_t Input::byte() {
    const ByteView one = bytes(1);
    return one.empty() ? std::uint8_t{0} : one[0];
}

ByteView Input::bytes(std::size_t count) {
    const ByteView taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
}

std::vector<Bytes> from_hex(std::initializer_list<std::string_view> texts) {
    std::vector<Bytes> inputs;
    for (const std::string_view text : texts) {
        inputs.push_back(iso7816::parse_hex(text).value());
    }
    return inputs;
}

std::vector<Bytes> files_below(std::string_view folder, std::string_view extension) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SCARDLAB_SOURCE_DIR) / folder)) {
        if (entry.path().extension() == extension) {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Bytes> inputs;
    for (const fs::path& path : paths) {
        std::ifstream file(path, std::ios::binary);
        inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return inputs;
}

}  // namespace scardlab::fuzz
