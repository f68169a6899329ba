#pragma once

#include <optional>

#include "emulator/icc/commands/card.h"

namespace scardlab::icc::commands {

/// The CHV that a reference means in `df`: a global one (01 to 1F), or one specific to `df` or the nearest DF above it
/// that has it (81 to 9F). nullptr: none.
Chv* find_chv(IccState& state, FileIndex df, std::uint8_t reference);
/// The key of that reference. nullptr: none.
Key* find_key(IccState& state, std::uint8_t reference);

/// A CHV that the current DF of the card's channel sees has been verified. What was verified of a global one holds on
/// every channel, of a specific one on the channel that verified it until another DF is selected where its reference
/// means no CHV or another.
bool is_verified(const Card& card, std::uint8_t reference);
void set_verified(const Card& card, std::uint8_t reference);
/// On every channel whose current DF sees this CHV by its reference.
void set_not_verified(const Card& card, const Chv& chv);

/// The other side has proved to know that key. Holds on every channel.
bool is_authenticated(const Card& card, std::uint8_t reference);
void set_authenticated(const Card& card, std::uint8_t reference);
void set_not_authenticated(const Card& card, std::uint8_t reference);

/// Makes `df` the current DF of a channel, with no current EF. Verified stay the CHVs that both DFs see.
void enter_df(IccState& state, Channel& channel, FileIndex df);
/// Makes `file` current: a DF by enter_df(), an EF together with its DF, with no current record.
void make_current(const Card& card, FileIndex file);

/// Why an operation on a file is refused, nullopt when it is not (ISO/IEC 7816-4 clause 7.4.10, 9.3.3.1):
/// - 6985 when the file or a DF above it is deactivated or terminated; for the operations that change a file's life
///   cycle or delete it only the DFs above it count;
/// - 6982 when its access rule is not satisfied. A file in creation or initialisation state is still being made: its
///   rules are not looked at. A CHV whose verification is not required counts as verified.
std::optional<StatusWord> refusal(const Card& card, FileIndex file, Operation operation);

/// The EF that a short identifier addresses under the current DF, or with 0 the current EF. Errors: 6A82, 6986.
tl::expected<FileIndex, StatusWord> addressed_ef(const Card& card, std::uint8_t short_identifier);

}  // namespace scardlab::icc::commands
