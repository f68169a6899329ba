#include "scenarios/engine/script/steps.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/call.h"

namespace scardlab::engine::script {
namespace {

const std::vector<std::string> options{"with", "expect", "within", "on"};
const std::vector<std::string> props{"card", "reader", "service", "plan", "clock", "card_saw"};

constexpr std::array card_words{Word{"insert", static_cast<std::uint32_t>(CardStep::Action::insert)},
                                Word{"remove", static_cast<std::uint32_t>(CardStep::Action::remove)},
                                Word{"swap", static_cast<std::uint32_t>(CardStep::Action::swap)},
                                Word{"mute", static_cast<std::uint32_t>(CardStep::Action::mute)},
                                Word{"unmute", static_cast<std::uint32_t>(CardStep::Action::unmute)}};
constexpr std::array reader_words{Word{"unplug", static_cast<std::uint32_t>(ReaderStep::Action::unplug)},
                                  Word{"plug", static_cast<std::uint32_t>(ReaderStep::Action::plug)},
                                  Word{"fail", static_cast<std::uint32_t>(ReaderStep::Action::fail)},
                                  Word{"recover", static_cast<std::uint32_t>(ReaderStep::Action::recover)}};
constexpr std::array service_words{Word{"stop", static_cast<std::uint32_t>(ServiceStep::Action::stop)},
                                   Word{"start", static_cast<std::uint32_t>(ServiceStep::Action::start)},
                                   Word{"restart", static_cast<std::uint32_t>(ServiceStep::Action::restart)},
                                   Word{"freeze", static_cast<std::uint32_t>(ServiceStep::Action::freeze)},
                                   Word{"thaw", static_cast<std::uint32_t>(ServiceStep::Action::thaw)}};

bool contains(const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Reads steps in order and remembers what the earlier ones did, so that a step that cannot be is reported.
class StepReader {
  public:
    StepReader(const std::vector<TargetKind>& targets, bool has_card, const ProfileSource& profiles, Problems& problems)
        : targets_(targets), has_card_(has_card), profiles_(profiles), problems_(problems) {}

    Step read(const Node& node);

  private:
    /// What an application has done so far.
    struct Application {
        Method last = Method::Status;
        bool connected = false;            ///< has called SCardConnect
        bool may_block = false;            ///< its last call may still be blocked, on some target
        bool blocked = false;              ///< it is, on every target
        std::vector<std::string> files{};  ///< its names for files that it has opened
    };
    /// The parts of a step other than who does what.
    struct Options {
        const Node* with = nullptr;
        const Node* expect = nullptr;
        const Node* within = nullptr;
        const Node* on = nullptr;
    };

    std::size_t find_who(const Node& node);
    void read_application(const Node& who, const Node& what, const Options& given, Step& step);
    void read_call(const Node& who, Method method, const Options& given, Step& step);
    void read_prop(const Node& who, const Node& what, const Options& given, Step& step);
    CardStep read_card(const Node& what, const Node* with);
    ReaderStep read_reader(const Node& what, const Node* with);
    std::map<TargetKind, Expectation> read_on(const Node& on, const MethodFacts& method, bool may_block);
    void check_file(const Node* with, const std::string& caller, const CallStep& call);
    void check_handle(const Node& with, const std::string& caller, const std::string& owner);
    void refuse(const Node* option, std::string_view name, std::string_view where);
    std::vector<std::string> known_applications() const;

    const std::vector<TargetKind>& targets_;
    bool has_card_;
    const ProfileSource& profiles_;
    Problems& problems_;
    std::map<std::string, Application> applications_;
};

Step StepReader::read(const Node& node) {
    Step step;
    step.place = node.place;
    const std::size_t at = find_who(node);
    if (problems_.any()) {
        return step;
    }
    const Node& who = node.keys[at];
    const Node& what = node.items[at];
    const Options given{node.find("with"), node.find("expect"), node.find("within"), node.find("on")};
    step.text = who.text + ": " + what.inline_text();
    if (given.within != nullptr) {
        step.within = read_duration(*given.within, problems_);
        if (step.within.count() == 0) {
            problems_.found(given.within->place, given.within->described(), "a duration that is not zero");
        }
    }
    if (contains(props, who.text)) {
        read_prop(who, what, given, step);
    } else {
        read_application(who, what, given, step);
    }
    return step;
}

/// The one key that is not an option.
std::size_t StepReader::find_who(const Node& node) {
    const std::string step = "a step: one line of who and what, then with, expect, within or on";
    if (!node.is_map()) {
        problems_.found(node.place, node.described(), step);
        return 0;
    }
    std::optional<std::size_t> who;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
        const Node& key = node.keys[i];
        if (contains(options, key.text)) {
            continue;
        }
        if (who) {
            problems_.found(key.place,
                            "key " + in_quotes(key.text) + " in the step of " + in_quotes(node.keys[*who].text),
                            one_of(options), nearest(key.text, options));
        }
        who = who ? who : i;
    }
    if (!who) {
        problems_.found(node.place, "a step without who", step);
        return 0;
    }
    const Node& key = node.keys[*who];
    if (!contains(props, key.text) && !is_script_name(key.text)) {
        problems_.found(key.place, in_quotes(key.text),
                        "an application's name (a-z, then a-z, 0-9 and _; not own), or " + one_of(props),
                        nearest(key.text, props));
    }
    return *who;
}

void StepReader::read_application(const Node& who, const Node& what, const Options& given, Step& step) {
    if (what.is_scalar() && (what.text == "resumes" || what.text == "dies")) {
        const auto known = applications_.find(who.text);
        if (known == applications_.end()) {
            problems_.found(who.place, in_quotes(who.text) + ", which has made no call and so never " + what.text,
                            "an application of an earlier step", nearest(who.text, known_applications()));
            return;
        }
        refuse(given.with, "with", what.text);
        if (what.text == "dies") {
            refuse(given.expect, "expect", what.text);
            refuse(given.within, "within", what.text);
            refuse(given.on, "on", what.text);
            step.what = DiesStep{who.text};
            applications_.erase(known);
            return;
        }
        if (!known->second.may_block) {
            problems_.found(what.place, "resumes, but the last call of " + in_quotes(who.text) + " did not block",
                            "an earlier call with expect: blocks");
        }
        known->second.may_block = known->second.blocked = false;
        step.what = ResumesStep{who.text};
        const MethodFacts& method = facts(known->second.last);
        if (given.expect != nullptr) {
            step.expect = read_expectation(*given.expect, method, false, problems_);
        }
        if (given.on != nullptr) {
            step.on = read_on(*given.on, method, false);
        }
        return;
    }
    const auto method = what.is_scalar() ? method_named(what.text) : std::nullopt;
    if (!method) {
        std::vector<std::string> known{"resumes", "dies"};
        for (const MethodFacts& each : all_methods()) {
            known.emplace_back(each.name);
        }
        const std::string near_prop = nearest(who.text, props);
        if (what.is_scalar() || near_prop.empty()) {
            problems_.found(what.place, what.described(), one_of(known), nearest(what.text, known));
        } else {
            problems_.found(who.place, in_quotes(who.text), one_of(props) + ", or an application and a method",
                            near_prop);
        }
        return;
    }
    read_call(who, *method, given, step);
}

void StepReader::read_call(const Node& who, Method method, const Options& given, Step& step) {
    const MethodFacts& known = facts(method);
    CallStep call{who.text, method, read_arguments(given.with, known, step.place, problems_)};
    if (call.arguments.handle_of) {
        check_handle(*given.with, who.text, *call.arguments.handle_of);
    }
    check_file(given.with, who.text, call);
    if (given.expect != nullptr) {
        step.expect = read_expectation(*given.expect, known, true, problems_);
    }
    if (given.on != nullptr) {
        step.on = read_on(*given.on, known, true);
    }
    step.what = std::move(call);
    Application& application = applications_[who.text];
    application.connected = application.connected || method == Method::SCardConnect;
    const bool in_call = application.blocked || application.may_block;
    if (ends_a_wait(method) || (method == Method::Detach && in_call)) {
        return;  // an application makes it while another call of its own is blocked
    }
    if (application.blocked) {
        problems_.found(
            who.place,
            "a call of " + in_quotes(who.text) + ", whose " + std::string(name(application.last)) + " is still blocked",
            "resumes first, or SCardCancel, CancelWait or Detach");
    }
    application.last = method;
    application.blocked = step.expect.blocks && step.on.empty();
    application.may_block = step.expect.blocks || std::any_of(step.on.begin(), step.on.end(),
                                                              [](const auto& each) { return each.second.blocks; });
}

/// A file has the name that an earlier Open of the application gave it.
void StepReader::check_file(const Node* with, const std::string& caller, const CallStep& call) {
    std::vector<std::string>& files = applications_[caller].files;
    if (call.method == Method::FileAccessOpen) {
        files.push_back(call.arguments.as.value_or("file"));
    }
    const std::optional<std::string>& file = call.arguments.file;
    if (file && !contains(files, *file)) {
        problems_.found(with->find("file")->place,
                        in_quotes(*file) + ", a file that " + in_quotes(caller) + " has not opened",
                        "a name of an earlier FileAccess.Open, as: NAME", nearest(*file, files));
    }
}

void StepReader::check_handle(const Node& with, const std::string& caller, const std::string& owner) {
    const Node* const handle = with.find("handle");
    if (handle == nullptr || problems_.any()) {
        return;
    }
    const bool own = owner == own_handle;
    const auto application = applications_.find(own ? caller : owner);
    if (!own && application == applications_.end()) {
        problems_.found(handle->place, "a handle of " + in_quotes(owner) + ", which has made no call",
                        "an application of an earlier step", nearest(owner, known_applications()));
    }
    if (own && (application == applications_.end() || !application->second.connected)) {
        problems_.found(handle->place, "own, but " + in_quotes(caller) + " has made no SCardConnect",
                        "an SCardConnect in an earlier step, or of and another application");
    }
}

void StepReader::read_prop(const Node& who, const Node& what, const Options& given, Step& step) {
    if (who.text != "card" && who.text != "reader") {
        refuse(given.with, "with", who.text);
    }
    refuse(given.expect, "expect", who.text);
    refuse(given.within, "within", who.text);
    refuse(given.on, "on", who.text);
    if (who.text == "card") {
        step.what = read_card(what, given.with);
    } else if (who.text == "reader") {
        step.what = read_reader(what, given.with);
    } else if (who.text == "service") {
        step.what = ServiceStep{static_cast<ServiceStep::Action>(read_word(what, service_words, problems_))};
    } else if (who.text == "plan") {
        step.what = PlanStep{read_plan(what, problems_)};
    } else if (who.text == "clock") {
        const Fields fields(what, "clock", {"advance"}, problems_);
        const Node* const advance = fields.require("advance", "a duration such as 6 s");
        step.what = ClockStep{advance == nullptr ? std::chrono::milliseconds{} : read_duration(*advance, problems_)};
    } else {
        step.what = CardSawStep{read_saw(what, problems_)};
    }
}

CardStep StepReader::read_card(const Node& what, const Node* with) {
    CardStep card{static_cast<CardStep::Action>(read_word(what, card_words, problems_)), std::nullopt};
    const bool insert = card.action == CardStep::Action::insert;
    const bool swap = card.action == CardStep::Action::swap;
    if (!insert && !swap) {
        refuse(with, "with", what.text);
        return card;
    }
    if (with == nullptr) {
        if (swap || !has_card_) {
            problems_.found(what.place, swap ? "swap without a profile" : "insert, but there has been no card yet",
                            "with: {profile: NAME}");
        }
        return card;
    }
    const Fields fields(*with, "the arguments of " + what.text, {"profile"}, problems_);
    if (const Node* const name = fields.require("profile", "the name of a card profile")) {
        card.profile = profiles_(*name);
    }
    has_card_ = true;
    return card;
}

ReaderStep StepReader::read_reader(const Node& what, const Node* with) {
    ReaderStep reader{static_cast<ReaderStep::Action>(read_word(what, reader_words, problems_)), std::nullopt};
    if (with != nullptr && reader.action != ReaderStep::Action::plug) {
        refuse(with, "with", what.text);
    } else if (with != nullptr) {
        const Fields fields(*with, "the arguments of plug", {"number"}, problems_);
        if (const Node* const number = fields.require("number", "the reader's number, 0 to 15")) {
            reader.number = read_number(*number, 0, 15, problems_);
        }
    }
    return reader;
}

std::map<TargetKind, Expectation> StepReader::read_on(const Node& on, const MethodFacts& method, bool may_block) {
    std::map<TargetKind, Expectation> expectations;
    std::vector<std::string> known;
    for (const TargetKind target : targets_) {
        known.emplace_back(name(target));
    }
    const Fields fields(on, "on", known, problems_);
    for (std::size_t i = 0; i < on.keys.size() && !problems_.any(); ++i) {
        const Fields entry(on.items[i], "on " + on.keys[i].text, {"expect", "because"}, problems_);
        const Node* const expect = entry.require("expect", "what the step is told on that target");
        const Node* const because = entry.require("because", "the rule or the reason");
        if (expect == nullptr || because == nullptr) {
            break;
        }
        Expectation expectation = read_expectation(*expect, method, may_block, problems_);
        expectation.because = read_text(*because, "the rule or the reason", problems_);
        if (const auto target = target_named(on.keys[i].text)) {
            expectations.emplace(*target, std::move(expectation));
        }
    }
    return expectations;
}

void StepReader::refuse(const Node* option, std::string_view name, std::string_view where) {
    if (option != nullptr) {
        problems_.found(option->place, std::string(name) + " for " + std::string(where),
                        "no " + std::string(name) + " there");
    }
}

std::vector<std::string> StepReader::known_applications() const {
    std::vector<std::string> names;
    for (const auto& [name, application] : applications_) {
        names.push_back(name);
    }
    return names;
}

}  // namespace

std::vector<Step> read_steps(const Node& steps, const std::vector<TargetKind>& targets, bool has_card,
                             const ProfileSource& profiles, Problems& problems) {
    std::vector<Step> read;
    StepReader reader(targets, has_card, profiles, problems);
    for (const Node& node : read_list(steps, "a list of steps", problems)) {
        if (problems.any()) {
            break;
        }
        read.push_back(reader.read(node));
    }
    return read;
}

}  // namespace scardlab::engine::script
