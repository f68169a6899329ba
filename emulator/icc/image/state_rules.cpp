#include "emulator/icc/image/state_rules.h"

#include <fmt/format.h>

#include <vector>

namespace scardlab::icc {

namespace {

bool is_df(const File& file) {
    return file.exists && file.kind == FileKind::df;
}

/// For each file, whether its parents lead to the MF; no parent index is beyond the files.
std::vector<bool> files_below_mf(const std::vector<File>& files) {
    std::vector<bool> below(files.size());
    below[mf_index] = true;
    std::vector<FileIndex> way;
    for (FileIndex start = 0; start < files.size(); ++start) {
        way.clear();
        FileIndex at = start;
        while (!below[at] && way.size() < files.size()) {
            way.push_back(at);
            at = files[at].parent;
        }
        if (!below[at]) {
            continue;
        }
        for (const FileIndex passed : way) {
            below[passed] = true;
        }
    }
    return below;
}

std::string beyond(const char* what, FileIndex index, std::size_t count) {
    return fmt::format("{} is file {}, expected one below {}", what, index, count);
}

}  // namespace

std::optional<BrokenReference> find_broken_reference(const IccState& state) {
    const std::vector<File>& files = state.files;
    if (files.empty() || !is_df(files[mf_index]) || files[mf_index].parent != mf_index) {
        return BrokenReference{0, "the first file is no MF, expected a DF that is its own parent"};
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].parent >= files.size()) {
            return BrokenReference{i, beyond("the parent", files[i].parent, files.size())};
        }
    }
    const std::vector<bool> below_mf = files_below_mf(files);
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].exists && !(is_df(files[files[i].parent]) && below_mf[i])) {
            return BrokenReference{i, fmt::format("the parent is file {}, expected a DF of the MF", files[i].parent)};
        }
    }
    for (std::size_t i = 0; i < state.chvs.size(); ++i) {
        const FileIndex df = state.chvs[i].df;
        if (df >= files.size()) {
            return BrokenReference{files.size() + i, beyond("the CHV's DF", df, files.size())};
        }
        if (!is_df(files[df])) {
            return BrokenReference{files.size() + i, fmt::format("the CHV's DF is file {}, expected a DF", df)};
        }
    }
    return std::nullopt;
}

bool fits(KeyProfile::Algorithm algorithm, std::size_t bytes) {
    switch (algorithm) {
        case KeyProfile::Algorithm::aes128:
            return bytes == 16;
        case KeyProfile::Algorithm::aes192:
            return bytes == 24;
        case KeyProfile::Algorithm::aes256:
            return bytes == 32;
        case KeyProfile::Algorithm::tdes:
            return bytes == 16 || bytes == 24;
    }
    return false;
}

}  // namespace scardlab::icc
