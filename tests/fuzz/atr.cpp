#include "emulator/iso7816/atr.h"

#include <algorithm>

#include "emulator/iso7816/timing.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

using iso7816::Atr;

/// What an ATR was built from gives its bytes again, but for a TCK that was wrong or missing.
void builds_again(const Atr& atr) {
    iso7816::AtrFields fields;
    fields.convention = atr.convention();
    for (std::size_t i = 0; i < atr.group_count(); ++i) {
        fields.groups.push_back(atr.group(i));
    }
    const ByteView historical = atr.historical_bytes();
    fields.historical_bytes.assign(historical.begin(), historical.end());
    const auto built = iso7816::build_atr(fields);
    if (!built) {
        must(atr.tck() == Atr::Tck::missing && atr.bytes().size() == Atr::max_size, "an ATR that is read can be built");
        return;
    }
    const std::size_t same = atr.bytes().size() - (atr.tck() == Atr::Tck::wrong ? 1 : 0);
    must(built->bytes().size() >= same && std::ranges::equal(built->bytes().first(same), atr.bytes().first(same)),
         "a built ATR has the bytes of the one it was read from");
    must(built->tck() == (atr.tck() == Atr::Tck::absent_as_expected ? Atr::Tck::absent_as_expected : Atr::Tck::correct),
         "a built ATR has a correct TCK, or none where there is to be none");
}

void run(ByteView input) {
    const auto atr = Atr::parse(input);
    if (!atr) {
        must(atr.error().offset <= input.size(), "the error lies in the bytes");
        must(!atr.error().message.empty(), "the error says something");
        return;
    }
    must(std::ranges::equal(atr->bytes(), input), "an ATR keeps its bytes");
    builds_again(*atr);
    must(atr->ifsc() >= 1 && atr->ifsc() <= 254, "IFSC is one that a block can have");
    for (const auto protocol : {iso7816::Protocol::t0, iso7816::Protocol::t1}) {
        const auto rate = iso7816::rate_from_ta1(atr->ta1()).value_or(iso7816::TransmissionRate{});
        const auto timing = iso7816::timing_for(*atr, rate, protocol);
        must(timing.guard_time.count > 0 && timing.waiting_time > timing.guard_time &&
                 timing.block_waiting > timing.block_guard,
             "a card may wait longer than it must");
    }
}

std::vector<Bytes> seeds() {
    return from_hex({"3B 00", "3B 02 14 50", "3B 80 80 01 01", "3F 80 10 81",
                     "3B F3 96 00 02 80 B1 FE 45 1F 43 41 42 43 F1", "3B 90 95 11 01 15", "3B 80 81 51 40 01 11",
                     "3B 80 01 82", "3B 80 01"});
}

}  // namespace

const Target atr{"atr", run, seeds};

}  // namespace scardlab::fuzz
