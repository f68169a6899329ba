#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/service_provider/iscard_auth.h"
#include "core/service_provider/iscard_verify.h"
#include "tests/core/service_provider/card_bench.h"
#include "tests/fakes/secure_card.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
using fakes::text;
using iso7816::Bytes;

namespace {

/// A CHV as the standard has it, without a card.
struct Chv {
    std::string value;
    int tries_left = 3, tries = 3;
    std::string unblock_value{};
    int unblock_left = 10, unblock_tries = 10;
    bool can_be_disabled = true;
    bool enabled = true;
    bool verified = false;
};

struct Answer {
    Hresult result;
    int tries_left;  ///< what ISCardVerify::tries_left() is afterwards
};

enum class Move { verify, change, unblock, unblock_and_set, enable, disable, forget, reset_card };

struct Step {
    Move move = Move::verify;
    std::size_t chv = 0;
    std::string first{}, second{};
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
    const char* const names[] = {"verify", "change",  "unblock", "unblock and set",
                                 "enable", "disable", "forget",  "reset card"};
    return out << names[static_cast<std::size_t>(step.move)] << " of " << step.chv << " with '" << step.first << "' '"
               << step.second << "'";
}

/// What the methods must answer. CHVs 0 and 1 are global 1 and 2, CHV 2 is the first of DF 6000.
class Model {
  public:
    Answer carry_out(const Step& step) {
        Chv& chv = chvs[step.chv];
        switch (step.move) {
            case Move::verify:
                return chv.enabled ? present(chv, step.first, [&] { chv.verified = true; }) : not_usable();
            case Move::change:
                return chv.enabled ? replace(chv, step.first + step.second) : not_usable();
            case Move::unblock:
            case Move::unblock_and_set:
                return unblock(chv, step);
            case Move::enable:
            case Move::disable:
                return require(chv, step.first, step.move == Move::enable);
            case Move::forget:
            case Move::reset_card:
                for (Chv& each : chvs) {
                    each.verified = false;
                }
                return {Hresult::S_OK_, told};
        }
        return {Hresult::E_FAIL_, told};
    }

    std::array<Chv, 3> chvs{Chv{"1234", 3, 3, "99999999", 3, 3}, Chv{"87654321", 2, 2, "", 10, 10, false}, Chv{"5678"}};

  private:
    static bool fits(std::size_t length) { return length >= 4 && length <= 16; }
    Answer not_usable() const { return {hr::invalid_chv, told}; }
    Answer right(Hresult result = Hresult::S_OK_) {
        told = result == Hresult::S_OK_ ? -1 : told;
        return {result, told};
    }
    Answer wrong(int left) {
        told = left;
        return {left == 0 ? hr::chv_blocked : hr::wrong_chv, told};
    }

    template <class Change>
    Answer present(Chv& chv, const std::string& code, Change change) {
        if (chv.tries_left == 0) {
            return wrong(0);
        }
        if (code != chv.value) {
            chv.verified = false;
            return wrong(--chv.tries_left);
        }
        chv.tries_left = chv.tries;
        change();
        return right();
    }
    /// The card divides the codes, by the length of the one it has.
    Answer replace(Chv& chv, const std::string& both) {
        const std::string fresh = both.substr(std::min(both.size(), chv.value.size()));
        if (chv.tries_left != 0 && both.substr(0, chv.value.size()) == chv.value && !fits(fresh.size())) {
            chv.tries_left = chv.tries;
            return right(hr::invalid_chv);
        }
        return present(chv, both.substr(0, chv.value.size()), [&] { chv.value = fresh; });
    }
    Answer require(Chv& chv, const std::string& code, bool required) {
        if (chv.enabled == required || (!required && !chv.can_be_disabled)) {
            return {hr::security_violation, told};
        }
        return present(chv, code, [&] { chv.enabled = required; });
    }
    Answer unblock(Chv& chv, const Step& step) {
        const bool sets = step.move == Move::unblock_and_set;
        const std::string both = sets ? step.first + step.second : step.first;
        const std::size_t length = chv.unblock_value.size();
        if (length == 0) {
            return not_usable();
        }
        if (chv.unblock_left == 0) {
            return wrong(0);
        }
        if ((sets ? both.substr(0, length) : both) != chv.unblock_value) {
            return wrong(--chv.unblock_left);
        }
        chv.unblock_left = chv.unblock_tries;
        const std::string fresh = sets ? both.substr(length) : chv.value;
        if (!fits(fresh.size())) {
            return right(hr::invalid_chv);
        }
        chv.value = fresh;
        chv.tries_left = chv.tries;
        return right();
    }

    int told = -1;
};

struct Walk : CardBench {
    Walk(resource_manager::Protocols preferred, bool by_secure_messaging)
        : CardBench(fakes::secure_card(), preferred), secured(by_secure_messaging) {
        RC_ASSERT(alice->CreateCHVerification(&chv) == Hresult::S_OK_);
        RC_ASSERT(alice->CreateCardAuth(&auth) == Hresult::S_OK_);
        begin_session();
    }
    void begin_session() {
        RC_ASSERT(run("00 A4 00 0C 02 60 00") == "90 00");
        AuthParameters parameters;
        parameters.reference = 3;
        parameters.key = fakes::counting(16, 0x30);
        parameters.secure_messaging = true;
        RC_ASSERT(!secured || auth->APP_Auth(AuthAlgorithm::aes, parameters, {}) == Hresult::S_OK_);
    }

    Hresult carry_out(const Step& step) {
        const VerifyFlags place = (step.chv == 2   ? SC_FL_IHV_LOCAL
                                   : step.chv == 1 ? SC_FL_IHV_GLOBAL
                                                   : 0) |
                                  (secured ? SC_FL_IHV_SECURE_MESSAGING : 0);
        const std::uint8_t reference = step.chv == 1 ? 2 : 1;
        const Bytes first = text(step.first);
        const Bytes second = text(step.second);
        switch (step.move) {
            case Move::verify:
                return chv->Verify(first, place, reference);
            case Move::change:
                return chv->ChangeCode(first, second, place, reference);
            case Move::unblock:
                return chv->Unblock(first, {}, place, reference);
            case Move::unblock_and_set:
                return chv->Unblock(first, second, place, reference);
            case Move::enable:
                return chv->ChangeCode(first, {}, place | SC_FL_IHV_ENABLE, reference);
            case Move::disable:
                return chv->ChangeCode(first, {}, place | SC_FL_IHV_DISABLE, reference);
            case Move::forget:
                return chv->ResetSecurityState();
            case Move::reset_card: {
                const Hresult result = alice->Reconnect(resource_manager::ShareMode::shared, protocols,
                                                        resource_manager::Disposition::reset);
                begin_session();
                return result;
            }
        }
        return Hresult::E_FAIL_;
    }
    /// What VERIFY without data says of each CHV.
    std::vector<std::string> seen() { return {run("00 20 00 01"), run("00 20 00 02"), run("00 20 00 81")}; }

    bool secured;
    std::unique_ptr<ISCardVerify> chv;
    std::unique_ptr<ISCardAuth> auth;
};

std::vector<std::string> expected(const Model& model) {
    std::vector<std::string> words;
    for (const Chv& chv : model.chvs) {
        words.push_back(!chv.enabled || chv.verified ? "90 00"
                        : chv.tries_left == 0        ? "69 83"
                                                     : "63 C" + std::to_string(chv.tries_left));
    }
    return words;
}

/// Mostly codes that are somebody's.
rc::Gen<std::string> any_code() {
    return rc::gen::element<std::string>("1234", "1234", "87654321", "5678", "5678", "99999999", "99999999", "5555",
                                         "abcdefgh", "12", "0");
}

rc::Gen<Step> any_step() {
    const auto move = rc::gen::weightedElement<Move>({{6, Move::verify},
                                                      {4, Move::change},
                                                      {2, Move::unblock},
                                                      {2, Move::unblock_and_set},
                                                      {2, Move::enable},
                                                      {3, Move::disable},
                                                      {1, Move::forget},
                                                      {1, Move::reset_card}});
    return rc::gen::build<Step>(rc::gen::set(&Step::move, move),
                                rc::gen::set(&Step::chv, rc::gen::inRange<std::size_t>(0, 3)),
                                rc::gen::set(&Step::first, any_code()), rc::gen::set(&Step::second, any_code()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_chv_model)

BOOST_AUTO_TEST_CASE(a_random_walk_answers_as_a_model_of_the_chvs) {
    BOOST_TEST(rc::check("codes, tries and states are the model's", [] {
        const auto protocol = *rc::gen::elementOf(std::vector(std::begin(each_protocol), std::end(each_protocol)));
        const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
        const auto secured = *rc::gen::arbitrary<bool>();
        Walk walk(protocol, secured);
        Model model;
        for (const Step& step : steps) {
            const Answer answer = model.carry_out(step);
            RC_LOG() << step << std::endl;
            RC_ASSERT(name(walk.carry_out(step)) == name(answer.result));
            RC_ASSERT(walk.chv->tries_left() == answer.tries_left);
            RC_ASSERT(walk.seen() == expected(model));
        }
    }));
}

BOOST_AUTO_TEST_SUITE_END()
