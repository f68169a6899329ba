#include "emulator/vpcd/bridge/device_name.h"

#include <boost/test/unit_test.hpp>

namespace scardlab::vpcd {

BOOST_AUTO_TEST_SUITE(emulator_vpcd_device_name)

BOOST_AUTO_TEST_CASE(port_and_direction_are_read_as_vpcd_reads_them) {
    struct Row {
        const char* name;
        unsigned port;
        bool listens;
    };
    for (const auto& row :
         {Row{"/dev/null:0x8C7B", 35963, true}, Row{"/dev/null:1234", 1234, true}, Row{"/dev/null:010", 8, true},
          Row{"/dev/null", 35963, true}, Row{"localhost:0x8C7D", 35965, false}, Row{"127.0.0.1:5", 5, false},
          Row{"/dev/nul:7", 7, false}, Row{"/dev/null:", 0, true}, Row{"/dev/null:x", 0, true}}) {
        BOOST_TEST_CONTEXT(row.name) {
            const auto device = parse_device_name(row.name);
            BOOST_TEST(device.port == row.port);
            BOOST_TEST(device.listens == row.listens);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::vpcd
