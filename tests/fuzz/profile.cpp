#include <algorithm>
#include <string_view>

#include "scenarios/engine/loader.h"
#include "tests/emulator/icc/card_driver.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

void run(ByteView input) {
    const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
    const auto profile = engine::parse_profile(text, "fuzz.yaml");
    if (!profile) {
        const auto& place = profile.error().place;
        must(place.file == "fuzz.yaml" && !profile.error().message.empty(), "the error has its file and its words");
        must(place.line <= 1 + std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r'),
             "the error lies in the text");
        return;
    }
    tests::CardDriver driver(*profile);
    const Bytes answer = driver.cold_reset();
    driver.power_off();
    must(driver.card.session() == icc::IccSession{}, "nothing of a session is left without power");
    must(answer == driver.cold_reset(), "a card answers every cold reset alike");
}

std::vector<Bytes> seeds() {
    return files_below("scenarios/cards", ".yaml");
}

}  // namespace

const Target profile{"profile", run, seeds};

}  // namespace scardlab::fuzz
