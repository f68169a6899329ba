#include "tests/property/history.h"

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/words.h"

namespace scardlab::property {

using namespace engine;
namespace rm = resource_manager;
using std::chrono::milliseconds;

namespace {

constexpr rm::Protocols t0 = rm::protocol_t0, t1 = rm::protocol_t1, t0_or_t1 = t0 | t1;

/// Commands with what they are about; the card is dual_protocol, or one of the same files.
const std::array<const char*, 9> commands{
    "00A4040C0CA000000018434152444C4142",  // SELECT the application
    "00A4000C023F00",                      // SELECT the MF
    "00A4000C026F01",                      // SELECT a file that is read and updated under CHV 1
    "00B0810004",                          // READ BINARY by short identifier
    "00B0000004",                          // READ BINARY of the current file
    "0020000104 31323334",                 // VERIFY, right
    "0020000104 39393939",                 // VERIFY, wrong
    "0084000008",                          // GET CHALLENGE
    "00D6830002 ABCD",                     // UPDATE BINARY
};

class Generator {
  public:
    Generator(std::uint64_t number, const Cards& cards, const Abilities& abilities)
        : random_(number * 0x9E3779B97F4A7C15ULL + 1), cards_(cards), abilities_(abilities) {}

    History operator()() {
        const unsigned length = below(14);
        attach_alice();
        while (history_.size() < length) {
            one_step();
        }
        return std::move(history_);
    }

  private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    bool chance(unsigned percent) { return below(100) < percent; }

    Step& add(const std::string& text) {
        Step& step = history_.emplace_back();
        step.text = text;
        return step;
    }
    CallStep& call(const std::string& who, Method method) {
        Step& step = add(who + ": " + std::string(name(method)));
        step.what = CallStep{who, method, {}};
        return std::get<CallStep>(step.what);
    }
    void how(Arguments& arguments) {
        const unsigned share = below(10);
        arguments.share = share < 7   ? rm::ShareMode::shared
                          : share < 9 ? rm::ShareMode::exclusive
                                      : rm::ShareMode::direct;
        const unsigned protocols = below(10);
        arguments.protocols = protocols < 8 ? t0_or_t1 : protocols == 8 ? t0 : t1;
        if (arguments.share == rm::ShareMode::direct) {
            arguments.protocols = 0;
        }
    }
    rm::Disposition disposition(unsigned leave_percent) {
        return chance(leave_percent) ? rm::Disposition::leave
               : chance(60)          ? rm::Disposition::reset
                                     : rm::Disposition::unpower;
    }

    void attach_alice() {
        if (chance(75)) {
            how(call("alice", Method::AttachByIFD).arguments);
            return;
        }
        CallStep& connect = call("alice", Method::SCardConnect);
        how(connect.arguments);
        const Arguments same = connect.arguments;
        CallStep& attach = call("alice", Method::AttachByHandle);
        attach.arguments = same;
        attach.arguments.handle_of = "own";
    }

    void one_step() {
        const unsigned kind = below(100);
        if (kind < 35) {
            of_alice();
        } else if (kind < 70) {
            of_another(chance(60) ? "bob" : "carol");
        } else {
            of_the_world();
        }
    }

    void of_alice() {
        switch (below(12)) {
            case 0:
                call("alice", Method::Detach);
                attach_alice();
                break;
            case 1:
            case 2:
                call("alice", Method::Reconnect);
                break;
            case 3: {
                Arguments& with = call("alice", Method::Reconnect).arguments;
                how(with);
                with.initialization = disposition(40);
                break;
            }
            case 4:
            case 5:
                call("alice", Method::SCardLock);
                break;
            case 6:
                call("alice", Method::SCardUnlock).arguments.disposition = disposition(60);
                break;
            default:
                transmit("alice", Method::Transmit);
        }
    }

    void of_another(const std::string& who) {
        switch (below(14)) {
            case 0:
            case 1:
            case 2:
                how(call(who, Method::SCardConnect).arguments);
                break;
            case 3: {
                Arguments& with = call(who, Method::SCardReconnect).arguments;
                how(with);
                with.initialization = disposition(30);
                break;
            }
            case 4:
            case 5:
                call(who, Method::SCardDisconnect).arguments.disposition = disposition(40);
                break;
            case 6:
                call(who, Method::SCardBeginTransaction);
                break;
            case 7:
            case 8:
                call(who, Method::SCardEndTransaction).arguments.disposition = disposition(50);
                break;
            case 9:
                add(who + ": dies").what = DiesStep{who};
                break;
            default:
                transmit(who, Method::SCardTransmit);
        }
    }

    void transmit(const std::string& who, Method method) {
        call(who, method).arguments.apdu = iso7816::parse_hex(commands[below(commands.size())]).value();
    }

    void of_the_world() {
        switch (below(abilities_.reader_moves ? 14 : 10)) {
            case 0:
            case 1:
            case 2:
                time_passes();
                break;
            case 3:
            case 4:
                card(CardStep::Action::remove, "remove");
                if (chance(80)) {
                    card(CardStep::Action::insert, "insert");
                    time_passes();
                }
                break;
            case 5:
                card(CardStep::Action::insert, "insert");
                break;
            case 6:
                card(CardStep::Action::swap, "swap", chance(50) ? first_card : chance(50) ? "t1_only" : "t0_only");
                break;
            case 7:
                card(chance(60) ? CardStep::Action::mute : CardStep::Action::unmute, "mute or unmute");
                break;
            case 8:
                fault();
                break;
            case 9:
                service();
                break;
            default:
                reader();
        }
    }

    void time_passes() {
        const unsigned longest = abilities_.waits_cheaply ? 60 : 8;
        add("clock").what = ClockStep{milliseconds(100) * (1 + below(longest))};
    }
    void card(CardStep::Action action, const std::string& text, const std::string& profile = "") {
        Step& step = add("card: " + text);
        step.what = CardStep{action, profile.empty() ? std::nullopt : std::optional(cards_.at(profile))};
        if (!profile.empty()) {
            std::get<CardStep>(step.what).profile->name = profile;
        }
    }
    void fault() {
        ifd::Fault fault;
        switch (below(5)) {
            case 0:
                fault.at = ifd::Fault::At::next_reset;
                fault.what = ifd::Fault::Do::stay_mute;
                break;
            case 1:
                fault.at = ifd::Fault::At::next_pps;
                fault.what = ifd::Fault::Do::stay_mute;
                break;
            case 2:
                fault.at = ifd::Fault::At::next_reset;
                fault.what = ifd::Fault::Do::remove;
                break;
            default:
                fault.what = chance(50) ? ifd::Fault::Do::stay_mute : ifd::Fault::Do::remove;
                fault.character = 1 + below(3);
        }
        add("plan").what = PlanStep{fault};
    }
    void service() {
        using enum ServiceStep::Action;
        if (chance(60)) {
            add("service: restart").what = ServiceStep{restart};
        } else {
            add("service: stop").what = ServiceStep{stop};
            if (chance(50)) {
                one_step();
            }
            add("service: start").what = ServiceStep{start};
        }
    }
    void reader() {
        using enum ReaderStep::Action;
        const bool unplug_it = chance(50);
        add("reader: out").what = ReaderStep{unplug_it ? unplug : fail, std::nullopt};
        if (chance(50)) {
            one_step();
        }
        if (chance(85)) {
            const auto number = unplug_it && chance(40) ? std::optional(1U) : std::nullopt;
            add("reader: in").what = ReaderStep{unplug_it ? plug : recover, number};
            if (chance(50)) {
                time_passes();
            }
        }
    }

    std::mt19937_64 random_;
    const Cards& cards_;
    const Abilities& abilities_;
    History history_;
};

std::string word_of(script::Words words, std::uint32_t value) {
    const auto found = std::ranges::find(words, value, &script::Word::value);
    return found == words.end() ? std::to_string(value) : std::string(found->text);
}

std::string arguments_text(const Arguments& arguments) {
    std::string text;
    const auto add = [&text](const std::string& key, const std::string& value) {
        text += (text.empty() ? "" : ", ") + key + ": " + value;
    };
    if (arguments.handle_of) {
        add("handle", *arguments.handle_of);
    }
    if (arguments.share) {
        add("share", word_of(script::share_modes(), static_cast<std::uint32_t>(*arguments.share)));
    }
    if (arguments.protocols) {
        add("protocols",
            *arguments.protocols == t0_or_t1 ? "[T0, T1]" : word_of(script::protocol_words(), *arguments.protocols));
    }
    if (arguments.initialization) {
        add("initialization", word_of(script::dispositions(), static_cast<std::uint32_t>(*arguments.initialization)));
    }
    if (arguments.disposition) {
        add("disposition", word_of(script::dispositions(), static_cast<std::uint32_t>(*arguments.disposition)));
    }
    if (arguments.apdu) {
        add("apdu", iso7816::to_hex(*arguments.apdu));
    }
    return text.empty() ? "" : "\n    with: {" + text + "}";
}

struct Writer {
    std::string operator()(const CallStep& step) const {
        return step.application + ": " + std::string(name(step.method)) + arguments_text(step.arguments) +
               "\n    expect: any";
    }
    std::string operator()(const ResumesStep& step) const { return step.application + ": resumes"; }
    std::string operator()(const DiesStep& step) const { return step.application + ": dies"; }
    std::string operator()(const CardStep& step) const {
        constexpr std::array words{"insert", "remove", "swap", "mute", "unmute"};
        return std::string("card: ") + words.at(static_cast<std::size_t>(step.action)) +
               (step.profile ? "\n    with: {profile: " + step.profile->name + "}" : "");
    }
    std::string operator()(const ReaderStep& step) const {
        constexpr std::array words{"unplug", "plug", "fail", "recover"};
        return std::string("reader: ") + words.at(static_cast<std::size_t>(step.action)) +
               (step.number ? "\n    with: {number: " + std::to_string(*step.number) + "}" : "");
    }
    std::string operator()(const ServiceStep& step) const {
        constexpr std::array words{"stop", "start", "restart", "freeze", "thaw"};
        return std::string("service: ") + words.at(static_cast<std::size_t>(step.action));
    }
    std::string operator()(const PlanStep& step) const {
        const std::string what = step.fault.what == ifd::Fault::Do::remove ? "remove" : "stay_mute";
        switch (step.fault.at) {
            case ifd::Fault::At::next_reset:
                return "plan: {at: next_reset, do: " + what + "}";
            case ifd::Fault::At::next_pps:
                return "plan: {at: next_pps, do: " + what + "}";
            default:
                return "plan: {at: {command: 1, answer_character: " + std::to_string(step.fault.character) +
                       "}, do: " + what + "}";
        }
    }
    std::string operator()(const ClockStep& step) const {
        return "clock: {advance: " + std::to_string(step.advance.count()) + " ms}";
    }
    std::string operator()(const CardSawStep&) const { return "card_saw: [...]"; }
};

}  // namespace

Cards load_cards() {
    Cards cards;
    const std::filesystem::path catalogue = std::filesystem::path(SCARDLAB_SOURCE_DIR) / "scenarios";
    for (const char* name : {first_card, "t1_only", "t0_only"}) {
        auto profile = load_profile(name, {catalogue, catalogue / "cards"}, Place{});
        if (!profile) {
            throw std::runtime_error(profile.error().text());
        }
        cards.emplace(name, std::move(*profile));
    }
    return cards;
}

History random_history(std::uint64_t number, const Cards& cards, const Abilities& abilities) {
    return Generator(number, cards, abilities)();
}

std::string to_yaml(const History& history, const std::string& title) {
    std::string text = "scenario: " + title + "\nproves: []\ncard: " + first_card + "\nsteps:\n";
    for (const Step& step : history) {
        text += "  - " + std::visit(Writer{}, step.what) + "\n";
    }
    return text + "  - alice: Reconnect\n";
}

}  // namespace scardlab::property
