#include "scenarios/engine/catalogue.h"

#include <algorithm>
#include <optional>
#include <system_error>

namespace scardlab::engine {

namespace fs = std::filesystem;

namespace {

bool fits_whole(std::string_view text, std::string_view glob) {
    std::size_t t = 0;
    std::size_t g = 0;
    std::optional<std::size_t> star;  // the last '*' met
    std::size_t star_ends = 0;        // what it stands for ends before this character
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = g++;
            star_ends = t;
        } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
            ++g;
            ++t;
        } else if (star) {
            g = *star + 1;
            t = ++star_ends;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', g) == std::string_view::npos;
}

/// Folders of the catalogue that hold no scenarios.
bool is_reserved(const fs::path& folder, const fs::path& catalogue) {
    const fs::path relative = folder.lexically_relative(catalogue);
    return relative == "cards" || relative == "schema" || relative == "engine";
}

tl::expected<std::vector<fs::path>, ScriptError> files_below(const fs::path& path, const fs::path& catalogue) {
    std::error_code failure;
    if (fs::is_regular_file(path, failure)) {
        return std::vector{path};
    }
    if (!fs::is_directory(path, failure)) {
        return tl::make_unexpected(
            ScriptError{{path.native(), 1, 1}, "found no file or folder of that name; expected a scenario"});
    }
    std::vector<fs::path> files;
    for (auto entry = fs::recursive_directory_iterator(path, failure); !failure && entry != fs::end(entry);
         entry.increment(failure)) {
        if (entry->is_directory() && is_reserved(entry->path(), catalogue)) {
            entry.disable_recursion_pending();
        } else if (entry->path().extension() == ".yaml" && entry->path() != catalogue / "rules.yaml") {
            files.push_back(entry->path());
        }
    }
    if (failure) {
        return tl::make_unexpected(ScriptError{{path.native(), 1, 1}, "cannot be read: " + failure.message()});
    }
    return files;
}

}  // namespace

bool fits(std::string_view text, std::string_view glob) {
    if (glob.find_first_of("*?") == std::string_view::npos) {
        return text.find(glob) != std::string_view::npos;
    }
    return fits_whole(text, glob);
}

tl::expected<std::vector<Scenario>, std::vector<ScriptError>> load_catalogue(const std::vector<fs::path>& paths,
                                                                             const std::string& filter, Shard shard,
                                                                             const LoaderOptions& options) {
    std::vector<ScriptError> errors;
    std::vector<Scenario> cases;
    std::vector<fs::path> files;
    for (const fs::path& path : paths.empty() ? std::vector{options.catalogue} : paths) {
        auto found = files_below(path, options.catalogue);
        if (found) {
            files.insert(files.end(), found->begin(), found->end());
        } else {
            errors.push_back(found.error());
        }
    }
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    for (const fs::path& file : files) {
        auto loaded = load_scenario(file, options);
        if (loaded) {
            std::move(loaded->begin(), loaded->end(), std::back_inserter(cases));
        } else {
            errors.push_back(loaded.error());
        }
    }
    if (!errors.empty()) {
        return tl::make_unexpected(errors);
    }
    std::erase_if(cases, [&](const Scenario& scenario) { return !filter.empty() && !fits(scenario.id, filter); });
    std::vector<Scenario> mine;
    for (std::size_t i = shard.index - 1; i < cases.size(); i += shard.count) {
        mine.push_back(std::move(cases[i]));
    }
    return mine;
}

}  // namespace scardlab::engine
