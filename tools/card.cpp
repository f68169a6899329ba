// scardlab card: plugs an emulated card into a vpcd that is already running.
//
// Threads: the main thread runs the link, and with it reader, card and clock; a second one waits for Ctrl-C and SIGTERM
// and stops the link.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "emulator/icc/icc.h"
#include "emulator/icc/image/image_file.h"
#include "emulator/icc/image/posix_door.h"
#include "emulator/ifd/reader.h"
#include "emulator/vpcd/link/connection.h"
#include "scenarios/engine/loader.h"
#include "tools/commands.h"
#include "tools/locations.h"
#include "tools/stop_signals.h"
#include "tools/tracing_ifd.h"

namespace scardlab::tools {

namespace {

struct CardOptions {
    std::string profile = "dual_protocol";
    std::string vpcd = "127.0.0.1:35963";
    std::string catalogue;
    std::string image;
    bool foreign_image = false;
    bool listen = false;
    bool wait = false;
    bool allow_remote = false;
    bool trace = false;
};

int complain(const std::string& message, int status) {
    std::fprintf(stderr, "scardlab card: %s\n", message.c_str());
    return status;
}

/// HOST:PORT, with brackets around an IPv6 address; nullopt for anything else.
std::optional<vpcd::Endpoint> parse_endpoint(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) {
        return std::nullopt;
    }
    vpcd::Endpoint endpoint;
    endpoint.host = text.substr(0, colon);
    if (endpoint.host.size() > 2 && endpoint.host.front() == '[' && endpoint.host.back() == ']') {
        endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
    }
    const char* const end = text.data() + text.size();
    const auto [after, error] = std::from_chars(text.data() + colon + 1, end, endpoint.port);
    if (error != std::errc{} || after != end || endpoint.port == 0) {
        return std::nullopt;
    }
    return endpoint;
}

int report(const vpcd::LinkError& error) {
    switch (error.kind) {
        case vpcd::LinkError::Kind::remote_host:
            return complain(error.message + " (--allow-remote)", wrong_usage);
        case vpcd::LinkError::Kind::nobody_listens:
            return complain(error.message + "; --wait waits for it", environment_lacks);
        default:
            return complain(error.message, environment_lacks);
    }
}

int report(const icc::ImageFileError& error) {
    switch (error.kind) {
        case icc::ImageFileError::Kind::bad_image:
            return complain(error.message, wrong_usage);
        case icc::ImageFileError::Kind::other_profile:
            return complain(error.message + "; --foreign-image uses it all the same", wrong_usage);
        case icc::ImageFileError::Kind::in_use:
        case icc::ImageFileError::Kind::unusable:
            return complain(error.message, environment_lacks);
    }
    return environment_lacks;
}

/// `image`, where the card keeps what it stores, may be nullptr.
int plug(const icc::Profile& profile, icc::ImageFile* image, const vpcd::Endpoint& endpoint,
         const CardOptions& options) {
    ifd::VirtualClock clock;
    ifd::Reader reader(clock);
    icc::Icc card(profile);
    if (image != nullptr) {
        card.use_store(image, image->found());
    }
    reader.insert(card);
    TracingIfd tracing(reader, card.log(), ifd::Reader::default_clock_period, stdout);

    vpcd::LinkOptions link_options;
    link_options.wait_for_vpcd = options.wait;
    link_options.allow_remote = options.allow_remote;
    link_options.on_connection = [&](bool connected) {
        std::printf("card %s %s %s\n", options.profile.c_str(), connected ? "in" : "out of", options.vpcd.c_str());
        std::fflush(stdout);
    };
    ifd::Ifd& seen_by_vpcd = options.trace ? static_cast<ifd::Ifd&>(tracing) : reader;
    vpcd::Link link(seen_by_vpcd, clock, endpoint, std::move(link_options));
    const StopSignals stop_signals([&link] { link.stop(); });
    const auto served = link.run();
    return served ? held : report(served.error());
}

int plug_with_image(const icc::Profile& profile, const vpcd::Endpoint& endpoint, const CardOptions& options) {
    icc::PosixDoor files;
    const auto other_profile =
        options.foreign_image ? icc::ImageFile::OtherProfile::accept : icc::ImageFile::OtherProfile::refuse;
    const auto image = icc::ImageFile::open(options.image, profile, other_profile, files);
    if (!image) {
        return report(image.error());
    }
    std::printf("image %s: %s\n", options.image.c_str(), (*image)->fresh() ? "new" : "loaded");
    std::fflush(stdout);
    return plug(profile, image->get(), endpoint, options);
}

int run_card(const CardOptions& options) {
    std::optional<vpcd::Endpoint> endpoint = parse_endpoint(options.vpcd);
    if (!endpoint) {
        return complain("--vpcd: '" + options.vpcd + "' is not HOST:PORT with a port from 1 to 65535", wrong_usage);
    }
    endpoint->direction =
        options.listen ? vpcd::Endpoint::Direction::accept_from_vpcd : vpcd::Endpoint::Direction::connect_to_vpcd;
    const auto catalogue = find_catalogue(options.catalogue);
    if (!catalogue) {
        return complain(catalogue.error(), environment_lacks);
    }
    const auto profile = engine::load_profile(options.profile, {*catalogue, cards_folder(*catalogue)}, {});
    if (!profile) {
        const engine::ScriptError& error = profile.error();
        return complain(error.place.file.empty() ? "--profile: " + error.message : error.text(), wrong_usage);
    }
    return options.image.empty() ? plug(*profile, nullptr, *endpoint, options)
                                 : plug_with_image(*profile, *endpoint, options);
}

}  // namespace

void add_card(CLI::App& app, int& status) {
    CLI::App* verb = app.add_subcommand("card", "Plug an emulated card into a vpcd that is already running.");
    const auto options = std::make_shared<CardOptions>();
    verb->add_option("--profile", options->profile, "card profile: a name of the catalogue, or a .yaml file")
        ->capture_default_str();
    verb->add_option("--vpcd", options->vpcd, "HOST:PORT of vpcd")->capture_default_str();
    CLI::Option* const image =
        verb->add_option("--image", options->image, "FILE that keeps what the card stores; made when it is missing")
            ->check([](const std::string& file) { return file.empty() ? "names no file" : ""; });
    verb->add_flag("--foreign-image", options->foreign_image, "accept the image of a card of another profile")
        ->needs(image);
    verb->add_flag("--listen", options->listen, "wait on HOST:PORT for a vpcd that connects to its card");
    verb->add_flag("--wait", options->wait, "wait for vpcd when nobody listens there yet");
    verb->add_flag("--allow-remote", options->allow_remote, "accept a host that is not this machine");
    verb->add_flag("--trace", options->trace, "print what the card sees at its contacts, with times in seconds");
    verb->add_option("--catalogue", options->catalogue, "folder of the scenarios (default: found by itself)");
    verb->footer(
        "Runs until Ctrl-C or SIGTERM. A connection that is lost, as when pcscd restarts, is made again.\n"
        "Exit status: 0 stopped, 2 wrong usage, a bad profile or image, 3 no vpcd there, the port is taken, or the "
        "image\n"
        "is in use by another card or cannot be written.\n"
        "Example:\n"
        "  scardlab card --profile dual_protocol --vpcd 127.0.0.1:35963\n"
        "A card that remembers what was written to it the next time:\n"
        "  scardlab card --image my-card.image");
    verb->callback([options, &status] { status = run_card(*options); });
}

}  // namespace scardlab::tools
