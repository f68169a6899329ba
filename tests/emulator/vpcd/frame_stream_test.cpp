#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "emulator/vpcd/link/frame_stream.h"

namespace scardlab::vpcd {

namespace {

using iso7816::Bytes;

/// A pair of sockets of which the other end is the test's. Packets keep their borders, so that system calls can be
/// counted.
struct Fixture {
    Fixture() {
        std::array<int, 2> ends{};
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends.data()) == 0);
        peer = FileDescriptor(ends[1]);
        stream.emplace(FileDescriptor(ends[0]));
    }
    void feed(const Bytes& bytes) {
        BOOST_REQUIRE(::send(peer.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    }
    std::string next() {
        const auto body = stream->next();
        return body ? iso7816::to_hex(*body) : "none";
    }

    FileDescriptor peer;
    std::optional<FrameStream> stream;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(emulator_vpcd_frame_stream, Fixture)

BOOST_AUTO_TEST_CASE(an_answer_is_one_packet_with_length_and_body) {
    const Bytes body{0x6F, 0x00, 0x90, 0x00};
    BOOST_TEST((stream->send(body) == FrameStream::Sent::all));
    Bytes packet(100);
    packet.resize(static_cast<std::size_t>(::recv(peer.get(), packet.data(), packet.size(), 0)));
    BOOST_TEST(iso7816::to_hex(packet) == "00 04 6F 00 90 00");
}

BOOST_AUTO_TEST_CASE(a_frame_that_arrives_whole_takes_one_read) {
    feed({0x00, 0x02, 0x90, 0x00});
    BOOST_TEST(stream->read());
    BOOST_TEST(next() == "90 00");
    BOOST_TEST(next() == "none");
}

BOOST_AUTO_TEST_CASE(two_frames_in_one_read_are_two_frames) {
    feed({0x00, 0x01, 0x02, 0x00, 0x01, 0x04});
    BOOST_TEST(stream->read());
    BOOST_TEST(next() == "02");
    BOOST_TEST(next() == "04");
    BOOST_TEST(next() == "none");
}

BOOST_AUTO_TEST_CASE(a_frame_in_single_bytes_is_complete_with_its_last) {
    for (const std::uint8_t byte : Bytes{0x00, 0x03, 0x01, 0x02}) {
        feed({byte});
        BOOST_TEST(stream->read());
        BOOST_TEST(next() == "none");
    }
    feed({0x03});
    BOOST_TEST(stream->read());
    BOOST_TEST(next() == "01 02 03");
}

BOOST_AUTO_TEST_CASE(frames_of_length_zero_are_skipped) {
    feed({0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x04, 0x00, 0x00});
    BOOST_TEST(stream->read());
    BOOST_TEST(next() == "04");
    BOOST_TEST(next() == "none");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_peer_ends_reading) {
    peer.reset();
    BOOST_TEST(!stream->read());
}

BOOST_AUTO_TEST_CASE(nothing_to_read_is_no_end) {
    BOOST_TEST(stream->read());
    BOOST_TEST(next() == "none");
}

BOOST_AUTO_TEST_CASE(largest_frames_pass_in_both_directions_through_small_buffers) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    const int small = 4096;
    for (const int end : ends) {
        ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    }
    FrameStream sender{FileDescriptor(ends[0])}, receiver{FileDescriptor(ends[1])};
    Bytes body(0xFFFF);
    for (std::size_t index = 0; index < body.size(); ++index) {
        body[index] = static_cast<std::uint8_t>(index * 7);
    }
    for (int round = 0; round < 5; ++round) {
        auto sent = sender.send(body);
        std::optional<iso7816::ByteView> got;
        while (!got) {
            BOOST_REQUIRE(receiver.read());
            got = receiver.next();
            if (sent == FrameStream::Sent::part) {
                sent = sender.resume();
            }
        }
        BOOST_TEST((sent == FrameStream::Sent::all));
        BOOST_TEST(std::equal(got->begin(), got->end(), body.begin(), body.end()));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::vpcd
