#include "tests/tools/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace scardlab::tools::test {

namespace {

constexpr std::chrono::seconds bound{60};

std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe2 failed");
    }
    return ends;
}

/// Reads what is there; closes the descriptor at its end.
void drain(int& descriptor, std::string& into) {
    std::array<char, 4096> buffer{};
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count > 0) {
        into.append(buffer.data(), static_cast<std::size_t>(count));
    } else {
        close(descriptor);
        descriptor = -1;
    }
}

}  // namespace

const std::string scardlab_program = SCARDLAB_PROGRAM;

Program::Program(const Arguments& arguments, const Variables& variables) {
    const auto out = make_pipe();
    const auto err = make_pipe();
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    process_ = fork();
    if (process_ == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        for (const auto& [name, value] : variables) {
            setenv(name.c_str(), value.c_str(), 1);
        }
        execvp(argv[0], argv.data());
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    out_ = out[0];
    err_ = err[0];
}

Program::~Program() {
    if (process_ > 0) {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }
    for (const int descriptor : {out_, err_}) {
        if (descriptor >= 0) {
            close(descriptor);
        }
    }
}

bool Program::read_more(std::chrono::steady_clock::time_point until) {
    std::array<pollfd, 2> ends{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if ((out_ < 0 && err_ < 0) || left.count() <= 0 ||
        poll(ends.data(), ends.size(), static_cast<int>(left.count())) <= 0) {
        return false;
    }
    if (ends[0].revents != 0) {
        drain(out_, outcome_.out);
    }
    if (ends[1].revents != 0) {
        drain(err_, outcome_.err);
    }
    return true;
}

std::string Program::next_line() {
    const auto until = std::chrono::steady_clock::now() + bound;
    for (;;) {
        const std::size_t end = outcome_.out.find('\n', lines_told_);
        if (end != std::string::npos) {
            std::string line = outcome_.out.substr(lines_told_, end - lines_told_);
            lines_told_ = end + 1;
            return line;
        }
        if (out_ < 0 || !read_more(until)) {
            return "";
        }
    }
}

void Program::signal(int number) const {
    kill(process_, number);
}

Outcome Program::finish() {
    const auto until = std::chrono::steady_clock::now() + bound;
    while (read_more(until)) {
    }
    if (out_ >= 0 || err_ >= 0) {
        kill(process_, SIGKILL);
    }
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    outcome_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome_;
}

Outcome run_scardlab(Arguments arguments, const Variables& variables) {
    arguments.insert(arguments.begin(), scardlab_program);
    return Program(arguments, variables).finish();
}

}  // namespace scardlab::tools::test
