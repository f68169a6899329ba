// ISCardFileAccess by secure messaging, on an emulated card.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/core/service_provider/file_bench.h"
#include "tests/fakes/secure_card.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(core_service_provider_file_secure)

BOOST_DATA_TEST_CASE(files_that_demand_secure_messaging_open_by_it_once_there_are_keys, data::make(each_protocol),
                     protocol) {
    FileBench bench(protocol, fakes::secure_card());
    std::unique_ptr<ISCardAuth> auth;
    BOOST_REQUIRE_EQUAL(bench.alice->CreateCardAuth(&auth), ok);
    const FileHandle file = bench.open("2F10"), records = bench.open("6000/6002");
    BOOST_TEST(bench.read(file, 300) == "SCARD_W_SECURITY_VIOLATION");
    BOOST_TEST(bench.read(file, 300, SC_FL_SECURE_MESSAGING) == "SCARD_W_CARD_NOT_AUTHENTICATED");
    AuthParameters parameters;
    parameters.reference = 3;
    parameters.key = fakes::counting(16, 0x30);
    parameters.secure_messaging = true;
    BOOST_REQUIRE_EQUAL(auth->APP_Auth(AuthAlgorithm::aes, parameters, {}), ok);
    BOOST_TEST(bench.read(file, 400) == "SCARD_W_SECURITY_VIOLATION");
    BOOST_TEST(bench.read(file, 400, SC_FL_SECURE_MESSAGING) == iso7816::to_hex(fakes::counting(300)));
    BOOST_TEST(bench.files->Seek(file, from_beginning, 20) == ok);
    const iso7816::Bytes other = fakes::counting(280, 99);
    BOOST_TEST(bench.files->Write(file, other, SC_FL_NONE, nullptr) == hr::security_violation);
    BOOST_TEST(bench.files->Write(file, other, SC_FL_SECURE_MESSAGING, nullptr) == ok);
    BOOST_TEST(bench.files->Seek(file, from_end, -280) == ok);
    BOOST_TEST(bench.read(file, 280, SC_FL_SECURE_MESSAGING) == iso7816::to_hex(other));
    BOOST_TEST(bench.read(records, 2, SC_FL_SECURE_MESSAGING) == "31 32 33 34");
    iso7816::Bytes tlvs{0x80, 0x00};
    BOOST_TEST(bench.files->GetProperties(by_any, "2F10", SC_FL_SECURE_MESSAGING, &tlvs) == ok);
    BOOST_TEST(iso7816::to_hex(tlvs) == "80 02 01 2C");
}

BOOST_AUTO_TEST_SUITE_END()
