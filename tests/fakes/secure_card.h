#pragma once

#include <utility>

#include "emulator/icc/crypto.h"
#include "emulator/iso7816/secure_messaging.h"
#include "tests/fakes/command_card.h"

namespace scardlab::fakes {

inline icc::AccessRule secured(icc::AccessRule rule = always) {
    rule.secure_messaging = true;
    return rule;
}

/// The card of command_card.h, whose historical bytes tell that it takes extended length, with keys that make session
/// keys for secure messaging, 3 AES-128, 4 AES-192 and 5 AES-256, and in the MF
///
///     EF 2F10   SFI 16, 300 bytes from 00, read and update by secure messaging only
///     EF 2F11   SFI 17, 4 bytes, read by secure messaging after CHV 1, update by secure messaging after key 1
///     EF 2F12   SFI 18, linear variable, 5 records of at most 250: 250 bytes from 00, "31"; all by secure messaging
inline icc::Profile secure_card() {
    using Algorithm = icc::KeyProfile::Algorithm;
    using Usage = icc::KeyProfile::Usage;
    icc::Profile profile = command_card();
    profile.name = "secure_card";
    profile.cold_atr = atr("3B 85 80 01 80 73 F7 41 FB BA");
    profile.keys.push_back({3, Algorithm::aes128, counting(16, 0x30), 15, Usage::external, true});
    profile.keys.push_back({4, Algorithm::aes192, counting(24, 0x40), 15, Usage::external, true});
    profile.keys.push_back({5, Algorithm::aes256, counting(32, 0x50), 15, Usage::external, true});
    profile.mf.children.push_back(ef(0x2F10, std::uint8_t{16}, counting(300), secured(), secured()));
    profile.mf.children.push_back(
        ef(0x2F11, std::uint8_t{17}, hex("01 02 03 04"), secured(chv(1)), secured({icc::AccessRule::Kind::key, 0, 1})));
    auto records = record_ef(icc::FileKind::linear_variable_ef, 0x2F12, 18, 250, 5, {counting(250), hex("31")});
    for (const auto operation : {icc::Operation::read, icc::Operation::update, icc::Operation::write}) {
        records.access[operation] = secured();
    }
    profile.mf.children.push_back(records);
    return profile;
}

/// The application's end of secure messaging with such a card. What goes to and fro are whole commands and responses.
class SecureTerminal {
  public:
    static constexpr std::size_t block = 16;

    iso7816::Bytes get_challenge() const { return hex("00 84 00 00 10"); }
    /// MUTUAL AUTHENTICATE, for the answer to GET CHALLENGE.
    iso7816::Bytes mutual_authenticate(const icc::Profile& profile, std::uint8_t reference, iso7816::ByteView answer) {
        for (const icc::KeyProfile& key : profile.keys) {
            if (key.reference == reference) {
                key_ = {key.reference, key.algorithm, key.value};
            }
        }
        rnd_icc_.assign(answer.begin(), answer.begin() + block);
        iso7816::Bytes told = rnd_ifd_ = counting(block, 0xA0);
        told.insert(told.end(), rnd_icc_.begin(), rnd_icc_.end());
        return iso7816::CommandApdu{0x00, 0x82, 0x00, reference, icc::encrypt(key_, told).value(), 256, false}.encode();
    }
    /// From now on with the keys that were made by it. False: the card did not prove to know the key.
    bool begin(iso7816::ByteView answer) {
        iso7816::Bytes expected = rnd_icc_;
        expected.insert(expected.end(), rnd_ifd_.begin(), rnd_ifd_.end());
        expected = icc::encrypt(key_, expected).value();
        keys = iso7816::derive_session(key_.value, rnd_icc_, rnd_ifd_).value();
        return answer.size() == expected.size() + 2 && std::equal(expected.begin(), expected.end(), answer.begin());
    }

    iso7816::Bytes protect(iso7816::ByteView command) {
        return iso7816::protect_command(keys, iso7816::CommandApdu::parse(command).value());
    }
    /// The plain response as text; "in plain SW" or "refused SW" when it cannot be believed.
    std::string unprotect(iso7816::ByteView response) {
        const auto plain = iso7816::unprotect_response(keys, response);
        return plain                  ? iso7816::to_hex(*plain)
               : response.size() == 2 ? "in plain " + iso7816::to_hex(response)
                                      : "refused " + plain.error().message;
    }

    iso7816::SecureSession keys;

  private:
    icc::Key key_;
    iso7816::Bytes rnd_icc_, rnd_ifd_;
};

}  // namespace scardlab::fakes
