#include "tests/emulator/icc/image/state_generator.h"

#include <algorithm>

#include "tests/fakes/card_profiles.h"

namespace scardlab::tests {

namespace {

using iso7816::Bytes;

template <class T>
T any() {
    return *rc::gen::arbitrary<T>();
}

Bytes any_bytes(std::size_t least, std::size_t largest) {
    const auto size = *rc::gen::inRange<std::size_t>(least, largest + 1);
    return *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
}

std::uint8_t up_to(std::uint8_t largest) {
    return static_cast<std::uint8_t>(*rc::gen::inRange<unsigned>(0, largest + 1U));
}

icc::AccessRule any_rule() {
    icc::AccessRule rule;
    auto& [kind, chv, key, secure_messaging] = rule;
    kind = static_cast<icc::AccessRule::Kind>(up_to(4));
    chv = any<std::uint8_t>();
    key = any<std::uint8_t>();
    secure_messaging = any<bool>();
    return rule;
}

void give_content(icc::File& file) {
    if (file.kind == icc::FileKind::transparent_ef) {
        file.content = any_bytes(0, 40);
    }
    if (!icc::has_records(file.kind)) {
        return;
    }
    file.record_size = static_cast<std::uint8_t>(*rc::gen::inRange(1, 12));
    file.record_capacity = static_cast<std::uint8_t>(*rc::gen::inRange(1, 5));
    const bool fixed = file.kind != icc::FileKind::linear_variable_ef;
    for (int count = *rc::gen::inRange(0, file.record_capacity + 1); count > 0; --count) {
        file.records.push_back(any_bytes(fixed ? file.record_size : 0, file.record_size));
    }
}

icc::File any_file(icc::FileKind of_kind, icc::FileIndex below) {
    icc::File file;
    // Names every member, as the codec does: a new one does not compile until it is generated here.
    auto& [kind, exists, identifier, short_identifier, aid, content, records, record_size, record_capacity, access,
           life_cycle, data_objects, parent] = file;
    kind = of_kind;
    exists = below == icc::mf_index || *rc::gen::inRange(0, 4) != 0;
    identifier = any<std::uint16_t>();
    if (any<bool>()) {
        short_identifier = static_cast<std::uint8_t>(1 + up_to(29));
    }
    aid = any_bytes(0, 16);
    give_content(file);  // content, records, record_size, record_capacity
    for (std::size_t i = 0; i < icc::operation_count; ++i) {
        access[static_cast<icc::Operation>(i)] = any_rule();
    }
    life_cycle = *rc::gen::element(icc::LifeCycle::creation, icc::LifeCycle::initialisation,
                                   icc::LifeCycle::deactivated, icc::LifeCycle::activated, icc::LifeCycle::terminated);
    if (kind == icc::FileKind::df) {
        for (int count = *rc::gen::inRange(0, 3); count > 0; --count) {
            data_objects.push_back({any<std::uint16_t>(), any_bytes(0, 20)});
        }
    }
    parent = below;
    return file;
}

icc::Chv any_chv(icc::FileIndex in) {
    icc::Chv chv;
    auto& [reference, df, value, tries_left, tries, unblock_value, unblock_tries_left, unblock_tries, reset_key,
           enabled, can_be_disabled, minimum_length, maximum_length] = chv;
    reference = any<std::uint8_t>();
    df = in;
    value = any_bytes(0, 16);
    tries = up_to(15);
    tries_left = up_to(tries);
    unblock_value = any_bytes(0, 16);
    unblock_tries = up_to(15);
    unblock_tries_left = up_to(unblock_tries);
    reset_key = any<std::uint8_t>();
    enabled = any<bool>();
    can_be_disabled = any<bool>();
    minimum_length = any<std::uint8_t>();
    maximum_length = any<std::uint8_t>();
    return chv;
}

icc::Key any_key() {
    icc::Key key;
    auto& [reference, algorithm, value, tries_left, tries, usage, secure_messaging] = key;
    using Algorithm = icc::KeyProfile::Algorithm;
    const auto [chosen, size] = *rc::gen::elementOf(std::vector<std::pair<Algorithm, std::size_t>>{
        {Algorithm::aes128, 16},
        {Algorithm::aes192, 24},
        {Algorithm::aes256, 32},
        {Algorithm::tdes, 16},
        {Algorithm::tdes, 24},
    });
    reference = any<std::uint8_t>();
    algorithm = chosen;
    value = any_bytes(size, size);
    tries = up_to(15);
    tries_left = up_to(tries);
    usage = static_cast<icc::KeyProfile::Usage>(up_to(2));
    secure_messaging = any<bool>();
    return key;
}

/// Exchanges two files other than the MF, so that a parent may come after its child.
void exchange(icc::IccState& state, icc::FileIndex a, icc::FileIndex b) {
    const auto renumber = [&](icc::FileIndex& index) { index = index == a ? b : index == b ? a : index; };
    std::swap(state.files[a], state.files[b]);
    for (icc::File& file : state.files) {
        renumber(file.parent);
    }
    for (icc::Chv& chv : state.chvs) {
        renumber(chv.df);
    }
}

icc::IccState any_state() {
    icc::IccState state;
    auto& [files, chvs, keys, terminated, random_seed] = state;
    std::vector<icc::FileIndex> dfs{icc::mf_index};
    files.push_back(any_file(icc::FileKind::df, icc::mf_index));
    for (int count = *rc::gen::inRange(0, 8); count > 0; --count) {
        const auto below = *rc::gen::elementOf(dfs);
        files.push_back(any_file(static_cast<icc::FileKind>(up_to(4)), below));
        if (files.back().kind == icc::FileKind::df && files.back().exists) {
            dfs.push_back(static_cast<icc::FileIndex>(files.size() - 1));
        }
    }
    for (int count = *rc::gen::inRange(0, 4); count > 0; --count) {
        chvs.push_back(any_chv(*rc::gen::elementOf(dfs)));
    }
    for (int count = *rc::gen::inRange(0, 4); count > 0; --count) {
        keys.push_back(any_key());
    }
    terminated = any<bool>();
    random_seed = any<std::uint64_t>();
    for (icc::File& file : files) {  // what a deleted file says of its parent does not matter
        if (!file.exists) {
            file.parent = *rc::gen::inRange<icc::FileIndex>(0, static_cast<icc::FileIndex>(files.size()));
        }
    }
    if (files.size() > 2) {
        const auto other = rc::gen::inRange<icc::FileIndex>(1, static_cast<icc::FileIndex>(files.size()));
        exchange(state, *other, *other);
    }
    return state;
}

}  // namespace

rc::Gen<icc::IccState> stored_states() {
    return rc::gen::noShrink(rc::gen::exec(any_state));
}

icc::IccState small_state() {
    icc::Profile profile;
    profile.name = "small";
    profile.mf = fakes::df(0x3F00, {}, {fakes::ef(0x2F00, std::uint8_t{30}, {0xAA}, fakes::always, fakes::never)});
    for (const auto kind :
         {icc::FileKind::linear_fixed_ef, icc::FileKind::linear_variable_ef, icc::FileKind::cyclic_ef}) {
        icc::FileProfile ef;
        ef.kind = kind;
        ef.identifier = static_cast<std::uint16_t>(0x2F00 + static_cast<unsigned>(kind));
        ef.record_size = 2;
        ef.record_capacity = 3;
        ef.records = {{1, 2}, {3, 4}};
        profile.mf.children.push_back(ef);
    }
    profile.mf.children.push_back(fakes::df(0x5015, {0xA0, 0x01}, {}));
    profile.mf.children.back().data_objects = {{0x5F50, {0x55}}};
    icc::ChvProfile chv;
    chv.value = fakes::text("1234");
    profile.chvs = {chv};
    profile.keys = {{1, icc::KeyProfile::Algorithm::aes128, fakes::counting(16), 15}};
    return icc::personalise(profile);
}

}  // namespace scardlab::tests
