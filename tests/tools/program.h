#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace scardlab::tools::test {

using Arguments = std::vector<std::string>;
using Variables = std::vector<std::pair<std::string, std::string>>;

/// Path of the built scardlab.
extern const std::string scardlab_program;

/// How a program ended.
struct Outcome {
    int status = -1;  ///< exit status; 128 + n when signal n ended it
    std::string out, err;
};

/// A running program, with its outputs in pipes. Destroying it kills it. One thread.
class Program {
  public:
    /// Starts `arguments[0]` with `variables` added to the environment.
    explicit Program(const Arguments& arguments, const Variables& variables = {});
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    /// The next line of its standard output without the line feed; "" when there is none within the bound.
    std::string next_line();
    void signal(int number) const;
    /// Waits until it has closed its outputs and ended; kills it after the bound.
    Outcome finish();

  private:
    bool read_more(std::chrono::steady_clock::time_point until);

    pid_t process_ = -1;
    int out_ = -1, err_ = -1;
    Outcome outcome_;
    std::size_t lines_told_ = 0;  ///< characters of out that next_line() has given
};

/// Runs scardlab to its end.
Outcome run_scardlab(Arguments arguments, const Variables& variables = {});

}  // namespace scardlab::tools::test
