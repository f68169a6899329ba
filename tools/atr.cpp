// scardlab atr: explains an answer to reset.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "emulator/iso7816/bytes.h"
#include "tools/atr_explanation.h"
#include "tools/commands.h"

namespace scardlab::tools {

namespace {

int explain(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    const auto bytes = iso7816::parse_hex(text);
    if (!bytes) {
        std::fprintf(stderr, "scardlab atr: '%s', character %zu: %s\n", text.c_str(), bytes.error().offset + 1,
                     bytes.error().message.c_str());
        return wrong_usage;
    }
    const AtrExplanation explanation = explain_atr(*bytes);
    std::fputs(explanation.text.c_str(), stdout);
    if (!explanation.error.empty()) {
        std::fprintf(stderr, "scardlab atr: %s\n", explanation.error.c_str());
        return failed;
    }
    return held;
}

}  // namespace

void add_atr(CLI::App& app, int& status) {
    CLI::App* verb = app.add_subcommand(
        "atr", "Explain an ATR byte by byte, what is wrong with it, and which protocol pcsc-lite would choose for it.");
    const auto words = std::make_shared<std::vector<std::string>>();
    verb->add_option("HEX", *words, "the ATR in hexadecimal, with or without spaces or colons")->required();
    verb->footer(
        "Historical bytes are read after ISO/IEC 7816-4. The lines 'Wrong' give the offset of each fault.\n"
        "Exit status: 0 a whole ATR (a wrong TCK or a reserved value is told, but readers accept it), 1 not an ATR: "
        "the offset of what is "
        "wrong, 2 not hexadecimal.\n"
        "Example:\n"
        "  scardlab atr 3B 80 80 01 01");
    verb->callback([words, &status] { status = explain(*words); });
}

}  // namespace scardlab::tools
