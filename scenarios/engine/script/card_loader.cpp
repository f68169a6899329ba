#include <algorithm>
#include <system_error>
#include <utility>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/card.h"
#include "scenarios/engine/script/file.h"

namespace scardlab::engine {
namespace script {
namespace {

constexpr std::uint32_t most_inf = 254;
constexpr std::uint32_t most_channels = 4;

std::vector<std::string> card_keys() {
    return {"profile", "atr", "warm_atr", "largest_inf", "classes", "channels", "chv", "keys", "mf", "files", "quirks"};
}

/// What is in no file: classes, channels, CHVs and keys.
void read_card_parameters(const Fields& fields, icc::Profile& profile, Problems& problems) {
    if (const Node* const largest_inf = fields.find("largest_inf")) {
        profile.largest_inf = static_cast<std::uint8_t>(read_number(*largest_inf, 1, most_inf, problems));
    }
    if (const Node* const classes = fields.find("classes")) {
        profile.operating_classes = read_classes(*classes, problems);
    }
    if (const Node* const channels = fields.find("channels")) {
        profile.channels = static_cast<std::uint8_t>(read_number(*channels, 1, most_channels, problems));
    }
    if (const Node* const keys = fields.find("keys")) {
        profile.keys = read_keys(*keys, problems);
    }
    if (const Node* const chvs = fields.find("chv")) {
        profile.chvs = read_chvs(*chvs, false, external_keys(profile.keys), problems);
    }
}

}  // namespace

icc::Profile read_card_profile(const Node& root, Problems& problems) {
    icc::Profile profile;
    const Fields fields(root, "a card profile", card_keys(), problems);
    if (const Node* const title = fields.require("profile", "one sentence that says what the card is")) {
        read_text(*title, "one sentence that says what the card is", problems);
    }
    if (const Node* const atr = fields.require("atr", "hexadecimal, or a map of fields")) {
        profile.cold_atr = read_atr(*atr, problems);
    }
    if (const Node* const warm = fields.find("warm_atr")) {
        profile.warm_atr = read_atr(*warm, problems);
    }
    read_card_parameters(fields, profile, problems);
    Credentials known;
    for (const icc::ChvProfile& chv : profile.chvs) {
        known.chvs.push_back(chv.reference);
    }
    known.keys = external_keys(profile.keys);
    known.secure_messaging = std::ranges::any_of(profile.keys, &icc::KeyProfile::secure_messaging);
    profile.mf = read_file_tree(fields.find("files"), fields.find("mf"), known, problems);
    const Node* const quirks = fields.find("quirks");
    if (quirks != nullptr && !problems.any()) {
        profile.quirks = read_quirks(*quirks, profile, problems);
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
