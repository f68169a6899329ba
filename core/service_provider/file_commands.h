#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/service_provider/card_capabilities.h"
#include "core/service_provider/card_channel.h"
#include "core/service_provider/file_control.h"
#include "core/service_provider/file_path.h"
#include "core/service_provider/status_codes.h"

namespace scardlab::service_provider {

/// A file that is current on the card, and how commands address it.
struct SelectedFile {
    FileFacts facts;
    std::uint8_t short_identifier = 0;  ///< commands on records name it; 0: they mean the current EF
};

/// A file as its directory lists it.
struct Child {
    std::uint16_t identifier = 0;
    std::optional<FileType> type;
    std::uint8_t short_identifier = 0;  ///< 0: none
};

/// The commands of ISO/IEC 7816-4 and 7816-9 on files, over a channel that is held for the object's life. Every method
/// answers the code of the exchange, or what status_codes.h makes of the card's answer.
class FileCommands {
  public:
    /// `limits` becomes short when the card does not take extended length after all (6700). Protected commands are
    /// short whatever it says, since that answer would end the secure channel, but for records that are longer.
    FileCommands(CardChannel& channel, bool secured, LengthLimits& limits)
        : channel_(channel), secured_(secured), limits_(limits) {}

    /// SELECT with file control parameters (clause 11.1.1): a path in one command, else step by step on a card that
    /// does not know paths. A DF name in `place` that is only the beginning of the card's is completed, and a short
    /// identifier replaced by the identifier where the card lists its files. What the card does not tell of an EF is
    /// found out by reading its beginning. SCARD_E_DIR_NOT_FOUND: the DF on the way to it is not there.
    Hresult select(FilePlace& place, Operation operation, SelectedFile& file);
    /// The way from the MF to the DF that is current and has these facts, and this name: asked of the card. `place` is
    /// untouched when the card does not tell, and the DF is current again, unless that fails.
    Hresult find_place(const FileFacts& facts, FilePlace& place);

    /// READ BINARY (clause 11.2.3) until `count` bytes are there or the file ends; SCARD_W_EOF when there is none.
    Hresult read_bytes(const SelectedFile& file, std::uint32_t offset, std::uint32_t count, iso7816::Bytes& data);
    /// UPDATE BINARY (clause 11.2.5). `written` counts as it goes.
    Hresult write_bytes(std::uint32_t offset, iso7816::ByteView data, std::uint32_t& written);
    /// The size of the current transparent EF, which the card does not tell: by where reading stops.
    Hresult find_size(std::uint32_t& size);

    /// READ RECORD (clause 11.3.3) by number, from 1 on. SCARD_W_EOF: there is no such record. E_NOTIMPL: it may be
    /// longer than a response.
    Hresult read_record(const SelectedFile& file, std::uint32_t number, iso7816::Bytes& data);
    /// UPDATE RECORD (clause 11.3.5). SCARD_E_BAD_SEEK: there is no such record.
    Hresult update_record(const SelectedFile& file, std::uint32_t number, iso7816::ByteView data);
    /// APPEND RECORD (clause 11.3.6).
    Hresult append_record(const SelectedFile& file, iso7816::ByteView data);
    /// How many records there are: by which can be read.
    Hresult count_records(const SelectedFile& file, std::uint32_t& count);

    /// A command without response data on the current file or directory (7816-9).
    Hresult manage(std::uint8_t ins, iso7816::ByteView data = {});
    /// GET DATA (clause 11.4.3). SCARD_E_FILE_NOT_FOUND: there is no such object.
    Hresult get_data(std::uint16_t tag, iso7816::Bytes& value);
    /// The files in the current directory. E_NOTIMPL: the card does not tell.
    Hresult children(std::vector<Child>& list);
    /// PUT DATA (clause 11.4).
    Hresult put_data(std::uint16_t tag, iso7816::ByteView value);

  private:
    Hresult send(iso7816::CommandApdu command, std::uint32_t most_ne);
    Hresult send(const iso7816::CommandApdu& command) { return send(command, largest_ne()); }
    iso7816::ByteView data() const { return iso7816::ByteView(answer_).first(answer_.size() - 2); }
    bool parameters_not_known() const;
    bool takes_no_extended_length(const iso7816::CommandApdu& command);
    Hresult select_file(std::uint8_t p1, iso7816::ByteView name);
    Hresult select_place(FilePlace& place);
    Hresult select_below(std::span<const std::uint16_t> identifiers, std::uint8_t p1_of_path);
    Hresult select_step(std::uint16_t identifier, bool is_last);
    Hresult missing(const FilePlace& place);
    Hresult select_short(FilePlace& place, SelectedFile& file);
    Hresult probe(SelectedFile& file);
    Hresult read_part(std::uint32_t offset, std::uint32_t count);
    Hresult write_part(std::uint32_t offset, iso7816::ByteView part);
    std::uint32_t largest_ne() const;
    std::size_t read_limit() const;
    std::size_t write_limit() const;

    CardChannel& channel_;
    bool secured_;
    LengthLimits& limits_;
    iso7816::Bytes answer_;  ///< of the last command: data and SW1SW2
    iso7816::StatusWord status_;
    bool channel_answered_ = false;  ///< the last command was answered, by whatever status word
};

}  // namespace scardlab::service_provider
