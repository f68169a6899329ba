#include "core/service_provider/file_transfer.h"

#include <algorithm>

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;

constexpr Hresult ok = Hresult::S_OK_;
constexpr std::uint32_t most_records = 254;

Hresult write_record(FileCommands& commands, const SelectedFile& file, ByteView record, std::uint32_t& position) {
    const FileFacts& facts = file.facts;
    if (facts.record_size != 0 && record.size() > facts.record_size) {
        return hr::write_too_many;
    }
    const bool too_short = facts.type != FileType::SC_TYPE_VARIABLE_EF && record.size() < facts.record_size;
    if (record.empty() || too_short) {
        return Hresult::E_INVALIDARG_;
    }
    if (facts.type == FileType::SC_TYPE_CYCLIC_EF) {
        const Hresult result = commands.append_record(file, record);
        position = result == ok ? 1 : position;  // behind the new record, which is the first now
        return result;
    }
    Hresult result = commands.update_record(file, position + 1, record);
    if (result == hr::bad_seek) {
        result = commands.append_record(file, record);
    }
    position += result == ok ? 1 : 0;
    return result;
}

}  // namespace

Hresult end_of(FileCommands& commands, const SelectedFile& file, bool or_capacity, std::uint32_t& end) {
    const FileFacts& facts = file.facts;
    if (!facts.has_records()) {
        if (facts.size) {
            end = *facts.size;
            return ok;
        }
        return commands.find_size(end);
    }
    const Hresult result = commands.count_records(file, end);
    if (or_capacity && (result == hr::security_violation || result == hr::no_access)) {
        end = facts.record_capacity != 0 ? facts.record_capacity : most_records;
        return ok;
    }
    return result;
}

Hresult read_records(FileCommands& commands, const SelectedFile& file, std::uint32_t position, std::uint32_t count,
                     Bytes& content, std::uint32_t& number) {
    Bytes all;
    std::uint32_t read = 0;
    for (; read < count; ++read) {
        Bytes record;
        const Hresult result = commands.read_record(file, position + read + 1, record);
        if (result == hr::end_of_file && read > 0) {
            break;
        }
        if (result != ok) {
            return result;
        }
        all.insert(all.end(), record.begin(), record.end());
    }
    content = std::move(all);
    number = read;
    return ok;
}

Hresult write_objects(FileCommands& commands, const SelectedFile& file, ByteView data, std::uint32_t& position,
                      std::uint32_t& written) {
    if (file.facts.has_records()) {
        const Hresult result = write_record(commands, file, data, position);
        written = result == ok ? 1 : 0;
        return result;
    }
    if (file.facts.size) {
        const std::uint32_t room = *file.facts.size - std::min(*file.facts.size, position);
        if (data.size() > room) {
            return hr::write_too_many;
        }
    }
    const Hresult result = commands.write_bytes(position, data, written);
    position += written;
    return result;
}

}  // namespace scardlab::service_provider
