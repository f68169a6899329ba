#pragma once

#include "emulator/iso7816/block_cipher.h"
#include "emulator/iso7816/secure_messaging.h"
#include "emulator/iso7816/tlv.h"

namespace scardlab::fakes {

/// Data objects followed by the DO 8E that belongs to them as the next message of a session: what only who has the keys
/// can send, whether the objects make sense or not. `header`: of a command, none for a response.
inline iso7816::Bytes with_mac(iso7816::SecureSession session, iso7816::ByteView header, iso7816::ByteView objects) {
    for (std::size_t i = session.counter.size(); i > 0 && ++session.counter[i - 1] == 0; --i) {
    }
    iso7816::Bytes input(session.counter.begin(), session.counter.end());
    for (const iso7816::ByteView part : {header, objects}) {
        if (!part.empty()) {
            input.insert(input.end(), part.begin(), part.end());
            input.push_back(0x80);
            input.resize((input.size() + 15) / 16 * 16);
        }
    }
    iso7816::Bytes mac = iso7816::cmac(session.mac_key, input).value();
    mac.resize(8);
    iso7816::Bytes all(objects.begin(), objects.end());
    iso7816::append_tlv(all, 0x8E, mac);
    return all;
}

}  // namespace scardlab::fakes
