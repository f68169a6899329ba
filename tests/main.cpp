// The entry point of every test program.
#define BOOST_TEST_MODULE scardlab
#include <boost/test/unit_test.hpp>
