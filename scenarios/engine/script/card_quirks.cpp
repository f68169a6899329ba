#include <array>

#include "scenarios/engine/script/card.h"

namespace scardlab::engine::script {
namespace {

using icc::IccQuirks;
using Answer = IccQuirks::PpsExchange::Answer;

constexpr std::uint32_t most_cycles = 100'000'000, most_etu = 1'000'000, most_characters = 1'000'000;
constexpr std::uint32_t longest_inf = 254;

constexpr std::array answer_words{Word{"accept", static_cast<std::uint32_t>(Answer::accept)},
                                  Word{"without_pps1", static_cast<std::uint32_t>(Answer::without_pps1)},
                                  Word{"refuse", static_cast<std::uint32_t>(Answer::refuse)},
                                  Word{"silent", static_cast<std::uint32_t>(Answer::silent)},
                                  Word{"garbled", static_cast<std::uint32_t>(Answer::garbled)}};

/// Quirks of one layer: a map, each key optional.
class Layer {
  public:
    Layer(const Node& node, std::string_view layer, const std::vector<std::string>& known, Problems& problems)
        : fields_(node, "quirks of " + std::string(layer), known, problems), problems_(problems) {}

    const Node* find(std::string_view key) const { return fields_.find(key); }
    void read(std::string_view key, bool& value) const {
        if (const Node* const node = find(key)) {
            value = read_bool(*node, problems_);
        }
    }
    template <class T>
    void read(std::string_view key, std::uint32_t most, T& value) const {
        if (const Node* const node = find(key)) {
            value = static_cast<T>(read_number(*node, 1, most, problems_));
        }
    }
    void read(std::string_view key, std::uint32_t most, std::optional<std::uint32_t>& value) const {
        if (const Node* const node = find(key)) {
            value = read_number(*node, 0, most, problems_);
        }
    }

  private:
    Fields fields_;
    Problems& problems_;
};

bool has_tck(const iso7816::Atr& atr) {
    return atr.tck() == iso7816::Atr::Tck::correct || atr.tck() == iso7816::Atr::Tck::wrong;
}

/// Whether the card speaks a protocol after either reset.
bool speaks(const icc::Profile& profile, iso7816::Protocol protocol) {
    return profile.cold_atr.offers(protocol) || (profile.warm_atr && profile.warm_atr->offers(protocol));
}

void read_activation(const Node& node, const icc::Profile& profile, IccQuirks::Activation& quirks, Problems& problems) {
    const Layer layer(
        node, "activation",
        {"mute", "mute_when_cold", "mute_when_warm", "answer_delay", "character_spacing", "ts", "wrong_tck", "surplus"},
        problems);
    layer.read("mute", quirks.mute);
    layer.read("mute_when_cold", quirks.mute_when_cold);
    layer.read("mute_when_warm", quirks.mute_when_warm);
    layer.read("answer_delay", most_cycles, quirks.answer_delay);
    layer.read("character_spacing", most_etu, quirks.character_spacing);
    if (const Node* const ts = layer.find("ts")) {
        const iso7816::Bytes bytes = read_hex(*ts, 1, 1, problems);
        quirks.ts = bytes.empty() ? std::uint8_t{0} : bytes.front();
    }
    layer.read("wrong_tck", quirks.wrong_tck);
    const bool no_tck = !has_tck(profile.cold_atr) && !(profile.warm_atr && has_tck(*profile.warm_atr));
    if (const Node* const wrong = layer.find("wrong_tck"); wrong != nullptr && no_tck) {
        problems.found(wrong->place, "wrong_tck of an ATR without TCK", "an ATR that offers more than T=0");
    }
    layer.read("surplus", 255, quirks.surplus);
}

void read_characters(const Node& node, IccQuirks::Characters& quirks, Problems& problems) {
    const Layer layer(node, "characters", {"parity_error_every", "never_repeats", "guard_time", "answer_delay"},
                      problems);
    layer.read("parity_error_every", most_characters, quirks.parity_error_every);
    layer.read("never_repeats", quirks.never_repeats);
    layer.read("guard_time", most_etu, quirks.guard_time);
    layer.read("answer_delay", most_etu, quirks.answer_delay);
}

void read_pps(const Node& node, IccQuirks::PpsExchange& quirks, Problems& problems) {
    const Layer layer(node, "pps", {"answer"}, problems);
    if (const Node* const answer = layer.find("answer")) {
        quirks.answer = static_cast<Answer>(read_word(*answer, answer_words, problems));
    }
}

void read_t0(const Node& node, const icc::Profile& profile, IccQuirks::T0& quirks, Problems& problems) {
    const Layer layer(node, "t0", {"null_bytes", "one_byte_at_a_time", "wrong_procedure_byte"}, problems);
    layer.read("null_bytes", 255, quirks.null_bytes);
    layer.read("one_byte_at_a_time", quirks.one_byte_at_a_time);
    layer.read("wrong_procedure_byte", quirks.wrong_procedure_byte);
    if (!speaks(profile, iso7816::Protocol::t0)) {
        problems.found(node.place, "quirks of t0 without T=0", "T0 in protocols");
    }
}

void read_t1(const Node& node, const icc::Profile& profile, IccQuirks::T1& quirks, Problems& problems) {
    const Layer layer(node, "t1", {"wtx", "ifs", "bad_edc_every", "wrong_sequence", "no_resynch"}, problems);
    layer.read("wtx", 255, quirks.wtx);
    layer.read("ifs", longest_inf, quirks.ifs);
    layer.read("bad_edc_every", most_characters, quirks.bad_edc_every);
    layer.read("wrong_sequence", quirks.wrong_sequence);
    layer.read("no_resynch", quirks.no_resynch);
    if (!speaks(profile, iso7816::Protocol::t1)) {
        problems.found(node.place, "quirks of t1 without T=1", "T1 in protocols");
    }
}

void read_commands(const Node& node, IccQuirks::Commands& quirks, Problems& problems) {
    const Layer layer(node, "commands", {"surplus", "no_extended"}, problems);
    layer.read("surplus", 65'535, quirks.surplus);
    layer.read("no_extended", quirks.no_extended);
}

}  // namespace

IccQuirks read_quirks(const Node& node, const icc::Profile& profile, Problems& problems) {
    IccQuirks quirks;
    const Fields fields(node, "quirks", {"activation", "characters", "pps", "t0", "t1", "commands"}, problems);
    if (const Node* const activation = fields.find("activation")) {
        read_activation(*activation, profile, quirks.activation, problems);
    }
    if (const Node* const characters = fields.find("characters")) {
        read_characters(*characters, quirks.characters, problems);
    }
    if (const Node* const pps = fields.find("pps")) {
        read_pps(*pps, quirks.pps, problems);
    }
    if (const Node* const t0 = fields.find("t0")) {
        read_t0(*t0, profile, quirks.t0, problems);
    }
    if (const Node* const t1 = fields.find("t1")) {
        read_t1(*t1, profile, quirks.t1, problems);
    }
    if (const Node* const commands = fields.find("commands")) {
        read_commands(*commands, quirks.commands, problems);
    }
    return quirks;
}

}  // namespace scardlab::engine::script
