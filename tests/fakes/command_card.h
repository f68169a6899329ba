#pragma once

#include <utility>
#include <vector>

#include "emulator/icc/state.h"
#include "tests/fakes/card_profiles.h"

namespace scardlab::fakes {

inline icc::FileProfile record_ef(icc::FileKind kind, std::uint16_t identifier, std::uint8_t short_identifier,
                                  std::uint8_t size, std::uint8_t capacity, std::vector<iso7816::Bytes> records) {
    icc::FileProfile file;
    file.kind = kind;
    file.identifier = identifier;
    file.short_identifier = short_identifier;
    file.record_size = size;
    file.record_capacity = capacity;
    file.records = std::move(records);
    return file;
}

inline icc::ChvProfile specific_chv(std::string_view value) {
    icc::ChvProfile chv;
    chv.reference = 0x81;
    chv.value = text(value);
    return chv;
}

/// The files of card_profiles.h, and after them
///
///     DF 6000   name "A0 00 00 00 63 60"; CHV 81 "5678"; data object 0042 "CAFE"
///       EF 6001   linear fixed, SFI 1, 5 records of 4: "11 01 02 03", "22 04 05 06", "11 07 08 09"
///       EF 6002   linear variable, SFI 2, 4 records of at most 10: "31", "32 33 34", "35 36"
///       EF 6003   cyclic, SFI 3, 3 records of 3: "02 02 02", "01 01 01"
///       EF 6004   SFI 4, 8 bytes 00; read CHV 81, update key 1, write CHV 1 and key 1
///       DF 6100   CHV 81 "1111"
///         EF 6101   SFI 1, 1 byte EE; read CHV 81
///       DF 6200
///         EF 6201   SFI 1, 1 byte DD; read CHV 81 (of DF 6000)
///
/// Data objects of the MF: 5F50 "BEEF", 0042 "00"; keys: 1 AES-128 with 2 tries, 2 two-key TDES. CHV 1 can be unblocked
/// with "99999999" (3 tries) and reset by key 2, CHV 2 cannot, nor can its verification be switched off.
inline icc::Profile command_card() {
    using icc::FileKind;
    icc::Profile profile = dual_protocol();
    profile.name = "command_card";
    auto guarded = ef(0x6004, std::uint8_t{4}, iso7816::Bytes(8), chv(0x81), always);
    guarded.access[icc::Operation::update] = {icc::AccessRule::Kind::key, 0, 1};
    guarded.access[icc::Operation::write] = {icc::AccessRule::Kind::chv_and_key, 1, 1};
    auto shadowing = df(0x6100, {}, {ef(0x6101, std::uint8_t{1}, hex("EE"), chv(0x81), always)});
    shadowing.chvs = {specific_chv("1111")};
    const auto plain = df(0x6200, {}, {ef(0x6201, std::uint8_t{1}, hex("DD"), chv(0x81), always)});
    auto application =
        df(0x6000, hex("A0 00 00 00 63 60"),
           {record_ef(FileKind::linear_fixed_ef, 0x6001, 1, 4, 5,
                      {hex("11 01 02 03"), hex("22 04 05 06"), hex("11 07 08 09")}),
            record_ef(FileKind::linear_variable_ef, 0x6002, 2, 10, 4, {hex("31"), hex("32 33 34"), hex("35 36")}),
            record_ef(FileKind::cyclic_ef, 0x6003, 3, 3, 3, {hex("02 02 02"), hex("01 01 01")}), guarded, shadowing,
            plain});
    application.chvs = {specific_chv("5678")};
    application.data_objects = {{0x0042, hex("CA FE")}};
    profile.mf.children.push_back(application);
    profile.mf.data_objects = {{0x5F50, hex("BE EF")}, {0x0042, hex("00")}};
    profile.keys = {{1, icc::KeyProfile::Algorithm::aes128, counting(16), 2},
                    {2, icc::KeyProfile::Algorithm::tdes, counting(16, 0x40), 15}};
    profile.chvs[0].unblock_value = text("99999999");
    profile.chvs[0].unblock_tries = 3;
    profile.chvs[0].reset_key = 2;
    profile.chvs[1].can_be_disabled = false;
    return profile;
}

/// A store that remembers what was saved, and can fail.
class RecordingStore : public icc::StateStore {
  public:
    bool save(const icc::IccState& state) override {
        if (failing_from != 0 && ++attempts >= failing_from) {
            return false;
        }
        saved.push_back(state);
        return true;
    }

    std::vector<icc::IccState> saved;
    unsigned failing_from = 0;  ///< the nth attempt from when this was set, and all later ones, fail; 0: none
    unsigned attempts = 0;
};

}  // namespace scardlab::fakes
