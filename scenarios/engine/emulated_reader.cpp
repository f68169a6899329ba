#include "scenarios/engine/emulated_reader.h"

#include <cstdlib>
#include <utility>

#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "emulator/ifd/clock.h"
#include "scenarios/engine/card_box.h"
#include "scenarios/engine/loader.h"

namespace scardlab::engine {

namespace {

constexpr const char* model = "scardlab reader";

LoaderOptions options_for(std::filesystem::path catalogue) {
    const char* const asked = std::getenv("SCARDLAB_CATALOGUE");
    if (asked != nullptr && *asked != '\0') {
        catalogue = asked;
    }
    return {catalogue, catalogue / "cards"};
}

}  // namespace

struct EmulatedReader::Equipment {
    explicit Equipment(LoaderOptions options) : loader(std::move(options)) {}

    LoaderOptions loader;
    ifd::VirtualClock clock;
    ifd::Reader reader{clock};
    CardBox cards{reader};
    resource_manager::EmbeddedResourceManager manager{clock};
    std::string name;
    bool plugged = true;
};

EmulatedReader::EmulatedReader(const ifd::ReaderOptions& options, std::filesystem::path catalogue)
    : equipment_(std::make_unique<Equipment>(options_for(std::move(catalogue)))) {
    equipment_->cards.set_up(options);
    equipment_->name = equipment_->manager.add_reader(model, equipment_->reader);
}

EmulatedReader::~EmulatedReader() = default;

resource_manager::ResourceManager& EmulatedReader::manager() {
    return equipment_->manager;
}

const std::string& EmulatedReader::name() const {
    return equipment_->name;
}

tl::expected<void, ScriptError> EmulatedReader::insert(const std::string& profile) {
    auto card = load_profile(profile, equipment_->loader, {});
    if (!card) {
        return tl::make_unexpected(std::move(card.error()));
    }
    equipment_->cards.swap(*card);
    equipment_->manager.run_due();
    return {};
}

bool EmulatedReader::insert() {
    if (equipment_->reader.presence() == ifd::IfdCode::success || !equipment_->cards.insert(std::nullopt)) {
        return false;
    }
    equipment_->manager.run_due();
    return true;
}

void EmulatedReader::remove() {
    equipment_->cards.remove();
    equipment_->manager.run_due();
}

void EmulatedReader::mute() {
    equipment_->cards.set_mute(true);
}

void EmulatedReader::unmute() {
    equipment_->cards.set_mute(false);
}

void EmulatedReader::unplug() {
    equipment_->manager.remove_reader(equipment_->name);
    equipment_->plugged = false;
}

void EmulatedReader::plug() {
    if (!std::exchange(equipment_->plugged, true)) {
        equipment_->name = equipment_->manager.add_reader(model, equipment_->reader);
    }
}

void EmulatedReader::plan(const ifd::Fault& fault) {
    equipment_->cards.plan(fault);
}

void EmulatedReader::advance(std::chrono::milliseconds duration) {
    equipment_->clock.advance(duration);
    equipment_->manager.run_due();
}

std::chrono::nanoseconds EmulatedReader::now() const {
    return equipment_->clock.now();
}

std::vector<SeenEvent> EmulatedReader::take_contacts() {
    return equipment_->cards.take_contacts({});
}

}  // namespace scardlab::engine
