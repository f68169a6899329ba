#include "scenarios/engine/card_box.h"

#include <algorithm>

namespace scardlab::engine {

bool CardBox::insert(const std::optional<icc::Profile>& profile) {
    if (profile) {
        cards_.push_back(std::make_unique<icc::Icc>(*profile));
    }
    if (cards_.empty()) {
        return false;
    }
    reader_.insert(*cards_.back());
    return true;
}

void CardBox::remove() {
    reader_.remove();
}

void CardBox::swap(const icc::Profile& profile) {
    reader_.remove();
    insert(profile);
}

void CardBox::set_mute(bool mute) {
    if (!cards_.empty()) {
        cards_.back()->set_mute(mute);
    }
}

void CardBox::move_reader(ReaderStep::Action action) {
    switch (action) {
        case ReaderStep::Action::unplug:
            reader_.fail(ifd::IfdCode::no_such_device);
            break;
        case ReaderStep::Action::fail:
            reader_.fail(ifd::IfdCode::communication_error);
            break;
        case ReaderStep::Action::plug:
        case ReaderStep::Action::recover:
            reader_.recover();
            break;
    }
}

void CardBox::clear() {
    reader_.recover();
    reader_.remove();
    reader_.clear_plans();
    cards_.clear();
}

std::vector<SeenEvent> CardBox::take_contacts(std::chrono::nanoseconds since) {
    std::vector<SeenEvent> seen;
    for (const auto& card : cards_) {
        icc::ContactLog& log = card->log();
        for (const auto& entry : log.entries()) {
            const auto bytes = log.bytes(entry);
            seen.push_back({entry.event,
                            entry.at.count * reader_.options().clock_period - since,
                            {bytes.begin(), bytes.end()},
                            icc::describe(log, entry)});
        }
        log.clear();
    }
    std::stable_sort(seen.begin(), seen.end(), [](const SeenEvent& a, const SeenEvent& b) { return a.at < b.at; });
    return seen;
}

}  // namespace scardlab::engine
