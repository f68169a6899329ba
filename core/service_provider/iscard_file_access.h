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

/// An open file of one ISCardFileAccess; never 0. No two files have the same number, in whichever object of the
/// process.
struct FileHandle {
    std::uint32_t value = 0;
    friend bool operator==(FileHandle, FileHandle) = default;
};

/// A file system after ISO/IEC 7816-4 on the attachment that it was created on.
///
/// A path is elements joined by '/'; one that begins with '/' or 3F00 begins in the MF, another one in the current
/// directory; ".." is the parent. Where the last element is not bound to be something else, the first may be a DF name
/// of more than two bytes ("A000000018/6F01"): a name is found wherever it is, so only the MF may stand before it.
/// Offsets and counts are data objects: bytes in a transparent EF, records in an EF of records (record 1 is offset 0).
///
/// Every method answers E_INVALIDARG for an argument outside its enumeration, an unknown flag or a path that cannot be
/// read, E_POINTER for a null output, E_OUTOFMEMORY, E_PENDING as ISCardManage (then nothing was done), the smart card
/// codes of the attachment's Transmit and SCardLock, and those of status_codes.h for what the card answers. After any
/// other answer than S_OK the outputs are untouched, open files stay where they are, and what was already written stays
/// written (Write says how much). When the work is done and the hold on the card cannot be ended, that is the answer;
/// never E_PENDING then, but E_FAIL.
///
/// Every method selects anew what it works on, and in shared mode keeps other applications out meanwhile: a file that
/// is open is never mistaken for one that was selected by another application, another object or Transmit. A file whose
/// type or record size is no longer that of the one opened is SCARD_E_INVALID_HANDLE. Handles and the current directory
/// live in the card's session: after a reset, a removal, Reconnect or a new attach handles are SCARD_E_INVALID_HANDLE,
/// and the current directory is the MF. A CHV of a directory stays verified while the files worked on are in it.
///
/// A short identifier is looked up in the list that the card has of its files; on a card without one the EF is read to
/// find out what it is, and only Open, Read, Write and Seek can work on it (the others: E_NOTIMPL).
///
/// SC_FL_SECURE_MESSAGING: every command of the method goes by the session's secure channel. Such commands move up to
/// 223 bytes, extended length or not: a card that refuses their length ends the channel. Records are as long as they
/// are. Must not outlive its ISCardManage. Threads as ISCardManage.
class ISCardFileAccess {
  public:
    virtual ~ISCardFileAccess() = default;

    /// Makes a DF the current directory. SCARD_E_DIR_NOT_FOUND, SCARD_E_NO_DIR (it is an EF), E_NOTIMPL (".." of a
    /// directory that is known by its name alone).
    virtual Hresult ChangeDir(ReferenceType type, std::string_view directory) = 0;
    /// Its path by identifiers from the MF: "3F00/DF01". What was reached by a name appears by its path as well, when
    /// that can be asked of the card: by SELECT of the identifier in the MF, or of the parents; else by its name.
    virtual Hresult GetCurrentDir(std::string* path) = 0;
    /// Names (identifiers, or DF names) of the files of that type in the current directory, as the card lists them (our
    /// own does, emulator/icc/commands/handlers.h); on other cards the applications of EF.DIR are the directories of
    /// the MF. E_NOTIMPL on a card that cannot tell.
    virtual Hresult Directory(FileType type, std::vector<std::string>* list) = 0;

    /// SCARD_E_FILE_NOT_FOUND, SCARD_E_NO_FILE (it is a DF), SCARD_E_DIR_NOT_FOUND (an element before the last).
    virtual Hresult Open(ReferenceType type, std::string_view path, FileHandle* file) = 0;
    virtual Hresult Close(FileHandle file) = 0;
    /// SCARD_E_BAD_SEEK: before the beginning or behind the end. How many records there are is found out by reading;
    /// where that is refused, as many as there can be.
    virtual Hresult Seek(FileHandle file, SeekFrom from, std::int32_t offset) = 0;
    /// Reads up to *count data objects from the present position, in as many commands as it takes, and moves on;
    /// *count becomes the number read. For records, `data` is their concatenation and Read of a record EF reads whole
    /// records. SCARD_W_EOF at the end of the file when nothing can be read. Bytes behind the first 32,767 need READ
    /// BINARY with an odd INS when they are not read together with earlier ones: E_NOTIMPL on a card without.
    virtual Hresult Read(FileHandle file, std::uint32_t* count, FileFlags flags, iso7816::Bytes* data) = 0;
    /// Writes from the present position and moves on; for an EF of records `data` is one record. In a cyclic EF the
    /// record is appended, and the position is then behind it, record 1; at the end of a linear EF it is appended too.
    /// SCARD_E_WRITE_TOO_MANY (more than fits; nothing is written), SCARD_E_NO_ACCESS, E_INVALIDARG (no record, or one
    /// that is too short where all have one size). *written (may be null) becomes the number of data objects written,
    /// also on failure.
    virtual Hresult Write(FileHandle file, iso7816::ByteView data, FileFlags flags, std::uint32_t* written) = 0;

    /// Creates a file as its file control parameters (TLV objects of template 62, or the template) say, and fills it
    /// with `data`: bytes, or records, as many as it is of one size. SC_FL_PREALLOCATED: its size is that of the
    /// parameters, else at least that of the data. The last element of the path is added to the parameters, which need
    /// descriptor 82 and, unless the path has it, identifier 83. A file that cannot be filled is deleted again, which
    /// may fail in its turn.
    /// E_INVALIDARG also when there is such a file already.
    virtual Hresult Create(ReferenceType type, std::string_view path, iso7816::ByteView parameters, FileFlags flags,
                           iso7816::ByteView data) = 0;
    /// DELETE FILE. When the current directory goes with it, the directory that it was in becomes current. What is open
    /// of it in this object is SCARD_E_INVALID_HANDLE from then on, also what may be of it: where one is known by a DF
    /// name or a short identifier and the other is not.
    virtual Hresult Delete(ReferenceType type, std::string_view path, FileFlags flags) = 0;
    /// DEACTIVATE FILE.
    virtual Hresult Invalidate(ReferenceType type, std::string_view path, FileFlags flags) = 0;
    /// ACTIVATE FILE.
    virtual Hresult Rehabilitate(ReferenceType type, std::string_view path, FileFlags flags) = 0;
    /// *tlvs in: the tags wanted, each an object of length 0 (none: all). Out: the objects of the file control
    /// parameters that the file has, and of a DF, when their tags are wanted, those that GET DATA brings. What it does
    /// not have is left out. E_NOTIMPL: the card tells no file control parameters.
    virtual Hresult GetProperties(ReferenceType type, std::string_view path, FileFlags flags, iso7816::Bytes* tlvs) = 0;
    /// Changes data objects of a DF (PUT DATA with the DF current), one after the other; those before one that is
    /// refused stay changed. E_NOTIMPL for an EF, and on a card without that.
    virtual Hresult SetProperties(ReferenceType type, std::string_view path, FileFlags flags,
                                  iso7816::ByteView tlvs) = 0;
    /// What the card says it can do, in historical bytes and EF.ATR, as objects 47 (card capabilities) and 7F66
    /// (extended length information). *count in: the most bytes wanted, of which whole objects come; out: the bytes
    /// that all take. Reads EF.ATR in the MF; from then on commands are as long as that says, before that extended ones
    /// have 1,024 bytes, if historical bytes announce them. E_NOTIMPL: the card says nothing.
    virtual Hresult GetFileCapabilities(iso7816::Bytes* tlvs, std::uint32_t* count, FileFlags flags) = 0;
};

/// `channel` outlives the object.
std::unique_ptr<ISCardFileAccess> make_iscard_file_access(CardChannel& channel);

}  // namespace scardlab::service_provider
