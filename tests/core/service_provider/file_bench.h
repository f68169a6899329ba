#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/core/service_provider/card_bench.h"

namespace scardlab::service_provider::test {

inline constexpr ReferenceType by_name = ReferenceType::SC_TYPE_BY_NAME, by_id = ReferenceType::SC_TYPE_BY_ID,
                               by_short = ReferenceType::SC_TYPE_BY_SHORT, by_any = ReferenceType::SC_TYPE_BY_ANY;
inline constexpr SeekFrom from_beginning = SeekFrom::SC_SEEK_FROM_BEGINNING, from_end = SeekFrom::SC_SEEK_FROM_END,
                          relative = SeekFrom::SC_SEEK_RELATIVE;
inline constexpr Hresult ok = Hresult::S_OK_;

/// The files of command_card.h, and DF 7F00 with
///
///     EF 7F01   SFI 1, 20,000 bytes, read and update always
///     EF 7F02   SFI 2, 32,768 bytes
///     EF 7F03   no short identifier, 5 bytes, deactivated
inline icc::Profile file_card() {
    icc::Profile profile = fakes::command_card();
    auto sleeping = fakes::ef(0x7F03, {}, fakes::counting(5), fakes::always, fakes::always);
    sleeping.life_cycle = icc::LifeCycle::deactivated;
    profile.mf.children.push_back(fakes::df(
        0x7F00, {},
        {fakes::ef(0x7F01, std::uint8_t{1}, fakes::counting(20'000, 5), fakes::always, fakes::always),
         fakes::ef(0x7F02, std::uint8_t{2}, fakes::counting(32'768, 9), fakes::always, fakes::always), sleeping}));
    return profile;
}
/// The same, and says that it takes extended length.
inline icc::Profile extended_file_card() {
    icc::Profile profile = file_card();
    profile.cold_atr = fakes::atr("3B 85 80 01 80 73 F7 41 DB 9B");
    return profile;
}

/// An application with file access to an emulated card.
struct FileBench : CardBench {
    explicit FileBench(resource_manager::Protocols preferred = resource_manager::protocol_t1,
                       icc::Profile profile = file_card())
        : CardBench(std::move(profile), preferred) {
        BOOST_REQUIRE_EQUAL(alice->CreateFileAccess(&files), ok);
    }

    /// An open file, which must be there.
    FileHandle open(std::string_view path, ReferenceType type = by_any) {
        FileHandle handle;
        BOOST_REQUIRE_EQUAL(files->Open(type, path, &handle), ok);
        return handle;
    }
    /// What Read brings, in hexadecimal digits, or its code.
    std::string read(FileHandle file, std::uint32_t count, FileFlags flags = SC_FL_NONE) {
        iso7816::Bytes data;
        const std::uint32_t wanted = count;
        const Hresult result = files->Read(file, &count, flags, &data);
        if (result != ok) {
            BOOST_TEST(count == wanted);
            BOOST_TEST(data.empty());
            return service_provider::name(result);
        }
        return iso7816::to_hex(data);
    }
    Hresult write(FileHandle file, std::string_view data) {
        return files->Write(file, fakes::hex(data), SC_FL_NONE, nullptr);
    }
    std::string current_directory() {
        std::string path;
        const Hresult result = files->GetCurrentDir(&path);
        return result == ok ? path : service_provider::name(result);
    }
    std::string list(FileType type) {
        std::vector<std::string> names;
        const Hresult result = files->Directory(type, &names);
        std::string text = result == ok ? "" : service_provider::name(result);
        for (const std::string& each : names) {
            text += (text.empty() ? "" : " ") + each;
        }
        return text;
    }

    std::unique_ptr<ISCardFileAccess> files;
};

}  // namespace scardlab::service_provider::test
