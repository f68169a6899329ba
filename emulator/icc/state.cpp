#include "emulator/icc/state.h"

namespace scardlab::icc {

namespace {

void add_file(const FileProfile& profile, FileIndex parent, std::vector<File>& files) {
    const auto index = static_cast<FileIndex>(files.size());
    files.push_back({profile.kind, profile.identifier, profile.short_identifier, profile.aid, profile.content,
                     profile.read, profile.update, parent});
    for (const FileProfile& child : profile.children) {
        add_file(child, index, files);
    }
}

/// FNV-1a, so that each profile has its own sequence of challenges, the same in every run.
std::uint64_t seed_from(std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const char c : text) {
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ULL;
    }
    return hash;
}

}  // namespace

IccState personalise(const Profile& profile) {
    IccState state;
    add_file(profile.mf, mf_index, state.files);
    for (const ChvProfile& chv : profile.chvs) {
        state.chvs.push_back({chv.reference, chv.value, chv.tries, chv.tries});
    }
    state.random_seed = seed_from(profile.name);
    return state;
}

void IccSession::clear() {
    application.current_df = mf_index;
    application.current_ef.reset();
    application.verified.clear();
    t0.waiting.clear();
    t0.waiting_offset = 0;
    t0.waiting_status = {};
    t1.send_sequence = false;
    t1.expected_sequence = false;
    t1.ifsd = T1Session{}.ifsd;
    t1.command.clear();
    t1.response.clear();
    t1.response_offset = 0;
    t1.sending_chain = false;
}

}  // namespace scardlab::icc
