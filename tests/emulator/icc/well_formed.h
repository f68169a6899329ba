#pragma once

#include <algorithm>

#include "emulator/icc/state.h"

namespace scardlab::tests {

/// What holds of a file that exists.
inline bool is_well_formed(const icc::IccState& state, const icc::File& file) {
    const bool has_df = file.parent < state.files.size() && state.files[file.parent].exists &&
                        state.files[file.parent].kind == icc::FileKind::df;
    const bool sizes = std::ranges::all_of(file.records, [&](const iso7816::Bytes& record) {
        return file.kind == icc::FileKind::linear_variable_ef ? record.size() <= file.record_size
                                                              : record.size() == file.record_size;
    });
    return has_df && sizes && file.records.size() <= file.record_capacity &&
           (has_records(file.kind) || file.records.empty());
}

/// What holds of a stored state whatever commands did: above all, that nothing belongs to a file that is gone.
inline bool is_well_formed(const icc::IccState& state) {
    const auto unique_below = [&](const icc::File& file) {
        return std::ranges::count_if(state.files, [&](const icc::File& other) {
                   return other.exists && other.parent == file.parent && other.identifier == file.identifier;
               }) == 1;
    };
    return state.files[icc::mf_index].exists && state.files[icc::mf_index].parent == icc::mf_index &&
           std::ranges::all_of(state.files,
                               [&](const icc::File& file) {
                                   return file.exists ? is_well_formed(state, file) && unique_below(file)
                                                      : file.records.empty() && file.content.empty();
                               }) &&
           std::ranges::all_of(state.chvs,
                               [&](const icc::Chv& chv) {
                                   return state.files[chv.df].exists && state.files[chv.df].kind == icc::FileKind::df &&
                                          chv.tries_left <= chv.tries && chv.value.size() <= chv.maximum_length;
                               }) &&
           std::ranges::all_of(state.keys, [](const icc::Key& key) { return key.tries_left <= key.tries; });
}

/// What holds of a channel: it is in a DF that exists, its current EF is an EF of this DF; closed, it knows nothing.
inline bool is_well_formed(const icc::Channel& channel, const icc::IccState& state) {
    if (!channel.open) {
        return channel == icc::Channel{};
    }
    const icc::File& df = state.files[channel.current_df];
    if (!df.exists || df.kind != icc::FileKind::df) {
        return false;
    }
    if (!channel.current_ef) {
        return channel.current_record == 0;
    }
    const icc::File& ef = state.files[*channel.current_ef];
    return ef.exists && ef.kind != icc::FileKind::df && ef.parent == channel.current_df &&
           channel.current_record <= ef.records.size();
}

inline bool is_well_formed(const icc::IccState& state, const icc::ApplicationSession& session) {
    return is_well_formed(state) && session.channels[0].open &&
           std::ranges::all_of(session.channels,
                               [&](const icc::Channel& channel) { return is_well_formed(channel, state); });
}

}  // namespace scardlab::tests
