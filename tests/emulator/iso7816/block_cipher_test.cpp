#include "emulator/iso7816/block_cipher.h"
#include "tests/fakes/no_ciphers.h"

#include <rapidcheck.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {

namespace {

const char* const aes128_key = "2B7E151628AED2A6ABF7158809CF4F3C";
const char* const aes192_key = "8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B";
const char* const aes256_key = "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4";
/// The message of NIST's examples.
const char* const message =
    "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
    "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710";
const char* const zeros = "";

struct CbcVector {
    const char* source;
    BlockCipher cipher;
    const char* key;
    const char* initial_value;
    std::string plain;
    const char* enciphered;
};

std::ostream& operator<<(std::ostream& out, const CbcVector& vector) {
    return out << vector.source;
}

const std::string all_of_it = message;

const CbcVector cbc_vectors[] = {
    {"FIPS 197 C.1", BlockCipher::aes, "000102030405060708090A0B0C0D0E0F", zeros, "00112233445566778899AABBCCDDEEFF",
     "69C4E0D86A7B0430D8CDB78070B4C55A"},
    {"FIPS 197 C.2", BlockCipher::aes, "000102030405060708090A0B0C0D0E0F1011121314151617", zeros,
     "00112233445566778899AABBCCDDEEFF", "DDA97CA4864CDFE06EAF70A0EC0D7191"},
    {"FIPS 197 C.3", BlockCipher::aes, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", zeros,
     "00112233445566778899AABBCCDDEEFF", "8EA2B7CA516745BFEAFC49904B496089"},
    {"SP 800-38A F.2.1", BlockCipher::aes, aes128_key, "000102030405060708090A0B0C0D0E0F", all_of_it,
     "7649ABAC8119B246CEE98E9B12E9197D5086CB9B507219EE95DB113A917678B2"
     "73BED6B8E3C1743B7116E69E222295163FF1CAA1681FAC09120ECA307586E1A7"},
    {"SP 800-38A F.2.3", BlockCipher::aes, aes192_key, "000102030405060708090A0B0C0D0E0F", all_of_it,
     "4F021DB243BC633D7178183A9FA071E8B4D9ADA9AD7DEDF4E5E738763F69145A"
     "571B242012FB7AE07FA9BAAC3DF102E008B0E27988598881D920A9E64F5615CD"},
    {"SP 800-38A F.2.5", BlockCipher::aes, aes256_key, "000102030405060708090A0B0C0D0E0F", all_of_it,
     "F58C4C04D6E5F1BA779EABFB5F7BFBD69CFC4E967EDB808D679F777BC6702C7D"
     "39F23369A9D9BACFA530E26304231461B2EB05E2C39BE9FCDA6C19078C6A9D1B"},
    {"NIST example TDES_CBC, two keys", BlockCipher::tdes, "0123456789ABCDEF23456789ABCDEF01", "F69F2445DF4F9B17",
     all_of_it.substr(0, 64), "7401CE1EAB6D003CAFF84BF47B36CC2154F0238F9FFECD8F6ACF118392B45581"},
    {"NIST example TDES_CBC, three keys", BlockCipher::tdes, "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123",
     "F69F2445DF4F9B17", all_of_it.substr(0, 64), "2079C3D53AA763E193B79E2569AB5262516570481F25B50F73C0BDA85C8E0DA7"},
};

struct CmacVector {
    const char* source;
    const char* key;
    std::size_t length;  ///< bytes of the message
    const char* mac;
};

std::ostream& operator<<(std::ostream& out, const CmacVector& vector) {
    return out << vector.source << ", " << vector.length << " bytes";
}

const CmacVector cmac_vectors[] = {
    {"RFC 4493 clause 4", aes128_key, 0, "BB1D6929E95937287FA37D129B756746"},
    {"RFC 4493 clause 4", aes128_key, 16, "070A16B46B4D4144F79BDD9DD04A287C"},
    {"RFC 4493 clause 4", aes128_key, 40, "DFA66747DE9AE63030CA32611497C827"},
    {"RFC 4493 clause 4", aes128_key, 64, "51F0BEBF7E3B9D92FC49741779363CFE"},
    {"SP 800-38B D.2", aes192_key, 0, "D17DDF46ADAACDE531CAC483DE7A9367"},
    {"SP 800-38B D.2", aes192_key, 16, "9E99A7BF31E710900662F65E617C5184"},
    {"SP 800-38B D.2", aes192_key, 40, "8A1DE5BE2EB31AAD089A82E6EE908B0E"},
    {"SP 800-38B D.2", aes192_key, 64, "A1D5DF0EED790F794D77589659F39A11"},
    {"SP 800-38B D.3", aes256_key, 0, "028962F61B7BF89EFC6B551F4667D983"},
    {"SP 800-38B D.3", aes256_key, 16, "28A7023F452E8F82BD4BF28D8C37C35C"},
    {"SP 800-38B D.3", aes256_key, 40, "AAF3D8F1DE5640C232F5B169B9C911E6"},
    {"SP 800-38B D.3", aes256_key, 64, "E1992190549F6ED5696A2C056C315410"},
};

constexpr std::size_t misfit = SIZE_MAX;

/// misfit: a length did not fit.
std::size_t length_of(const tl::expected<Bytes, CipherError>& result) {
    BOOST_REQUIRE((result.has_value() || result.error() == CipherError::wrong_length));
    return result ? result->size() : misfit;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(iso7816_block_cipher)

BOOST_DATA_TEST_CASE(published_cbc_vectors_hold_both_ways, cbc_vectors, vector) {
    const Bytes key = hex(vector.key);
    const Bytes start = hex(vector.initial_value);
    BOOST_TEST(to_hex(encrypt_cbc(vector.cipher, key, hex(vector.plain), start).value(), '\0') == vector.enciphered);
    BOOST_TEST(to_hex(decrypt_cbc(vector.cipher, key, hex(vector.enciphered), start).value(), '\0') == vector.plain);
}

BOOST_DATA_TEST_CASE(published_cmac_vectors_hold, cmac_vectors, vector) {
    const Bytes data = hex(std::string(message).substr(0, 2 * vector.length));
    BOOST_TEST(to_hex(cmac(hex(vector.key), data).value(), '\0') == vector.mac);
}

BOOST_AUTO_TEST_CASE(a_missing_initial_value_is_zeros) {
    for (const BlockCipher cipher : {BlockCipher::aes, BlockCipher::tdes}) {
        const Bytes key = hex(aes128_key);
        const Bytes data(2 * block_size(cipher), 0x5A);
        const Bytes written_out(block_size(cipher));
        BOOST_TEST(encrypt_cbc(cipher, key, data).value() == encrypt_cbc(cipher, key, data, written_out).value());
        BOOST_TEST(decrypt_cbc(cipher, key, data).value() == decrypt_cbc(cipher, key, data, written_out).value());
    }
}

BOOST_AUTO_TEST_CASE(keys_data_and_initial_values_of_a_wrong_length_give_nothing) {
    for (const BlockCipher cipher : {BlockCipher::aes, BlockCipher::tdes}) {
        const std::size_t block = block_size(cipher);
        for (std::size_t length = 0; length <= 64; ++length) {
            const bool fits = length == 16 || length == 24 || (length == 32 && cipher == BlockCipher::aes);
            BOOST_TEST(is_key_length(cipher, length) == fits);
            BOOST_TEST((length_of(encrypt_cbc(cipher, Bytes(length), Bytes(block))) == (fits ? block : misfit)));
            BOOST_TEST((length_of(decrypt_cbc(cipher, Bytes(length), Bytes(block))) == (fits ? block : misfit)));
        }
        for (const std::size_t length : {std::size_t{1}, block - 1, block + 1}) {
            BOOST_TEST(length_of(encrypt_cbc(cipher, Bytes(16), Bytes(length))) == misfit);
            BOOST_TEST(length_of(decrypt_cbc(cipher, Bytes(16), Bytes(block), Bytes(length))) == misfit);
        }
    }
    for (const std::size_t length : {0U, 8U, 15U, 17U, 33U}) {
        BOOST_TEST(length_of(cmac(Bytes(length), Bytes(16))) == misfit);
    }
}

BOOST_AUTO_TEST_CASE(a_cipher_that_openssl_does_not_allow_has_failed) {
    const fakes::NoCiphers none;
    for (const BlockCipher cipher : {BlockCipher::aes, BlockCipher::tdes}) {
        const Bytes block(block_size(cipher));
        BOOST_TEST((encrypt_cbc(cipher, Bytes(16), block) == tl::make_unexpected(CipherError::failed)));
        BOOST_TEST((decrypt_cbc(cipher, Bytes(16), block) == tl::make_unexpected(CipherError::failed)));
    }
    BOOST_TEST((cmac(Bytes(16), {}) == tl::make_unexpected(CipherError::failed)));
}

BOOST_AUTO_TEST_CASE(what_is_enciphered_is_deciphered_again) {
    BOOST_TEST(rc::check("decrypt_cbc undoes encrypt_cbc", [] {
        const auto cipher = *rc::gen::element(BlockCipher::aes, BlockCipher::tdes);
        const auto key_length = *rc::gen::suchThat(rc::gen::element<std::size_t>(16, 24, 32),
                                                   [&](std::size_t length) { return is_key_length(cipher, length); });
        const auto bytes = [](std::size_t count) {
            return *rc::gen::container<Bytes>(count, rc::gen::arbitrary<std::uint8_t>());
        };
        const std::size_t block = block_size(cipher);
        const Bytes key = bytes(key_length);
        const Bytes start = bytes(block);
        const Bytes data = bytes(block * *rc::gen::inRange<std::size_t>(0, 9));
        RC_ASSERT(decrypt_cbc(cipher, key, encrypt_cbc(cipher, key, data, start).value(), start).value() == data);
    }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::iso7816
