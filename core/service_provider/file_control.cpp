#include "core/service_provider/file_control.h"

#include "emulator/iso7816/tlv.h"

namespace scardlab::service_provider {

namespace {

using iso7816::ByteView;
using iso7816::TlvReader;

constexpr std::uint32_t parameters_tag = 0x62, information_tag = 0x6F;

std::uint32_t number(ByteView bytes) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes) {
        value = value << 8 | byte;
    }
    return value;
}

/// Object 82: descriptor byte, data coding byte, record size, number of records (clause 7.4.5).
void take_descriptor(ByteView value, FileFacts& facts) {
    constexpr std::size_t size_at = 2, count_at = 4, longest_count = 2;
    if (value.empty()) {
        return;
    }
    facts.type = type_of_descriptor(value[0]);
    if (value.size() == size_at + 1 || value.size() >= count_at) {
        facts.record_size = number(value.subspan(size_at, value.size() >= count_at ? 2 : 1));
    }
    if (value.size() > count_at && value.size() <= count_at + longest_count) {
        facts.record_capacity = number(value.subspan(count_at));
    }
}

bool take_objects(ByteView objects, FileFacts& facts) {
    constexpr std::size_t longest_number = 4;
    for (TlvReader reader(objects); !reader.at_end();) {
        const auto object = reader.next();
        if (!object) {
            return false;
        }
        const ByteView value = object->value;
        switch (object->tag) {
            case 0x80:
                if (!value.empty() && value.size() <= longest_number) {
                    facts.size = number(value);
                }
                break;
            case 0x82:
                take_descriptor(value, facts);
                break;
            case 0x83:
                if (value.size() == 2) {
                    facts.identifier = static_cast<std::uint16_t>(number(value));
                }
                break;
            case 0x84:
                facts.name.assign(value.begin(), value.end());
                break;
            default:
                break;
        }
    }
    return true;
}

}  // namespace

std::optional<FileType> type_of_descriptor(std::uint8_t descriptor) {
    constexpr std::uint8_t not_shareable = 0xBF, df_bits = 0x38, structure_bits = 0x07;
    const auto kind = static_cast<std::uint8_t>(descriptor & not_shareable);
    if ((kind & 0x80) != 0) {
        return std::nullopt;
    }
    if ((kind & df_bits) == df_bits) {
        return kind == df_bits ? std::optional(FileType::SC_TYPE_DIRECTORY_FILE) : std::nullopt;
    }
    switch (kind & structure_bits) {
        case 0x01:
            return FileType::SC_TYPE_TRANSPARENT_EF;
        case 0x02:
        case 0x03:
            return FileType::SC_TYPE_FIXED_EF;
        case 0x04:
        case 0x05:
            return FileType::SC_TYPE_VARIABLE_EF;
        case 0x06:
        case 0x07:
            return FileType::SC_TYPE_CYCLIC_EF;
        default:
            return std::nullopt;
    }
}

std::optional<FileFacts> parse_file_control(ByteView data) {
    TlvReader outer(data);
    auto control = outer.next();
    if (!control || (control->tag != parameters_tag && control->tag != information_tag)) {
        return std::nullopt;
    }
    if (control->tag == information_tag) {
        if (const auto inner = TlvReader(control->value).next(); inner && inner->tag == parameters_tag) {
            control = inner;
        }
    }
    FileFacts facts;
    if (!take_objects(control->value, facts)) {
        return std::nullopt;
    }
    if (!facts.type && !facts.name.empty()) {
        facts.type = FileType::SC_TYPE_DIRECTORY_FILE;  // only a DF has a name
    }
    facts.objects.assign(control->value.begin(), control->value.end());
    return facts;
}

bool is_of_type(FileType type, FileType wanted) {
    const bool is_directory = type == FileType::SC_TYPE_DIRECTORY_FILE;
    switch (wanted) {
        case FileType::SC_TYPE_ALL_FILES:
            return true;
        case FileType::SC_TYPE_DIRECTORIES:
            return is_directory;
        case FileType::SC_TYPE_FILES:
            return !is_directory;
        default:
            return type == wanted;
    }
}

}  // namespace scardlab::service_provider
