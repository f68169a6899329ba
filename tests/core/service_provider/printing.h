#pragma once

#include <ostream>

#include "core/service_provider/card_state.h"
#include "core/service_provider/hresult.h"

namespace scardlab::service_provider {

inline std::ostream& operator<<(std::ostream& out, Hresult result) {
    return out << name(result);
}
inline std::ostream& operator<<(std::ostream& out, CardState state) {
    return out << name(state);
}

}  // namespace scardlab::service_provider
