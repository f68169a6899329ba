// What libFuzzer calls, for the target that SCARDLAB_FUZZ_TARGET names.
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    scardlab::fuzz::SCARDLAB_FUZZ_TARGET.run({data, size});
    return 0;
}
