// A SELECT through pcscd and Debian's vpcd: `scardlab card` beside a trivial card that echoes 90 00, in turn, in one
// run, everything pinned to one processor. Optionally with our bridge in front of the driver.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "core/resource_manager/pcsclite/pcsclite_resource_manager.h"
#include "scenarios/engine/pcscd/private_pcscd.h"

using namespace scardlab;
namespace rm = resource_manager;

namespace {

constexpr std::uint16_t port = 0x8C7B;
constexpr int rounds = 7;
constexpr int commands = 3000;

[[noreturn]] void fail(const std::string& why) {
    std::fprintf(stderr, "vpcd_bench: %s\n", why.c_str());
    std::exit(1);
}

bool read_all(int fd, std::uint8_t* at, std::size_t size) {
    while (size > 0) {
        const int one = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
        const ssize_t count = ::recv(fd, at, size, 0);
        if (count <= 0) {
            return false;
        }
        at += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

/// The least that a card can do.
[[noreturn]] void echo_card() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail(std::string("echo card: ") + std::strerror(errno));
    }
    std::array<std::uint8_t, 65'538> buffer{};
    const std::array<std::uint8_t, 6> atr{0, 4, 0x3B, 0x80, 0x01, 0x81};
    const std::array<std::uint8_t, 4> success{0, 2, 0x90, 0x00};
    while (read_all(fd, buffer.data(), 2)) {
        const std::size_t size = static_cast<std::size_t>(buffer[0] << 8 | buffer[1]);
        if (!read_all(fd, buffer.data(), size)) {
            break;
        }
        if (size == 1 && buffer[0] == 4) {
            ::send(fd, atr.data(), atr.size(), MSG_NOSIGNAL);
        } else if (size > 1) {
            ::send(fd, success.data(), success.size(), MSG_NOSIGNAL);
        }
    }
    ::_exit(0);
}

[[noreturn]] void scardlab_card(const std::string& program) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (std::freopen("/dev/null", "w", stdout) == nullptr) {
        fail("cannot open /dev/null");
    }
    ::execl(program.c_str(), program.c_str(), "card", "--profile", "t1_only", "--vpcd", "127.0.0.1:35963", nullptr);
    fail("cannot start " + program);
}

void wait_for(rm::ResourceManager& manager, rm::Context context, const std::string& reader, rm::WatchBits wanted) {
    std::vector<rm::ReaderState> states(1);
    states[0].reader = reader;
    while ((states[0].event_state & wanted) == 0) {
        states[0].current_state = states[0].event_state;
        if (manager.get_status_change(context, std::chrono::seconds(10), states) != rm::Code::success) {
            fail("the card was not seen");
        }
    }
}

struct Figures {
    double select_us;
    double reset_us;
};

double median_us(int count, const std::function<bool()>& work) {
    using Clock = std::chrono::steady_clock;
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const auto start = Clock::now();
        if (!work()) {
            fail("a call failed");
        }
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    std::nth_element(times.begin(), times.begin() + count / 2, times.end());
    return times[static_cast<std::size_t>(count) / 2];
}

Figures measure(rm::ResourceManager& manager, rm::Context context, const std::string& reader, bool echo,
                const std::string& program) {
    const pid_t card = ::fork();
    if (card == 0) {
        echo ? echo_card() : scardlab_card(program);
    }
    wait_for(manager, context, reader, rm::watch_present);
    const auto connected = manager.connect(context, reader, rm::ShareMode::shared, rm::protocol_t1);
    if (connected.code != rm::Code::success) {
        fail("connect: " + std::string(rm::name(connected.code)));
    }
    const iso7816::Bytes select{0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00};
    iso7816::Bytes response;
    const auto transmit = [&] {
        return manager.transmit(connected.handle, rm::protocol_t1, select, response) == rm::Code::success &&
               response.size() == 2 && response[0] == 0x90;
    };
    const auto reset = [&] {
        return manager.reconnect(connected.handle, rm::ShareMode::shared, rm::protocol_t1, rm::Disposition::reset)
                   .code == rm::Code::success;
    };
    median_us(200, transmit);
    const Figures figures{median_us(commands, transmit), median_us(commands / 10, reset)};
    manager.disconnect(connected.handle, rm::Disposition::leave);
    ::kill(card, SIGTERM);
    ::waitpid(card, nullptr, 0);
    wait_for(manager, context, reader, rm::watch_empty);
    return figures;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        fail("usage: vpcd_bench PATH-OF-SCARDLAB [PATH-OF-BRIDGE]");
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    ::sched_setaffinity(0, sizeof one, &one);
    if (const auto entered = engine::enter_private_namespaces(); !entered) {
        fail(entered.error().message);
    }
    engine::PrivatePcscd::Options options;
    options.bridge = argc == 3;
    options.bridge_library = argc == 3 ? argv[2] : "";
    const auto pcscd = engine::PrivatePcscd::start(options);
    if (!pcscd) {
        fail(pcscd.error().message);
    }
    const auto manager = rm::make_pcsclite_resource_manager();
    rm::Context context;
    if (manager->establish_context(context) != rm::Code::success) {
        fail("pcscd does not answer");
    }
    std::vector<double> selects[2], resets[2], ratios;
    for (int round = 0; round < rounds; ++round) {
        for (const bool echo : {true, false}) {
            const Figures figures = measure(*manager, context, pcscd->slot_name(0), echo, argv[1]);
            selects[echo ? 0 : 1].push_back(figures.select_us);
            resets[echo ? 0 : 1].push_back(figures.reset_us);
        }
        ratios.push_back(selects[0].back() / selects[1].back());
    }
    fmt::print("{} rounds of {} SELECT and {} Reconnect RESET, in turn, one processor, {}\n", rounds, commands,
               commands / 10, argc == 3 ? "bridge in front of vpcd" : "stock vpcd");
    fmt::print("{:<16}{:>14}{:>12}{:>14}\n", "card", "SELECT p50", "rate", "RESET p50");
    for (const int which : {0, 1}) {
        const double select = median(selects[which]);
        fmt::print("{:<16}{:>11.1f} us{:>10.0f}/s{:>11.1f} us\n", which == 0 ? "trivial echo" : "scardlab card", select,
                   1e6 / select, median(resets[which]));
    }
    fmt::print("rate of scardlab card / trivial echo, median over rounds: {:.3f}\n", median(ratios));
}
