#include "scenarios/engine/script/node.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace scardlab::engine::script {
namespace {

bool is_continuation_byte(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The lines of a file, to turn yaml-cpp's marks (0-based, columns in bytes) into places (1-based, in characters).
class Source {
  public:
    Source(std::string_view text, std::string file) : file_(std::move(file)) {
        for (std::size_t start = 0; start <= text.size();) {
            const std::size_t end = std::min(text.find('\n', start), text.size());
            lines_.push_back(text.substr(start, end - start));
            start = end + 1;
        }
    }

    Place place(const YAML::Mark& mark) const {
        if (mark.line < 0) {
            return {file_, 1, 1};
        }
        const std::string_view before = line_of(mark).substr(0, byte_column(mark));
        const auto characters =
            std::count_if(before.begin(), before.end(), [](char c) { return !is_continuation_byte(c); });
        return {file_, mark.line + 1, static_cast<int>(characters) + 1};
    }

    /// Column of `text` when it stands literally at the mark, with or without a quote before it; else 0.
    int literal_column(const YAML::Mark& mark, std::string_view text) const {
        const std::string_view here = from(mark);
        if (text.empty() || mark.line < 0) {
            return 0;
        }
        if (here.starts_with(text)) {
            return place(mark).column;
        }
        const bool after_quote = here.starts_with('"') || here.starts_with('\'');
        return after_quote && here.substr(1).starts_with(text) ? place(mark).column + 1 : 0;
    }

    bool has_tag_at(const YAML::Mark& mark) const { return from(mark).starts_with('!'); }
    bool has_null_at(const YAML::Mark& mark) const {
        const std::string_view here = from(mark);
        return here.starts_with('~') || here.starts_with("null") || here.starts_with("Null") ||
               here.starts_with("NULL");
    }

  private:
    std::string_view line_of(const YAML::Mark& mark) const {
        const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
        return line < lines_.size() ? lines_[line] : std::string_view{};
    }
    std::size_t byte_column(const YAML::Mark& mark) const {
        return std::min(static_cast<std::size_t>(std::max(mark.column, 0)), line_of(mark).size());
    }
    std::string_view from(const YAML::Mark& mark) const { return line_of(mark).substr(byte_column(mark)); }

    std::string file_;
    std::vector<std::string_view> lines_;
};

/// Builds the tree from the parser's events. yaml-cpp's own nodes would hide aliases, tags and keys that are there
/// twice.
class Builder final : public YAML::EventHandler {
  public:
    Builder(const Source& source, Problems& problems) : source_(source), problems_(problems) {}

    std::optional<Node> take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        check(mark, "?", anchor, false);
        add(Node{Node::Kind::null, place_of_nothing(mark), 0, {}, {}, {}});
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        problems_.found(source_.place(mark), "an alias", "the value itself");
        add(Node{Node::Kind::null, source_.place(mark), 0, {}, {}, {}});
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        check(mark, tag, anchor, source_.has_tag_at(mark));
        add(Node{Node::Kind::scalar, source_.place(mark), source_.literal_column(mark, value), value, {}, {}});
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::sequence);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::map);
    }
    void OnMapEnd() override { close(); }

  private:
    void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool tagged) {
        if (anchor != YAML::NullAnchor) {
            problems_.found(source_.place(mark), "an anchor", "the value itself, once for each place that needs it");
        }
        const bool explicit_tag = !tag.empty() && tag != "?" && tag != "!";
        if (explicit_tag || tagged) {
            problems_.found(source_.place(mark), "a tag", "a value without a tag");
        }
    }

    /// An empty value has the mark of whatever comes next; the key before it says more.
    Place place_of_nothing(const YAML::Mark& mark) const {
        const bool is_value = !open_.empty() && open_.back().keys.size() > open_.back().items.size();
        return is_value && !source_.has_null_at(mark) ? open_.back().keys.back().place : source_.place(mark);
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
        check(mark, tag, anchor, tag == "!");
        open_.push_back(Node{kind, source_.place(mark), 0, {}, {}, {}});
    }

    void close() {
        Node node = std::move(open_.back());
        open_.pop_back();
        add(std::move(node));
    }

    void add(Node node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Node& parent = open_.back();
        if (!parent.is_map() || parent.keys.size() > parent.items.size()) {
            parent.items.push_back(std::move(node));
            return;
        }
        if (!node.is_scalar()) {
            problems_.found(node.place, node.described() + " as a key", "a word");
        } else {
            const auto same = std::find_if(parent.keys.begin(), parent.keys.end(),
                                           [&](const Node& key) { return key.text == node.text; });
            if (same != parent.keys.end()) {
                problems_.found(node.place, "key " + in_quotes(node.text) + " twice",
                                "each key once (the first is in line " + std::to_string(same->place.line) + ")");
            }
        }
        parent.keys.push_back(std::move(node));
    }

    const Source& source_;
    Problems& problems_;
    std::vector<Node> open_;
    std::optional<Node> root_;
};

/// Notes where a second document begins.
class SecondDocument final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

    const YAML::Mark& start() const { return start_; }

  private:
    YAML::Mark start_;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
    for (std::size_t i = 0; i < keys.size() && i < items.size(); ++i) {
        if (keys[i].text == key) {
            return &items[i];
        }
    }
    return nullptr;
}

Place Node::place_of(std::size_t offset) const {
    if (text_column == 0 || offset > text.size()) {
        return place;
    }
    const auto characters = std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset),
                                          [](char c) { return !is_continuation_byte(c); });
    return {place.file, place.line, text_column + static_cast<int>(characters)};
}

std::string Node::described() const {
    switch (kind) {
        case Kind::null:
            return "nothing";
        case Kind::scalar:
            return in_quotes(text);
        case Kind::sequence:
            return items.empty() ? "an empty list" : "a list";
        case Kind::map:
            return items.empty() ? "an empty map" : "a map";
    }
    return {};
}

std::string Node::inline_text() const {
    if (kind == Kind::scalar || kind == Kind::null) {
        return text;
    }
    std::string inner;
    for (std::size_t i = 0; i < items.size(); ++i) {
        inner += i == 0 ? "" : ", ";
        inner += is_map() ? keys[i].text + ": " : "";
        inner += items[i].inline_text();
    }
    return is_map() ? "{" + inner + "}" : "[" + inner + "]";
}

std::optional<Node> read_yaml(std::string_view text, const std::string& file, Problems& problems) {
    const Source source(text, file);
    Builder builder(source, problems);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        SecondDocument second;
        if (!problems.any() && parser.HandleNextDocument(second)) {
            problems.found(source.place(second.start()), "a second YAML document", "one document in a file");
        }
    } catch (const YAML::Exception& error) {
        problems.found(source.place(error.mark), "text that is not YAML (" + error.msg + ")", "well-formed YAML");
    }
    std::optional<Node> root = builder.take();
    if (!root || root->kind == Node::Kind::null) {
        problems.found({file, 1, 1}, "an empty file", "a YAML map");
    }
    if (problems.any()) {
        return std::nullopt;
    }
    return root;
}

}  // namespace scardlab::engine::script
