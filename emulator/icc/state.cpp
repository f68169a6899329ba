#include "emulator/icc/state.h"

#include <string_view>
#include <utility>

namespace scardlab::icc {

namespace {

void add_chv(const ChvProfile& profile, FileIndex df, std::vector<Chv>& chvs) {
    chvs.push_back({profile.reference, df, profile.value, profile.tries, profile.tries, profile.unblock_value,
                    profile.unblock_tries, profile.unblock_tries, profile.reset_key, profile.enabled,
                    profile.can_be_disabled, profile.minimum_length, profile.maximum_length});
}

void add_file(const FileProfile& profile, FileIndex parent, IccState& state) {
    const auto index = static_cast<FileIndex>(state.files.size());
    File file;
    file.kind = profile.kind;
    file.identifier = profile.identifier;
    file.short_identifier = profile.short_identifier;
    file.aid = profile.aid;
    file.content = profile.content;
    file.records = profile.records;
    file.record_size = profile.record_size;
    file.record_capacity = profile.record_capacity;
    file.access = profile.access;
    file.life_cycle = profile.life_cycle;
    file.data_objects = profile.data_objects;
    file.parent = parent;
    state.files.push_back(std::move(file));
    for (const ChvProfile& chv : profile.chvs) {
        add_chv(chv, index, state.chvs);
    }
    for (const FileProfile& child : profile.children) {
        add_file(child, index, state);
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
    for (const ChvProfile& chv : profile.chvs) {
        add_chv(chv, mf_index, state.chvs);
    }
    for (const KeyProfile& key : profile.keys) {
        state.keys.push_back(
            {key.reference, key.algorithm, key.value, key.tries, key.tries, key.usage, key.secure_messaging});
    }
    add_file(profile.mf, mf_index, state);
    state.random_seed = seed_from(profile.name);
    return state;
}

void IccSession::clear() {
    application.channels = ApplicationSession{}.channels;
    application.verified.clear();
    application.authenticated.clear();
    application.challenge.clear();
    application.chain.active = false;
    application.chain.secured = false;
    application.chain.header = {};
    application.chain.data.clear();
    application.secure_messaging.reset();
    t0.waiting.clear();
    t0.waiting_offset = 0;
    t0.waiting_status = {};
    t0.envelope.clear();
    t1.send_sequence = false;
    t1.expected_sequence = false;
    t1.ifsd = T1Session{}.ifsd;
    t1.command.clear();
    t1.response.clear();
    t1.response_offset = 0;
    t1.sending_chain = false;
}

}  // namespace scardlab::icc
