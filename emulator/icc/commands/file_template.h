#pragma once

#include "emulator/icc/commands/card.h"

namespace scardlab::icc::commands {

/// What a template describes.
struct DescribedFile {
    File file;                              ///< without its parent
    bool short_identifier_derived = false;  ///< from the identifier, since there is no data object 88
};

/// The file that the data of CREATE FILE describe: one FCP template, tag 62, or FCI template, tag 6F, which OpenSC
/// sends (ISO/IEC 7816-4 clause 7.4.3), with
///
///     80  file size, 1 to 4 bytes: needed for a transparent EF, whose bytes are then 00; not looked at for others
///     81  the same with structural information included, of which this card has none: taken when there is no 80
///     82  file descriptor byte, shareable or not, for records followed by the data coding byte (not looked at), the
///         record size (two bytes) and the number of records (one or two): the EF is made without records
///     83  file identifier
///     84  DF name, 1 to 16 bytes
///     88  short identifier in bits 8 to 4, or empty for none; without 88 it is the low five bits of 83 (clause 7.4.4),
///         which gives way to another file's
///     85, A5  proprietary information, which is for other cards: not looked at
///     8A  life cycle status 01, 03, 04 to 07; activated when absent
///     8C  access rules in compact form: an access mode byte (clause 9.3.3.1) and a security condition byte for each of
///         its bits from 7 to 1, DF: delete, terminate, activate, deactivate, create DF, create EF, delete in it; EF:
///         delete, terminate, activate, deactivate, write, update, read. A condition is 00 always, FF never, 1n CHV n,
///         2n key n, Bn both, 40 secure messaging, Dn, En and Fn (but FF) it with these, n from 1 to F. Always for what
///         has no bit.
///
/// Errors: 6A80 for anything else, also for what is missing or twice or does not fit the kind of file; 6A84 a
/// transparent EF of more than 32,768 bytes.
tl::expected<DescribedFile, StatusWord> parse_file_template(ByteView data);

}  // namespace scardlab::icc::commands
