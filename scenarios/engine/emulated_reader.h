#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/resource_manager/resource_manager.h"
#include "emulator/ifd/fault.h"
#include "emulator/ifd/reader.h"
#include "scenarios/engine/scenario.h"
#include "scenarios/engine/world.h"

/// Folder of the scenarios, with the card profiles in cards/. The targets of the CMake package define it; the
/// pkg-config file defines SCARDLAB_CATALOGUE_UNQUOTED (no // in it: write PKG_CONFIG_PATH without), since a shell
/// hands on the quotes of `$(pkg-config --cflags ...)` as they are.
#ifndef SCARDLAB_CATALOGUE
#ifdef SCARDLAB_CATALOGUE_UNQUOTED
#define SCARDLAB_QUOTED(...) #__VA_ARGS__
#define SCARDLAB_EXPANDED_AND_QUOTED(...) SCARDLAB_QUOTED(__VA_ARGS__)
#define SCARDLAB_CATALOGUE SCARDLAB_EXPANDED_AND_QUOTED(SCARDLAB_CATALOGUE_UNQUOTED)
#else
#define SCARDLAB_CATALOGUE ""
#endif
#endif

namespace scardlab::engine {

/// An emulated reader, with a resource manager of its own behind which it is the only one: what a test of another
/// program needs in place of hardware. Cards are profiles of the catalogue by name ("dual_protocol"), or files (a path,
/// or a name that ends in .yaml).
///
/// With Pace::virtual_time everything happens in one thread: nothing takes real time, and every run is the same. What
/// the resource manager would do by itself (the automatic power-off, the retry of a call that waits for another
/// application) happens in advance(). A call that would wait answers E_PENDING (Code::not_yet): advance(), and make it
/// again.
///
/// With Pace::real_time the resource manager is one for programs with threads (LiveResourceManager): calls wait until
/// another thread has done what they wait for, or their bound passes. Any thread may call any method; the card's own
/// work costs no real time.
class EmulatedReader {
  public:
    enum class Pace : std::uint8_t { virtual_time, real_time };

    /// An empty reader of that kind. `catalogue`: the environment's SCARDLAB_CATALOGUE comes before it.
    explicit EmulatedReader(Pace pace = Pace::virtual_time, const ifd::ReaderOptions& options = {},
                            std::filesystem::path catalogue = SCARDLAB_CATALOGUE);
    ~EmulatedReader();
    EmulatedReader(const EmulatedReader&) = delete;
    EmulatedReader& operator=(const EmulatedReader&) = delete;

    /// The resource manager, for make_iscard_manage(). It lives as long as this object.
    resource_manager::ResourceManager& manager();
    /// The reader's name there, as SCardConnect wants it.
    std::string name() const;

    /// Puts a new card of that profile into the reader, in place of the one that is in it. Error: there is no such
    /// profile, or it has a mistake; nothing has changed then.
    tl::expected<void, ScriptError> insert(const std::string& profile);
    /// Puts the card back that was in it last, with what it had stored. False: there was none, or one is in it.
    bool insert();
    void remove();
    /// The card falls silent, or answers again from its next reset on.
    void mute();
    void unmute();
    /// The reader is pulled out and put back with its card.
    void unplug();
    void plug();
    /// A fault to come at the contacts (fault.h).
    void plan(const ifd::Fault& fault);

    /// Lets virtual time pass, without waiting. Pace::real_time: the clock goes ahead by so much.
    void advance(std::chrono::milliseconds duration);
    /// Time since the reader was made.
    std::chrono::nanoseconds now() const;
    /// What the cards saw at their contacts since the last call.
    std::vector<SeenEvent> take_contacts();

  private:
    struct Equipment;
    std::unique_ptr<Equipment> equipment_;
};

}  // namespace scardlab::engine
