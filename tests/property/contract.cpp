#include "tests/property/contract.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "core/service_provider/iscard_manage.h"
#include "scenarios/engine/script/words.h"

namespace scardlab::property {

using namespace engine;
namespace rm = resource_manager;
using std::chrono::milliseconds;

namespace {

constexpr const char* blocks = "blocks";
constexpr const char* no_protocol = "no protocol";
/// What a command that the card does not answer ends with.
constexpr const char* silence = "SCARD_E_NOT_TRANSACTED";

template <class T>
T ok(WorldResult<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().message);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}

bool is_notice(const std::string& code) {
    return code == "SCARD_W_RESET_CARD" || code == "SCARD_W_REMOVED_CARD";
}
bool is_good(const std::string& code) {
    return code == "S_OK" || code == "SCARD_S_SUCCESS";
}

/// One thing that an application was told.
struct Told {
    std::string what, code, rest;
    friend bool operator==(const Told&, const Told&) = default;
    std::string text() const { return what + ": " + code + (rest.empty() ? "" : " " + rest); }
};
using Observation = std::vector<Told>;

std::string text(const Observation& observation) {
    std::string all;
    for (const Told& told : observation) {
        all += "\n    " + told.text();
    }
    return all;
}

/// One copy of the world, at the end of a history.
class Copy {
  public:
    Copy(World& world, const History& history, const Cards& cards) : world_(world) {
        ok(world_.begin({}, cards.at(first_card), nullptr));
        for (const Step& step : history) {
            std::visit([this](const auto& what) { apply(what); }, step.what);
            ok(world_.settle());
        }
        if (!service_runs_) {
            apply(ServiceStep{ServiceStep::Action::start});
        }
        finish_calls();
    }
    ~Copy() { static_cast<void>(world_.end()); }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;

    bool alice_is_attached() const { return attached_ && !in_call_.contains("alice"); }
    bool by_handle() const { return by_handle_; }
    /// The transactions of a borrowed handle stay its owner's, and nothing tells how many there are.
    bool has_unknown_locks() const { return by_handle_ && ever_locked_; }
    bool is_direct() const { return how_.share == rm::ShareMode::direct; }
    bool wants_exclusive_use() const { return how_.share == rm::ShareMode::exclusive; }
    bool holds_lock() const { return locks_ > 0 || how_.share == rm::ShareMode::exclusive; }

    /// Somebody is in a call that goes on, and has effects, while time passes.
    bool others_wait() const { return in_call_.contains("bob") || in_call_.contains("carol"); }
    /// Her last exchange has failed in a way that leaves it open whether the card answers, and nothing has happened
    /// since that makes sure of it. A fault that is still to come can silence it again.
    bool doubts_the_card() { return doubts_ && !is_direct() && !muted_ && !has_plans(); }
    bool has_plans() { return !world_.plans_left().waiting.empty(); }
    /// The extended form: exclusive, with a reset.
    Told take_exclusive_use() {
        Arguments with;
        with.share = rm::ShareMode::exclusive;
        with.protocols = rm::protocol_t0 | rm::protocol_t1;
        with.initialization = rm::Disposition::reset;
        with.bound = milliseconds(300);
        return told("Reconnect, exclusive, reset", call("alice", Method::Reconnect, with, patience()));
    }
    Told reconnect() { return told("Reconnect", call("alice", Method::Reconnect, {}, patience())); }
    /// Detach followed by the same attach. What is borrowed is connected anew by its owner, alice herself.
    Told attach_anew() {
        call("alice", Method::Status, {}, patience());  // tells of a removal, which has ended her transactions
        call("alice", Method::Detach, {}, patience());
        Arguments how = how_;
        how.reader = reader_;
        if (!by_handle_) {
            return told("Attach", call("alice", Method::AttachByIFD, how, patience()));
        }
        call("alice", Method::SCardDisconnect, {}, patience());
        const Told connected = told("Attach", call("alice", Method::SCardConnect, how, patience()));
        if (!is_good(connected.code)) {
            return connected;
        }
        how.reader.reset();
        how.handle_of = "own";
        const unsigned locks = locks_;  // which Detach leaves to the owner
        const Told attached = told("Attach", call("alice", Method::AttachByHandle, how, patience()));
        for (unsigned lock = 0; lock < locks; ++lock) {
            call("alice", Method::SCardLock, {}, patience());
        }
        return attached;
    }

    /// What alice can find out, the card's session included.
    Observation alice() {
        Observation seen;
        const auto look = [&](const char* what, Method method, const Arguments& arguments = {}) {
            seen.push_back(told(what, call("alice", method, arguments, patience())));
            return seen.back().code != blocks;
        };
        const auto send = [&](const char* what, const char* command) {
            Arguments arguments;
            arguments.apdu = iso7816::parse_hex(command).value();
            return look(what, Method::Transmit, arguments);
        };
        static_cast<void>(look("Status", Method::Status) && send("READ BINARY of the current file", "00B0000004") &&
                          send("VERIFY without data", "00200001") && send("READ BINARY under CHV 1", "00B0820002") &&
                          send("SELECT MF", "00A4000C023F00") && send("READ BINARY", "00B0810004") &&
                          look("SCardLock", Method::SCardLock) && look("SCardUnlock", Method::SCardUnlock) &&
                          look("SCardUnlock again", Method::SCardUnlock) && look("Status again", Method::Status));
        return seen;
    }

    /// What the others can find out.
    std::map<std::string, Observation> others() {
        std::map<std::string, Observation> all;
        for (const std::string who : {"bob", "carol"}) {
            if (!known_.contains(who)) {
                continue;
            }
            Observation& seen = all[who];
            if (in_call_.contains(who)) {
                const auto late = ok(world_.await_reply(who, milliseconds(0)));
                seen.push_back(late ? told("the call that waited", late) : Told{"the call that waits", blocks, ""});
                continue;
            }
            Arguments read, verify;
            read.apdu = iso7816::parse_hex("00B0000004").value();
            verify.apdu = iso7816::parse_hex("00200001").value();
            const auto look = [&](const char* what, Method method, const Arguments& arguments = {}) {
                seen.push_back(told(what, call(who, method, arguments, world_.blocked_after())));
                return seen.back().code != blocks;
            };
            if (look("SCardStatus", Method::SCardStatus) && look("READ BINARY", Method::SCardTransmit, read) &&
                look("VERIFY without data", Method::SCardTransmit, verify) &&
                look("Begin", Method::SCardBeginTransaction) && is_good(seen.back().code)) {
                look("End", Method::SCardEndTransaction);
            }
            // Protocol and state are the reader's, not this application's; but see disturbed().
            seen.front().rest = seen.front().rest.find(" none") == std::string::npos ? "" : no_protocol;
        }
        return all;
    }

    /// Removes every cause for which Reconnect may fail; with `card` also what the card is.
    void mend(const icc::Profile* card) {
        for (const std::string who : {"bob", "carol"}) {
            if (known_.contains(who)) {
                apply(DiesStep{who});
            }
        }
        ok(world_.set_mute(false));
        if (world_.kind() == TargetKind::embedded) {
            ok(world_.move_reader({ReaderStep::Action::recover, std::nullopt}));
        }
        if (card != nullptr) {
            apply(ServiceStep{ServiceStep::Action::restart});  // which finds a reader again that it has left out
            ok(world_.swap(*card));
        } else if (!card_in_) {
            static_cast<void>(world_.insert(std::nullopt));
        }
        ok(world_.settle());
    }

  private:
    milliseconds patience() const {
        return world_.kind() == TargetKind::embedded ? milliseconds(12'000) : milliseconds(700);
    }

    std::optional<Reply> call(const std::string& who, Method method, const Arguments& arguments, milliseconds within) {
        known_.insert({who, true});
        if (in_call_.contains(who) && !late_reply(who, milliseconds(0))) {
            return std::nullopt;
        }
        const CallStep step{who, method, arguments};
        const auto reply = ok(world_.call(who, method, arguments, within));
        if (reply) {
            note(step, *reply);
        } else {
            in_call_.emplace(who, step);
        }
        return reply;
    }
    bool late_reply(const std::string& who, milliseconds within) {
        const auto reply = ok(world_.await_reply(who, within));
        if (reply) {
            note(in_call_.at(who), *reply);
            in_call_.erase(who);
        }
        return reply.has_value();
    }
    /// Every method of an interface ends by its bound; a call of the resource manager's may wait for ever.
    void finish_calls() {
        if (!in_call_.contains("alice")) {
            return;
        }
        const Method method = in_call_.at("alice").method;
        const bool bounded = world_.kind() == TargetKind::embedded && script::facts(method).of_interface;
        const auto bounds = service_provider::WaitBounds{};
        const auto longest = method == Method::Transmit ? bounds.card : bounds.sharing;
        if (!late_reply("alice", bounded ? longest + rm::ResourceManager::retry_after : patience()) && bounded) {
            throw std::runtime_error("alice's " + std::string(name(method)) + " has not returned within its bound");
        }
    }

    /// What alice's attachment is, as a success tells.
    void note(const CallStep& step, const Reply& reply) {
        if (step.application != "alice") {
            return;
        }
        const bool done = is_success(reply);
        doubts_ = reply.code == silence && step.method == Method::Transmit ? true : doubts_ && !done;
        if (reply.code == "SCARD_W_REMOVED_CARD") {
            locks_ = 0;
        }
        switch (step.method) {
            case Method::SCardConnect:
                connected_ = done ? std::optional(step.arguments) : connected_;
                break;
            case Method::AttachByIFD:
            case Method::AttachByHandle:
                if (done) {
                    // The caller has to tell how the owner connected.
                    attached_ = step.method == Method::AttachByIFD ||
                                (connected_ && connected_->share == step.arguments.share &&
                                 connected_->protocols == step.arguments.protocols);
                    by_handle_ = step.method == Method::AttachByHandle;
                    how_ = {};
                    how_.share = step.arguments.share;
                    how_.protocols = step.arguments.protocols;
                    locks_ = 0;
                    ever_locked_ = ever_locked_ && by_handle_;
                }
                break;
            case Method::Detach:
                attached_ = attached_ && !done;
                break;
            case Method::Reconnect:
                if (done && step.arguments.share) {
                    how_.share = step.arguments.share;
                    how_.protocols = step.arguments.protocols;
                }
                locks_ = done && !by_handle_ ? 0 : locks_;
                break;
            case Method::SCardLock:
                locks_ += done ? 1 : 0;
                ever_locked_ = true;
                break;
            case Method::SCardUnlock:
                locks_ -= done && locks_ > 0 ? 1 : 0;
                break;
            default:
                break;
        }
    }

    Told told(const char* what, const std::optional<Reply>& reply) const {
        if (!reply) {
            return {what, blocks, ""};
        }
        Reply plain;
        plain.code = reply->code;
        plain.response = reply->response;
        plain.protocol = reply->protocol;
        plain.state = reply->state;
        plain.atr = reply->atr;
        return {what, reply->code, describe(plain)};
    }

    void apply(const CallStep& step) { call(step.application, step.method, step.arguments, world_.blocked_after()); }
    void apply(const ResumesStep&) {}
    void apply(const DiesStep& step) {
        if (in_call_.contains(step.application) && world_.kind() != TargetKind::embedded) {
            return;  // pcscd's thread goes on waiting for it (C4), and nobody could tell when it has ended
        }
        if (known_.erase(step.application) > 0) {
            in_call_.erase(step.application);
            ok(world_.kill(step.application));
        }
    }
    void apply(const CardStep& step) {
        switch (step.action) {
            case CardStep::Action::insert:
                if (!card_in_) {
                    ok(world_.insert(step.profile));
                }
                card_in_ = true;
                break;
            case CardStep::Action::remove:
                ok(world_.remove());
                card_in_ = false;
                locks_ = 0;
                break;
            case CardStep::Action::swap:
                ok(world_.swap(*step.profile));
                card_in_ = true;
                locks_ = 0;
                break;
            default:
                muted_ = step.action == CardStep::Action::mute;
                ok(world_.set_mute(muted_));
        }
    }
    void apply(const ReaderStep& step) {
        if (step.number && (moved_ || !service_runs_)) {
            return;
        }
        ok(world_.move_reader(step));
        if (step.number) {
            moved_ = true;
            reader_ = "scardlab reader 01 00";
        }
    }
    void apply(const ServiceStep& step) {
        using enum ServiceStep::Action;
        ok(world_.move_service(step.action));
        service_runs_ = step.action == start || step.action == restart || (step.action != stop && service_runs_);
    }
    void apply(const PlanStep& step) { ok(world_.plan(step.fault)); }
    void apply(const ClockStep& step) { ok(world_.advance(step.advance)); }
    void apply(const CardSawStep&) {}

    World& world_;
    std::map<std::string, bool> known_;
    std::map<std::string, CallStep> in_call_;
    bool attached_ = false, by_handle_ = false, card_in_ = true, moved_ = false, service_runs_ = true;
    Arguments how_;
    std::optional<Arguments> connected_;  ///< how alice's own handle was made
    unsigned locks_ = 0;
    bool ever_locked_ = false, doubts_ = false, muted_ = false;
    std::optional<std::string> reader_;
};

/// No command fails that would have succeeded, and no handle is told of what it had not been told of. A handle that
/// could not reach the card at all has nothing that could be disturbed; neither has one that spoke to it without a
/// protocol, until somebody's attachment chose one (T1). `stuck`: a new attachment fails too, so the card answered
/// nobody, and the power cycle that mends that is told to all (R10).
std::optional<std::string> disturbed(const Observation& without, const Observation& with, bool stuck) {
    bool had_a_session = false;
    for (const Told& told : without) {
        const bool command = told.what != "SCardStatus" && told.what != "Begin" && told.what != "End";
        had_a_session = had_a_session || is_notice(without.front().code) || told.code == blocks ||
                        (command && is_good(told.code) && without.front().rest != no_protocol);
    }
    for (std::size_t i = 0; i < without.size() && i < with.size() && had_a_session; ++i) {
        const bool same = with[i].code == without[i].code && (i == 0 || with[i] == without[i]);
        if (without[i].code == blocks || same ||
            (stuck && is_notice(without[i].code) && with[i].code == "SCARD_W_RESET_CARD")) {
            continue;
        }
        if (is_good(without[i].code) || is_notice(without[i].code)) {
            return "  without it" + text(without) + "\n  with it" + text(with);
        }
    }
    return std::nullopt;
}

std::optional<std::string> others_disturbed(const std::map<std::string, Observation>& without,
                                            const std::map<std::string, Observation>& with, bool stuck) {
    for (const auto& [who, before] : without) {
        if (const auto how = disturbed(before, with.at(who), stuck)) {
            return who + " is disturbed:\n" + *how;
        }
    }
    return std::nullopt;
}

/// Alice's attachment: Reconnect against Detach and the same attach.
std::optional<std::string> attachment_differs(World& world, const History& history, const Cards& cards,
                                              const Told& reconnected, const Observation& seen, bool& stuck,
                                              Tally& tally) {
    Copy attaching(world, history, cards);
    const Told attached = attaching.attach_anew();
    stuck = !is_good(attached.code);
    if (stuck) {
        ++tally.better;
        return std::nullopt;
    }
    Observation expected = attaching.alice();
    // After an exchange that failed, a new attachment can be one to a card that is deaf (Q4): Reconnect has mended
    // that.
    const bool deaf = expected.size() > 1 && !is_good(expected[1].code) && is_good(seen.at(1).code);
    if (deaf) {
        stuck = true;
        ++tally.better;
        return std::nullopt;
    }
    // A card that only direct handles are left to is powered off after 5 s: counted from Detach on (P4), which
    // Reconnect does not make. Commands take time, above all those that are not answered.
    Observation got = seen;
    if (attaching.is_direct()) {
        const auto silent_from = [](const Observation& each) {
            return std::ranges::find(each, silence, &Told::code) - each.begin();
        };
        const auto comparable = static_cast<std::size_t>(std::min(silent_from(got), silent_from(expected)));
        got.resize(std::min(got.size(), comparable));
        expected.resize(std::min(expected.size(), comparable));
    }
    if (world.kind() != TargetKind::embedded) {
        // A removal that a command has met is seen by pcscd's polling a moment later (T4, T5).
        for (Observation* each : {&got, &expected}) {
            const auto met = std::ranges::find(*each, "SCARD_E_NO_SMARTCARD", &Told::code);
            each->erase(met == each->end() ? met : std::next(met), each->end());
        }
    }
    if (attaching.has_unknown_locks()) {
        for (Observation* each : {&got, &expected}) {
            each->erase(std::ranges::find(*each, "SCardUnlock again", &Told::what), each->end());
        }
    }
    if (reconnected.rest != attached.rest || got != expected) {
        return "after Detach and Attach alice sees\n    " + attached.text() + text(expected) +
               "\n  after Reconnect\n    " + reconnected.text() + text(seen);
    }
    return std::nullopt;
}

/// Reconnect has failed: she is attached all the same, and it succeeds when nothing stands in its way.
std::optional<std::string> cannot_be_mended(Copy& copy, const Told& first, const Cards& cards) {
    if (first.code == blocks) {
        return std::nullopt;
    }
    const Told status = copy.alice().front();
    static_cast<void>(status);
    copy.mend(nullptr);
    Told again = copy.reconnect();
    for (int tries = 0; tries < 3 && !is_good(again.code); ++tries) {  // planned faults come one after the other
        copy.mend(&cards.at(first_card));
        again = copy.reconnect();
    }
    const bool owners_matter = copy.by_handle() && again.code != "SCARD_E_PROTO_MISMATCH";
    return is_good(again.code) || owners_matter
               ? std::nullopt
               : std::optional("Reconnect answers " + first.code + ", and after mending everything " + again.code);
}

/// An extended Reconnect that is refused because others are there, or no card is, has done nothing to anybody.
std::optional<std::string> refusal_disturbs(World& world, const History& history, const Cards& cards) {
    std::map<std::string, Observation> with, without;
    {
        Copy copy(world, history, cards);
        if (!copy.alice_is_attached() || copy.by_handle() || copy.is_direct() || copy.holds_lock() ||
            copy.others_wait() || copy.has_plans()) {
            return std::nullopt;
        }
        const Told told = copy.take_exclusive_use();
        if (told.code != "SCARD_E_SHARING_VIOLATION" && told.code != "SCARD_E_NO_SMARTCARD" && told.code != blocks) {
            return std::nullopt;
        }
        with = copy.others();
    }
    {
        Copy copy(world, history, cards);
        if (!is_good(copy.attach_anew().code)) {
            return std::nullopt;  // the card answers nobody, and LEAVE does not do with it: it is reset first
        }
    }
    Copy copy(world, history, cards);
    without = copy.others();
    const auto broken = others_disturbed(without, with, false);
    return broken ? std::optional("by a Reconnect with a reset that is refused, " + *broken) : std::nullopt;
}

}  // namespace

std::optional<std::string> contract_broken(World& world, const History& history, const Cards& cards, Tally& tally) {
    if (auto broken = refusal_disturbs(world, history, cards)) {
        return broken;
    }
    Told reconnected;
    Observation seen;
    bool held_lock = false, by_handle = false, doubted = false;
    {
        Copy copy(world, history, cards);
        if (!copy.alice_is_attached()) {
            ++tally.not_attached;
            return std::nullopt;
        }
        held_lock = copy.holds_lock();
        by_handle = copy.by_handle();
        doubted = copy.doubts_the_card();
        reconnected = copy.reconnect();
        if (is_good(reconnected.code)) {
            seen = copy.alice();
        } else if (const auto broken = cannot_be_mended(copy, reconnected, cards)) {
            return broken;
        }
    }
    // A connect that waited for a lock passes by an exclusive use that began meanwhile, and the count of handles is
    // wrong from then on (C4, C10): a new attachment gets exclusive use beside another handle, Reconnect waits for
    // that.
    const bool waits_for_others = reconnected.code == blocks || reconnected.code == "SCARD_E_SHARING_VIOLATION";
    if (!is_good(reconnected.code) && waits_for_others) {
        ++tally.refused;
        Copy attaching(world, history, cards);
        return attaching.wants_exclusive_use() || !is_good(attaching.attach_anew().code)
                   ? std::nullopt
                   : std::optional("Reconnect waits for others, Detach and Attach succeed");
    }
    if (!is_good(reconnected.code)) {
        Copy attaching(world, history, cards);
        ++tally.refused;
        const bool fault_to_come = attaching.has_plans();
        if (attaching.by_handle() || !is_good(attaching.attach_anew().code)) {
            return std::nullopt;
        }
        // A card that answers nothing can be attached to, Reconnect says what it is; and a planned fault may meet the
        // command by which it finds out.
        const std::string answer = attaching.alice().at(1).code;
        return answer == silence || (fault_to_come && !is_good(answer))
                   ? std::nullopt
                   : std::optional("Reconnect answers " + reconnected.code + ", Detach and Attach succeed");
    }
    if (doubted && seen.at(1).code == silence) {
        return "after an exchange that failed Reconnect succeeds with a card that does not answer:" + text(seen);
    }
    bool stuck = false;
    if (auto broken = attachment_differs(world, history, cards, reconnected, seen, stuck, tally)) {
        return broken;
    }
    std::map<std::string, Observation> with, without;
    {
        Copy copy(world, history, cards);
        copy.reconnect();
        with = copy.others();
    }
    {
        Copy copy(world, history, cards);
        if (held_lock && !is_good(copy.attach_anew().code)) {
            ++tally.reconnected;
            return std::nullopt;  // nothing to compare with: without that her lock keeps the others out
        }
        without = copy.others();
    }
    stuck = stuck || by_handle;  // its owner may hold a transaction, which nobody can visit the reader beside
    tally.others_compared += static_cast<unsigned>(without.size());
    ++tally.reconnected;
    return others_disturbed(without, with, stuck);
}

History shrunk(World& world, History history, const Cards& cards) {
    Tally tally;
    for (bool shorter = true; shorter;) {
        shorter = false;
        for (std::size_t i = 0; i < history.size(); ++i) {
            History candidate = history;
            candidate.erase(candidate.begin() + static_cast<std::ptrdiff_t>(i));
            if (contract_broken(world, candidate, cards, tally)) {
                history = std::move(candidate);
                shorter = true;
                break;
            }
        }
    }
    return history;
}

}  // namespace scardlab::property
