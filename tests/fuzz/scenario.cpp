#include <string_view>

#include "scenarios/engine/loader.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

void run(ByteView input) {
    const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
    static const engine::LoaderOptions options{SCARDLAB_SOURCE_DIR "/scenarios",
                                               SCARDLAB_SOURCE_DIR "/scenarios/cards"};
    const auto cases = engine::parse_scenario(text, SCARDLAB_SOURCE_DIR "/scenarios/fuzz/fuzz.yaml", options);
    if (!cases) {
        must(!cases.error().place.file.empty() && !cases.error().message.empty(),
             "the error has its file and its words");
        return;
    }
    must(!cases->empty(), "a scenario has a case");
    for (const engine::Scenario& one : *cases) {
        must(one.id.starts_with("fuzz/fuzz"), "a case is named after its file");
    }
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all = files_below("scenarios/reset", ".yaml");
    for (const auto* folder : {"scenarios/removal", "scenarios/protocol_switch", "scenarios/fault"}) {
        const auto more = files_below(folder, ".yaml");
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

}  // namespace

const Target scenario{"scenario", run, seeds};

}  // namespace scardlab::fuzz
