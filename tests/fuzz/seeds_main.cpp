// fuzz_seeds FOLDER: writes the seeds of every target to FOLDER/<target>/seed_<n>, and its words, or the words in the
// seeds of targets that read text, to FOLDER/<target>.dict, for libFuzzer to put together anew.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

using scardlab::fuzz::Bytes;
namespace fs = std::filesystem;

bool write(const fs::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    return static_cast<bool>(file.flush());
}

bool is_text(const Bytes& seed) {
    return std::all_of(seed.begin(), seed.end(),
                       [](std::uint8_t byte) { return byte == '\n' || (byte >= ' ' && byte < 0x7F); });
}

/// Runs of letters, digits and low lines, each once, as a dictionary of libFuzzer.
std::string words_of(const std::vector<Bytes>& seeds) {
    std::set<std::string> words;
    for (const Bytes& seed : seeds) {
        std::string word;
        for (const std::uint8_t byte : seed) {
            if (std::isalnum(byte) != 0 || byte == '_') {
                word += static_cast<char>(byte);
            } else if (word.size() > 1 && word.size() <= 24) {
                words.insert(std::exchange(word, ""));
            } else {
                word.clear();
            }
        }
    }
    std::string text;
    for (const std::string& word : words) {
        text += '"' + word + "\"\n";
    }
    return text;
}

/// Any bytes as a dictionary of libFuzzer.
std::string dictionary_of(const std::vector<Bytes>& words) {
    std::string text;
    for (const Bytes& word : words) {
        text += '"';
        for (const std::uint8_t byte : word) {
            text += "\\x" + scardlab::iso7816::to_hex(Bytes{byte});
        }
        text += "\"\n";
    }
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: fuzz_seeds FOLDER\n", stderr);
        return 2;
    }
    for (const scardlab::fuzz::Target* target : scardlab::fuzz::all_targets()) {
        const auto folder = fs::path(argv[1]) / target->name;
        fs::create_directories(folder);
        const auto seeds = target->seeds();
        bool written = true;
        for (std::size_t i = 0; i < seeds.size(); ++i) {
            written = written && write(folder / ("seed_" + std::to_string(i)), {seeds[i].begin(), seeds[i].end()});
        }
        if (target->words != nullptr) {
            written = written && write(folder.native() + ".dict", dictionary_of(target->words()));
        } else if (std::all_of(seeds.begin(), seeds.end(), is_text)) {
            written = written && write(folder.native() + ".dict", words_of(seeds));
        }
        if (!written) {
            std::fprintf(stderr, "fuzz_seeds: cannot write below %s\n", folder.c_str());
            return 1;
        }
    }
    return 0;
}
