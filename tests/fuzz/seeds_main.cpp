// fuzz_seeds FOLDER: writes the seeds of every target to FOLDER/<target>/seed_<n>.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/fuzz/target.h"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: fuzz_seeds FOLDER\n", stderr);
        return 2;
    }
    for (const scardlab::fuzz::Target* target : scardlab::fuzz::all_targets()) {
        const auto folder = std::filesystem::path(argv[1]) / target->name;
        std::filesystem::create_directories(folder);
        int number = 0;
        for (const auto& seed : target->seeds()) {
            std::ofstream file(folder / ("seed_" + std::to_string(number++)), std::ios::binary);
            file.write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
            if (!file.flush()) {
                std::fprintf(stderr, "fuzz_seeds: cannot write below %s\n", folder.c_str());
                return 1;
            }
        }
    }
    return 0;
}
