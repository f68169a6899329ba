#include "scenarios/engine/emulated_reader.h"

#include <cstdlib>
#include <utility>

#include "core/resource_manager/live/live_resource_manager.h"
#include "emulator/ifd/clock.h"
#include "scenarios/engine/card_box.h"
#include "scenarios/engine/loader.h"

namespace scardlab::engine {

namespace {

namespace rm = resource_manager;

constexpr const char* model = "scardlab reader";

LoaderOptions options_for(std::filesystem::path catalogue) {
    const char* const asked = std::getenv("SCARDLAB_CATALOGUE");
    if (asked != nullptr && *asked != '\0') {
        catalogue = asked;
    }
    return {catalogue, catalogue / "cards"};
}

}  // namespace

/// One of the two managers is there.
struct EmulatedReader::Equipment {
    Equipment(Pace pace, LoaderOptions options) : loader(std::move(options)) {
        if (pace == Pace::real_time) {
            live = std::make_unique<rm::LiveResourceManager>(clock);
        } else {
            embedded = std::make_unique<rm::EmbeddedResourceManager>(clock);
        }
    }

    /// Runs `move(EmbeddedResourceManager&)` while no verb runs, and lets the manager see what it did.
    template <typename Move>
    auto between_verbs(Move move) {
        if (live) {
            return live->call(std::move(move));
        }
        const Seen seen{*embedded};
        return move(*embedded);
    }

    struct Seen {
        rm::EmbeddedResourceManager& manager;
        explicit Seen(rm::EmbeddedResourceManager& sees) : manager(sees) {}
        ~Seen() { manager.run_due(); }
        Seen(const Seen&) = delete;
        Seen& operator=(const Seen&) = delete;
    };

    const LoaderOptions loader;
    ifd::VirtualClock clock;
    ifd::Reader reader{clock};
    CardBox cards{reader};
    std::unique_ptr<rm::EmbeddedResourceManager> embedded;
    std::unique_ptr<rm::LiveResourceManager> live;
    std::string name;
    bool plugged = true;
};

EmulatedReader::EmulatedReader(Pace pace, const ifd::ReaderOptions& options, std::filesystem::path catalogue)
    : equipment_(std::make_unique<Equipment>(pace, options_for(std::move(catalogue)))) {
    equipment_->between_verbs([&](rm::EmbeddedResourceManager& manager) {
        equipment_->cards.set_up(options);
        equipment_->name = manager.add_reader(model, equipment_->reader);
    });
}

EmulatedReader::~EmulatedReader() = default;

rm::ResourceManager& EmulatedReader::manager() {
    if (equipment_->live) {
        return *equipment_->live;
    }
    return *equipment_->embedded;
}

std::string EmulatedReader::name() const {
    return equipment_->between_verbs([&](rm::EmbeddedResourceManager&) { return equipment_->name; });
}

tl::expected<void, ScriptError> EmulatedReader::insert(const std::string& profile) {
    auto card = load_profile(profile, equipment_->loader, {});
    if (!card) {
        return tl::make_unexpected(std::move(card.error()));
    }
    equipment_->between_verbs([&](rm::EmbeddedResourceManager&) { equipment_->cards.swap(*card); });
    return {};
}

bool EmulatedReader::insert() {
    return equipment_->between_verbs([&](rm::EmbeddedResourceManager&) {
        return equipment_->reader.presence() != ifd::IfdCode::success && equipment_->cards.insert(std::nullopt);
    });
}

void EmulatedReader::remove() {
    equipment_->between_verbs([&](rm::EmbeddedResourceManager&) { equipment_->cards.remove(); });
}

void EmulatedReader::mute() {
    equipment_->between_verbs([&](rm::EmbeddedResourceManager&) { equipment_->cards.set_mute(true); });
}

void EmulatedReader::unmute() {
    equipment_->between_verbs([&](rm::EmbeddedResourceManager&) { equipment_->cards.set_mute(false); });
}

void EmulatedReader::unplug() {
    equipment_->between_verbs([&](rm::EmbeddedResourceManager& manager) {
        manager.remove_reader(equipment_->name);
        equipment_->plugged = false;
    });
}

void EmulatedReader::plug() {
    equipment_->between_verbs([&](rm::EmbeddedResourceManager& manager) {
        if (!std::exchange(equipment_->plugged, true)) {
            equipment_->name = manager.add_reader(model, equipment_->reader);
        }
    });
}

void EmulatedReader::plan(const ifd::Fault& fault) {
    equipment_->between_verbs([&](rm::EmbeddedResourceManager&) { equipment_->cards.plan(fault); });
}

void EmulatedReader::advance(std::chrono::milliseconds duration) {
    equipment_->between_verbs([&](rm::EmbeddedResourceManager&) { equipment_->clock.advance(duration); });
}

std::chrono::nanoseconds EmulatedReader::now() const {
    return equipment_->between_verbs([&](rm::EmbeddedResourceManager&) { return equipment_->clock.now(); });
}

std::vector<SeenEvent> EmulatedReader::take_contacts() {
    return equipment_->between_verbs([&](rm::EmbeddedResourceManager&) { return equipment_->cards.take_contacts({}); });
}

}  // namespace scardlab::engine
