// scardlab doctor: what this machine lacks for each target.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/engine/pcscd/namespaces.h"
#include "tools/commands.h"
#include "tools/locations.h"

namespace scardlab::tools {

namespace {

struct Check {
    std::string name;
    bool ok = false;
    std::string told;  ///< where it was found, or what to do
};

Check file_check(std::string name, const std::optional<std::filesystem::path>& found, std::string remedy) {
    return {std::move(name), found.has_value(), found ? found->string() : std::move(remedy)};
}

Check catalogue_check(const std::string& asked) {
    const auto catalogue = find_catalogue(asked);
    return {"catalogue", catalogue.has_value(), catalogue ? catalogue->string() : catalogue.error()};
}

/// Why a private pcscd cannot have its namespaces here, tried in a child process; "" when it can.
std::string namespace_obstacle() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return "no pipe is left";
    }
    const pid_t child = fork();
    if (child == 0) {
        const auto entered = engine::enter_private_namespaces();
        const std::string obstacle = entered ? "" : entered.error().message;
        const bool told = write(ends[1], obstacle.data(), obstacle.size()) == static_cast<ssize_t>(obstacle.size());
        _exit(told ? held : failed);
    }
    close(ends[1]);
    std::string obstacle;
    std::array<char, 512> buffer{};
    for (ssize_t count = 0; (count = read(ends[0], buffer.data(), buffer.size())) > 0;) {
        obstacle.append(buffer.data(), static_cast<std::size_t>(count));
    }
    close(ends[0]);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        return "the process that tried it did not live";
    }
    return obstacle;
}

Check namespace_check() {
    const std::string obstacle = namespace_obstacle();
    return {"namespaces", obstacle.empty(), obstacle.empty() ? "user, mount and network" : obstacle};
}

bool print_target(const std::string& target, const std::vector<const Check*>& needs) {
    std::string missing;
    for (const Check* need : needs) {
        if (!need->ok) {
            missing += (missing.empty() ? "" : ", ") + need->name;
        }
    }
    if (missing.empty()) {
        std::printf("%-16s usable\n", ("target " + target).c_str());
    } else {
        std::printf("%-16s unusable: lacks %s\n", ("target " + target).c_str(), missing.c_str());
    }
    return missing.empty();
}

int examine(const std::string& asked_catalogue) {
    const Check catalogue = catalogue_check(asked_catalogue);
    const Check pcscd = file_check("pcscd", find_pcscd(), "install the Debian package pcscd");
    const Check driver = file_check("vpcd driver", find_vpcd_driver(), "install the Debian package vsmartcard-vpcd");
    const Check namespaces = namespace_check();
    const Check bridge =
        file_check("bridge", find_bridge(), "libscardlab_bridge.so is not beside scardlab: build it (ninja)");
    for (const Check* check : {&catalogue, &pcscd, &driver, &namespaces, &bridge}) {
        std::printf("%-16s %-8s %s\n", check->name.c_str(), check->ok ? "ok" : "missing", check->told.c_str());
    }
    bool usable = print_target("embedded", {&catalogue});
    usable &= print_target("pcscd", {&catalogue, &pcscd, &driver, &namespaces, &bridge});
    usable &= print_target("vpcd", {&catalogue, &pcscd, &driver, &namespaces});
    return usable ? held : environment_lacks;
}

}  // namespace

void add_doctor(CLI::App& app, int& status) {
    CLI::App* verb =
        app.add_subcommand("doctor", "What this machine lacks for each target, and the package to install.");
    const auto catalogue = std::make_shared<std::string>();
    verb->add_option("--catalogue", *catalogue, "folder of the scenarios (default: found by itself)");
    verb->footer(
        "Exit status: 0 all targets are usable, 3 something is missing.\n"
        "Example:\n"
        "  scardlab doctor");
    verb->callback([catalogue, &status] { status = examine(*catalogue); });
}

}  // namespace scardlab::tools
