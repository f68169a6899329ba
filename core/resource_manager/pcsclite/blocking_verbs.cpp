// The verbs of BlockingCaller.
#include <algorithm>
#include <utility>

#include "core/resource_manager/pcsclite/blocking_caller.h"

namespace scardlab::resource_manager {
namespace {

using Steady = std::chrono::steady_clock;

/// How long a wait in SCardGetStatusChange is given to end after SCardCancel; one that comes a moment too early is lost
/// (winscard_clnt.c:3120), so it is repeated.
constexpr std::chrono::milliseconds cancel_again{10};
constexpr std::chrono::seconds cancel_patience{1};

Lane::Time at(std::chrono::nanoseconds time) {
    return time == Caller::no_deadline ? Lane::Time::max() : Lane::Time(time);
}

}  // namespace

// -- Contexts ----------------------------------------------------------------------------------------------------

/// A verb that belongs to no handle: base_'s request is filled in already but for it.
Code BlockingCaller::base(Verb verb) {
    base_.last = verb;
    return run(*base_.lane, verb, {});
}

Code BlockingCaller::establish_context(Context& context) {
    if (const Code code = prepare(base_, Verb::establish); code != Code::success) {
        return code;
    }
    const Code code = base(Verb::establish);
    context = code == Code::success ? base_.lane->answer().context : Context{};
    return code;
}

Code BlockingCaller::release_context(Context context) {
    for (bool found = true; found;) {
        const auto seat = std::ranges::find(seats_, context, &Seat::context);
        found = seat != seats_.end();
        if (found) {
            unseat(seat->handle);
        }
    }
    if (const Code code = prepare(base_, Verb::release); code != Code::success) {
        return code;
    }
    base_.lane->request().context = context;
    return base(Verb::release);
}

Code BlockingCaller::list_readers(Context context, std::vector<std::string>& readers) {
    if (const Code code = prepare(base_, Verb::list); code != Code::success) {
        return code;
    }
    base_.lane->request().context = context;
    const Code code = base(Verb::list);
    if (!gave_up_) {
        readers = std::move(base_.lane->answer().readers);
    }
    return code;
}

Code BlockingCaller::get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                                       std::span<ReaderState> states) {
    if (const Code code = prepare(base_, Verb::watch); code != Code::success) {
        return code == Code::sharing_violation ? Code::timeout : code;
    }
    Request& request = base_.lane->request();
    request.verb = Verb::watch;
    request.context = context;
    request.timeout = timeout;
    request.states.assign(states.begin(), states.end());
    base_.last = Verb::watch;
    base_.lane->start();
    const Lane::Wait wait = await(*base_.lane, at(deadline_));
    const Code code = wait == Lane::Wait::over
                          ? base_.lane->answer().code
                          : end_watch(context, wait == Lane::Wait::late ? Code::timeout : Code::cancelled);
    if (base_.lane->idle()) {
        std::ranges::copy(base_.lane->answer().states, states.begin());
    }
    return code;
}

/// SCardCancel, from another thread and until it has been seen.
Code BlockingCaller::end_watch(Context context, Code why) {
    static const std::atomic<bool> never{false};
    const Lane::Time patience = Steady::now() + cancel_patience;
    std::unique_ptr<Lane> canceller = new_lane();
    while (canceller && !base_.lane->idle() && Steady::now() < patience) {
        canceller->request().verb = Verb::cancel;
        canceller->request().context = context;
        canceller->start();
        if (canceller->await_idle(patience, never) != Lane::Wait::over) {
            break;
        }
        base_.lane->await_idle(Steady::now() + cancel_again, never);
    }
    if (canceller) {
        Lane::let_go(std::move(canceller));
    }
    base_.lane->give_up();
    return why;
}

Code BlockingCaller::cancel(Context) {
    // One thread at a time: nothing waits.
    return Code::success;
}

// -- Handles -----------------------------------------------------------------------------------------------------

ConnectResult BlockingCaller::connect(Context context, std::string_view reader, ShareMode share, Protocols preferred) {
    if (interrupted_) {
        return {Code::cancelled, {}};
    }
    if (const Code code = await_orphans(); code != Code::success) {
        return {code, {}};
    }
    Seat seat;
    seat.lane = new_lane();
    if (!seat.lane) {
        return {Code::no_memory, {}};
    }
    Request& request = seat.lane->request();
    request.reader = reader;
    request.share = share;
    request.protocols = preferred;
    const Code code = run(*seat.lane, Verb::connect, reader);
    if (gave_up_) {
        leave_behind(std::move(seat.lane), Verb::connect, std::string(reader));
        return {code, {}};
    }
    const ConnectResult result{code, seat.lane->answer().handle, seat.lane->answer().protocol};
    if (code != Code::success) {
        Lane::let_go(std::move(seat.lane));
        return result;
    }
    seat.handle = result.handle;
    seat.context = context;
    seat.reader = reader;
    seat.own = true;
    seat.exclusive = share == ShareMode::exclusive;
    seats_.push_back(std::move(seat));
    return result;
}

/// SHARED to EXCLUSIVE is refused as long as others are connected, and repeated by the client library (rule R18): they
/// are counted first.
bool BlockingCaller::shared_with_others(const Seat& seat, ShareMode wanted) {
    if (!service_.repeats || wanted != ShareMode::exclusive || seat.exclusive || seat.reader.empty()) {
        return false;
    }
    return service_.probe->sharing(seat.reader, until(Verb::reconnect), wake_).value_or(1) > 1;
}

ReconnectResult BlockingCaller::reconnect(Handle handle, ShareMode share, Protocols preferred,
                                          Disposition initialization) {
    Seat& seat = *seat_of(handle);
    Protocols active = protocol_undefined;
    const Code code = repeat([&] {
        if (const Code ready = prepare(seat, Verb::reconnect); ready != Code::success) {
            return ready;
        }
        if (shared_with_others(seat, share)) {
            return Code::sharing_violation;
        }
        Request& request = seat.lane->request();
        request.share = share;
        request.protocols = preferred;
        request.disposition = initialization;
        request.ask_first = must_ask(seat);
        const Code once = seated(seat, Verb::reconnect);
        if (!gave_up_) {
            active = seat.lane->answer().protocol;
        }
        return once;
    });
    if (code == Code::success) {
        // Exclusive to shared leaves the lock with the handle (rule R19).
        seat.locks += seat.exclusive && share != ShareMode::exclusive ? 1U : 0U;
        seat.exclusive = share == ShareMode::exclusive;
    }
    return {code, active};
}

Code BlockingCaller::disconnect(Handle handle, Disposition disposition) {
    Seat& seat = *seat_of(handle);
    if (seat.lost && seat.own) {
        unseat(handle);
        return Code::invalid_handle;
    }
    if (seat.own && !seat.lane->idle()) {
        // Nobody else may touch the handle: SCardStatus reads what SCardDisconnect frees (winscard_clnt.c).
        unseat(handle);
        return Code::success;
    }
    Code code = prepare(seat, Verb::disconnect);
    if (code != Code::success) {
        unseat(handle);
        return code;
    }
    seat.lane->request().disposition = disposition;
    seat.lane->request().ask_first = disposition != Disposition::leave && seat.locks == 0 && !seat.exclusive;
    code = repeat([&] { return seated(seat, Verb::disconnect); });
    if ((code == Code::sharing_violation || code == Code::cancelled) && !gave_up_) {
        seat.lane->request().disposition = Disposition::leave;
        seat.lane->request().ask_first = false;
        static_cast<void>(seated(seat, Verb::disconnect));
    }
    if (code != Code::invalid_value) {
        unseat(handle);
    }
    return code;
}

Code BlockingCaller::begin_transaction(Handle handle) {
    Seat& seat = *seat_of(handle);
    const Code code = repeat([&] {
        const Code ready = prepare(seat, Verb::begin);
        return ready == Code::success ? seated(seat, Verb::begin) : ready;
    });
    seat.locks += code == Code::success ? 1U : 0U;
    return code;
}

Code BlockingCaller::end_transaction(Handle handle, Disposition disposition) {
    Seat& seat = *seat_of(handle);
    if (const Code ready = prepare(seat, Verb::end); ready != Code::success) {
        return ready;
    }
    seat.lane->request().disposition = disposition;
    const Code code = seated(seat, Verb::end);
    seat.locks -= code == Code::success && seat.locks > 0 ? 1U : 0U;
    return code;
}

StatusResult BlockingCaller::status(Handle handle) {
    Seat& seat = *seat_of(handle);
    StatusResult result;
    result.code = repeat([&] {
        const Code ready = prepare(seat, Verb::status);
        return ready == Code::success ? seated(seat, Verb::status) : ready;
    });
    if (result.code == Code::success) {
        result = seat.lane->answer().status;
        seat.reader = result.reader;
    }
    return result;
}

Code BlockingCaller::transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& response,
                              std::size_t receive_limit) {
    response.clear();
    Seat& seat = *seat_of(handle);
    const Code code = repeat([&] {
        if (const Code ready = prepare(seat, Verb::transmit); ready != Code::success) {
            return ready;
        }
        Request& request = seat.lane->request();
        request.protocols = pci;
        request.data.assign(command.begin(), command.end());
        request.receive_limit = receive_limit;
        request.ask_first = must_ask(seat);
        return seated(seat, Verb::transmit);
    });
    if (code == Code::success) {
        response.assign(seat.lane->answer().data.begin(), seat.lane->answer().data.end());
    }
    return code;
}

Code BlockingCaller::control(Handle handle, std::uint32_t control_code, iso7816::ByteView input,
                             iso7816::Bytes& output) {
    output.clear();
    Seat& seat = *seat_of(handle);
    if (const Code ready = prepare(seat, Verb::control); ready != Code::success) {
        return ready;
    }
    seat.lane->request().number = control_code;
    seat.lane->request().data.assign(input.begin(), input.end());
    const Code code = seated(seat, Verb::control);
    if (code == Code::success) {
        output = seat.lane->answer().data;
    }
    return code;
}

Code BlockingCaller::get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) {
    value.clear();
    Seat& seat = *seat_of(handle);
    if (const Code ready = prepare(seat, Verb::attrib); ready != Code::success) {
        return ready;
    }
    seat.lane->request().number = attribute;
    const Code code = seated(seat, Verb::attrib);
    if (code == Code::success) {
        value = seat.lane->answer().data;
    }
    return code;
}

}  // namespace scardlab::resource_manager
