#pragma once

// The IFD handler API of pcsc-lite (C, without guards of its own).
extern "C" {
#include <ifdhandler.h>
}
