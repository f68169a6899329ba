#include "emulator/iso7816/secure_messaging.h"

#include "emulator/icc/interpreter.h"
#include "tests/fakes/command_card.h"
#include "tests/fakes/secure_objects.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

using iso7816::CommandApdu;
using iso7816::SecureSession;

/// A card, in which session keys are in force when there are some.
struct Card {
    explicit Card(const SecureSession* keys) {
        if (keys != nullptr) {
            session.secure_messaging = {*keys, 0};
        }
    }
    Bytes run(const CommandApdu& command) {
        Bytes data;
        const auto status = icc::execute(command, {state, nullptr, profile}, session, data);
        return iso7816::ResponseApdu{data, status}.encode();
    }

    icc::Profile profile = fakes::command_card();
    icc::IccState state = icc::personalise(profile);
    icc::ApplicationSession session;
};

void must_be_refused(SecureSession keys, ByteView bytes) {
    SecureSession other = keys;
    must(!iso7816::unprotect_response(other, bytes), "what nobody protected is no response");
    const auto command = CommandApdu::parse(bytes);
    must(!command || !iso7816::unprotect_command(keys, *command), "what nobody protected is no command");
}

/// Objects that have the right MAC are taken or refused; what is taken can be protected again.
void objects(const SecureSession& keys, ByteView bytes) {
    if (bytes.size() < 2) {
        return;
    }
    const Bytes header{0x0C, bytes[0], 0x00, 0x00};
    SecureSession icc = keys;
    const Bytes data = fakes::with_mac(keys, header, bytes.subspan(1));
    const auto command = iso7816::unprotect_command(icc, {0x0C, bytes[0], 0x00, 0x00, data, 256, false});
    if (command) {
        SecureSession ifd = keys;
        SecureSession again = keys;
        const Bytes secured = iso7816::protect_command(ifd, CommandApdu::parse(*command).value());
        const auto same = iso7816::unprotect_command(again, CommandApdu::parse(secured).value());
        must(same && *same == *command, "a command that came out of a protection is the same after another");
    }
    SecureSession ifd = keys;
    Bytes response = fakes::with_mac(keys, {}, bytes.subspan(1));
    response.insert(response.end(), {0x90, 0x00});
    const auto plain = iso7816::unprotect_response(ifd, response);
    must(!plain || plain->size() >= 2, "a response has a status");
}

/// A command means the same to a card in plain and under secure messaging.
void compare(Card& plain, Card& secured, SecureSession& keys, const CommandApdu& command) {
    const bool interindustry = (command.cla & 0xE0) == 0x00 || (command.cla & 0xC0) == 0x40;
    if (!interindustry || iso7816::is_secured(command.cla)) {
        return;
    }
    const Bytes bytes = iso7816::protect_command(keys, command);
    const Bytes protected_answer = secured.run(CommandApdu::parse(bytes).value());
    const auto answer = iso7816::unprotect_response(keys, protected_answer);
    must(answer && *answer == plain.run(command), "a card answers the same under secure messaging");
    must(secured.session.secure_messaging && secured.session.secure_messaging->keys == keys, "counters are in step");
    must(plain.state == secured.state, "a card stores the same under secure messaging");
}

/// The first byte says how long keys are; items follow, each after its length.
void run(ByteView bytes) {
    Input input(bytes);
    const Bytes key = fakes::counting(16 + input.byte() % 3 * 8U);
    SecureSession keys = iso7816::derive_session(key, fakes::counting(16), fakes::counting(16)).value();
    Card plain(nullptr);
    Card secured(&keys);
    while (!input.empty()) {
        const ByteView item = input.bytes(input.byte());
        must_be_refused(keys, item);
        objects(keys, item);
        const auto command = CommandApdu::parse(item);
        if (!command) {
            continue;
        }
        compare(plain, secured, keys, *command);
        if (iso7816::is_secured(command->cla)) {
            Card attacked = secured;
            must(attacked.run(*command).size() == 2, "a wrong protection is answered in plain");
        }
    }
}

/// Some of the dialogues that the target `commands` begins with, and data objects.
std::vector<Bytes> seeds() {
    std::vector<Bytes> all;
    const std::vector<Bytes> dialogues = commands.seeds();
    for (std::size_t i = 0; i < dialogues.size(); i += 5) {
        all.push_back(dialogues[i]);
    }
    for (const Bytes& item : from_hex({
             "B0 97 01 04",
             "B0 97 02 01 00 ",
             "D6 87 11 01 84 C1 C3 E8 F6 4C 17 EF 41 6A D6 1D 9D FA BF E9",
             "D7 85 10 84 C1 C3 E8 F6 4C 17 EF 41 6A D6 1D 9D FA BF E9",
             "B0 99 02 90 00",
             "B0 87 11 01 84 C1 C3 E8 F6 4C 17 EF 41 6A D6 1D 9D FA BF E9 99 02 90 00",
             "0C B0 00 00 0D 97 01 00 8E 08 14 5D C7 72 A3 13 DF E7 00",
         })) {
        Bytes seed{0, static_cast<std::uint8_t>(item.size())};
        seed.insert(seed.end(), item.begin(), item.end());
        all.push_back(std::move(seed));
    }
    return all;
}

std::vector<Bytes> words() {
    std::vector<Bytes> all = commands.words();
    for (const Bytes& word :
         from_hex({"87 11 01", "85 10", "97 01 00", "97 02 00 00", "99 02 90 00", "8E 08", "0C B0"})) {
        all.push_back(word);
    }
    return all;
}

}  // namespace

const Target secure_messaging{"secure_messaging", run, seeds, words};

}  // namespace scardlab::fuzz
