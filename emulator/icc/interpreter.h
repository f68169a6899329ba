#pragma once

#include "emulator/icc/state.h"
#include "emulator/iso7816/apdu.h"
#include "emulator/iso7816/tpdu.h"

namespace scardlab::icc {

/// What a card has besides its session: what it stores, where that is saved (nullptr: nowhere), and what it was made
/// from.
struct CardMemory {
    IccState& state;
    StateStore* store;
    const Profile& profile;
};

/// What Ne means on the link that brought a command.
enum class LeMeaning : std::uint8_t {
    maximum,  ///< T=1 and ENVELOPE: a shorter response is sent as it is
    exact,    ///< P3 of T=0: the command is not carried out when its response is shorter, and answered 6Cxx
};

/// Carries out one command after ISO/IEC 7816-4, -8 and -9 on the stored state and the session; commands/handlers.h
/// says which there are. `data` (cleared first) receives the response data, at most command.ne bytes (more only by
/// IccQuirks::Commands::surplus). With a store, every change is saved before the answer is given; a change that cannot
/// be saved is undone and answered 6581.
///
/// Class byte (7816-4 clause 5.4.1), in this order: 6E00 neither interindustry class, then secure messaging, 6881 the
/// channel is not open.
///
/// Secure messaging (clause 10, secure_messaging.h) with the keys that MUTUAL AUTHENTICATE made. The plain command
/// inside is carried out, whatever it is, and its response protected, errors too; only what is refused before it comes
/// to that is answered in plain:
/// - 6882 no key of the card makes session keys, or the header is not authenticated (clause 5.4.1);
/// - 6985 there are no session keys now;
/// - 6700 extended length that the card does not take, or an Le of the protected command in which not even a status has
///   room; these three leave the keys as they are;
/// - 6987, 6988 the protection is incomplete or wrong: there are no session keys any more.
/// A response for which that Le is too small is 6700 without data, protected, after the command was carried out. Plain
/// commands stay allowed, where no access rule demands secure messaging (6982), and do not touch keys and counter. The
/// keys end with the session of the card, with the logical channel on which they were made, and when others are made.
///
/// Command chaining (clause 5.3.3): parts with bit 5 of CLA set are answered 9000 and collected; the last part carries
/// the command out with all data together, and its Le counts. A chain ends without effect by a command that is refused,
/// or whose CLA (but for bit 5), INS, P1 or P2 differ, also in secure messaging, which protects each part, which is
/// answered 6883 and not carried out. A chain of a command that only answers is 6884, one of more than 65,535 bytes
/// 6700.
///
/// Then: 6D00 unknown INS, also every odd one (offsets in data objects); 6985 for all but GET DATA after TERMINATE CARD
/// USAGE.
iso7816::StatusWord execute(const iso7816::CommandApdu& command, CardMemory memory, ApplicationSession& session,
                            iso7816::Bytes& data, LeMeaning le = LeMeaning::maximum);

/// Whether a MUTUAL AUTHENTICATE of this card can make session keys.
bool makes_secure_messaging_keys(const IccState& state);

/// Which way the data of a T=0 command with this header go, for a card that has P3 > 0 to explain: the card knows it
/// from INS (ISO/IEC 7816-3 clause 10.3.2). A command that can have data both ways (case 4), or a case by P1 and P2, is
/// to_card: its response waits for GET RESPONSE. So is one that never has data, which is to be refused when it brings
/// some rather than carried out. With P3 = 00 a command to the card has no data. Secure messaging makes every command
/// one of case 4: the class byte tells that.
iso7816::T0Direction t0_direction(std::uint8_t ins);

}  // namespace scardlab::icc
