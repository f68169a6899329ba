// Random reading, writing and seeking against a model of each kind of file, with another application selecting things
// in between.
#include <rapidcheck.h>
#include <algorithm>

#include "tests/core/service_provider/file_bench.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
using iso7816::Bytes;

namespace {

/// A file as the documentation describes it: data objects, one byte each in a transparent EF.
struct Model {
    const char* path;
    FileType type;
    std::size_t object_size;  ///< bytes of a data object; of the longest in a variable EF
    std::size_t capacity;
    std::vector<Bytes> objects;
    std::size_t position = 0;

    bool has_records() const { return type != FileType::SC_TYPE_TRANSPARENT_EF; }
    bool same_size() const { return type != FileType::SC_TYPE_VARIABLE_EF; }

    Hresult seek(SeekFrom from, std::int32_t offset) {
        const std::size_t base = from == from_beginning ? 0 : from == from_end ? objects.size() : position;
        const std::int64_t to = static_cast<std::int64_t>(base) + offset;
        if (to < 0 || to > static_cast<std::int64_t>(objects.size())) {
            return hr::bad_seek;
        }
        position = static_cast<std::size_t>(to);
        return ok;
    }
    Hresult read(std::uint32_t& count, Bytes& data) {
        const std::size_t there = objects.size() - std::min(position, objects.size());
        if (there == 0 && count > 0) {
            return hr::end_of_file;
        }
        count = static_cast<std::uint32_t>(std::min<std::size_t>(count, there));
        data.clear();
        for (std::uint32_t i = 0; i < count; ++i, ++position) {
            data.insert(data.end(), objects[position].begin(), objects[position].end());
        }
        return ok;
    }
    Hresult write(const Bytes& data, std::uint32_t& written) {
        written = 0;
        if (!has_records()) {
            if (data.size() > objects.size() - position) {
                return hr::write_too_many;
            }
            for (const std::uint8_t byte : data) {
                objects[position++] = {byte};
            }
            written = static_cast<std::uint32_t>(data.size());
            return ok;
        }
        if (data.size() > object_size) {
            return hr::write_too_many;
        }
        if (data.empty() || (same_size() && data.size() < object_size)) {
            return Hresult::E_INVALIDARG_;
        }
        if (type == FileType::SC_TYPE_CYCLIC_EF) {
            objects.insert(objects.begin(), data);
            objects.resize(std::min(objects.size(), capacity));
            position = 1;
        } else if (position < objects.size()) {
            objects[position++] = data;
        } else if (objects.size() < capacity) {
            objects.push_back(data);
            ++position;
        } else {
            return hr::write_too_many;
        }
        written = 1;
        return ok;
    }
};

Model transparent(const char* path, const Bytes& content) {
    Model model{path, FileType::SC_TYPE_TRANSPARENT_EF, 1, content.size(), {}};
    for (const std::uint8_t byte : content) {
        model.objects.push_back({byte});
    }
    return model;
}

std::vector<Model> models() {
    using fakes::hex;
    return {
        transparent("5015/5033", fakes::counting(700, 3)),
        transparent("5015/5100/5101", fakes::counting(4, 0xC0)),
        transparent("7F00/1", fakes::counting(20'000, 5)),
        {"6000/6001", FileType::SC_TYPE_FIXED_EF, 4, 5, {hex("11 01 02 03"), hex("22 04 05 06"), hex("11 07 08 09")}},
        {"A00000006360/6002", FileType::SC_TYPE_VARIABLE_EF, 10, 4, {hex("31"), hex("32 33 34"), hex("35 36")}},
        {"6000/3", FileType::SC_TYPE_CYCLIC_EF, 3, 3, {hex("02 02 02"), hex("01 01 01")}}};
}

const char* const foreign_commands[] = {"00 A4 00 0C 02 3F 00", "00 A4 08 0C 04 60 00 60 02",
                                        "00 A4 04 0C 05 A0 00 00 00 63", "00 A4 08 0C 04 7F 00 7F 02",
                                        "00 B0 9E 00 01"};

void expect(bool holds) {
    RC_ASSERT(holds);
}

/// One step on a file, done on the card and on its model.
void step(ISCardFileAccess& files, FileHandle handle, Model& model, std::size_t longest) {
    switch (*rc::gen::inRange(0, 4)) {
        case 0: {
            const auto from = *rc::gen::element(from_beginning, from_end, relative);
            const auto size = static_cast<std::int32_t>(model.objects.size());
            const std::int32_t offset = *rc::gen::inRange(-size - 1, size + 2);
            expect(files.Seek(handle, from, offset) == model.seek(from, offset));
            break;
        }
        case 1: {
            std::uint32_t count = *rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(longest));
            std::uint32_t expected_count = count;
            Bytes data, expected;
            const Hresult result = model.read(expected_count, expected);
            expect(files.Read(handle, &count, SC_FL_NONE, &data) == result);
            expect(count == expected_count);
            expect(data == expected);
            break;
        }
        default: {
            const std::size_t most = model.has_records() ? model.object_size + 2 : longest;
            const auto size = *rc::gen::weightedOneOf<std::size_t>(
                {{1, rc::gen::inRange<std::size_t>(0, most)}, {2, rc::gen::just(std::min(most, model.object_size))}});
            const Bytes data = fakes::counting(size, *rc::gen::inRange(0U, 256U));
            std::uint32_t written = 0, expected = 0;
            const Hresult result = model.write(data, expected);
            expect(files.Write(handle, data, SC_FL_NONE, &written) == result);
            expect(written == expected);
            break;
        }
    }
}

void walk(resource_manager::Protocols protocol, const icc::Profile& profile) {
    FileBench bench(protocol, profile);
    const auto bob = bench.application();
    std::unique_ptr<ISCardFileAccess> his;
    expect(bob->CreateFileAccess(&his) == ok);
    std::vector<Model> files = models();
    std::vector<FileHandle> handles;
    for (const Model& model : files) {
        handles.push_back(bench.open(model.path));
    }
    const auto steps = *rc::gen::inRange(1, 40);
    for (int i = 0; i < steps; ++i) {
        const auto which = *rc::gen::inRange<std::size_t>(0, files.size());
        step(*bench.files, handles[which], files[which], 1'500);
        switch (*rc::gen::inRange(0, 4)) {
            case 0:
                bench.run(*bob, *rc::gen::elementOf(std::vector<const char*>(std::begin(foreign_commands),
                                                                             std::end(foreign_commands))));
                break;
            case 1:
                expect(his->ChangeDir(by_any, *rc::gen::element("/5015", "/6000", "/4F00")) == ok);
                break;
            case 2:
                expect(bench.files->ChangeDir(by_any, *rc::gen::element("/5015", "/6000/6100", "/")) == ok);
                break;
            default:
                break;
        }
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        Model& model = files[i];
        expect(bench.files->Seek(handles[i], from_beginning, 0) == model.seek(from_beginning, 0));
        std::uint32_t count = 32'768, expected_count = count;
        Bytes data, expected;
        expect(bench.files->Read(handles[i], &count, SC_FL_NONE, &data) == model.read(expected_count, expected));
        expect(data == expected);
    }
}

/// Cards with short and with extended length.
const icc::Profile& card(bool extended) {
    static const icc::Profile cards[] = {file_card(), extended_file_card()};
    return cards[extended ? 1 : 0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_file_property)

BOOST_AUTO_TEST_CASE(every_kind_of_file_has_the_content_of_its_model_whatever_another_application_selects) {
    for (const resource_manager::Protocols protocol : each_protocol) {
        for (const bool extended : {false, true}) {
            BOOST_TEST(rc::check("files over protocol " + std::to_string(protocol) + (extended ? ", extended" : ""),
                                 [&] { walk(protocol, card(extended)); }));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
