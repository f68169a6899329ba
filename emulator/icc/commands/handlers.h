#pragma once

#include "emulator/icc/commands/card.h"

/// The commands, each by the name that the standard gives it. Clauses are ISO/IEC 7816-4:2013's unless another part is
/// named. Every one answers 6700 to data that it does not take, 6A86 to a P1-P2 that it does not know, and 6581 when
/// what it changed could not be saved.
namespace scardlab::icc::commands {

/// SELECT (clause 11.1.1): P1 00 to 04, 08 and 09; P2 bits 2 and 1 which occurrence of a DF name, bits 4 and 3 FCI,
/// FCP, FMD or nothing. A deactivated file is selected with 6283, a terminated one with 6285. Errors: 6A82.
StatusWord select(const CommandApdu& command, const Card& card, Bytes& data);
/// MANAGE CHANNEL (clause 11.1.2): opens the channel of P2, or for 00 the first free one and tells its number, or
/// closes one, and with it the keys of secure messaging that were made on it. A new channel begins in the MF, or,
/// opened on another channel than the basic one, in that channel's current DF. Closes only the channel of CLA, or any
/// from the basic one, which stays open. Errors: 6482 no channel is free or that one is open, 6881 the card has no such
/// channel or it is not open.
StatusWord manage_channel(const CommandApdu& command, const Card& card, Bytes& data);

/// READ BINARY (clause 11.2.3). A warning 6282 ends a response shorter than Ne. Errors of all commands on a transparent
/// EF: 6981 another structure, 6982, 6985, 6986, 6A82, 6B00 offset outside the EF. A short identifier makes its EF
/// current when the command succeeds.
StatusWord read_binary(const CommandApdu& command, const Card& card, Bytes& data);
/// WRITE BINARY (clause 11.2.4): sets the bits that the data have, so that what is erased (00) takes the data. 6700
/// when the data reach over the end.
StatusWord write_binary(const CommandApdu& command, const Card& card, Bytes& data);
/// UPDATE BINARY (clause 11.2.5). 6700 when the data reach over the end.
StatusWord update_binary(const CommandApdu& command, const Card& card, Bytes& data);
/// ERASE BINARY (clause 11.2.7): makes bytes 00 from the offset to the end, or to before the offset that the data name.
/// Error: 6A80 that offset is not after the first or is outside the EF.
StatusWord erase_binary(const CommandApdu& command, const Card& card, Bytes& data);

/// READ RECORD (clause 11.3.3): one record or, by P2 bits 3 to 1 = 101 and 110, all from P1 to the last or from the
/// last to P1. A warning 6282 ends a response shorter than Ne. P1 is a record number, 00 for the current one; with
/// first, last, next or previous (0xx) a record identifier, the first byte of a record, 00 for any. Those four make the
/// record current; a number does not. Without a current record, next is the first and previous the last. Errors of all
/// commands on records: 6981 another structure, 6982, 6985, 6986, 6A82, 6A83 no such record.
StatusWord read_record(const CommandApdu& command, const Card& card, Bytes& data);
/// WRITE RECORD (clause 11.3.4): sets the bits that the data have; as long as the record. In a cyclic EF previous is
/// what APPEND RECORD does. P1 is 00 for first, last, next, previous.
StatusWord write_record(const CommandApdu& command, const Card& card, Bytes& data);
/// UPDATE RECORD (clause 11.3.5): replaces the record; a fixed size must be met, a variable one not exceeded (6700). In
/// a cyclic EF previous is what APPEND RECORD does. P1 is 00 for first, last, next, previous.
StatusWord update_record(const CommandApdu& command, const Card& card, Bytes& data);
/// APPEND RECORD (clause 11.3.6): a new last record, which becomes current. In a cyclic EF it becomes record 1, and
/// when the EF is full the oldest goes. Error: 6A84 a linear EF is full.
StatusWord append_record(const CommandApdu& command, const Card& card, Bytes& data);
/// SEARCH RECORD (clause 11.3.7): the numbers of the records that contain the data, one byte each, from one record on;
/// the first of them becomes current. P2 bits 3 to 1 say where the search begins: 100 and 101 at record P1 (00: the
/// current one), forward or backward; 000 first, 010 next, forward, 001 last, 011 previous, backward, at the record
/// that READ RECORD finds there by the identifier P1. Every record from there on is searched. A warning 6282 when there
/// is none. Enhanced (110) and proprietary (111) searches are 6A81.
StatusWord search_record(const CommandApdu& command, const Card& card, Bytes& data);
/// ERASE RECORD (clause 11.3.8): makes the bytes of record P1 (P2 bits 3 to 1 = 100), or of all from it on (101), 00.
StatusWord erase_record(const CommandApdu& command, const Card& card, Bytes& data);

/// GET DATA (clause 11.4.3): the value of the data object of tag P1-P2 of the current DF, else of the MF, governed by
/// the read rule of the DF that has it. Without such an object, 0062 is the current DF's file control parameters and
/// 004F its DF name, and 01E0 to 01FF, of the proprietary tags, are the list of its children, in as many pages as it
/// takes (01E0 always): "FILS", then for each its identifier, file descriptor byte (clause 7.4.5) and short identifier
/// in bits 8 to 4 (00: none), 62 to a page. Errors: 6982, 6985, 6A88.
StatusWord get_data(const CommandApdu& command, const Card& card, Bytes& data);
/// PUT DATA (clause 11.4): replaces the value of the data object of tag P1-P2 of the current DF, else of the MF, or
/// adds one to the current DF, governed by the update rule of that DF. Tags: 0040 to FEFF without 00FF and 02FF.
/// Errors: 6982, 6985, 6A84 longer than 32,768 bytes or the card is full.
StatusWord put_data(const CommandApdu& command, const Card& card, Bytes& data);

/// CREATE FILE (ISO/IEC 7816-9 clause 6.1) in the current DF, after the FCP template in the data; the new file becomes
/// current. See file_template.h for what the template can have. Errors: 6982, 6985, 6A80 the template does not describe
/// a file, 6A84 the card is full, 6A89, 6A8A.
StatusWord create_file(const CommandApdu& command, const Card& card, Bytes& data);
/// DELETE FILE (7816-9 clause 6.2): the file that P1 and the data name as in SELECT, or without data and P1 = 00 the
/// current EF or else the current DF; a DF with all that is in it. Both the file's own rule and its DF's rule for
/// children hold. A channel that was in it is then in the DF that had it. Errors: 6982, 6985 (always for the MF), 6A82.
StatusWord delete_file(const CommandApdu& command, const Card& card, Bytes& data);
/// DEACTIVATE FILE, ACTIVATE FILE (7816-9 clause 6.3, 6.4): the file is named as in DELETE FILE. See life_cycle.h for
/// the transitions. Errors: 6982, 6985, 6A82.
StatusWord deactivate_file(const CommandApdu& command, const Card& card, Bytes& data);
StatusWord activate_file(const CommandApdu& command, const Card& card, Bytes& data);
/// TERMINATE DF, TERMINATE EF (7816-9 clause 6.5, 6.6): the file is named as in DELETE FILE, but without data it is the
/// current DF and the current EF. Errors: 6981 a file of the other kind, 6982, 6985, 6986, 6A82.
StatusWord terminate_df(const CommandApdu& command, const Card& card, Bytes& data);
StatusWord terminate_ef(const CommandApdu& command, const Card& card, Bytes& data);
/// TERMINATE CARD USAGE (7816-9 clause 6.7), governed by the MF's terminate rule. Errors: 6982, 6985.
StatusWord terminate_card_usage(const CommandApdu& command, const Card& card, Bytes& data);

/// VERIFY (clause 11.5.6): without data tells whether verification is required (63Cx with the tries left); P1 = FF
/// without data undoes a verification. Errors of all commands on a CHV: 63Cx wrong value, 6983 no tries left, 6A88.
/// Each takes the try, and saves that, before it compares; a wrong value undoes a verification, on every channel that
/// sees this CHV. VERIFY with data of a
/// CHV that need not be verified is 6984.
StatusWord verify(const CommandApdu& command, const Card& card, Bytes& data);
/// CHANGE REFERENCE DATA (clause 11.5.7): P1 = 00 the value and a new one, 01 the new one alone, which needs the CHV to
/// be verified (6982). Errors: 6700 the new value is too short or too long, of which P1 = 00 tells only who knows the
/// old one; 6984 verification not required.
StatusWord change_reference_data(const CommandApdu& command, const Card& card, Bytes& data);
/// ENABLE, DISABLE VERIFICATION REQUIREMENT (clause 11.5.8, 11.5.9): P1 = 00 with the value, 01 without, which needs
/// the CHV to be verified to disable it (6982). Errors: 6985 it is so already, or may not be disabled.
StatusWord enable_verification(const CommandApdu& command, const Card& card, Bytes& data);
StatusWord disable_verification(const CommandApdu& command, const Card& card, Bytes& data);
/// RESET RETRY COUNTER (clause 11.5.10): P1 = 00 the resetting code and a new value, 01 the resetting code, 02 a new
/// value, 03 nothing. 02 and 03 need the CHV's reset key to be authenticated (6982). The resetting code has its own
/// tries, which a success gives back. Errors: 6700, with P1 = 00 only for who knows the resetting code; 6984 there is
/// no resetting code, or no reset key.
StatusWord reset_retry_counter(const CommandApdu& command, const Card& card, Bytes& data);

/// GET CHALLENGE (clause 11.5.3): Ne bytes, 8 when Ne is all. The generator's state is saved, so that a card does not
/// repeat a challenge when it starts again. The challenge serves one EXTERNAL or MUTUAL AUTHENTICATE, until the next.
StatusWord get_challenge(const CommandApdu& command, const Card& card, Bytes& data);
/// INTERNAL AUTHENTICATE (clause 11.5.2) with key P2: E(K, data), data of one block. Anyone may ask. Errors: 6984 the
/// key's usage is external, 6985 the data are the challenge that waits for EXTERNAL AUTHENTICATE, 6A88.
StatusWord internal_authenticate(const CommandApdu& command, const Card& card, Bytes& data);
/// EXTERNAL AUTHENTICATE (clause 11.5.4) with key P2. By the length of the data, since both have one INS:
/// - none: 9000 when the key is authenticated, else 63Cx with the tries left;
/// - one block: EXTERNAL, E(K, challenge);
/// - two blocks: MUTUAL, E(K, RND.IFD || challenge) in CBC mode with an initial value of zeros, which the card answers
///   with E(K, challenge || RND.IFD), so Ne is two blocks or more (6700).
/// The challenge has the length of a block. MUTUAL with an AES key that is for secure messaging makes the session keys
/// (iso7816::derive_session) in place of those there are, in force from the next command on; whatever fails leaves
/// those. Errors: 63Cx, 6700, 6983, 6984 the key's usage is internal, 6985 no fit challenge, 6A88.
StatusWord external_authenticate(const CommandApdu& command, const Card& card, Bytes& data);

}  // namespace scardlab::icc::commands
