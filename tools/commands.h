#pragma once

namespace CLI {
class App;
}

namespace scardlab::tools {

/// Exit statuses of every verb.
inline constexpr int held = 0;               ///< all held
inline constexpr int failed = 1;             ///< an expectation failed
inline constexpr int wrong_usage = 2;        ///< wrong usage or a bad script
inline constexpr int environment_lacks = 3;  ///< the machine lacks something; the message names it

/// Each adds one verb to the program. The verb writes its exit status to `status` when it has run; `status` outlives
/// `app`.
void add_run(CLI::App& app, int& status);
void add_card(CLI::App& app, int& status);
void add_atr(CLI::App& app, int& status);
void add_doctor(CLI::App& app, int& status);
/// A verb for the program's own use, hidden from the help: one application of a scenario in a process of its own.
void add_application(CLI::App& app, int& status);

}  // namespace scardlab::tools
