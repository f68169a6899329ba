#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/engine/scenario.h"

namespace scardlab::engine::script {

/// A word of the format and the number behind it.
struct Word {
    std::string_view text;
    std::uint32_t value;
};
using Words = std::span<const Word>;

/// share: exclusive, shared, direct.
Words share_modes();
/// initialization: and disposition: leave, reset, unpower, eject.
Words dispositions();
/// none, T0, T1, RAW, T15 (bits).
Words protocol_words();
/// SCardStatus's bits: unknown, absent, present, swallowed, powered, negotiable, specific.
Words status_words();
/// SCardGetStatusChange's bits: ignore, changed, unknown, unavailable, empty, present, atrmatch, exclusive, inuse,
/// mute, unpowered; unaware is 0.
Words watch_words();

/// type: by_name, by_id, by_short, by_any.
Words reference_types();
/// file_type: directories, files, all_files, directory_file, transparent_ef, fixed_ef, cyclic_ef, variable_ef.
Words file_types();
/// from: begin, end, relative.
Words seek_origins();
/// algorithm: aes, tdes.
Words algorithms();
/// events: and event: insertion, removal, reset, reader_gone, reader_back (bits).
Words event_words();
/// flags: of a method's interface (bits).
Words flag_words(Method method);

/// What the format knows of a method: the arguments it takes (those it cannot do without first), and the parts of an
/// expectation that make sense for it, besides code.
struct MethodFacts {
    Method method;
    std::string_view name;
    bool of_interface;  ///< answers an HRESULT (S_OK); else a resource manager code (SCARD_S_SUCCESS)
    unsigned needed;    ///< so many of `takes`, from the front, have no default
    std::vector<std::string_view> takes;
    std::vector<std::string_view> tells;
    std::vector<std::string_view> tells_failing{};  ///< those of them that a call that fails tells too
};
const MethodFacts& facts(Method method);
std::span<const MethodFacts> all_methods();

/// The texts of a table, for nearest() and messages.
std::vector<std::string> texts(Words words);

/// Whether a method can answer a code of that name, written in full: an HRESULT (but E_PENDING, which is never told)
/// for the interfaces, else a code of the resource manager.
bool is_code_name(const std::string& text, bool of_interface);

/// All names of codes that are known.
std::vector<std::string> code_names(bool of_interface);

}  // namespace scardlab::engine::script
