#include <algorithm>
#include <regex>
#include <string>
#include <utility>

#include "emulator/icc/image/state_codec.h"
#include "emulator/icc/interpreter.h"
#include "tests/emulator/icc/well_formed.h"
#include "tests/fakes/command_card.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

/// Keeps the last state that was saved; each `period`th save fails, none with 0.
class Store : public icc::StateStore {
  public:
    Store(icc::IccState state, unsigned period) : saved(std::move(state)), period_(period) {}
    bool save(const icc::IccState& state) override {
        if (period_ != 0 && ++saves_ % period_ == 0) {
            return false;
        }
        saved = state;
        return true;
    }

    icc::IccState saved;

  private:
    unsigned period_;
    unsigned saves_ = 0;
};

/// The first byte says which saves fail (low three bits) and what Le means; commands follow, each after its length.
void run(ByteView bytes) {
    Input input(bytes);
    const std::uint8_t options = input.byte();
    const auto le = (options & 0x08) != 0 ? icc::LeMeaning::exact : icc::LeMeaning::maximum;
    const icc::Profile profile = fakes::command_card();
    icc::IccState state = icc::personalise(profile);
    Store store(state, options & 0x07);
    icc::ApplicationSession session;
    Bytes data;
    while (!input.empty()) {
        const auto command = iso7816::CommandApdu::parse(input.bytes(input.byte()));
        if (!command) {
            continue;
        }
        const auto status = icc::execute(*command, {state, &store, profile}, session, data, le);
        must((status.sw1() & 0xF0) == 0x60 || (status.sw1() & 0xF0) == 0x90, "SW1 is 6x or 9x");
        must(data.size() <= command->ne, "a response has no more than Ne bytes");
        must(state == store.saved, "what the card has is what was saved last");
        must(tests::is_well_formed(state, session), "files, CHVs and channels belong to what exists");
    }
    const auto read = icc::decode_state(icc::encode_state(state));
    must(read && *read == state, "an image can keep whatever commands make of a card");
}

/// The dialogues of the tests of commands, whose rows are {"command", "answer"}, the first one behind two braces.
std::vector<Bytes> seeds() {
    static const std::regex row(R"re((\{?)\{"((?:[0-9A-F]{2} )+[0-9A-F]{2})",\s*")re");
    std::vector<Bytes> all;
    for (const Bytes& file : files_below("tests/emulator/icc", ".cpp")) {
        const std::string text(file.begin(), file.end());
        Bytes dialogue{0};
        for (std::sregex_iterator match(text.begin(), text.end(), row), end; match != end; ++match) {
            if (match->length(1) != 0 && dialogue.size() > 1) {
                all.push_back(std::exchange(dialogue, {0}));
            }
            const Bytes command = iso7816::parse_hex((*match)[2].str()).value();
            if (command.size() < 256) {
                dialogue.push_back(static_cast<std::uint8_t>(command.size()));
                dialogue.insert(dialogue.end(), command.begin(), command.end());
            }
        }
        if (dialogue.size() > 1) {
            all.push_back(std::move(dialogue));
        }
    }
    return all;
}

/// Headers of all instructions, identifiers, tags of a template, values and cryptograms.
std::vector<Bytes> words() {
    std::vector<Bytes> all = from_hex({
        "3F 00",       "60 00",       "60 01",    "60 02", "60 03",          "60 04",          "61 00",
        "70 01",       "62 0B",       "80 02",    "81 02", "82 01 01",       "82 01 38",       "82 05 02 41 00 04 02",
        "83 02 70 01", "84 02 A0 01", "88 01 38", "8A 01", "8C 03 42 00 FF", "A0 00 00 00 63", "00 00 01 00",
    });
    for (const char* value : {"1234", "87654321", "5678", "1111", "99999999"}) {
        all.push_back(fakes::text(value));
    }
    for (unsigned ins = 0; ins < 256; ++ins) {
        const auto direction = icc::t0_direction(static_cast<std::uint8_t>(ins));
        if (direction != iso7816::T0Direction::none) {
            all.push_back({4, 0, static_cast<std::uint8_t>(ins), 0, 0});
            all.push_back({5, 0, static_cast<std::uint8_t>(ins), 0, 0, 0});
        }
    }
    return all;
}

}  // namespace

const Target commands{"commands", run, seeds, words};

}  // namespace scardlab::fuzz
