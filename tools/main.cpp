// The program scardlab: finds the verb and reports wrong usage; each verb has a file of its own.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "scenarios/engine/loader.h"
#include "tools/commands.h"

namespace {

using namespace scardlab;

/// Names of the verbs; the hidden ones too when asked for.
std::vector<std::string> verbs(const CLI::App& app, bool hidden_too) {
    std::vector<std::string> names;
    for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (hidden_too || !verb->get_group().empty()) {
            names.push_back(verb->get_name());
        }
    }
    return names;
}

/// Says in one line what is wrong with the command line.
int complain(const std::string& verb, std::string what) {
    std::replace(what.begin(), what.end(), '\n', ' ');
    const std::string program = verb.empty() ? "scardlab" : "scardlab " + verb;
    std::fprintf(stderr, "%s: %s (see %s --help)\n", program.c_str(), what.c_str(), program.c_str());
    return tools::wrong_usage;
}

int unknown_verb(const CLI::App& app, const std::string& word) {
    const std::vector<std::string> known = verbs(app, false);
    const std::string near = engine::nearest(word, known);
    if (!near.empty()) {
        return complain("", "unknown verb '" + word + "', nearest is '" + near + "'");
    }
    std::string list;
    for (const std::string& name : known) {
        list += (list.empty() ? "" : ", ") + name;
    }
    return complain("", "unknown verb '" + word + "', known are " + list);
}

void add_verbs(CLI::App& app, int& status) {
    tools::add_run(app, status);
    tools::add_card(app, status);
    tools::add_atr(app, status);
    tools::add_doctor(app, status);
    tools::add_application(app, status);
}

int scardlab_main(int argc, char** argv) {
    int status = tools::held;
    CLI::App app("A laboratory for smart card reconnect semantics.", "scardlab");
    app.set_version_flag("--version", "scardlab " SCARDLAB_VERSION);
    app.require_subcommand(0, 1);
    app.footer(
        "Exit status: 0 all held, 1 an expectation failed, 2 wrong usage or a bad script, 3 the machine lacks "
        "something.\n"
        "Example:\n"
        "  scardlab run --target embedded");
    add_verbs(app, status);

    const std::string verb = argc > 1 && argv[1][0] != '-' ? argv[1] : "";
    if (argc < 2) {
        return complain("", "no verb given");
    }
    if (const auto known = verbs(app, true);
        !verb.empty() && std::find(known.begin(), known.end(), verb) == known.end()) {
        return unknown_verb(app, verb);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked_for_help) {
        return app.exit(asked_for_help);
    } catch (const CLI::ParseError& error) {
        return complain(verb, error.what());
    }
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return scardlab_main(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "scardlab: %s\n", error.what());
        return tools::environment_lacks;
    }
}
