#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/service_provider/card_channel.h"
#include "core/service_provider/hresult.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

/// How a path names its last element (Microsoft Learn, ISCardFileAccess).
enum class ReferenceType : std::uint8_t {
    SC_TYPE_BY_NAME,   ///< the last element is a DF name in hexadecimal, as "A000000018434D00"; a prefix is enough
    SC_TYPE_BY_ID,     ///< each element is a file identifier of four hexadecimal digits
    SC_TYPE_BY_SHORT,  ///< the last element is a short EF identifier, 1 to 30, decimal
    SC_TYPE_BY_ANY,    ///< four hexadecimal digits are an identifier, one or two digits a short one, else a name
};

enum class FileType : std::uint8_t {
    SC_TYPE_DIRECTORIES,
    SC_TYPE_FILES,
    SC_TYPE_ALL_FILES,
    SC_TYPE_DIRECTORY_FILE,
    SC_TYPE_TRANSPARENT_EF,
    SC_TYPE_FIXED_EF,
    SC_TYPE_CYCLIC_EF,
    SC_TYPE_VARIABLE_EF,
};

/// Bits of flags.
using FileFlags = std::uint32_t;
inline constexpr FileFlags SC_FL_NONE = 0, SC_FL_SECURE_MESSAGING = 1, SC_FL_PREALLOCATED = 2;

enum class SeekFrom : std::uint8_t { SC_SEEK_FROM_BEGINNING, SC_SEEK_FROM_END, SC_SEEK_RELATIVE };

/// An open file; never 0. Numbers are not used again.
struct FileHandle {
    std::uint32_t value = 0;
    friend bool operator==(FileHandle, FileHandle) = default;
};

/// A file system after ISO/IEC 7816-4 on the attachment that it was created on.
///
/// A path is elements joined by '/'; one that begins with '/' or 3F00 begins in the MF, another one in the current
/// directory; ".." is the parent. Offsets and counts are data objects: bytes in a transparent EF, records in an EF of
/// records (record 1 is offset 0).
///
/// Every method answers E_INVALIDARG for an argument outside its enumeration or a path that cannot be read, E_POINTER
/// for a null output, E_OUTOFMEMORY, E_PENDING as ISCardManage, the smart card codes of the attachment's Transmit, and
/// those of status_codes.h for what the card answers. After any other answer than S_OK the outputs are untouched, open
/// files stay where they are, and what was already written stays written (Write says how much).
///
/// In shared mode each method keeps other applications out while it selects and works; a file that is open is never
/// mistaken for one that another application selected. Handles and the current directory live in the card's session:
/// after a reset, a removal, Reconnect or a new attach they are SCARD_E_INVALID_HANDLE, and the current directory is
/// the MF. Must not outlive its ISCardManage. Threads as ISCardManage.
class ISCardFileAccess {
  public:
    virtual ~ISCardFileAccess() = default;

    /// Makes a DF the current directory. SCARD_E_DIR_NOT_FOUND, SCARD_E_NO_DIR (it is an EF).
    virtual Hresult ChangeDir(ReferenceType type, std::string_view directory) = 0;
    /// Its path by identifiers from the MF: "3F00/DF01"; a DF that has no identifier appears by its name.
    virtual Hresult GetCurrentDir(std::string* path) = 0;
    /// Names (identifiers, or DF names) of the files of that type in the current directory. E_NOTIMPL on a card that
    /// cannot tell.
    virtual Hresult Directory(FileType type, std::vector<std::string>* list) = 0;

    /// SCARD_E_FILE_NOT_FOUND, SCARD_E_NO_FILE (it is a DF), SCARD_E_DIR_NOT_FOUND (an element before the last).
    virtual Hresult Open(ReferenceType type, std::string_view path, FileHandle* file) = 0;
    virtual Hresult Close(FileHandle file) = 0;
    /// SCARD_E_BAD_SEEK: before the beginning or behind the end.
    virtual Hresult Seek(FileHandle file, SeekFrom from, std::int32_t offset) = 0;
    /// Reads up to *count data objects from the present position, in as many commands as it takes, and moves on;
    /// *count becomes the number read. For records, `data` is their concatenation and Read of a record EF reads whole
    /// records. SCARD_W_EOF at the end of the file when nothing can be read.
    virtual Hresult Read(FileHandle file, std::uint32_t* count, FileFlags flags, iso7816::Bytes* data) = 0;
    /// Writes from the present position and moves on; for an EF of records `data` is one record. In a cyclic EF the
    /// record is appended; at the end of a linear EF too. SCARD_E_WRITE_TOO_MANY (more than fits; nothing is written),
    /// SCARD_E_NO_ACCESS. *written (may be null) becomes the number of data objects written, also on failure.
    virtual Hresult Write(FileHandle file, iso7816::ByteView data, FileFlags flags, std::uint32_t* written) = 0;

    /// Creates a file as its file control parameters (TLV objects of template 62) say, and fills it with `data`;
    /// SC_FL_PREALLOCATED: its size is that of the parameters, else at least that of the data.
    virtual Hresult Create(ReferenceType type, std::string_view path, iso7816::ByteView parameters, FileFlags flags,
                           iso7816::ByteView data) = 0;
    virtual Hresult Delete(ReferenceType type, std::string_view path, FileFlags flags) = 0;
    /// DEACTIVATE FILE.
    virtual Hresult Invalidate(ReferenceType type, std::string_view path, FileFlags flags) = 0;
    /// ACTIVATE FILE.
    virtual Hresult Rehabilitate(ReferenceType type, std::string_view path, FileFlags flags) = 0;
    /// *tlvs in: the tags wanted, each an object of length 0 (none: all). Out: the objects of the file control
    /// parameters that the file has.
    virtual Hresult GetProperties(ReferenceType type, std::string_view path, FileFlags flags, iso7816::Bytes* tlvs) = 0;
    /// Changes data objects of the file (PUT DATA with the file current). E_NOTIMPL on a card without that.
    virtual Hresult SetProperties(ReferenceType type, std::string_view path, FileFlags flags,
                                  iso7816::ByteView tlvs) = 0;
    /// What the card says it can do: historical bytes and EF.ATR: the card capabilities
    /// (tag 47 or 73 objects) as TLVs. *count in: the most bytes wanted; out: the bytes there are.
    virtual Hresult GetFileCapabilities(iso7816::Bytes* tlvs, std::uint32_t* count, FileFlags flags) = 0;
};

/// `channel` outlives the object.
std::unique_ptr<ISCardFileAccess> make_iscard_file_access(CardChannel& channel);

}  // namespace scardlab::service_provider
