#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "emulator/ifd/reader.h"
#include "emulator/vpcd/link/frame_stream.h"
#include "emulator/vpcd/link/link.h"
#include "tests/fakes/card_profiles.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

using vpcd::FileDescriptor;
using vpcd::FrameHandler;

/// The whole frames of a stream, without those of length 0.
std::vector<Bytes> frames_of(Input stream) {
    std::vector<Bytes> frames;
    while (!stream.empty()) {
        const std::size_t high = stream.byte();
        if (stream.empty()) {
            break;
        }
        const std::size_t size = high << 8 | stream.byte();
        const ByteView body = stream.bytes(size);
        if (body.size() == size && size != 0) {
            frames.emplace_back(body.begin(), body.end());
        }
    }
    return frames;
}

/// What comes out of a stream that is written in parts of `part` bytes.
std::vector<Bytes> through_a_socket(ByteView stream, std::size_t part) {
    std::array<int, 2> ends{};
    must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0, "there is a socket");
    const FileDescriptor peer(ends[0]);
    vpcd::FrameStream frames{FileDescriptor(ends[1])};
    std::vector<Bytes> bodies;
    while (!stream.empty()) {
        const ByteView now = stream.first(std::min(part, stream.size()));
        stream = stream.subspan(now.size());
        must(::write(peer.get(), now.data(), now.size()) == static_cast<ssize_t>(now.size()), "the socket takes it");
        must(frames.read(), "the peer has not closed");
        while (const auto body = frames.next()) {
            bodies.emplace_back(body->begin(), body->end());
        }
    }
    return bodies;
}

void answers(const std::vector<Bytes>& bodies) {
    ifd::VirtualClock clock;
    ifd::Reader reader(clock);
    icc::Icc card(fakes::dual_protocol());
    reader.insert(card);
    FrameHandler handler(reader);
    handler.connection_opened();
    for (const Bytes& body : bodies) {
        const auto answer = handler.handle(body);
        must(!answer.removed, "a card that nobody pulls stays");
        must(!answer.send || (!answer.body.empty() && answer.body.size() <= 0xFFFF), "an answer fits a frame");
        const bool is_command = body.size() > 1;
        must(!is_command || answer.send, "every command is answered");
    }
    handler.connection_lost();
}

/// The size of the parts, then the stream.
void run(ByteView bytes) {
    Input input(bytes);
    const std::size_t part = 1U + input.byte();
    const ByteView stream = bytes.subspan(std::min<std::size_t>(1, bytes.size()));
    const auto bodies = through_a_socket(stream, part);
    must(bodies == frames_of(Input(stream)), "the frames come out as they went in");
    answers(bodies);
}

std::vector<Bytes> seeds() {
    return from_hex({
        "FF 00 01 01 00 01 04 00 05 00 B0 9E 00 0A 00 01 00",
        "00 00 01 01 00 01 02 00 04 FF 10 11 FE 00 03 FF 01 FE 00 05 00 84 00 00 08",
        "02 00 00 00 01 01 00 07 00 A4 00 00 02 3F 00 00 02",
        "10 00 01 01 00 03 FF 02 FD 00 03 FF 01 00 00 0B 00 A4 04 00 00 00 02 3F 00 00 00",
    });
}

}  // namespace

const Target vpcd_frame{"vpcd_frame", run, seeds};

}  // namespace scardlab::fuzz
