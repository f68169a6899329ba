#include "emulator/icc/commands/access.h"

#include <algorithm>

#include "emulator/icc/file_selection.h"

namespace scardlab::icc::commands {

namespace {

constexpr std::uint8_t specific = 0x80;
constexpr std::uint8_t largest_number = 0x1F;

constexpr std::uint32_t bit_of(std::uint8_t reference) {
    return std::uint32_t{1} << (reference & largest_number);
}

bool is_specific(std::uint8_t reference) {
    return (reference & specific) != 0;
}

bool contains(const std::vector<std::uint8_t>& references, std::uint8_t reference) {
    return std::find(references.begin(), references.end(), reference) != references.end();
}

void add(std::vector<std::uint8_t>& references, std::uint8_t reference) {
    if (!contains(references, reference)) {
        references.push_back(reference);
    }
}

/// The file and every DF above it can be used.
bool is_operational(const IccState& state, FileIndex file) {
    for (FileIndex at = file;; at = state.files[at].parent) {
        const LifeCycle life_cycle = state.files[at].life_cycle;
        if (life_cycle == LifeCycle::deactivated || life_cycle == LifeCycle::terminated) {
            return false;
        }
        if (at == mf_index) {
            return true;
        }
    }
}

bool concerns_file_itself(Operation operation) {
    return operation == Operation::deactivate || operation == Operation::activate ||
           operation == Operation::terminate || operation == Operation::delete_self;
}

bool chv_satisfied(const Card& card, FileIndex df, std::uint8_t reference) {
    const Chv* const chv = find_chv(card.state, df, reference);
    if (chv == nullptr) {
        return false;
    }
    return !chv->enabled ||
           (is_verified(card, reference) && find_chv(card.state, card.channel().current_df, reference) == chv);
}

/// `df` is where the rule's CHV reference has its meaning.
bool satisfied(const AccessRule& rule, const Card& card, FileIndex df) {
    if (rule.secure_messaging && !card.secured) {
        return false;
    }
    switch (rule.kind) {
        case AccessRule::Kind::always:
            return true;
        case AccessRule::Kind::never:
            return false;
        case AccessRule::Kind::chv:
            return chv_satisfied(card, df, rule.chv);
        case AccessRule::Kind::key:
            return is_authenticated(card, rule.key);
        case AccessRule::Kind::chv_and_key:
            return chv_satisfied(card, df, rule.chv) && is_authenticated(card, rule.key);
    }
    return false;
}

}  // namespace

Chv* find_chv(IccState& state, FileIndex df, std::uint8_t reference) {
    for (FileIndex at = is_specific(reference) ? df : mf_index;; at = state.files[at].parent) {
        const auto found = std::find_if(state.chvs.begin(), state.chvs.end(),
                                        [&](const Chv& chv) { return chv.reference == reference && chv.df == at; });
        if (found != state.chvs.end()) {
            return &*found;
        }
        if (at == mf_index) {
            return nullptr;
        }
    }
}

Key* find_key(IccState& state, std::uint8_t reference) {
    const auto found =
        std::find_if(state.keys.begin(), state.keys.end(), [&](const Key& key) { return key.reference == reference; });
    return found == state.keys.end() ? nullptr : &*found;
}

bool is_verified(const Card& card, std::uint8_t reference) {
    return is_specific(reference) ? (card.channel().verified & bit_of(reference)) != 0
                                  : contains(card.session.verified, reference);
}

void set_verified(const Card& card, std::uint8_t reference) {
    if (is_specific(reference)) {
        card.channel().verified |= bit_of(reference);
    } else {
        add(card.session.verified, reference);
    }
}

void set_not_verified(const Card& card, const Chv& chv) {
    if (!is_specific(chv.reference)) {
        std::erase(card.session.verified, chv.reference);
        return;
    }
    for (Channel& channel : card.session.channels) {
        if (find_chv(card.state, channel.current_df, chv.reference) == &chv) {
            channel.verified &= ~bit_of(chv.reference);
        }
    }
}

bool is_authenticated(const Card& card, std::uint8_t reference) {
    return contains(card.session.authenticated, reference);
}

void set_authenticated(const Card& card, std::uint8_t reference) {
    add(card.session.authenticated, reference);
}

void set_not_authenticated(const Card& card, std::uint8_t reference) {
    std::erase(card.session.authenticated, reference);
}

void enter_df(IccState& state, Channel& channel, FileIndex df) {
    for (std::uint8_t number = 0; channel.verified != 0 && number <= largest_number; ++number) {
        const auto reference = static_cast<std::uint8_t>(specific | number);
        if (find_chv(state, channel.current_df, reference) != find_chv(state, df, reference)) {
            channel.verified &= ~bit_of(reference);
        }
    }
    channel.current_df = df;
    channel.current_ef.reset();
    channel.current_record = 0;
}

void make_current(const Card& card, FileIndex file) {
    const bool is_df = card.state.files[file].kind == FileKind::df;
    enter_df(card.state, card.channel(), is_df ? file : card.state.files[file].parent);
    if (!is_df) {
        card.channel().current_ef = file;
    }
}

std::optional<StatusWord> refusal(const Card& card, FileIndex index, Operation operation) {
    const File& file = card.state.files[index];
    const bool itself = concerns_file_itself(operation);
    if (!(itself && index == mf_index) && !is_operational(card.state, itself ? file.parent : index)) {
        return sw::conditions_not_satisfied;
    }
    if (file.life_cycle == LifeCycle::creation || file.life_cycle == LifeCycle::initialisation) {
        return std::nullopt;
    }
    const FileIndex df = file.kind == FileKind::df ? index : file.parent;
    return satisfied(file.access[operation], card, df) ? std::nullopt : std::optional(sw::security_not_satisfied);
}

tl::expected<FileIndex, StatusWord> addressed_ef(const Card& card, std::uint8_t short_identifier) {
    const Channel& channel = card.channel();
    if (short_identifier != 0) {
        const auto found = find_short(card.state, channel.current_df, short_identifier);
        return found ? tl::expected<FileIndex, StatusWord>(*found) : tl::make_unexpected(sw::file_not_found);
    }
    return channel.current_ef ? tl::expected<FileIndex, StatusWord>(*channel.current_ef)
                              : tl::make_unexpected(sw::no_current_ef);
}

}  // namespace scardlab::icc::commands
