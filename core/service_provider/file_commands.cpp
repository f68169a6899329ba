#include "core/service_provider/file_commands.h"

#include <algorithm>
#include <array>

#include "emulator/iso7816/tlv.h"

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::CommandApdu;
namespace sw = iso7816::sw;

constexpr std::uint8_t read_binary_ins = 0xB0, read_binary_odd_ins = 0xB1, update_binary_ins = 0xD6,
                       update_binary_odd_ins = 0xD7, read_record_ins = 0xB2, update_record_ins = 0xDC,
                       append_record_ins = 0xE2, get_data_ins = 0xCA, put_data_ins = 0xDA;
constexpr std::uint32_t largest_short_ne = 256, largest_extended_ne = 65'536;
/// Offsets from here on do not fit P1-P2, whose first bit means a short identifier (clause 11.2.2).
constexpr std::uint32_t first_far_offset = 0x8000;
constexpr std::uint32_t offset_tag = 0x54, discretionary_tag = 0x53;
/// What the objects 54 and 53 take besides the data, at most.
constexpr std::size_t far_overhead = 12;
constexpr std::uint32_t largest_record_number = 254;
/// Data bytes that secure messaging leaves of a short command or response: its objects and the padding come on top.
constexpr std::size_t largest_secured = 223;

std::uint8_t high(std::uint32_t value) {
    return static_cast<std::uint8_t>(value >> 8 & 0xFF);
}
std::uint8_t low(std::uint32_t value) {
    return static_cast<std::uint8_t>(value & 0xFF);
}

CommandApdu command(std::uint8_t ins, std::uint8_t p1, std::uint8_t p2, ByteView data = {}, std::uint32_t ne = 0) {
    return {0x00, ins, p1, p2, data, ne, false};
}

Bytes offset_object(std::uint32_t offset) {
    Bytes out;
    const std::array<std::uint8_t, 4> value{high(offset >> 16), low(offset >> 16), high(offset), low(offset)};
    const std::size_t leading = offset <= 0xFFFF ? 2 : 0;
    iso7816::append_tlv(out, offset_tag, ByteView(value).subspan(leading));
    return out;
}

/// P2 of a command on the record with that number.
std::uint8_t by_number(const SelectedFile& file) {
    constexpr int number_mode = 0x04;
    return static_cast<std::uint8_t>(file.short_identifier << 3 | number_mode);
}

/// The list of children that our card keeps as data objects of a DF (emulator/icc/commands/handlers.h, GET DATA): page
/// by page, each with a mark, by which it is told from what another card may have there.
constexpr std::uint16_t first_list_tag = 0x01E0, last_list_tag = 0x01FF;
constexpr std::array<std::uint8_t, 4> list_mark{0x46, 0x49, 0x4C, 0x53};
constexpr std::size_t list_entry = 4;

}  // namespace

Hresult FileCommands::send(CommandApdu command, std::uint32_t most_ne) {
    status_ = sw::success;
    command.ne = std::min(command.ne, most_ne);
    const Hresult result = channel_.exchange(command, secured_, answer_);
    channel_answered_ = result == Hresult::S_OK_;
    if (channel_answered_) {
        const std::size_t size = answer_.size();
        status_ = {static_cast<std::uint16_t>(answer_[size - 2] << 8 | answer_[size - 1])};
    }
    return result;
}

/// The card does not take extended length, whatever it says: short from now on.
bool FileCommands::takes_no_extended_length(const CommandApdu& sent) {
    const bool refused = status_ == sw::wrong_length && (sent.data.size() > 255 || sent.ne > largest_short_ne);
    if (refused) {
        limits_ = LengthLimits{};
    }
    return refused;
}

/// The most that one response can bring.
std::uint32_t FileCommands::largest_ne() const {
    if (secured_) {
        return std::uint32_t{largest_secured};
    }
    return limits_.extended() ? largest_extended_ne : largest_short_ne;
}

std::size_t FileCommands::read_limit() const {
    return secured_ ? std::min(limits_.response, largest_secured) : limits_.response;
}

std::size_t FileCommands::write_limit() const {
    return secured_ ? std::min(limits_.command, largest_secured) : limits_.command;
}

/// One READ BINARY; data() is what the file has there.
Hresult FileCommands::read_part(std::uint32_t offset, std::uint32_t count) {
    if (offset < first_far_offset) {
        const Hresult result = send(command(read_binary_ins, high(offset), low(offset), {}, count));
        return result == Hresult::S_OK_ ? from_status(status_, Operation::read) : result;
    }
    const Bytes where = offset_object(offset);
    const auto ne = static_cast<std::uint32_t>(std::min<std::size_t>(count + far_overhead, read_limit()));
    if (const Hresult result = send(command(read_binary_odd_ins, 0, 0, where, ne)); result != Hresult::S_OK_) {
        return result;
    }
    const Hresult result = from_status(status_, Operation::read);
    if (data().empty()) {
        return result;
    }
    const auto object = iso7816::TlvReader(data()).next();
    if (!object || object->tag != discretionary_tag) {
        return Hresult::E_FAIL_;
    }
    const Bytes value(object->value.begin(), object->value.end());
    std::copy(value.begin(), value.end(), answer_.begin());
    answer_.resize(value.size() + 2);
    return result;
}

Hresult FileCommands::read_bytes(const SelectedFile& file, std::uint32_t offset, std::uint32_t count, Bytes& data_out) {
    const std::uint32_t size = file.facts.size.value_or(UINT32_MAX);
    const std::uint32_t wanted = offset < size ? std::min(count, size - offset) : 0;
    Bytes read;
    while (read.size() < wanted) {
        const auto have = static_cast<std::uint32_t>(read.size());
        const std::size_t overhead = offset + have < first_far_offset ? 0 : far_overhead;
        const auto part = static_cast<std::uint32_t>(std::min<std::size_t>(wanted - have, read_limit() - overhead));
        const Hresult result = read_part(offset + have, part);
        if (part + overhead > largest_short_ne && status_ == sw::wrong_length && limits_.extended()) {
            limits_ = LengthLimits{};
            continue;
        }
        if (result != Hresult::S_OK_ && result != hr::end_of_file) {
            return result;
        }
        if (data().size() > part) {
            return Hresult::E_FAIL_;  // more than was asked for: who knows what it is
        }
        read.insert(read.end(), data().begin(), data().end());
        if (result == hr::end_of_file || data().empty()) {
            break;
        }
    }
    if (read.empty() && count > 0) {
        return hr::end_of_file;
    }
    data_out = std::move(read);
    return Hresult::S_OK_;
}

Hresult FileCommands::write_part(std::uint32_t offset, ByteView part) {
    if (offset < first_far_offset) {
        const Hresult result = send(command(update_binary_ins, high(offset), low(offset), part));
        return result == Hresult::S_OK_ ? from_status(status_, Operation::write) : result;
    }
    Bytes objects = offset_object(offset);
    iso7816::append_tlv(objects, discretionary_tag, part);
    const Hresult result = send(command(update_binary_odd_ins, 0, 0, objects));
    if (result == Hresult::S_OK_ && status_ == sw::instruction_not_supported) {
        return Hresult::E_NOTIMPL_;  // it can be written to, only not so far behind
    }
    return result == Hresult::S_OK_ ? from_status(status_, Operation::write) : result;
}

Hresult FileCommands::write_bytes(std::uint32_t offset, ByteView data_in, std::uint32_t& written) {
    written = 0;
    while (written < data_in.size()) {
        const std::size_t overhead = offset + written < first_far_offset ? 0 : far_overhead;
        std::size_t size = std::min<std::size_t>(data_in.size() - written, write_limit() - overhead);
        const Hresult result = write_part(offset + written, data_in.subspan(written, size));
        if (size + overhead > LengthLimits{}.command && status_ == sw::wrong_length && limits_.extended()) {
            limits_ = LengthLimits{};
            continue;
        }
        if (result != Hresult::S_OK_) {
            return result;
        }
        written += static_cast<std::uint32_t>(size);
    }
    return Hresult::S_OK_;
}

Hresult FileCommands::find_size(std::uint32_t& size) {
    std::uint32_t there = 0, end = first_far_offset;  // a byte is before `there`, none is at `end`
    while (there < end) {
        const std::uint32_t middle = there + (end - there) / 2;
        const Hresult result = read_part(middle, 1);
        if (result == Hresult::S_OK_ && !data().empty()) {
            there = middle + 1;
        } else if (result == Hresult::S_OK_ || result == hr::end_of_file) {
            end = middle;
        } else {
            return result;
        }
    }
    size = there;
    return Hresult::S_OK_;
}

Hresult FileCommands::read_record(const SelectedFile& file, std::uint32_t number, Bytes& record) {
    if (number > largest_record_number) {
        return hr::end_of_file;
    }
    const bool same_size = file.facts.type != FileType::SC_TYPE_VARIABLE_EF && file.facts.record_size != 0;
    std::uint32_t ne = same_size ? file.facts.record_size : largest_short_ne;
    if (file.facts.record_size > largest_short_ne) {
        ne = limits_.extended() ? largest_extended_ne : largest_short_ne;
    }
    if (!limits_.extended() || file.facts.record_size <= largest_secured) {
        ne = std::min(ne, largest_ne());  // else the record is longer than a short one may be
    }
    const auto read = command(read_record_ins, low(number), by_number(file), {}, ne);
    Hresult result = send(read, ne);
    if (result == Hresult::S_OK_ && takes_no_extended_length(read)) {
        return Hresult::E_NOTIMPL_;
    }
    if (result == Hresult::S_OK_) {
        // The record ends before Ne, which is no end of the file.
        result = status_ == sw::end_of_file && !data().empty() ? result : from_status(status_, Operation::read);
    }
    if (result == Hresult::S_OK_ && data().size() > ne) {
        return Hresult::E_FAIL_;
    }
    if (result == Hresult::S_OK_ && data().size() == ne &&
        (file.facts.record_size == 0 || file.facts.record_size > ne)) {
        return Hresult::E_NOTIMPL_;  // it may go on
    }
    if (result == Hresult::S_OK_) {
        record.assign(data().begin(), data().end());
    }
    return result;
}

Hresult FileCommands::update_record(const SelectedFile& file, std::uint32_t number, ByteView record) {
    if (number > largest_record_number) {
        return hr::write_too_many;
    }
    const Hresult result = send(command(update_record_ins, low(number), by_number(file), record));
    return result == Hresult::S_OK_ ? from_status(status_, Operation::write) : result;
}

Hresult FileCommands::append_record(const SelectedFile& file, ByteView record) {
    const auto p2 = static_cast<std::uint8_t>(file.short_identifier << 3);
    const Hresult result = send(command(append_record_ins, 0, p2, record));
    if (result == Hresult::S_OK_ && status_ == sw::instruction_not_supported) {
        return Hresult::E_NOTIMPL_;  // records can be written, only not added
    }
    return result == Hresult::S_OK_ ? from_status(status_, Operation::write) : result;
}

Hresult FileCommands::count_records(const SelectedFile& file, std::uint32_t& count) {
    std::uint32_t there = 0, end = largest_record_number + 1;  // record `there` exists (or is 0), `end` does not
    if (file.facts.record_capacity != 0) {
        end = std::min(end, file.facts.record_capacity + 1);
    }
    // A file is often full: look at the last first.
    for (std::uint32_t number = end - 1; there + 1 < end; number = there + (end - there) / 2) {
        Bytes record;
        const Hresult result = read_record(file, number, record);
        if (result != Hresult::S_OK_ && result != hr::end_of_file) {
            return result;
        }
        (result == Hresult::S_OK_ ? there : end) = number;
    }
    count = there;
    return Hresult::S_OK_;
}

Hresult FileCommands::manage(std::uint8_t ins, ByteView parameters) {
    const Hresult result = send(command(ins, 0, 0, parameters));
    return result == Hresult::S_OK_ ? from_status(status_, Operation::manage_file) : result;
}

Hresult FileCommands::get_data(std::uint16_t tag, Bytes& value) {
    auto get = command(get_data_ins, high(tag), low(tag), {}, static_cast<std::uint32_t>(read_limit()));
    Hresult result = send(get);
    if (result == Hresult::S_OK_ && takes_no_extended_length(get)) {
        get.ne = largest_short_ne;
        result = send(get);
    }
    result = result == Hresult::S_OK_ ? from_status(status_, Operation::other) : result;
    if (result == Hresult::S_OK_) {
        value.assign(data().begin(), data().end());
    }
    return result;
}

Hresult FileCommands::children(std::vector<Child>& list) {
    std::vector<Child> found;
    for (std::uint16_t tag = first_list_tag; tag <= last_list_tag; ++tag) {
        Bytes page;
        const Hresult result = get_data(tag, page);
        if (tag != first_list_tag && result == hr::file_not_found) {
            break;
        }
        if (result != Hresult::S_OK_ && channel_answered_) {
            return Hresult::E_NOTIMPL_;
        }
        if (result != Hresult::S_OK_) {
            return result;
        }
        if (page.size() % list_entry != 0 || page.empty() ||
            !std::equal(list_mark.begin(), list_mark.end(), page.begin())) {
            return Hresult::E_NOTIMPL_;
        }
        for (std::size_t at = list_mark.size(); at < page.size(); at += list_entry) {
            found.push_back({static_cast<std::uint16_t>(page[at] << 8 | page[at + 1]), type_of_descriptor(page[at + 2]),
                             static_cast<std::uint8_t>(page[at + 3] >> 3)});
        }
    }
    list = std::move(found);
    return Hresult::S_OK_;
}

Hresult FileCommands::put_data(std::uint16_t tag, ByteView value) {
    const Hresult result = send(command(put_data_ins, high(tag), low(tag), value));
    return result == Hresult::S_OK_ ? from_status(status_, Operation::manage_file) : result;
}

}  // namespace scardlab::service_provider
