#include "emulator/iso7816/pps.h"

#include <algorithm>

#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

using iso7816::Pps;
using iso7816::PpsOutcome;

/// The first half of the input is a request, the second a response.
void judge_both(ByteView input) {
    const auto request = Pps::parse(input.first(input.size() / 2));
    const auto response = Pps::parse(input.subspan(input.size() / 2));
    if (request && response) {
        const PpsOutcome outcome = iso7816::judge(*request, *response);
        must((outcome == PpsOutcome::accepted) == (*request == *response), "an echo, and nothing else, is accepted");
        must(outcome == PpsOutcome::failed || request->t == response->t, "another protocol is a failure");
    }
}

void run(ByteView input) {
    judge_both(input);
    const auto pps = Pps::parse(input);
    if (!pps) {
        must(pps.error().offset <= input.size() && !pps.error().message.empty(), "the error lies in the bytes");
        return;
    }
    const auto encoded = pps->encode();
    must(std::ranges::equal(encoded.view(), input), "a PPS that is read is written as it was");
    must(Pps::size_for(input[1]) == input.size(), "PPS0 tells the length");
}

std::vector<Bytes> seeds() {
    return from_hex({"FF 00 FF", "FF 10 11 FE", "FF 11 95 7B", "FF 71 95 00 00 1B", "FF 10 11 FE FF 10 11 FE",
                     "FF 01 FE FF 01 FE"});
}

}  // namespace

const Target pps{"pps", run, seeds};

}  // namespace scardlab::fuzz
