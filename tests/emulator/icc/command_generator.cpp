#include "tests/emulator/icc/command_generator.h"

#include "emulator/icc/crypto.h"
#include "tests/emulator/icc/command_maker.h"

namespace scardlab::tests {

using icc::Chv;
using iso7816::Bytes;

void CommandMaker::verify() {
    if (const Chv* const chv = some_chv()) {
        switch (below(6)) {
            case 0:
                add(0x20, 0xFF, chv->reference);
                break;
            case 1:
                add(0x20, 0, chv->reference);
                break;
            default:
                present(*chv);
        }
    }
}

void CommandMaker::change_reference_data() {
    if (const Chv* const chv = some_chv()) {
        if (one_in(2)) {
            add(0x24, 0, chv->reference, joined(value_of(*chv), new_value_for(*chv)));
        } else {
            present(*chv);
            add(0x24, 1, chv->reference, new_value_for(*chv));
        }
    }
}

/// ENABLE or DISABLE VERIFICATION REQUIREMENT.
void CommandMaker::set_requirement() {
    if (const Chv* const chv = some_chv([](const Chv& one) { return !one.enabled; })) {
        const std::uint8_t ins = chv->enabled != one_in(6) ? 0x26 : 0x28;
        if (one_in(2)) {
            add(ins, 0, chv->reference, value_of(*chv));
        } else {
            present(*chv);
            add(ins, 1, chv->reference);
        }
    }
}

void CommandMaker::reset_retry_counter() {
    if (const Chv* const chv = some_chv([](const Chv& one) { return !one.unblock_value.empty(); })) {
        const Bytes code = one_in(8) ? any_bytes(chv->unblock_value.size()) : chv->unblock_value;
        const std::size_t p1 = below(4);
        add(0x2C, p1, chv->reference,
            p1 == 0   ? joined(code, new_value_for(*chv))
            : p1 == 1 ? code
            : p1 == 2 ? new_value_for(*chv)
                      : Bytes{});
    }
}

void CommandMaker::get_challenge() {
    add(0x84, 0, 0, {}, one_of<std::uint32_t>({8, 16, 16, 256, any_ne()}));
}

void CommandMaker::internal_authenticate() {
    if (const icc::Key* const key = some_key()) {
        const bool own = session_.challenge.size() == block_size(key->algorithm) && one_in(4);
        add(0x88, 0, key->reference, own ? session_.challenge : any_bytes(block_size(key->algorithm)), 256);
    }
}

/// EXTERNAL or MUTUAL AUTHENTICATE.
void CommandMaker::external_authenticate() {
    if (const icc::Key* const key = some_key()) {
        const Bytes& challenge = session_.challenge;
        const std::size_t block = block_size(key->algorithm);
        if (one_in(8)) {
            add(0x82, 0, key->reference);
        } else if (challenge.size() != block || one_in(8)) {
            add(0x82, 0, key->reference, any_bytes(block), 256);
        } else if (one_in(2)) {
            add(0x82, 0, key->reference, encrypt(*key, challenge).value());
        } else {
            add(0x82, 0, key->reference, encrypt(*key, joined(any_bytes(block), challenge)).value(), 256);
        }
    }
}

void CommandMaker::unknown() {
    add(one_of<std::uint8_t>({0x00, 0x2A, 0x46, 0xB1, 0xDB}), any_byte(), any_byte(),
        one_in(2) ? Bytes{} : any_bytes(below(20)));
}

std::vector<Command> CommandMaker::make() {
    static constexpr Act acts[] = {
        &CommandMaker::select,
        &CommandMaker::select_by_name,
        &CommandMaker::manage_channel,
        &CommandMaker::read_binary,
        &CommandMaker::read_binary,
        &CommandMaker::put_binary,
        &CommandMaker::put_binary,
        &CommandMaker::erase_binary,
        &CommandMaker::read_record,
        &CommandMaker::read_record,
        &CommandMaker::put_record,
        &CommandMaker::put_record,
        &CommandMaker::append_record,
        &CommandMaker::search_record,
        &CommandMaker::erase_record,
        &CommandMaker::get_data,
        &CommandMaker::put_data,
        &CommandMaker::create_file,
        &CommandMaker::create_file,
        &CommandMaker::delete_file,
        &CommandMaker::deactivate_file,
        &CommandMaker::activate_file,
        &CommandMaker::activate_file,
        &CommandMaker::activate_file,
        &CommandMaker::terminate_file,
        &CommandMaker::terminate_card_usage,
        &CommandMaker::verify,
        &CommandMaker::change_reference_data,
        &CommandMaker::set_requirement,
        &CommandMaker::reset_retry_counter,
        &CommandMaker::get_challenge,
        &CommandMaker::internal_authenticate,
        &CommandMaker::external_authenticate,
        &CommandMaker::unknown,
    };
    if (!session_.challenge.empty() && one_in(2)) {
        external_authenticate();
    } else {
        (this->*acts[below(std::size(acts))])();
    }
    return std::move(commands_);
}

Bytes Command::encode() const {
    return iso7816::CommandApdu{header[0], header[1], header[2], header[3], data, ne, extended}.encode();
}

std::vector<Command> commands_for(std::uint64_t seed, const icc::IccState& state,
                                  const icc::ApplicationSession& session, CommandScope scope) {
    return CommandMaker(seed, state, session, scope).make();
}

rc::Gen<CommandSeeds> histories() {
    const auto seed = rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
    return rc::gen::container<CommandSeeds>(seed);
}

}  // namespace scardlab::tests
