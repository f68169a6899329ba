#include <algorithm>

#include "emulator/icc/commands/access.h"
#include "emulator/icc/commands/handlers.h"

namespace scardlab::icc::commands {

namespace {

/// EF and offset that the commands on a transparent EF address (clause 11.2.2): P1 bit 8 set means a short identifier
/// in bits 5 to 1, of which 0 is the current EF.
struct BinaryAddress {
    FileIndex ef = 0;
    std::size_t offset = 0;
    bool by_short_identifier = false;
};

/// Errors: 6A86, 6A82, 6986, 6981, 6985, 6982, 6B00 (no byte is at the offset).
tl::expected<BinaryAddress, StatusWord> address(const CommandApdu& command, const Card& card, Operation operation) {
    const bool by_short_identifier = (command.p1 & 0x80) != 0;
    if (by_short_identifier && (command.p1 & 0x60) != 0) {
        return tl::make_unexpected(sw::incorrect_p1_p2);
    }
    const std::uint8_t short_identifier = by_short_identifier ? command.p1 & 0x1F : 0;
    const auto ef = addressed_ef(card, short_identifier);
    if (!ef) {
        return tl::make_unexpected(ef.error());
    }
    const File& file = card.state.files[*ef];
    if (file.kind != FileKind::transparent_ef) {
        return tl::make_unexpected(sw::incompatible_file);
    }
    if (const auto refused = refusal(card, *ef, operation)) {
        return tl::make_unexpected(*refused);
    }
    const int high = by_short_identifier ? 0 : command.p1;
    const auto offset = static_cast<std::size_t>(high << 8 | command.p2);
    if (offset >= file.content.size()) {
        return tl::make_unexpected(sw::wrong_parameters);
    }
    return BinaryAddress{*ef, offset, short_identifier != 0};
}

StatusWord complete(StatusWord status, const BinaryAddress& at, const Card& card) {
    if (at.by_short_identifier && status.value != sw::memory_failure.value) {
        make_current(card, at.ef);
    }
    return status;
}

/// Puts the result of `combine(byte that is there, byte of the data)` from the offset on.
template <class Combine>
StatusWord put(const CommandApdu& command, const Card& card, Operation operation, Combine combine) {
    if (command.data.empty()) {
        return sw::wrong_length;
    }
    const auto at = address(command, card, operation);
    if (!at) {
        return at.error();
    }
    Bytes& content = card.state.files[at->ef].content;
    if (command.data.size() > content.size() - at->offset) {
        return sw::wrong_length;
    }
    const auto to = content.begin() + static_cast<std::ptrdiff_t>(at->offset);
    return complete(committed(card,
                              [&] {
                                  std::transform(to, to + static_cast<std::ptrdiff_t>(command.data.size()),
                                                 command.data.begin(), to, combine);
                              }),
                    *at, card);
}

}  // namespace

StatusWord read_binary(const CommandApdu& command, const Card& card, Bytes& data) {
    if (!command.data.empty() || command.ne == 0) {
        return sw::wrong_length;
    }
    const auto at = address(command, card, Operation::read);
    if (!at) {
        return at.error();
    }
    const Bytes& content = card.state.files[at->ef].content;
    const std::size_t count = std::min<std::size_t>(content.size() - at->offset, command.ne);
    const auto from = content.begin() + static_cast<std::ptrdiff_t>(at->offset);
    data.insert(data.end(), from, from + static_cast<std::ptrdiff_t>(count));
    return complete(read_status(command, count), *at, card);
}

StatusWord write_binary(const CommandApdu& command, const Card& card, Bytes&) {
    return put(command, card, Operation::write,
               [](std::uint8_t there, std::uint8_t given) { return static_cast<std::uint8_t>(there | given); });
}

StatusWord update_binary(const CommandApdu& command, const Card& card, Bytes&) {
    return put(command, card, Operation::update, [](std::uint8_t, std::uint8_t given) { return given; });
}

StatusWord erase_binary(const CommandApdu& command, const Card& card, Bytes&) {
    const ByteView data = command.data;
    if (!data.empty() && data.size() != 2) {
        return sw::wrong_length;
    }
    const auto at = address(command, card, Operation::update);
    if (!at) {
        return at.error();
    }
    Bytes& content = card.state.files[at->ef].content;
    const std::size_t end = data.empty() ? content.size() : static_cast<std::size_t>(data[0] << 8 | data[1]);
    if (end > content.size() || (!data.empty() && end <= at->offset)) {
        return sw::wrong_data;
    }
    return complete(committed(card,
                              [&] {
                                  std::fill(content.begin() + static_cast<std::ptrdiff_t>(at->offset),
                                            content.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{0});
                              }),
                    *at, card);
}

}  // namespace scardlab::icc::commands
