#pragma once

#include <utility>

#include "emulator/iso7816/secure_messaging.h"

namespace scardlab::service_provider {

/// The secure messaging of one card session, made by ISCardAuth::APP_Auth. It ends with the session and with the first
/// response whose protection does not hold. Its keys are wiped from memory when the object goes.
class SecureChannel {
  public:
    explicit SecureChannel(iso7816::SecureSession session) : session_(std::move(session)) {}
    ~SecureChannel();
    SecureChannel(const SecureChannel&) = delete;
    SecureChannel& operator=(const SecureChannel&) = delete;

    iso7816::SecureSession& session() { return session_; }

  private:
    iso7816::SecureSession session_;
};

}  // namespace scardlab::service_provider
