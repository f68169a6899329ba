#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/service_provider/iscard_manage.h"
#include "scenarios/engine/reply.h"
#include "scenarios/engine/scenario.h"

namespace scardlab::engine {

/// The interfaces that an application creates on its ISCardManage: each at the first call that needs it, and kept from
/// then on, so that a file handle of before a reset can be tried after it.
/// One thread, except for cancel_wait().
class ApplicationInterfaces {
  public:
    /// `manage` outlives the object.
    explicit ApplicationInterfaces(service_provider::ISCardManage& manage) : manage_(manage) {}

    /// Makes a call of CreateInterface, FileAccess, CHVerification, CardAuth or WaitForEvent. What it tells goes to
    /// `reply`, without the code. E_PENDING: call again with the same arguments.
    service_provider::Hresult call(Method method, const Arguments& arguments, Reply& reply);

    /// CancelWait: ends a WaitForEvent, the next one when there is none. Any thread.
    service_provider::Hresult cancel_wait();

  private:
    using Hresult = service_provider::Hresult;

    Hresult file_access(Method method, const Arguments& arguments, Reply& reply);
    Hresult files_by_path(Method method, const Arguments& arguments, Reply& reply);
    Hresult open(const Arguments& arguments);
    Hresult read(const Arguments& arguments, Reply& reply);
    Hresult write(const Arguments& arguments, Reply& reply);
    Hresult capabilities(const Arguments& arguments, Reply& reply);
    Hresult verification(Method method, const Arguments& arguments, Reply& reply);
    Hresult card_auth(Method method, const Arguments& arguments, Reply& reply);
    Hresult create_interface(const Arguments& arguments);
    Hresult wait_for_event(const Arguments& arguments, Reply& reply);
    service_provider::FileHandle file(const Arguments& arguments) const;

    service_provider::ISCardManage& manage_;
    std::unique_ptr<service_provider::ISCardFileAccess> file_access_;
    std::unique_ptr<service_provider::ISCardVerify> verification_;
    std::unique_ptr<service_provider::ISCardAuth> card_auth_;
    std::map<std::string, service_provider::FileHandle> files_;  ///< by the names of the script
    std::string opened_last_;

    std::mutex events_mutex_;  ///< held to make and to find the next two
    std::unique_ptr<service_provider::CardEvents> events_;
    bool wait_cancelled_ = false;  ///< before there were events
};

/// "insertion", "removal", "reset", "reader_gone", "reader_back".
std::string event_word(service_provider::EventMask event);

}  // namespace scardlab::engine
