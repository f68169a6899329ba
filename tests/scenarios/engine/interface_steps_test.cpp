// Calls of ISCardFileAccess, ISCardVerify, ISCardAuth, CardEvents and CreateInterface in a script.
#include <boost/test/unit_test.hpp>
#include <variant>

#include "core/service_provider/iscard_verify.h"
#include "tests/scenarios/engine/loader_support.h"

using namespace scardlab;
using namespace scardlab::engine;
using namespace scardlab::engine::testing;
using namespace std::chrono_literals;
namespace sp = scardlab::service_provider;

namespace {

Arguments arguments_of(const std::string& method, const std::string& with) {
    const auto steps = steps_of("  - alice: FileAccess.Open\n    with: {path: 6F01, as: ef}\n  - alice: " + method +
                                "\n    with: " + with + "\n");
    return std::get<CallStep>(steps.at(1).what).arguments;
}

Expectation expectation_of(const std::string& call, const std::string& expect) {
    return steps_of("  - alice: " + call + "\n    expect: " + expect + "\n").at(0).expect;
}

constexpr auto refuses = BadFile::Schema::refuses;
constexpr auto accepts = BadFile::Schema::accepts;

const BadFile errors[]{
    {"  - alice: @FileAccess.Opne\n", "(did you mean FileAccess.Open?)", refuses},
    {"  - @alice: FileAccess.Open\n", "FileAccess.Open without path", refuses},
    {"  - alice: FileAccess.Open\n    with: {path: 6F01, type: @by_magic}\n", "one of by_name, by_id", refuses},
    {"  - alice: FileAccess.Open\n    with: {path: 6F01, type: @256}\n", "a number up to 255", accepts},
    {"  - alice: FileAccess.Open\n    with: {path: 6F01, as: @My File}\n", "a name of the script", refuses},
    {"  - alice: FileAccess.Read\n    with: {file: @ef}\n", "a file that 'alice' has not opened", accepts},
    {"  - alice: FileAccess.Open\n    with: {path: 6F01, as: notes}\n  - alice: FileAccess.Close\n    with: {file: "
     "@nots}\n",
     "(did you mean notes?)", accepts},
    {"  - alice: FileAccess.Open\n    with: {path: 6F01, as: ef}\n  - bob: FileAccess.Close\n    with: {file: @ef}\n",
     "a file that 'bob' has not opened", accepts},
    {"  - alice: FileAccess.Open\n    with: {path: 6F01}\n  - alice: dies\n  - alice: FileAccess.Read\n    with: "
     "{file: @file}\n",
     "has not opened", accepts},
    {"  - alice: FileAccess.Seek\n    with: {offset: @far}\n", "a number from -2147483647", refuses},
    {"  - alice: FileAccess.Seek\n    with: {offset: @-2147483648}\n", "a number from -2147483647", refuses},
    {"  - alice: FileAccess.Read\n    with: {flags: [@global]}\n", "one of secure_messaging, preallocated", refuses},
    {"  - alice: FileAccess.Read\n    with: {bound: @0 s}\n", "a duration that is not zero", accepts},
    {"  - alice: CHVerification.Verify\n    with: {code: 31, flags: @preallocated}\n", "one of global, local", refuses},
    {"  - alice: CHVerification.Verify\n    with: {code: 31, reference: @256}\n", "a number from 0 to 255", accepts},
    {"  - alice: CardAuth.APP_Auth\n    with: {algorithm: @des}\n", "one of aes, tdes", refuses},
    {"  - @alice: CardAuth.User_Auth\n", "CardAuth.User_Auth without key", refuses},
    {"  - alice: CreateInterface\n    with: {guid: @1234}\n", "a GUID such as", refuses},
    {"  - alice: WaitForEvent\n    with: {events: [removal, @insertoin]}\n", "(did you mean insertion?)", refuses},
    {"  - alice: WaitForEvent\n    expect: {event: @remove}\n", "(did you mean removal?)", refuses},
    {"  - alice: FileAccess.Directory\n    expect: {list: @6F01}\n", "a list of names of files", refuses},
    {"  - alice: FileAccess.GetCurrentDir\n    expect: {@list: [6F01]}\n", "expected one of code, path", refuses},
    {"  - alice: CHVerification.Verify\n    with: {code: 31}\n    expect: {code: SCARD_W_WRONG_CHV, tries: @16}\n",
     "a number from 0 to 15", accepts},
    {"  - alice: FileAccess.Read\n    expect: {code: SCARD_W_EOF, @count: 0}\n", "count with SCARD_W_EOF", accepts},
    {"  - alice: WaitForEvent\n    expect: blocks\n  - @alice: WaitForEvent\n", "is still blocked", accepts},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_interface_steps)

BOOST_AUTO_TEST_CASE(every_argument_of_the_file_methods_is_read) {
    const Arguments open = arguments_of("FileAccess.Open", "{path: 3F00/6F01, type: by_id, as: other, bound: 2 s}");
    BOOST_TEST(open.path.value() == "3F00/6F01");
    BOOST_TEST((open.type == sp::ReferenceType::SC_TYPE_BY_ID));
    BOOST_TEST(open.as.value() == "other");
    BOOST_TEST((open.bound == 2s));
    BOOST_TEST((arguments_of("FileAccess.Open", "{path: x, type: 9}").type == sp::ReferenceType{9}));
    const Arguments seek = arguments_of("FileAccess.Seek", "{offset: -5, from: end, file: ef}");
    BOOST_TEST(seek.offset.value() == -5);
    BOOST_TEST((seek.from == sp::SeekFrom::SC_SEEK_FROM_END));
    BOOST_TEST(seek.file.value() == "ef");
    BOOST_TEST(arguments_of("FileAccess.Seek", "{offset: 0x10}").offset.value() == 16);
    const Arguments read = arguments_of("FileAccess.Read", "{count: 20, flags: secure_messaging}");
    BOOST_TEST(read.count.value() == 20U);
    BOOST_TEST(read.flags.value() == sp::SC_FL_SECURE_MESSAGING);
    const Arguments create =
        arguments_of("FileAccess.Create", "{path: 6F02, tlvs: 82 01 01, data: {text: a}, flags: [preallocated]}");
    BOOST_TEST((create.tlvs == iso7816::Bytes{0x82, 1, 1}));
    BOOST_TEST((create.data == iso7816::Bytes{'a'}));
    BOOST_TEST(create.flags.value() == sp::SC_FL_PREALLOCATED);
    const Arguments directory = arguments_of("FileAccess.Directory", "{file_type: cyclic_ef}");
    BOOST_TEST((directory.file_type == sp::FileType::SC_TYPE_CYCLIC_EF));
}

BOOST_AUTO_TEST_CASE(every_argument_of_the_other_interfaces_is_read) {
    const Arguments change =
        arguments_of("CHVerification.ChangeCode", "{old_code: 31, new_code: 32, reference: 2, flags: [local, enable]}");
    BOOST_TEST((change.old_code == iso7816::Bytes{0x31}));
    BOOST_TEST((change.new_code == iso7816::Bytes{0x32}));
    BOOST_TEST(int{change.reference.value()} == 2);
    BOOST_TEST(change.flags.value() == (sp::SC_FL_IHV_LOCAL | sp::SC_FL_IHV_ENABLE));
    BOOST_TEST((arguments_of("CHVerification.Verify", "{code: {text: \"1\"}}").code == iso7816::Bytes{0x31}));
    const Arguments prove =
        arguments_of("CardAuth.APP_Auth", "{algorithm: tdes, key: {repeat: AB, times: 2}, flags: [local]}");
    BOOST_TEST((prove.algorithm == sp::AuthAlgorithm::tdes));
    BOOST_TEST((prove.key == iso7816::Bytes{0xAB, 0xAB}));
    BOOST_TEST(prove.flags.value() == auth_flag_local);
    BOOST_TEST(arguments_of("CardAuth.GetChallenge", "{length: 8}").length.value() == 8U);
    const Arguments made = arguments_of("CreateInterface", "{guid: \"{12345678-1234-1234-1234-123456789abc}\"}");
    BOOST_TEST(made.guid.value() == "{12345678-1234-1234-1234-123456789abc}");
    BOOST_TEST(arguments_of("CreateInterface", "{name: Clock}").name.value() == "Clock");
    const Arguments wait = arguments_of("WaitForEvent", "{events: [insertion, reader_back], timeout: 6 s}");
    BOOST_TEST(wait.events.value() == (sp::event_insertion | sp::event_reader_back));
    BOOST_TEST((wait.timeout == 6s));
}

BOOST_AUTO_TEST_CASE(every_part_of_an_expectation_of_the_interfaces_is_read) {
    BOOST_TEST(expectation_of("FileAccess.GetCurrentDir", "{path: 3F00/7F10}").path.value() == "3F00/7F10");
    const auto list = expectation_of("FileAccess.Directory", "{list: [6F01, 6F02]}").list;
    BOOST_TEST((list == std::vector<std::string>{"6F01", "6F02"}));
    BOOST_TEST(expectation_of("FileAccess.Directory", "{list: []}").list.value().empty());
    BOOST_TEST(expectation_of("WaitForEvent", "{event: removal, count: 2}").event.value() == "removal");
    BOOST_TEST(expectation_of("FileAccess.Read", "{data: 01, count: 1}").count.value() == 1);
    const auto tlvs = expectation_of("FileAccess.GetProperties\n    with: {path: 6F01}", "{tlvs: 80 01 10}").data;
    BOOST_TEST((tlvs == iso7816::Bytes{0x80, 0x01, 0x10}));
    const std::string verify = "CHVerification.Verify\n    with: {code: 31}";
    BOOST_TEST(int{expectation_of(verify, "{code: SCARD_W_WRONG_CHV, tries: 2}").tries.value()} == 2);
    const std::string write = "FileAccess.Write\n    with: {data: 00}";
    BOOST_TEST(expectation_of(write, "{code: SCARD_E_NO_ACCESS, count: 0}").count.value() == 0);
}

BOOST_AUTO_TEST_CASE(mistakes_in_calls_of_the_interfaces_are_refused_at_their_place) {
    for (const BadFile& bad : errors) {
        check_scenario({with_steps(bad.text), bad.fragment, bad.schema});
    }
}

BOOST_AUTO_TEST_CASE(a_wait_that_blocks_is_ended_by_cancel_wait) {
    const auto steps = steps_of(
        "  - alice: WaitForEvent\n    expect: blocks\n  - alice: CancelWait\n  - alice: resumes\n    expect: "
        "SCARD_E_CANCELLED\n");
    BOOST_TEST(steps.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
