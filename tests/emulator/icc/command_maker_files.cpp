#include "tests/emulator/icc/command_maker.h"

namespace scardlab::tests {

using icc::File;
using icc::FileIndex;
using icc::FileKind;
using icc::LifeCycle;
using icc::Operation;
using iso7816::Bytes;

void CommandMaker::select() {
    const auto file = some_file([](const File&) { return true; });
    const File& target = state_.files[*file];
    const Bytes identifier{low_byte(target.identifier >> 8U), low_byte(target.identifier)};
    const std::size_t control = one_of<std::size_t>({0x00, 0x04, 0x08, 0x0C});
    const bool is_df = target.kind == FileKind::df;
    switch (below(6)) {
        case 0:
            add(0xA4, 0, control, identifier, any_ne());
            break;
        case 1:
            go_to(target.parent);
            add(0xA4, is_df ? 1 : 2, control, identifier, any_ne());
            break;
        case 2:
            add(0xA4, 3, control, {}, 256);
            break;
        case 3:
            go_to(target.parent);
            add(0xA4, 9, control, identifier, any_ne());
            break;
        default:
            go_to(*file);
    }
}

void CommandMaker::select_by_name() {
    const auto file = some_file([](const File& one) { return !one.aid.empty(); });
    if (file) {
        Bytes name = state_.files[*file].aid;
        name.resize(1 + below(name.size()));
        const std::size_t occurrence = below(4);
        add(0xA4, 4, occurrence | one_of<std::size_t>({0x00, 0x04, 0x0C}), one_in(2) ? state_.files[*file].aid : name,
            any_ne());
    }
}

void CommandMaker::manage_channel() {
    if (one_in(2)) {
        add(0x70, 0x00, one_in(2) ? 0 : 1 + below(icc::channel_count - 1), {}, one_of<std::uint32_t>({1, 1, 256}));
    } else {
        add(0x70, 0x80, channel_ == 0 ? 1 + below(icc::channel_count - 1) : one_in(2) ? 0 : channel_, {}, 256);
    }
}

void CommandMaker::read_binary() {
    if (const auto ef = some_ef(FileKind::transparent_ef)) {
        const std::size_t p1 = address(*ef, 0, 0x80);
        satisfy(*ef, Operation::read);
        const std::size_t size = state_.files[*ef].content.size();
        const std::size_t offset = one_in(2) ? 0 : below(size + 2);
        add(0xB0, p1 != 0 ? p1 : offset >> 8U, offset, {}, any_ne());
    }
}

/// UPDATE or WRITE BINARY.
void CommandMaker::put_binary() {
    if (const auto ef = some_ef(FileKind::transparent_ef)) {
        const bool update = one_in(2);
        const std::size_t p1 = address(*ef, 0, 0x80);
        satisfy(*ef, update ? Operation::update : Operation::write);
        const std::size_t size = state_.files[*ef].content.size();
        const std::size_t offset = below(std::min<std::size_t>(size, 256) + 1);
        add(update ? 0xD6 : 0xD0, p1 != 0 ? p1 : offset >> 8U, offset, any_bytes(1 + below(size - offset + 1)));
    }
}

void CommandMaker::erase_binary() {
    if (const auto ef = some_ef(FileKind::transparent_ef)) {
        const std::size_t p1 = address(*ef, 0, 0x80);
        satisfy(*ef, Operation::update);
        const std::size_t size = state_.files[*ef].content.size();
        const std::size_t offset = below(std::min<std::size_t>(size, 200) + 1);
        const std::size_t end = offset + 1 + below(size - offset + 1);
        add(0x0E, p1 != 0 ? p1 : 0, offset, one_in(2) ? Bytes{} : Bytes{low_byte(end >> 8U), low_byte(end)});
    }
}

void CommandMaker::read_record() {
    if (const auto ef = some_record_ef()) {
        const std::size_t p2 = address(*ef, 3, 0);
        satisfy(*ef, Operation::read);
        const File& file = state_.files[*ef];
        const std::size_t mode = below(7);
        const bool by_identifier = mode < 4;
        const Bytes& any = file.records.empty() ? file.aid : file.records[below(file.records.size())];
        const std::size_t identifier = any.empty() || one_in(2) ? 0 : any[0];
        add(0xB2, by_identifier ? identifier : below(file.records.size() + 2), p2 | mode, {}, any_ne());
    }
}

/// UPDATE or WRITE RECORD.
void CommandMaker::put_record() {
    if (const auto ef = some_record_ef()) {
        const bool update = one_in(2);
        const std::size_t p2 = address(*ef, 3, 0);
        satisfy(*ef, update ? Operation::update : Operation::write);
        const File& file = state_.files[*ef];
        const std::size_t mode = one_in(2) ? 4 : below(4);
        const std::size_t number = 1 + below(file.records.size() + 1);
        const bool as_long = number <= file.records.size() && (!update || file.kind != FileKind::linear_variable_ef);
        add(update ? 0xDC : 0xD2, mode == 4 ? number : 0, p2 | mode,
            any_bytes(as_long ? file.records[number - 1].size() : 1 + below(file.record_size)));
    }
}

void CommandMaker::append_record() {
    if (const auto ef = some_file_in_use([](const File& file) { return has_records(file.kind); })) {
        const std::size_t p2 = address(*ef, 3, 0);
        satisfy(*ef, Operation::write);
        const File& file = state_.files[*ef];
        const bool variable = file.kind == FileKind::linear_variable_ef;
        add(0xE2, 0, p2, any_bytes(variable ? 1 + below(file.record_size) : file.record_size));
    }
}

void CommandMaker::search_record() {
    if (const auto ef = some_record_ef()) {
        const std::size_t p2 = address(*ef, 3, 0);
        satisfy(*ef, Operation::read);
        const auto& records = state_.files[*ef].records;
        const Bytes text = records.empty() ? any_bytes(2) : records[below(records.size())];
        const std::size_t from = text.empty() ? 0 : below(text.size());
        Bytes part(text.begin() + static_cast<std::ptrdiff_t>(from), text.end());
        part.resize(std::min<std::size_t>(part.size(), 2));
        const std::size_t mode = one_of<std::size_t>({4, 5, 4, 5, below(8)});
        add(0xA2, mode < 4 ? 0 : below(records.size() + 1), p2 | mode, part.empty() ? Bytes{0} : part, any_ne());
    }
}

void CommandMaker::erase_record() {
    if (const auto ef = some_record_ef()) {
        const std::size_t p2 = address(*ef, 3, 0);
        satisfy(*ef, Operation::update);
        add(0x0C, below(state_.files[*ef].records.size() + 2), p2 | (4 + below(2)));
    }
}

void CommandMaker::get_data() {
    if (const auto df = some_file([](const File& file) { return !file.data_objects.empty(); })) {
        const auto& objects = state_.files[*df].data_objects;
        const std::uint16_t tag =
            one_in(4) ? one_of<std::uint16_t>({0x0062, 0x004F, 0x0043}) : objects[below(objects.size())].tag;
        go_to(*df);
        satisfy(*df, Operation::read);
        add(0xCA, tag >> 8U, tag, {}, any_ne());
    }
}

void CommandMaker::put_data() {
    const auto df = some_file([](const File& file) { return file.kind == FileKind::df; });
    go_to(*df);
    satisfy(*df, Operation::update);
    const std::size_t tag = one_of<std::size_t>({0x0042, 0x0043, 0x5F50, 0x7F21});
    add(0xDA, tag >> 8U, tag, any_bytes(1 + below(one_of<std::size_t>({4, 30, 500}))));
}

void CommandMaker::create_file() {
    if (one_in(2)) {
        if (const auto df = some_file([](const File& file) { return file.kind == FileKind::df; })) {
            go_to(*df);
        }
    }
    const std::uint8_t descriptor = one_of<std::uint8_t>({0x38, 0x01, 0x02, 0x04, 0x06});
    satisfy(df_, descriptor == 0x38 ? Operation::create_df : Operation::create_ef);
    Bytes fields;
    if (descriptor == 0x01 || one_in(4)) {
        fields = joined(fields, Bytes{0x80, 0x02, low_byte(below(2)), any_byte()});
    }
    if (descriptor == 0x38 || descriptor == 0x01) {
        fields = joined(fields, Bytes{0x82, 0x01, descriptor});
    } else {
        fields =
            joined(fields, Bytes{0x82, 0x05, descriptor, 0x41, 0x00, low_byte(1 + below(8)), low_byte(1 + below(5))});
    }
    fields = joined(fields, Bytes{0x83, 0x02, 0x70, low_byte(below(32))});
    if (descriptor == 0x38 && one_in(2)) {
        fields = joined(fields, Bytes{0x84, 0x02, 0xA0, low_byte(below(8))});
    }
    if (descriptor != 0x38 && one_in(3)) {
        fields = joined(fields, Bytes{0x88, 0x01, low_byte((1 + below(30)) << 3U)});
    }
    if (one_in(3)) {
        fields = joined(fields, Bytes{0x8A, 0x01, one_of<std::uint8_t>({0x01, 0x03, 0x04, 0x05})});
    }
    if (one_in(3)) {
        fields = joined(fields, Bytes{0x8C, 0x03, 0x42, one_of<std::uint8_t>({0x00, 0x11, 0x21}),
                                      one_of<std::uint8_t>({0x00, 0x12, 0xB1, 0xFF})});
    }
    add(0xE0, 0, 0, joined(Bytes{0x62, low_byte(fields.size())}, fields));
    ef_.reset();
}

/// A path, or the way there and nothing.
Bytes CommandMaker::name_as_in_delete(FileIndex file, std::uint8_t& p1) {
    p1 = 8;
    if (file == icc::mf_index || one_in(3)) {
        p1 = 0;
        go_to(file);
        return {};
    }
    return path_of(file);
}

void CommandMaker::delete_file() {
    const auto created = some_file([](const File& file) { return file.identifier >= 0x7000; });
    const auto file = created && !one_in(8) ? created : some_file([](const File&) { return true; });
    std::uint8_t p1 = 0;
    const Bytes name = name_as_in_delete(*file, p1);
    add(0xE4, p1, 0, name);
    df_ = icc::mf_index;
    ef_.reset();
}

void CommandMaker::deactivate_file() {
    const bool any = one_in(4);  // a DF out of use puts much out of use
    const auto file = some_file([&](const File& one) {
        return one.identifier != 0x3F00 && (any || one.kind != FileKind::df || one.identifier >= 0x7000);
    });
    std::uint8_t p1 = 0;
    const Bytes name = file ? name_as_in_delete(*file, p1) : Bytes{};
    add(0x04, p1, 0, name);
}

void CommandMaker::activate_file() {
    const auto out_of_use = some_file([](const File& file) { return file.life_cycle != LifeCycle::activated; });
    const auto file = out_of_use && !one_in(6) ? out_of_use : some_file([](const File&) { return true; });
    std::uint8_t p1 = 0;
    const Bytes name = name_as_in_delete(*file, p1);
    add(0x44, p1, 0, name);
}

/// TERMINATE EF or DF.
void CommandMaker::terminate_file() {
    const bool df = one_in(2);
    const auto file = some_file([&](const File& one) {
        return (one.kind == FileKind::df) == df && (one.identifier >= 0x7000 || (!df && one.identifier == 0x6003));
    });
    if (file) {
        std::uint8_t p1 = 0;
        const Bytes name = name_as_in_delete(*file, p1);
        add(df != one_in(8) ? 0xE6 : 0xE8, p1, 0, name);
    }
}

/// Seldom, since a history ends with it.
void CommandMaker::terminate_card_usage() {
    if (one_in(10)) {
        add(0xFE, 0, 0);
    } else {
        select();
    }
}

}  // namespace scardlab::tests
