#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "emulator/ifd/ifd.h"

namespace scardlab::engine {

/// An Ifd in front of another that tells what was asked and answered, one line a call, to the trace's reader column.
/// Without an observer it only passes on.
class ObservedIfd final : public ifd::Ifd {
  public:
    explicit ObservedIfd(ifd::Ifd& ifd) : ifd_(ifd) {}

    void observe(std::function<void(std::string)> observer) { observer_ = std::move(observer); }

    ifd::IfdCode power_icc(ifd::PowerAction action, iso7816::Atr& atr) override;
    ifd::IfdCode set_protocol(iso7816::Protocol protocol) override;
    ifd::IfdCode transmit(iso7816::ByteView command, iso7816::Bytes& response) override;
    ifd::IfdCode presence() override { return ifd_.presence(); }
    void set_presence_listener(std::function<void()> listener) override;

    /// Changes of presence since the object was made, while somebody listened; from any thread.
    std::uint32_t presence_changes() const { return presence_changes_.load(); }

  private:
    ifd::Ifd& ifd_;
    std::atomic<std::uint32_t> presence_changes_{0};
    std::function<void(std::string)> observer_;
};

/// "success", "response_timeout", ... as ifd.h names them.
std::string name(ifd::IfdCode code);

}  // namespace scardlab::engine
