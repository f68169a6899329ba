#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/card.h"
#include "scenarios/engine/script/file.h"

namespace scardlab::engine {
namespace script {
namespace {

using Answer = icc::IccQuirks::PpsExchange::Answer;

constexpr std::uint32_t most_references = 31;  // P2 of VERIFY has five bits for it, ISO/IEC 7816-4:2013 clause 11.5.6
constexpr std::uint32_t most_tries = 15;       // 63Cx
constexpr std::size_t longest_chv = 255;
constexpr std::uint32_t most_inf = 254;

constexpr std::array answer_words{Word{"accept", static_cast<std::uint32_t>(Answer::accept)},
                                  Word{"without_pps1", static_cast<std::uint32_t>(Answer::without_pps1)},
                                  Word{"refuse", static_cast<std::uint32_t>(Answer::refuse)},
                                  Word{"silent", static_cast<std::uint32_t>(Answer::silent)}};

std::vector<icc::ChvProfile> read_chvs(const Node& node, Problems& problems) {
    std::vector<icc::ChvProfile> chvs;
    for (const Node& item : read_list(node, "a list of CHVs", problems)) {
        const Fields fields(item, "a CHV", {"reference", "value", "tries"}, problems);
        icc::ChvProfile chv;
        if (const Node* const reference = fields.require("reference", "P2 of VERIFY, 1 to 31")) {
            chv.reference = static_cast<std::uint8_t>(read_number(*reference, 1, most_references, problems));
            if (std::any_of(chvs.begin(), chvs.end(),
                            [&](const icc::ChvProfile& other) { return other.reference == chv.reference; })) {
                problems.found(reference->place, "reference " + in_quotes(reference->text) + " twice",
                               "each reference once");
            }
        }
        if (const Node* const value = fields.require("value", "hexadecimal, or {text: \"1234\"}")) {
            chv.value = read_content(*value, 1, longest_chv, problems);
        }
        if (const Node* const tries = fields.find("tries")) {
            chv.tries = static_cast<std::uint8_t>(read_number(*tries, 1, most_tries, problems));
        }
        chvs.push_back(std::move(chv));
    }
    return chvs;
}

icc::IccQuirks read_quirks(const Node& node, Problems& problems) {
    icc::IccQuirks quirks;
    const Fields fields(node, "quirks", {"activation", "pps"}, problems);
    if (const Node* const activation = fields.find("activation")) {
        const Fields of_activation(*activation, "quirks of activation", {"mute"}, problems);
        if (const Node* const mute = of_activation.find("mute")) {
            quirks.activation.mute = read_bool(*mute, problems);
        }
    }
    if (const Node* const pps = fields.find("pps")) {
        const Fields of_pps(*pps, "quirks of pps", {"answer"}, problems);
        if (const Node* const answer = of_pps.find("answer")) {
            quirks.pps.answer = static_cast<Answer>(read_word(*answer, answer_words, problems));
        }
    }
    return quirks;
}

}  // namespace

icc::Profile read_card_profile(const Node& root, Problems& problems) {
    icc::Profile profile;
    const Fields fields(root, "a card profile", {"profile", "atr", "warm_atr", "largest_inf", "chv", "files", "quirks"},
                        problems);
    if (const Node* const title = fields.require("profile", "one sentence that says what the card is")) {
        read_text(*title, "one sentence that says what the card is", problems);
    }
    if (const Node* const atr = fields.require("atr", "hexadecimal, or a map of fields")) {
        profile.cold_atr = read_atr(*atr, problems);
    }
    if (const Node* const warm = fields.find("warm_atr")) {
        profile.warm_atr = read_atr(*warm, problems);
    }
    if (const Node* const largest_inf = fields.find("largest_inf")) {
        profile.largest_inf = static_cast<std::uint8_t>(read_number(*largest_inf, 1, most_inf, problems));
    }
    if (const Node* const chvs = fields.find("chv")) {
        profile.chvs = read_chvs(*chvs, problems);
    }
    if (const Node* const files = fields.find("files")) {
        profile.mf.children = read_files(*files, profile.chvs, problems);
    }
    if (const Node* const quirks = fields.find("quirks")) {
        profile.quirks = read_quirks(*quirks, problems);
    }
    return profile;
}

}  // namespace script

namespace {

constexpr std::string_view extension = ".yaml";

bool is_path(std::string_view text) {
    return text.find('/') != std::string_view::npos || text.ends_with(extension);
}

}  // namespace

tl::expected<icc::Profile, ScriptError> parse_profile(std::string_view text, const std::string& file) {
    script::Problems problems;
    icc::Profile profile;
    if (const auto root = script::read_yaml(text, file, problems)) {
        profile = script::read_card_profile(*root, problems);
    }
    if (problems.first()) {
        return tl::unexpected(*problems.first());
    }
    profile.name = std::filesystem::path(file).stem().string();
    return profile;
}

tl::expected<icc::Profile, ScriptError> load_profile(const std::string& name_or_path, const LoaderOptions& options,
                                                     const Place& place) {
    const bool by_path = is_path(name_or_path);
    const std::filesystem::path file =
        by_path ? (std::filesystem::path(place.file).parent_path() / name_or_path).lexically_normal()
                : options.cards / (name_or_path + std::string(extension));
    const auto text = script::read_file(file);
    if (text) {
        return parse_profile(*text, file.string());
    }
    script::Problems problems;
    const std::vector<std::string> known = profile_names(options.cards);
    if (by_path) {
        problems.found(place, "card profile " + script::in_quotes(name_or_path) + " (" + text.error().message() + ")",
                       "a file, from the folder of the file that names it");
    } else if (text.error() != std::errc::no_such_file_or_directory) {
        problems.found(place, "card profile " + script::in_quotes(name_or_path) + " (" + text.error().message() + ")",
                       "a readable file " + file.string());
    } else {
        problems.found(place, "card profile " + script::in_quotes(name_or_path),
                       known.empty() ? "a profile in " + options.cards.string() + ", which has none"
                                     : script::one_of(known) + ", or a path",
                       nearest(name_or_path, known));
    }
    return tl::unexpected(*problems.first());
}

std::vector<std::string> profile_names(const std::filesystem::path& cards) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(cards, error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().extension() == extension) {
            names.push_back(entry->path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace scardlab::engine
