#include "scenarios/engine/script/for_each.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/read.h"

namespace scardlab::engine::script {
namespace {

constexpr std::size_t most_cases = 10'000;
constexpr std::string_view for_each_key = "for_each";

using Values = std::map<std::string, std::string, std::less<>>;

bool is_name(std::string_view text) {
    return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

/// Fills ${name} into scalars and notes which names were used.
class Substitution {
  public:
    Substitution(const Values& values, std::set<std::string>& used, Problems& problems)
        : values_(values), used_(used), problems_(problems) {}

    Node filled(const Node& node) {
        Node copy = node;
        fill(copy);
        return copy;
    }

  private:
    void fill(Node& node) {
        if (node.is_scalar()) {
            fill_scalar(node);
        }
        for (Node& key : node.keys) {
            fill_scalar(key);
            check_unique(node, key);
        }
        for (Node& item : node.items) {
            fill(item);
        }
    }

    void fill_scalar(Node& node) {
        std::string text;
        std::size_t at = 0;
        for (std::size_t start = node.text.find("${"); start != std::string::npos; start = node.text.find("${", at)) {
            text += node.text.substr(at, start - at);
            const std::size_t end = std::min(node.text.find('}', start), node.text.size());
            const std::string name = node.text.substr(start + 2, end - start - 2);
            const auto value = values_.find(name);
            if (end == node.text.size() || value == values_.end()) {
                unknown(node.place_of(start), node.text.substr(start, end + 1 - start), name);
                return;
            }
            used_.insert(name);
            text += value->second;
            at = end + 1;
        }
        if (at > 0) {
            node.text = text + node.text.substr(at);
            node.text_column = 0;
        }
    }

    void unknown(const Place& place, const std::string& found, const std::string& name) {
        std::vector<std::string> known;
        for (const auto& [each, value] : values_) {
            known.push_back(each);
        }
        problems_.found(place, in_quotes(found),
                        known.empty() ? "no ${...}, or a for_each that gives it values"
                                      : "${name} with a name of for_each: " + joined(known),
                        nearest(name, known));
    }

    void check_unique(const Node& map, const Node& key) {
        for (const Node& other : map.keys) {
            if (&other == &key) {
                return;
            }
            if (other.text == key.text) {
                problems_.found(key.place, "key " + in_quotes(key.text) + " twice once ${...} is filled in",
                                "each key once");
            }
        }
    }

    const Values& values_;
    std::set<std::string>& used_;
    Problems& problems_;
};

void check_values(const Node& values, Problems& problems) {
    for (std::size_t i = 0; i < values.items.size(); ++i) {
        const Node& value = values.items[i];
        if (!value.is_scalar()) {
            problems.found(value.place, value.described(), "a value: a word, a number or text");
        }
        const auto earlier = values.items.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::any_of(values.items.begin(), earlier, [&](const Node& other) { return other.text == value.text; })) {
            problems.found(value.place, "value " + in_quotes(value.text) + " twice", "each value once");
        }
    }
}

/// The number of combinations, 0 when something was reported.
std::size_t check_for_each(const Node& node, Problems& problems) {
    if (!node.is_map() || node.items.empty()) {
        problems.found(node.place, node.described(), "for_each: {name: [values]}");
        return 0;
    }
    std::size_t count = 1;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
        if (!is_name(node.keys[i].text)) {
            problems.found(node.keys[i].place, in_quotes(node.keys[i].text), "a name of a-z, 0-9 and _");
        }
        check_values(node.items[i], problems);
        count *= read_list(node.items[i], "a list of at least one value", problems).size();
        if (problems.any()) {
            return 0;
        }
        if (count > most_cases) {
            problems.found(node.place, "more than " + std::to_string(most_cases) + " combinations", "fewer");
            return 0;
        }
    }
    return count;
}

Node without_for_each(const Node& root) {
    Node rest = root;
    for (std::size_t i = 0; i < rest.keys.size(); ++i) {
        if (rest.keys[i].text == for_each_key) {
            rest.keys.erase(rest.keys.begin() + static_cast<std::ptrdiff_t>(i));
            rest.items.erase(rest.items.begin() + static_cast<std::ptrdiff_t>(i));
            break;
        }
    }
    return rest;
}

}  // namespace

std::vector<Case> read_cases(const Node& root, Problems& problems) {
    const Node* const for_each = root.find(for_each_key);
    const std::size_t count = for_each == nullptr ? 1 : check_for_each(*for_each, problems);
    const Node rest = without_for_each(root);
    std::set<std::string> used;
    std::vector<Case> cases;
    for (std::size_t number = 0; number < count && !problems.any(); ++number) {
        Values values;
        std::string suffix;
        std::size_t digits = number;  // a number whose digits have the sizes of the lists as their bases
        for (std::size_t i = for_each == nullptr ? 0 : for_each->keys.size(); i-- > 0;) {
            const std::vector<Node>& choices = for_each->items[i].items;
            const std::string& value = choices[digits % choices.size()].text;
            digits /= choices.size();
            values.emplace(for_each->keys[i].text, value);
            suffix = "/" + value + suffix;
        }
        cases.push_back({suffix, Substitution(values, used, problems).filled(rest)});
    }
    for (std::size_t i = 0; for_each != nullptr && !problems.any() && i < for_each->keys.size(); ++i) {
        const Node& name = for_each->keys[i];
        if (!used.contains(name.text)) {
            problems.found(name.place, "name " + in_quotes(name.text) + " that is used nowhere",
                           "${" + name.text + "} in the scenario");
        }
    }
    return cases;
}

}  // namespace scardlab::engine::script
