#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "emulator/iso7816/bytes.h"

/// Targets for a fuzzer: functions that take any bytes. tools/fuzz runs them under libFuzzer (preset fuzz); the seeds
/// and the inputs kept in corpus/ also run as an ordinary test.
namespace scardlab::fuzz {

using iso7816::Bytes;
using iso7816::ByteView;

/// A property that holds for every input; throws std::logic_error with its words when it does not.
void must(bool holds, const char* property);

/// Bytes of an input from its front; zeros after its end.
class Input {
  public:
    explicit Input(ByteView bytes) : bytes_(bytes) {}
    bool empty() const { return bytes_.empty(); }
    std::uint8_t byte();
    /// The next `count` bytes, or as many as are left.
    ByteView bytes(std::size_t count);

  private:
    ByteView bytes_;
};

/// What is run on inputs.
struct Target {
    std::string_view name;  ///< also the folder of its inputs below corpus/
    void (*run)(ByteView input);
    std::vector<Bytes> (*seeds)();            ///< inputs to begin with
    std::vector<Bytes> (*words)() = nullptr;  ///< what inputs may be put together from
};

extern const Target apdu, atr, atr_explanation, block_t1, card_image, commands, pps, profile, reader_session, scenario,
    secure_messaging, session, t0_exchange, t1_exchange, vpcd_frame;

/// All of them.
std::span<const Target* const> all_targets();

/// Inputs from hexadecimal text.
std::vector<Bytes> from_hex(std::initializer_list<std::string_view> texts);
/// Every file with that ending below a folder of the repository.
std::vector<Bytes> files_below(std::string_view folder, std::string_view extension);

}  // namespace scardlab::fuzz
