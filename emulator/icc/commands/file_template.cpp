#include "emulator/icc/commands/file_template.h"

#include <array>

#include "emulator/icc/commands/memory_use.h"
#include "emulator/icc/file_selection.h"
#include "emulator/iso7816/tlv.h"

namespace scardlab::icc::commands {

namespace {

using iso7816::Tlv;
using iso7816::TlvReader;

constexpr std::uint8_t largest_record = 254;
constexpr std::uint8_t largest_short_identifier = 30;

/// What the template has said so far.
struct Draft {
    File file;
    std::optional<ByteView> size, whole_size, descriptor, identifier, name, short_identifier, proprietary,
        proprietary_objects, life_cycle, access;
};

std::size_t number(ByteView bytes) {
    std::size_t value = 0;
    for (const std::uint8_t byte : bytes) {
        value = value << 8 | byte;
    }
    return value;
}

std::optional<ByteView>* field_of(Draft& draft, std::uint32_t tag) {
    switch (tag) {
        case 0x80:
            return &draft.size;
        case 0x81:
            return &draft.whole_size;
        case 0x82:
            return &draft.descriptor;
        case 0x83:
            return &draft.identifier;
        case 0x84:
            return &draft.name;
        case 0x85:
            return &draft.proprietary;
        case 0xA5:
            return &draft.proprietary_objects;
        case 0x88:
            return &draft.short_identifier;
        case 0x8A:
            return &draft.life_cycle;
        case 0x8C:
            return &draft.access;
        default:
            return nullptr;
    }
}

bool read_fields(ByteView data, Draft& draft) {
    TlvReader outer(data);
    const auto parameters = outer.next();
    const bool is_template = parameters && (parameters->tag == static_cast<std::uint32_t>(FileControl::parameters) ||
                                            parameters->tag == static_cast<std::uint32_t>(FileControl::information));
    if (!is_template || !outer.at_end()) {
        return false;
    }
    for (TlvReader inner(parameters->value); !inner.at_end();) {
        const auto object = inner.next();
        std::optional<ByteView>* const field = object ? field_of(draft, object->tag) : nullptr;
        if (field == nullptr || field->has_value()) {
            return false;
        }
        *field = object->value;
    }
    if (!draft.size) {
        draft.size = draft.whole_size;  // nothing of this card's files is structural information
    }
    return draft.descriptor && draft.identifier;
}

bool set_kind(Draft& draft) {
    constexpr std::uint8_t shareable = 0x40;  // as every file of this card is, whatever the template says
    const ByteView descriptor = *draft.descriptor;
    for (const FileKind kind : {FileKind::df, FileKind::transparent_ef, FileKind::linear_fixed_ef,
                                FileKind::linear_variable_ef, FileKind::cyclic_ef}) {
        if (descriptor.empty() || (descriptor[0] | shareable) != file_descriptor_byte(kind)) {
            continue;
        }
        draft.file.kind = kind;
        if (!has_records(kind)) {
            return descriptor.size() <= 2;
        }
        constexpr std::size_t size_at = 2;
        constexpr std::size_t capacity_at = 4;
        if (descriptor.size() != capacity_at + 1 && descriptor.size() != capacity_at + 2) {
            return false;
        }
        const std::size_t size = number(descriptor.subspan(size_at, 2));
        const std::size_t capacity = number(descriptor.subspan(capacity_at));
        draft.file.record_size = static_cast<std::uint8_t>(size);
        draft.file.record_capacity = static_cast<std::uint8_t>(capacity);
        return size >= 1 && size <= largest_record && capacity >= 1 && capacity <= largest_record;
    }
    return false;
}

bool set_names(Draft& draft) {
    constexpr std::size_t largest_name = 16;
    const bool is_df = draft.file.kind == FileKind::df;
    if (draft.identifier->size() != 2 || (draft.name && !is_df) || (draft.short_identifier && is_df)) {
        return false;
    }
    draft.file.identifier = static_cast<std::uint16_t>(number(*draft.identifier));
    if (draft.name) {
        draft.file.aid.assign(draft.name->begin(), draft.name->end());
        if (draft.name->empty() || draft.name->size() > largest_name) {
            return false;
        }
    }
    if (is_df) {
        return true;
    }
    std::size_t short_identifier = draft.file.identifier & 0x1F;
    if (!draft.short_identifier) {
        if (short_identifier != 0 && short_identifier <= largest_short_identifier) {
            draft.file.short_identifier = static_cast<std::uint8_t>(short_identifier);
        }
        return true;
    }
    if (draft.short_identifier->empty()) {
        return true;
    }
    const std::uint8_t coded = (*draft.short_identifier)[0];
    short_identifier = coded >> 3;
    draft.file.short_identifier = static_cast<std::uint8_t>(short_identifier);
    return draft.short_identifier->size() == 1 && (coded & 0x07) == 0 && short_identifier != 0 &&
           short_identifier <= largest_short_identifier;
}

bool set_life_cycle(Draft& draft) {
    if (!draft.life_cycle) {
        return true;
    }
    switch (draft.life_cycle->size() == 1 ? (*draft.life_cycle)[0] : 0) {
        case 0x01:
            draft.file.life_cycle = LifeCycle::creation;
            return true;
        case 0x03:
            draft.file.life_cycle = LifeCycle::initialisation;
            return true;
        case 0x04:
        case 0x06:
            draft.file.life_cycle = LifeCycle::deactivated;
            return true;
        case 0x05:
        case 0x07:
            draft.file.life_cycle = LifeCycle::activated;
            return true;
        default:
            return false;
    }
}

std::optional<AccessRule> access_rule(std::uint8_t condition) {
    using Kind = AccessRule::Kind;
    const auto reference = static_cast<std::uint8_t>(condition & 0x0F);
    if (condition == 0xFF) {
        return AccessRule{Kind::never, 0, 0};
    }
    const bool all_needed = (condition & 0x80) != 0;
    const bool secured = (condition & 0x40) != 0;
    const bool with_key = (condition & 0x20) != 0, with_chv = (condition & 0x10) != 0;
    const bool several = secured + with_key + with_chv > 1;
    if (all_needed != several || (reference == 0) != (!with_key && !with_chv)) {
        return std::nullopt;
    }
    AccessRule rule;
    rule.kind = with_key && with_chv ? Kind::chv_and_key : with_key ? Kind::key : with_chv ? Kind::chv : Kind::always;
    rule.chv = with_chv ? reference : std::uint8_t{0};
    rule.key = with_key ? reference : std::uint8_t{0};
    rule.secure_messaging = secured;
    return rule;
}

bool set_access(Draft& draft) {
    if (!draft.access) {
        return true;
    }
    using enum Operation;
    constexpr std::array of_df{delete_self, terminate, activate, deactivate, create_df, create_ef, delete_child};
    constexpr std::array of_ef{delete_self, terminate, activate, deactivate, write, update, read};
    const ByteView rules = *draft.access;
    if (rules.empty() || (rules[0] & 0x80) != 0) {
        return false;
    }
    std::size_t at = 1;
    for (std::size_t i = 0; i < of_df.size(); ++i) {
        if ((rules[0] & 0x40 >> i) == 0) {
            continue;
        }
        const auto rule = at < rules.size() ? access_rule(rules[at++]) : std::nullopt;
        if (!rule) {
            return false;
        }
        draft.file.access[draft.file.kind == FileKind::df ? of_df[i] : of_ef[i]] = *rule;
    }
    return at == rules.size();
}

}  // namespace

tl::expected<DescribedFile, StatusWord> parse_file_template(ByteView data) {
    Draft draft;
    if (!read_fields(data, draft) || !set_kind(draft) || !set_names(draft) || !set_life_cycle(draft) ||
        !set_access(draft)) {
        return tl::make_unexpected(sw::wrong_data);
    }
    const bool is_transparent = draft.file.kind == FileKind::transparent_ef;
    if (draft.size.has_value() && (draft.size->empty() || draft.size->size() > 4)) {
        return tl::make_unexpected(sw::wrong_data);
    }
    const std::size_t size = draft.size ? number(*draft.size) : 0;
    if (is_transparent && !draft.size) {
        return tl::make_unexpected(sw::wrong_data);
    }
    if (is_transparent) {
        if (size > largest_content) {
            return tl::make_unexpected(sw::not_enough_memory);
        }
        draft.file.content.resize(size);
    }
    const bool derived = draft.file.short_identifier && !draft.short_identifier;
    return DescribedFile{std::move(draft.file), derived};
}

}  // namespace scardlab::icc::commands
