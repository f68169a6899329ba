// The hidden verb "application": one application of a scenario in a process of its own.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <string>

#include "scenarios/engine/pcscd/application_process.h"
#include "tools/commands.h"

namespace scardlab::tools {

void add_application(CLI::App& app, int& status) {
    struct Options {
        std::string socket;
        std::string reader;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* verb = app.add_subcommand("application", "Serve as an application of a scenario");
    verb->group("");
    verb->add_option("--socket", options->socket, "The engine's socket")->required();
    verb->add_option("--reader", options->reader, "The reader that is meant where none is named")->required();
    verb->footer("Example:\n  scardlab application --socket PATH --reader NAME");
    verb->callback([options, &status] { status = engine::run_application(options->socket, options->reader); });
}

}  // namespace scardlab::tools
