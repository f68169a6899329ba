#include <rapidcheck.h>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {
namespace {

using ifd::IfdCode;

/// One step of a walk; which, and arguments that the step takes modulo what it needs.
struct Step {
    unsigned what, a, b, c;
};

/// A lab with the handles that a walk has opened, and the story it tells.
class Walk {
  public:
    void take(const Step& step) {
        story_ << step.what % steps << ": ";
        if (step.what % steps < first_movement) {
            call_verb(step);
        } else {
            move(step);
        }
        for (const std::string& call : lab_.ifd.take_all_calls()) {
            story_ << ' ' << call;
        }
        story_ << '\n';
    }
    std::string story() const { return story_.str(); }
    Lab& lab() { return lab_; }

    static constexpr unsigned steps = 14, first_movement = 10;

  private:
    Context who(unsigned n) const { return n % 2 == 0 ? lab_.alice : lab_.bob; }
    Handle handle(unsigned n) const { return handles_.empty() ? Handle{} : handles_[n % handles_.size()]; }
    static ShareMode share(unsigned n) { return static_cast<ShareMode>(1 + n % 3); }
    static Disposition disposition(unsigned n) { return static_cast<Disposition>(n % 4); }
    static Protocols mask(unsigned n) { return n % 16; }
    static IfdCode answer(unsigned n) {
        constexpr IfdCode answers[] = {IfdCode::success, IfdCode::success, IfdCode::error_power_action,
                                       IfdCode::icc_not_present, IfdCode::no_such_device};
        return answers[n % 5];
    }

    void connect(const Step& step) {
        const ConnectResult result = lab_.connect(who(step.a), share(step.b), mask(step.c));
        story_ << result.code << ' ' << result.handle.value << ' ' << result.active_protocol;
        if (result.handle.value != 0) {
            handles_.push_back(result.handle);
        }
    }
    void reconnect(const Step& step) {
        const ReconnectResult result =
            lab_.manager.reconnect(handle(step.a), share(step.b), mask(step.c), disposition(step.b / 3));
        story_ << result.code << ' ' << result.active_protocol;
    }
    void status(const Step& step) {
        const StatusResult result = lab_.manager.status(handle(step.a));
        story_ << result.code << ' ' << result.state << ' ' << result.event_count << ' ' << result.protocol;
    }
    void watch(const Step& step) {
        std::vector<resource_manager::ReaderState> states{{lab_.reader, step.b % 0x400 & ~1U, 0, {}}};
        const auto timeout = std::chrono::milliseconds(step.c % 3);
        story_ << lab_.manager.get_status_change(who(step.a), timeout, states) << ' ' << states[0].event_state;
    }

    void call_verb(const Step& step) {
        switch (step.what % steps) {
            case 0:
            case 1:
                return connect(step);
            case 2:
            case 3:
                return reconnect(step);
            case 4:
                story_ << lab_.manager.disconnect(handle(step.a), disposition(step.b));
                return;
            case 5:
                story_ << lab_.manager.begin_transaction(handle(step.a));
                return;
            case 6:
                story_ << lab_.manager.end_transaction(handle(step.a), disposition(step.b));
                return;
            case 7:
                return status(step);
            case 8:
                return watch(step);
            default:
                lab_.ifd.transmit_answer = answer(step.b);
                story_ << lab_.transmit(handle(step.a), mask(step.c));
        }
    }

    void move(const Step& step) {
        switch (step.what % steps) {
            case 10:
                return lab_.ifd.set_presence(step.a % 2 == 0 ? IfdCode::success : IfdCode::icc_not_present);
            case 11:
                lab_.ifd.power_answer = answer(step.a);
                lab_.ifd.set_protocol_answer = answer(step.b);
                return;
            case 12:
                return lab_.advance(std::chrono::milliseconds(step.a % 11'000));
            default:
                lab_.ifd.during_next(step.a % 2 == 0 ? "transmit" : "presence", [this] { lab_.ifd.swap(); });
        }
    }

    Lab lab_;
    std::vector<Handle> handles_;
    std::ostringstream story_;
};

/// For rapidcheck's report.
void showValue(const Step& step, std::ostream& out) {
    out << step.what % Walk::steps << '(' << step.a << ',' << step.b << ',' << step.c << ')';
}

rc::Gen<Step> any_step() {
    const auto number = [] { return rc::gen::inRange(0U, 100'000U); };
    return rc::gen::construct<Step>(number(), number(), number(), number());
}

void check(bool (*property)(const std::vector<Step>&)) {
    const bool holds = rc::check([property] {
        const auto steps = *rc::gen::container<std::vector<Step>>(any_step()).as("steps");
        RC_ASSERT(property(steps));
    });
    BOOST_TEST(holds);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_resource_manager_random_walk)

BOOST_AUTO_TEST_CASE(the_same_steps_tell_the_same_story) {
    check([](const std::vector<Step>& steps) {
        Walk first;
        Walk second;
        for (const Step& step : steps) {
            first.take(step);
            second.take(step);
        }
        return first.story() == second.story();
    });
}

// X1, D3, H2: nothing that applications did outlives them and their card
BOOST_AUTO_TEST_CASE(after_every_application_has_gone_a_new_card_can_be_used) {
    check([](const std::vector<Step>& steps) {
        Walk walk;
        for (const Step& step : steps) {
            walk.take(step);
        }
        Lab& lab = walk.lab();
        lab.ifd.power_answer = lab.ifd.set_protocol_answer = lab.ifd.transmit_answer = IfdCode::success;
        lab.ifd.during_next("nothing", [] {});
        lab.manager.kill_context(lab.alice);
        lab.manager.kill_context(lab.bob);
        lab.ifd.swap();
        Context carol;
        if (lab.manager.establish_context(carol) != Code::success) {
            return false;
        }
        const ConnectResult connected = lab.connect(carol, exclusive, any);
        return connected.code == Code::success && lab.transmit(connected.handle, t1) == Code::success &&
               lab.state(connected.handle) == usable;
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
