// What crosses between processes: calls and replies as JSON, lines over a socket.
#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "scenarios/engine/call_json.h"
#include "scenarios/engine/line_channel.h"
#include "scenarios/engine/reply.h"

using namespace scardlab;
using namespace scardlab::engine;

namespace {

std::array<vpcd::FileDescriptor, 2> pair() {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    return {vpcd::FileDescriptor(ends[0]), vpcd::FileDescriptor(ends[1])};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_messages)

BOOST_AUTO_TEST_CASE(a_reply_survives_its_journey_whole) {
    Reply reply;
    reply.code = "S_OK";
    reply.response = iso7816::Bytes{0x00, 0xFF, 0x90, 0x00};
    reply.protocol = 2;
    reply.state = std::vector<std::string>{"present"};
    reply.atr = iso7816::Bytes{0x3B, 0x00};
    reply.event_count = 65'535;
    reply.readers = std::vector<std::string>{"a \"quoted\" reader"};
    reply.count = 20;
    reply.path = "3F00/7F10";
    reply.list = std::vector<std::string>{"6F01", "6F02"};
    reply.event = "removal";
    reply.tries = 2;
    reply.handles = 2;
    reply.holds = "an attachment in T1";
    const auto back = reply_from_json(to_json(reply));
    BOOST_REQUIRE(back);
    BOOST_TEST((*back == reply));
    Reply bare;
    bare.code = "E_FAIL";
    BOOST_TEST((*reply_from_json(to_json(bare)) == bare));
}

BOOST_AUTO_TEST_CASE(text_that_is_no_reply_or_call_is_refused) {
    for (const char* text : {"", "{", "{}", "[]", "{\"code\":1}", "null"}) {
        BOOST_TEST(!reply_from_json(text).has_value());
        BOOST_TEST(!call_from_json(text).has_value());
    }
    BOOST_TEST(!call_from_json("{\"sequence\":1,\"method\":\"Rekonnect\"}").has_value());
}

BOOST_AUTO_TEST_CASE(a_call_with_every_argument_survives_its_journey_whole) {
    CallMessage call{7, Method::SCardGetStatusChange, {}};
    Arguments& with = call.arguments;
    with.reader = "reader";
    with.handle_of = "own";
    with.share = resource_manager::ShareMode{9};
    with.protocols = 3;
    with.initialization = resource_manager::Disposition::reset;
    with.disposition = resource_manager::Disposition::eject;
    with.pci = 4;
    with.apdu = iso7816::Bytes{1, 2, 3};
    with.input = iso7816::Bytes{};
    with.control_code = 0x42000D48;
    with.attribute = 0x90303;
    with.receive_limit = 2;
    with.current_state = 0x10020;
    with.remembered = true;
    with.timeout = std::chrono::milliseconds(250);
    with.bound = std::chrono::milliseconds(500);
    with.name = "Clock";
    with.guid = "12345678-1234-1234-1234-123456789ABC";
    with.path = "3F00/6F01";
    with.type = service_provider::ReferenceType::SC_TYPE_BY_SHORT;
    with.file_type = service_provider::FileType::SC_TYPE_CYCLIC_EF;
    with.as = "ef";
    with.file = "other";
    with.from = service_provider::SeekFrom::SC_SEEK_RELATIVE;
    with.offset = -5;
    with.count = 20;
    with.flags = 3;
    with.data = iso7816::Bytes{4};
    with.tlvs = iso7816::Bytes{0x84, 0};
    with.code = iso7816::Bytes{'1'};
    with.old_code = iso7816::Bytes{'2'};
    with.new_code = iso7816::Bytes{'3'};
    with.reference = std::uint8_t{5};
    with.algorithm = service_provider::AuthAlgorithm::tdes;
    with.key = iso7816::Bytes(16, 7);
    with.length = 8;
    with.events = service_provider::event_removal;
    const auto back = call_from_json(to_json(call));
    BOOST_REQUIRE(back);
    BOOST_TEST(back->sequence == 7U);
    BOOST_TEST((back->method == call.method));
    BOOST_TEST(to_json(*back) == to_json(call));
    BOOST_TEST((back->arguments.timeout == with.timeout));
    BOOST_TEST((back->arguments.share == with.share));
    BOOST_TEST((back->arguments.offset == with.offset));
    BOOST_TEST((back->arguments.algorithm == with.algorithm));
    BOOST_TEST((back->arguments.key == with.key));
}

BOOST_AUTO_TEST_CASE(lines_arrive_whole_however_they_are_cut) {
    auto ends = pair();
    LineChannel receiver(std::move(ends[1]));
    const std::string message = "first\nsecond line\n";
    for (const char c : message) {
        BOOST_REQUIRE(::send(ends[0].get(), &c, 1, 0) == 1);
    }
    std::string line;
    BOOST_TEST((receiver.receive(line, std::chrono::milliseconds(1000)) == LineChannel::Received::line));
    BOOST_TEST(line == "first");
    BOOST_TEST((receiver.receive(line, std::chrono::milliseconds(1000)) == LineChannel::Received::line));
    BOOST_TEST(line == "second line");
    BOOST_TEST((receiver.receive(line, std::chrono::milliseconds(1)) == LineChannel::Received::nothing_yet));
    ends[0].reset();
    BOOST_TEST((receiver.receive(line, std::nullopt) == LineChannel::Received::closed));
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_the_sockets_buffer_arrives) {
    auto ends = pair();
    LineChannel sender(std::move(ends[0]));
    LineChannel receiver(std::move(ends[1]));
    const std::string sent(3'000'000, 'x');
    std::thread thread([&] { sender.send(sent); });
    std::string line;
    BOOST_TEST((receiver.receive(line, std::chrono::seconds(20)) == LineChannel::Received::line));
    thread.join();
    BOOST_TEST((line == sent));
}

BOOST_AUTO_TEST_SUITE_END()
