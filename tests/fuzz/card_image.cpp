#include <algorithm>

#include "emulator/icc/image/image.h"
#include "emulator/icc/image/state_codec.h"
#include "tests/fakes/card_profiles.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

/// The payload alone, which is not protected by a checksum.
void payload(ByteView input) {
    const auto state = icc::decode_state(input);
    if (!state) {
        must(state.error().offset <= input.size() && !state.error().message.empty(), "the error lies in the bytes");
        return;
    }
    must(std::ranges::equal(icc::encode_state(*state), input), "a state that is read is written as it was");
    const icc::ImageOrigin origin{"fuzz", {}};
    const auto image = icc::decode_image(icc::encode_image(origin, *state));
    must(image && image->state == *state && image->origin == origin, "an image keeps its state and its origin");
}

void whole(ByteView input) {
    const auto image = icc::decode_image(input);
    if (!image) {
        must(image.error().offset <= input.size() && !image.error().message.empty(), "the error lies in the bytes");
        return;
    }
    must(std::ranges::equal(icc::encode_image(image->origin, image->state), input),
         "an image that is read is written as it was");
}

/// The first byte chooses which.
void run(ByteView input) {
    if (!input.empty()) {
        input[0] % 2 == 0 ? payload(input.subspan(1)) : whole(input.subspan(1));
    }
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all;
    for (const icc::Profile& profile : {fakes::t0_only(), fakes::card_with("no name", "3B 00")}) {
        const icc::IccState state = icc::personalise(profile);
        Bytes payload_seed = icc::encode_state(state);
        payload_seed.insert(payload_seed.begin(), std::uint8_t{0});
        Bytes whole_seed = icc::encode_image(icc::origin_of(profile), state);
        whole_seed.insert(whole_seed.begin(), std::uint8_t{1});
        all.push_back(std::move(payload_seed));
        all.push_back(std::move(whole_seed));
    }
    return all;
}

}  // namespace

const Target card_image{"card_image", run, seeds};

}  // namespace scardlab::fuzz
