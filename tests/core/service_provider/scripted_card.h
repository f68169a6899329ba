#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/service_provider/iscard_file_access.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_channel.h"
#include "tests/fakes/card_profiles.h"

namespace scardlab::service_provider::test {

/// A card as rows of hexadecimal digits: how a command begins, and what it is answered. The first row that fits
/// answers; a card without one answers 6D00.
class ScriptedCard {
  public:
    struct Row {
        std::string command, response;
    };

    explicit ScriptedCard(std::vector<Row> rows = {}) : rows_(std::move(rows)) {
        channel.card = [this](const iso7816::CommandApdu& command) { return answer(command); };
    }
    /// A row before all others.
    void first(std::string command, std::string response) {
        rows_.insert(rows_.begin(), {std::move(command), std::move(response)});
    }
    /// Commands since the last time, without "begin" and "end".
    std::vector<std::string> commands() {
        std::vector<std::string> calls = channel.calls();
        std::erase_if(calls, [](const std::string& call) { return call == "begin" || call == "end"; });
        return calls;
    }

    ProgrammedChannel channel;
    Hresult at_command = Hresult::S_OK_;  ///< what the exchange of `failing` answers
    std::string failing;                  ///< how that command begins; "": none

  private:
    ProgrammedChannel::Answer answer(const iso7816::CommandApdu& command) const {
        const std::string text = iso7816::to_hex(command.encode());
        if (!failing.empty() && text.starts_with(failing)) {
            return {at_command, {}};
        }
        for (const Row& row : rows_) {
            if (text.starts_with(row.command)) {
                return {Hresult::S_OK_, fakes::hex(row.response)};
            }
        }
        return {Hresult::S_OK_, {0x6D, 0x00}};
    }

    std::vector<Row> rows_;
};

/// A card with
///
///     MF 3F00
///       DF 7F10   name A0 00 00 00 18
///       EF 6F01   transparent, 8 bytes
///       EF 6F02   linear fixed, 3 records of 2 bytes, all there
///       EF 6F03   cyclic, 3 records of 2 bytes
inline std::vector<ScriptedCard::Row> plain_card() {
    return {
        {"00 A4 00 04 02 3F 00", "62 07 82 01 38 83 02 3F 00 90 00"},
        {"00 A4 08 04 02 7F 10", "62 0E 82 01 38 83 02 7F 10 84 05 A0 00 00 00 18 90 00"},
        {"00 A4 04 04 05 A0 00 00 00 18", "62 0E 82 01 38 83 02 7F 10 84 05 A0 00 00 00 18 90 00"},
        {"00 A4 08 04 02 6F 01", "62 0B 80 02 00 08 82 01 01 83 02 6F 01 90 00"},
        {"00 A4 08 04 02 6F 02", "62 0B 82 05 02 41 00 02 03 83 02 6F 02 90 00"},
        {"00 A4 08 04 02 6F 03", "62 0B 82 05 06 41 00 02 03 83 02 6F 03 90 00"},
        {"00 A4", "6A 82"},
        {"00 B0 00 00", "00 01 02 03 04 05 06 07 90 00"},
        {"00 B0 00 08", "6B 00"},
        {"00 B2 01 04", "11 11 90 00"},
        {"00 B2 02 04", "22 22 90 00"},
        {"00 B2 03 04", "33 33 90 00"},
        {"00 B2", "6A 83"},
        {"00 D6", "90 00"},
        {"00 DC", "90 00"},
        {"00 E2", "90 00"},
        {"00 E0", "90 00"},
        {"00 E4", "90 00"},
        {"00 04", "90 00"},
        {"00 44", "90 00"},
        {"00 DA", "90 00"},
        {"00 CA", "6A 88"},
    };
}

}  // namespace scardlab::service_provider::test
