#include <array>

#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

std::span<const Target* const> all_targets() {
    static constexpr std::array all{
        &apdu,           &atr,      &atr_explanation,  &block_t1, &card_image,  &commands,    &pps,       &profile,
        &reader_session, &scenario, &secure_messaging, &session,  &t0_exchange, &t1_exchange, &vpcd_frame};
    return all;
}

}  // namespace scardlab::fuzz
