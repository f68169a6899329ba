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

void as_it_is(ByteView input) {
    const auto pps = Pps::parse(input);
    if (!pps) {
        must(pps.error().offset <= input.size() && !pps.error().message.empty(), "the error lies in the bytes");
        return;
    }
    const auto encoded = pps->encode();
    must(std::ranges::equal(encoded.view(), input), "a PPS that is read is written as it was");
    must(Pps::size_for(input[1]) == input.size(), "PPS0 tells the length");
}

/// The input from PPS0 on, with PPSS and the right PCK.
Bytes with_right_pck(ByteView input) {
    const std::uint8_t pps0 = input.empty() ? std::uint8_t{0} : input[0];
    Bytes whole{Pps::ppss, pps0};
    for (std::size_t i = 1; whole.size() + 1 < Pps::size_for(pps0); ++i) {
        whole.push_back(i < input.size() ? input[i] : std::uint8_t{0});
    }
    std::uint8_t pck = 0;
    for (const std::uint8_t byte : whole) {
        pck = static_cast<std::uint8_t>(pck ^ byte);
    }
    whole.push_back(pck);
    must(Pps::parse(whole).has_value() == ((pps0 & 0x80) == 0), "what PPS0 announces and PCK covers is read");
    return whole;
}

void run(ByteView input) {
    as_it_is(input);
    as_it_is(with_right_pck(input));
    judge_both(input);
    const Bytes request = with_right_pck(input.first(input.size() / 2));
    const Bytes response = with_right_pck(input.subspan(input.size() / 2));
    if (request.size() == response.size()) {
        Bytes both = request;
        both.insert(both.end(), response.begin(), response.end());
        judge_both(both);
    }
}

std::vector<Bytes> seeds() {
    return from_hex({"FF 00 FF", "FF 10 11 FE", "FF 11 95 7B", "FF 71 95 00 00 1B", "FF 10 11 FE FF 10 11 FE",
                     "FF 01 FE FF 01 FE"});
}

}  // namespace

const Target pps{"pps", run, seeds};

}  // namespace scardlab::fuzz
