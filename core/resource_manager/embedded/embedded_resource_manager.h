#pragma once

#include <memory>
#include <string>

#include "core/resource_manager/resource_manager.h"
#include "emulator/ifd/clock.h"
#include "emulator/ifd/ifd.h"

namespace scardlab::resource_manager {

/// pcsc-lite 1.9.9's pcscd and client library in one object, without daemon, threads or real time: the rules of
/// scenarios/rules.yaml on any Ifd, in virtual time. It behaves as pcscd with an IFD handler that reports card
/// movements by event (TAG_IFD_POLLING_THREAD_WITH_TIMEOUT): a movement is seen as soon as the running verb ends. One
/// thread.
class EmbeddedResourceManager final : public ResourceManager {
  public:
    /// `clock` outlives the object.
    explicit EmbeddedResourceManager(ifd::VirtualClock& clock);
    ~EmbeddedResourceManager() override;
    EmbeddedResourceManager(const EmbeddedResourceManager&) = delete;
    EmbeddedResourceManager& operator=(const EmbeddedResourceManager&) = delete;

    /// Adds a reader under the name "<name> NN SS" (NN the first free reader number, SS = 00), powers a present card up
    /// (rule H1) and listens to its presence (each announcement is answered by Ifd::presence() at once, the turn of the
    /// event thread comes when no verb runs). `ifd` outlives the object or remove_reader(). Answers the full name, or
    /// nothing when there are 16 readers already, the first Ifd::presence() fails, or no daemon runs.
    std::string add_reader(std::string_view name, ifd::Ifd& ifd);
    /// The reader vanishes with its handles' card, as when it is unplugged. No effect for an unknown name.
    void remove_reader(std::string_view full_name);

    /// Lets the event thread do what has become due by the clock (automatic power-off, rules P1 to P6). The owner of
    /// the clock calls it after each advance; verbs call it too.
    void run_due();
    /// The next moment at which time alone changes something: an event thread's wait or an application's time-out ends.
    /// Duration::max() when there is none.
    ifd::Duration next_due() const;

    /// What this context was answered not_yet to is not asked again.
    void forget_wait(Context context);
    /// Deadlines count by the clock.
    std::unique_ptr<Caller> make_caller() override;

    /// The daemon ends, as pcscd does at SIGTERM: the cards lose their power, contexts and handles die. From then on
    /// their verbs answer no_service (comm_error the one that was waiting in the daemon, rules C4 and G5), also when a
    /// daemon runs again, and nobody can establish a context: no_service. No effect when it does not run.
    void stop();
    /// A daemon begins with the readers of the one that ended, in the same order: numbers from 0 on, event counters 0,
    /// the cards powered up (rule H1). A reader whose presence fails is left out, until the next one begins. No effect
    /// when one runs.
    void start();
    /// The daemon is stopped for the time being (SIGSTOP): verbs answer not_yet, movements wait to be seen.
    void freeze();
    /// It goes on.
    void thaw();
    bool running() const;
    bool frozen() const;

    /// The process that owns this context dies: as release_context, without an answer (rule X1).
    void kill_context(Context context);

    Code establish_context(Context& context) override;
    Code release_context(Context context) override;
    Code list_readers(Context context, std::vector<std::string>& readers) override;
    Code get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                           std::span<ReaderState> states) override;
    Code cancel(Context context) override;
    ConnectResult connect(Context context, std::string_view reader, ShareMode share, Protocols preferred) override;
    ReconnectResult reconnect(Handle handle, ShareMode share, Protocols preferred, Disposition initialization) override;
    Code disconnect(Handle handle, Disposition disposition) override;
    Code begin_transaction(Handle handle) override;
    Code end_transaction(Handle handle, Disposition disposition) override;
    StatusResult status(Handle handle) override;
    Code transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& response,
                  std::size_t receive_limit = 65'538) override;
    Code control(Handle handle, std::uint32_t control_code, iso7816::ByteView input, iso7816::Bytes& output) override;
    Code get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) override;

  private:
    class Impl;
    const ifd::VirtualClock& clock_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace scardlab::resource_manager
