#include "emulator/iso7816/apdu.h"

#include <algorithm>

#include "emulator/iso7816/tpdu.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

using iso7816::CommandApdu;
using iso7816::ResponseApdu;
using iso7816::T0Direction;

void response(ByteView input) {
    const auto parsed = ResponseApdu::parse(input);
    if (!parsed) {
        must(parsed.error().offset <= input.size() && !parsed.error().message.empty(), "the error lies in the bytes");
        return;
    }
    must(std::ranges::equal(parsed->encode(), input), "a response that is read is written as it was");
}

/// The parts that ENVELOPE carries are the APDU, and the card sees only the last one as its end.
void in_envelopes(ByteView apdu) {
    Bytes joined;
    while (joined.size() < apdu.size()) {
        const auto part = iso7816::envelope_part(apdu, joined.size());
        must(!part.data.empty() && part.data.size() <= 255, "a part fits a TPDU");
        joined.insert(joined.end(), part.data.begin(), part.data.end());
        const auto extent = iso7816::extent_of(joined);
        must(extent == (joined.size() < apdu.size() ? iso7816::ApduExtent::part : iso7816::ApduExtent::whole),
             "the end of the APDU is seen at its end");
    }
    must(std::ranges::equal(joined, apdu), "the parts are the APDU");
}

void on_t0(ByteView input) {
    const auto command = CommandApdu::parse(input);
    const auto tpdu = iso7816::map_to_t0(input);
    if (!tpdu) {
        must(tpdu.error().offset <= input.size() && !tpdu.error().message.empty(), "the error lies in the bytes");
        return;
    }
    must(command.has_value(), "what goes over T=0 is a command");
    if (!tpdu->envelope.empty()) {
        must(command->extended && std::ranges::equal(tpdu->envelope, input), "only extended commands need ENVELOPE");
        in_envelopes(input);
        return;
    }
    must(std::ranges::equal(ByteView(tpdu->header).first(4), input.first(4)), "the header is the command's");
    must(std::ranges::equal(tpdu->data, command->data), "the data are the command's");
    must(tpdu->direction != T0Direction::from_card || tpdu->expected == command->ne, "P3 is the command's Le");
}

void run(ByteView input) {
    response(input);
    on_t0(input);
    const auto command = CommandApdu::parse(input);
    if (!command) {
        must(command.error().offset <= input.size() && !command.error().message.empty(), "the error lies in the bytes");
        return;
    }
    must(command->ne <= 65536 && command->data.size() <= 65535, "Nc and Ne are within their bounds");
    must(std::ranges::equal(command->encode(), input), "a command that is read is written as it was");
}

std::vector<Bytes> seeds() {
    return from_hex({"00 A4 00 00", "00 B0 00 00 00", "00 A4 00 00 02 3F 00", "00 A4 04 00 02 3F 00 00",
                     "00 B0 00 00 00 00 00", "00 D6 00 00 00 00 02 41 42", "00 A4 04 00 00 00 02 3F 00 00 00", "90 00",
                     "41 42 6A 82"});
}

}  // namespace

const Target apdu{"apdu", run, seeds};

}  // namespace scardlab::fuzz
