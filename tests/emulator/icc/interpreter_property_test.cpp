#include <rapidcheck/boost_test.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

using icc::File;
using icc::FileKind;
using icc::IccState;
using iso7816::Bytes;
using iso7816::CommandApdu;

constexpr std::uint8_t known_ins[] = {0x04, 0x0C, 0x0E, 0x20, 0x24, 0x26, 0x28, 0x2C, 0x44, 0x70,
                                      0x82, 0x84, 0x88, 0xA2, 0xA4, 0xB0, 0xB2, 0xCA, 0xD0, 0xD2,
                                      0xD6, 0xDA, 0xDC, 0xE0, 0xE2, 0xE4, 0xE6, 0xE8, 0xFE};

/// The command card, whose MF cannot be put out of use: that would end a history early.
icc::Profile lasting_card() {
    icc::Profile profile = fakes::command_card();
    profile.mf.access[icc::Operation::terminate] = fakes::never;
    profile.mf.access[icc::Operation::deactivate] = fakes::never;
    return profile;
}

/// A template of CREATE FILE that is often right.
Bytes any_template() {
    Bytes data = *rc::gen::element(
        fakes::hex("62 0B 80 02 00 20 82 01 01 83 02 70 00"), fakes::hex("62 07 82 01 38 83 02 70 00"),
        fakes::hex("62 0B 82 05 02 41 00 02 03 83 02 70 00"), fakes::hex("62 0B 82 05 06 41 00 02 02 83 02 70 00"),
        fakes::hex("62 0B 82 05 04 41 00 04 02 83 02 70 00"));
    data.back() = *rc::gen::inRange<std::uint8_t>(0, 6);
    return data;
}

Bytes any_data() {
    return *rc::gen::oneOf(rc::gen::element(Bytes{}, fakes::hex("60 00"), fakes::hex("60 01"), fakes::hex("70 01"),
                                            fakes::hex("61 00"), fakes::hex("A0 00 00 00 63"), fakes::text("1234"),
                                            fakes::text("5678"), fakes::text("12345678"), fakes::counting(2),
                                            fakes::counting(3), fakes::counting(4), fakes::counting(16)),
                           rc::gen::exec(any_template), rc::gen::arbitrary<Bytes>());
}

/// A command APDU that often means something to the command card.
Bytes any_command() {
    const auto cla = *rc::gen::element<std::uint8_t>(0, 0, 0, 0, 0, 1, 2, 0x10);
    const auto ins = *rc::gen::elementOf(std::vector<std::uint8_t>(std::begin(known_ins), std::end(known_ins) - 1));
    const auto p1 = *rc::gen::oneOf(rc::gen::element<std::uint8_t>(0, 0, 0, 1, 2, 3, 4, 8, 9, 0x80, 0xFF),
                                    rc::gen::arbitrary<std::uint8_t>());
    const auto p2 = *rc::gen::oneOf(rc::gen::element<std::uint8_t>(0, 0, 0, 1, 2, 4, 0x0C, 0x0A, 0x18, 0x1B, 0x81),
                                    rc::gen::arbitrary<std::uint8_t>());
    const auto ne = *rc::gen::element<std::uint32_t>(0, 1, 8, 16, 256);
    return CommandApdu{cla, ins, p1, p2, any_data(), ne, false}.encode();
}

bool is_well_formed(const IccState& state, const File& file) {
    const bool has_df = file.parent < state.files.size() && state.files[file.parent].exists &&
                        state.files[file.parent].kind == FileKind::df;
    const bool sizes = std::ranges::all_of(file.records, [&](const Bytes& record) {
        return file.kind == FileKind::linear_variable_ef ? record.size() <= file.record_size
                                                         : record.size() == file.record_size;
    });
    return has_df && sizes && file.records.size() <= file.record_capacity &&
           (has_records(file.kind) || file.records.empty());
}

bool is_well_formed(const IccState& state) {
    const auto unique_below = [&](const File& file) {
        return std::ranges::count_if(state.files, [&](const File& other) {
                   return other.exists && other.parent == file.parent && other.identifier == file.identifier;
               }) == 1;
    };
    return state.files[icc::mf_index].exists && state.files[icc::mf_index].parent == icc::mf_index &&
           std::ranges::all_of(state.files,
                               [&](const File& file) {
                                   return file.exists ? is_well_formed(state, file) && unique_below(file)
                                                      : file.records.empty() && file.content.empty();
                               }) &&
           std::ranges::all_of(state.chvs,
                               [&](const icc::Chv& chv) {
                                   return state.files[chv.df].exists && state.files[chv.df].kind == FileKind::df &&
                                          chv.tries_left <= chv.tries && chv.value.size() <= chv.maximum_length;
                               }) &&
           std::ranges::all_of(state.keys, [](const icc::Key& key) { return key.tries_left <= key.tries; });
}

bool is_well_formed(const icc::Channel& channel, const IccState& state) {
    if (!channel.open) {
        return channel == icc::Channel{};
    }
    const File& df = state.files[channel.current_df];
    if (!df.exists || df.kind != FileKind::df) {
        return false;
    }
    if (!channel.current_ef) {
        return channel.current_record == 0;
    }
    const File& ef = state.files[*channel.current_ef];
    return ef.exists && ef.kind != FileKind::df && ef.parent == channel.current_df &&
           channel.current_record <= ef.records.size();
}

void check(const Commands& commands) {
    RC_ASSERT(is_well_formed(commands.state));
    RC_ASSERT(commands.session.channels[0].open);
    for (const icc::Channel& channel : commands.session.channels) {
        RC_ASSERT(is_well_formed(channel, commands.state));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_interpreter_property)

RC_BOOST_PROP(any_history_leaves_a_well_formed_state, ()) {
    Commands commands(lasting_card());
    const auto history = *rc::gen::container<std::vector<Bytes>>(rc::gen::exec(any_command));
    for (const Bytes& command : history) {
        commands.run(command);
        check(commands);
        RC_ASSERT(commands.data.size() <= CommandApdu::parse(command)->ne);
    }
}

RC_BOOST_PROP(after_any_history_a_cleared_session_equals_a_fresh_one, ()) {
    Commands commands(lasting_card());
    const auto history = *rc::gen::container<std::vector<Bytes>>(rc::gen::exec(any_command));
    for (const Bytes& command : history) {
        commands.run(command);
    }
    icc::IccSession session;
    session.application = commands.session;
    session.clear();
    RC_ASSERT(session == icc::IccSession{});
}

RC_BOOST_PROP(a_store_that_fails_now_and_then_has_what_the_card_has, ()) {
    Commands commands(lasting_card());
    fakes::RecordingStore store;
    store.saved.push_back(commands.state);
    commands.store = &store;
    const auto history = *rc::gen::container<std::vector<Bytes>>(rc::gen::exec(any_command));
    for (const Bytes& command : history) {
        store.attempts = 0;
        store.failing_from = *rc::gen::inRange(0U, 3U);
        commands.run(command);
        RC_ASSERT(commands.state == store.saved.back());
        check(commands);
    }
}

RC_BOOST_PROP(arbitrary_bytes_are_answered, (const std::vector<Bytes>& history)) {
    Commands commands(lasting_card());
    for (Bytes bytes : history) {
        if (*rc::gen::arbitrary<bool>() && bytes.size() > 1) {
            bytes[0] &= 0x13;
            bytes[1] = known_ins[bytes[1] % std::size(known_ins)];
        }
        if (CommandApdu::parse(bytes)) {
            commands.run(bytes);
            check(commands);
        }
    }
}

RC_BOOST_PROP(le_that_is_exact_gives_the_response_or_its_length_and_no_change, ()) {
    Commands commands(lasting_card());
    const auto history = *rc::gen::container<std::vector<Bytes>>(rc::gen::exec(any_command));
    for (const Bytes& command : history) {
        const CommandApdu apdu = CommandApdu::parse(command).value();
        if (icc::t0_direction(apdu.ins) == iso7816::T0Direction::from_card && apdu.data.empty() && apdu.ne != 0) {
            const auto session = commands.session;
            const auto state = commands.state;
            commands.le = icc::LeMeaning::exact;
            const std::string answer = commands.run(command);
            commands.le = icc::LeMeaning::maximum;
            RC_ASSERT(commands.data.empty() || commands.data.size() == apdu.ne);
            if (answer.starts_with("6C")) {
                RC_ASSERT(commands.session == session);
                RC_ASSERT(commands.state == state);
            }
        } else {
            commands.run(command);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
