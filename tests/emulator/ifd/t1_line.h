#pragma once

#include <map>
#include <string>
#include <vector>

#include "emulator/icc/t1_card.h"
#include "emulator/ifd/t1_ifd.h"
#include "tests/emulator/icc/card_driver.h"

namespace scardlab::tests {

/// A block of T=1 as the standard's scenarios write it: I(N(S),M), R(N(R)), S(IFS request 254); "damaged" when it
/// cannot be read, "nad" when it is not addressed as the reader's are.
inline std::string describe_block(ByteView bytes, iso7816::EdcKind edc) {
    using iso7816::Pcb;
    if (bytes.empty()) {
        return "-";
    }
    const auto block = iso7816::BlockT1::parse(bytes, edc);
    const Pcb pcb{bytes.size() > 1 ? bytes[1] : std::uint8_t{0xFF}};
    const std::string number = pcb.sequence() ? "1" : "0";
    constexpr const char* types[] = {"RESYNCH", "IFS", "ABORT", "WTX"};
    std::string text = "?";
    switch (pcb.kind()) {
        case Pcb::Kind::i_block:
            text = "I(" + number + (pcb.more_data() ? ",1)" : ",0)");
            break;
        case Pcb::Kind::r_block:
            text = "R(" + number + ")";
            break;
        case Pcb::Kind::s_request:
        case Pcb::Kind::s_response: {
            text = std::string("S(") + types[static_cast<std::size_t>(pcb.s_type())] +
                   (pcb.kind() == Pcb::Kind::s_request ? " request" : " response");
            text += (bytes[2] == 1 ? " " + std::to_string(bytes[3]) : "") + ")";
            break;
        }
        case Pcb::Kind::invalid:
            break;
    }
    return text + (!block ? " damaged" : block->nad != 0 ? " nad" : "");
}

/// The reader's machine and the card's, with a line between them that damages the reader's blocks as planned (the card
/// damages its own, by deviations), and that writes down every block.
struct T1Line {
    enum class Fault : std::uint8_t { bad_edc, parity, wrong_sequence, bad_pcb, bad_len, bad_nad, lost };

    explicit T1Line(const icc::Profile& profile = fakes::t1_only())
        : card(profile),
          link(profile.cold_atr.edc_kind()),
          reader_link{false, false, profile.cold_atr.ifsc(), profile.cold_atr.edc_kind()} {
        reader_link.initial_ifsc = reader_link.ifsc;
        link.clear(reader_link.edc, profile.largest_inf, reader_link.ifsc);
    }

    ifd::IfdCode transmit(ByteView command) {
        response.clear();
        return run(machine.start_command(command, response));
    }
    ifd::IfdCode announce(std::uint8_t ifsd) { return run(machine.start_ifs(ifsd)); }
    ifd::IfdCode run(ifd::Step step) {
        while (step.kind == ifd::Step::Kind::wait) {
            if (!step.send.empty()) {
                say(step.send);
            }
            step = hear(card.now + step.wait);
        }
        if (!step.send.empty()) {
            say(step.send);
        }
        return step.kind == ifd::Step::Kind::done ? ifd::IfdCode::success : step.code;
    }
    /// What was on the line since the last call.
    std::string story() {
        std::string text;
        for (const std::string& line : lines) {
            text += (text.empty() ? "" : "; ") + line;
        }
        lines.clear();
        return text;
    }

    CardBench card;
    icc::T1Card link;
    ifd::T1Link reader_link;
    ifd::T1Ifd machine{reader_link, card.timing};
    Bytes response;
    std::map<unsigned, Fault> faults;           ///< by the number of the block among the reader's
    std::map<unsigned, Fault> faults_by_block;  ///< by the number of the block among both sides'
    std::vector<std::string> lines;
    unsigned reader_blocks = 0;
    unsigned blocks = 0;

  private:
    /// The fault that the block meets, by its number; a wrong number needs an I- or an R-block, and only a fault that
    /// was planned for the reader's block changes that of an R-block.
    std::optional<Fault> due(const std::map<unsigned, Fault>& planned, unsigned number, iso7816::Pcb pcb) const {
        const auto found = planned.find(number);
        if (found == planned.end()) {
            return std::nullopt;
        }
        const bool numbered = pcb.kind() == iso7816::Pcb::Kind::i_block ||
                              (&planned == &faults && pcb.kind() == iso7816::Pcb::Kind::r_block);
        return found->second == Fault::wrong_sequence && !numbered ? std::nullopt : std::optional(found->second);
    }

    void damage(Bytes& bytes, Fault fault) const {
        const iso7816::Pcb pcb{bytes[1]};
        const std::size_t covered = bytes.size() - iso7816::edc_size(reader_link.edc);
        if (fault == Fault::wrong_sequence) {
            constexpr std::uint8_t i_sequence = 0x40;
            constexpr std::uint8_t r_sequence = 0x10;
            bytes[1] ^= pcb.kind() == iso7816::Pcb::Kind::i_block ? i_sequence : r_sequence;
        } else if (fault == Fault::bad_pcb) {
            bytes[1] = 0xA0;
        } else if (fault == Fault::bad_nad) {
            bytes[0] = 0x10;
        }
        if (reader_link.edc == iso7816::EdcKind::lrc) {
            bytes.back() = iso7816::lrc(ByteView(bytes).first(covered));
        } else {
            const std::uint16_t crc = iso7816::crc(ByteView(bytes).first(covered));
            bytes[covered] = static_cast<std::uint8_t>(crc >> 8);
            bytes.back() = static_cast<std::uint8_t>(crc & 0xFF);
        }
        if (fault == Fault::bad_len) {
            bytes[2] = 0xFF;
        } else if (fault == Fault::bad_edc) {
            bytes.back() ^= 1;
        }
    }

    void note(const char* direction, const Bytes& bytes, std::optional<Fault> fault) {
        lines.push_back(direction + describe_block(bytes, reader_link.edc) +
                        (fault == Fault::lost     ? " lost"
                         : fault == Fault::parity ? " parity"
                                                  : ""));
    }

    void say(ByteView block) {
        const iso7816::Pcb pcb{block[1]};
        const auto by_reader = due(faults, ++reader_blocks, pcb);
        const auto by_block = due(faults_by_block, ++blocks, pcb);
        const auto fault = by_reader ? by_reader : by_block;
        Bytes bytes(block.begin(), block.end());
        if (fault) {
            damage(bytes, *fault);
        }
        note("> ", bytes, fault);
        for (std::size_t i = 0; fault != Fault::lost && i < bytes.size(); ++i) {
            card.now += card.timing.guard_time;
            if (fault == Fault::parity && i == 1) {
                link.receive_damaged(card.now, card.parts());
            } else {
                link.receive(bytes[i], card.now, card.parts());
            }
        }
    }

    /// The card's block, or silence until `deadline`; what the machine does next.
    ifd::Step hear(ClockCycles deadline) {
        if (card.output.empty()) {
            link.hear_nothing(deadline, card.parts());
        }
        Bytes bytes;
        while (const auto sent = card.output.pop(bytes.empty() ? deadline : card.now + card.timing.character_waiting)) {
            card.now = sent->at;
            bytes.push_back(sent->value);
        }
        ++blocks;
        const auto fault = bytes.empty() ? std::nullopt : due(faults_by_block, blocks, iso7816::Pcb{bytes[1]});
        if (fault) {
            damage(bytes, *fault);
        }
        note("< ", bytes, fault);
        ifd::Step step = ifd::Step::receive({});
        for (std::size_t i = 0; fault != Fault::lost && i < bytes.size(); ++i) {
            step = fault == Fault::parity && i == 1 ? machine.on_damaged() : machine.on_character(bytes[i]);
        }
        const bool unfinished = step.kind == ifd::Step::Kind::wait && step.send.empty();
        if (unfinished) {
            card.now = bytes.empty() || fault == Fault::lost ? deadline : card.now + step.wait;
            step = machine.on_timeout();
        }
        return step;
    }
};

}  // namespace scardlab::tests
