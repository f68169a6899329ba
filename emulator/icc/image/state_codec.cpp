#include "emulator/icc/image/state_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "emulator/icc/image/state_rules.h"

namespace scardlab::icc {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;

bool known(FileKind kind) {
    switch (kind) {
        case FileKind::df:
        case FileKind::transparent_ef:
        case FileKind::linear_fixed_ef:
        case FileKind::linear_variable_ef:
        case FileKind::cyclic_ef:
            return true;
    }
    return false;
}

bool known(LifeCycle life_cycle) {
    switch (life_cycle) {
        case LifeCycle::creation:
        case LifeCycle::initialisation:
        case LifeCycle::deactivated:
        case LifeCycle::activated:
        case LifeCycle::terminated:
            return true;
    }
    return false;
}

bool known(AccessRule::Kind kind) {
    switch (kind) {
        case AccessRule::Kind::always:
        case AccessRule::Kind::never:
        case AccessRule::Kind::chv:
        case AccessRule::Kind::key:
        case AccessRule::Kind::chv_and_key:
            return true;
    }
    return false;
}

bool known(KeyProfile::Algorithm algorithm) {
    switch (algorithm) {
        case KeyProfile::Algorithm::aes128:
        case KeyProfile::Algorithm::aes192:
        case KeyProfile::Algorithm::aes256:
        case KeyProfile::Algorithm::tdes:
            return true;
    }
    return false;
}

bool known(KeyProfile::Usage usage) {
    switch (usage) {
        case KeyProfile::Usage::any:
        case KeyProfile::Usage::internal:
        case KeyProfile::Usage::external:
            return true;
    }
    return false;
}

/// Why records do not fit into such a file; nullptr when they do.
const char* misfit(FileKind kind, const std::vector<Bytes>& records, std::uint8_t size, std::uint8_t capacity) {
    if (!has_records(kind)) {
        return records.empty() ? nullptr : "records, expected none in a file of that kind";
    }
    if (size == 0 || size > max_record || capacity == 0 || capacity > max_record) {
        return "record size or capacity out of range, expected 1 to 254";
    }
    if (records.size() > capacity) {
        return "more records than its capacity";
    }
    const bool fixed = kind != FileKind::linear_variable_ef;
    const auto fits = [&](const Bytes& record) { return fixed ? record.size() == size : record.size() <= size; };
    return std::all_of(records.begin(), records.end(), fits) ? nullptr : "a record of another size than the file's";
}

/// T, or const T.
template <class Candidate, class T>
concept Either = std::same_as<std::remove_const_t<Candidate>, T>;

// The fields of each type, once for encoding and decoding. A structured binding names every member, so that a new one
// does not compile until it is here; it makes another format version.

template <class Format, Either<Bytes> Record>
void fields(Format& format, Record& record) {
    format.bytes(record, max_record, "length of a record");
}

template <class Format, Either<AccessRule> Rule>
void fields(Format& format, Rule& rule) {
    auto& [kind, chv, key, secure_messaging] = rule;
    format.choice(kind, "kind of access rule", "00 to 04");
    format.number(chv);
    format.number(key);
    format.flag(secure_messaging);
}

template <class Format, Either<DataObject> Object>
void fields(Format& format, Object& object) {
    auto& [tag, value] = object;
    format.number(tag);
    format.bytes(value, max_content, "length of a data object");
}

template <class Format, Either<File> F>
void fields(Format& format, F& file) {
    auto& [kind, exists, identifier, short_identifier, aid, content, records, record_size, record_capacity, access,
           life_cycle, data_objects, parent] = file;
    format.choice(kind, "kind of file", "00 to 04");
    format.flag(exists);
    format.number(identifier);
    format.optional(short_identifier, 1, largest_short_identifier, "short identifier");
    format.bytes(aid, max_df_name, "length of a DF name");
    format.bytes(content, max_content, "length of a content");
    format.require(content.empty() || kind == FileKind::transparent_ef, "content, expected none in such a file");
    format.list(records, max_record, "number of records");
    format.number(record_size);
    format.number(record_capacity);
    if (const char* const why = misfit(kind, records, record_size, record_capacity)) {
        format.require(false, why);
    }
    for (std::size_t operation = 0; operation < operation_count; ++operation) {
        fields(format, access[static_cast<Operation>(operation)]);
    }
    format.choice(life_cycle, "life cycle status", "01, 03, 04, 05 or 0C");
    format.list(data_objects, max_data_objects, "number of data objects");
    format.require(data_objects.empty() || kind == FileKind::df, "data objects, expected none in an EF");
    format.reference(parent);
}

template <class Format, Either<Chv> C>
void fields(Format& format, C& chv) {
    auto& [reference, df, value, tries_left, tries, unblock_value, unblock_tries_left, unblock_tries, reset_key,
           enabled, can_be_disabled, minimum_length, maximum_length] = chv;
    format.number(reference);
    format.reference(df);
    format.bytes(value, max_reference_value, "length of a CHV");
    format.number(tries_left, max_tries, "tries left");
    format.number(tries, max_tries, "tries");
    format.require(tries_left <= tries, "fewer tries than are left");
    format.bytes(unblock_value, max_reference_value, "length of a resetting code");
    format.number(unblock_tries_left, max_tries, "tries left to unblock");
    format.number(unblock_tries, max_tries, "tries to unblock");
    format.require(unblock_tries_left <= unblock_tries, "fewer tries to unblock than are left");
    format.number(reset_key);
    format.flag(enabled);
    format.flag(can_be_disabled);
    format.number(minimum_length);
    format.number(maximum_length);
}

template <class Format, Either<Key> K>
void fields(Format& format, K& key) {
    auto& [reference, algorithm, value, tries_left, tries, usage, secure_messaging] = key;
    format.number(reference);
    format.choice(algorithm, "algorithm", "00 to 03");
    format.bytes(value, max_reference_value, "length of a key");
    format.require(fits(algorithm, value.size()), "a key of another length than its algorithm's");
    format.number(tries_left, max_tries, "tries left");
    format.number(tries, max_tries, "tries");
    format.require(tries_left <= tries, "fewer tries than are left");
    format.choice(usage, "usage of a key", "00 to 02");
    format.flag(secure_messaging);
}

template <class Format, Either<IccState> State>
void fields(Format& format, State& state) {
    auto& [files, chvs, keys, terminated, random_seed] = state;
    format.list(files, max_entries, "number of files");
    format.list(chvs, max_entries, "number of CHVs");
    format.list(keys, max_entries, "number of keys");
    format.flag(terminated);
    format.number(random_seed);
}

/// Writes. Has no opinion: what it writes of a state that is not well formed cannot be decoded.
class Encoder {
  public:
    template <std::unsigned_integral T>
    void number(T value, T = 0, const char* = "") {
        for (std::size_t shift = 8 * sizeof value; shift > 0; shift -= 8) {
            out_.push_back(static_cast<std::uint8_t>(value >> (shift - 8) & 0xFF));
        }
    }
    template <class Enum>
    void choice(Enum value, const char*, const char*) {
        out_.push_back(static_cast<std::uint8_t>(value));
    }
    void flag(bool value) { out_.push_back(value ? 1 : 0); }
    void optional(std::optional<std::uint8_t> value, std::uint8_t, std::uint8_t, const char*) {
        flag(value.has_value());
        out_.push_back(value.value_or(0));
    }
    void reference(FileIndex index) { number(index); }
    void bytes(const Bytes& value, std::size_t, const char*) {
        number(static_cast<std::uint32_t>(value.size()));
        out_.insert(out_.end(), value.begin(), value.end());
    }
    template <class T>
    void list(const std::vector<T>& values, std::size_t, const char*) {
        number(static_cast<std::uint32_t>(values.size()));
        for (const T& value : values) {
            fields(*this, value);
        }
    }
    void require(bool, const char*) {}

    Bytes take() { return std::move(out_); }

  private:
    Bytes out_;
};

/// Reads until the first error, and nothing (zeros) after it.
class Decoder {
  public:
    explicit Decoder(ByteView payload) : payload_(payload) {}

    template <std::unsigned_integral T>
    void number(T& value, T largest = std::numeric_limits<T>::max(), const char* what = "") {
        std::uint64_t sum = 0;
        for (const std::uint8_t byte : take(sizeof value)) {
            sum = sum << 8 | byte;
        }
        value = static_cast<T>(sum);
        expect_range(sum, 0, largest, what);
    }
    template <class Enum>
    void choice(Enum& value, const char* what, const char* expected) {
        std::uint8_t byte = 0;
        number(byte);
        value = static_cast<Enum>(byte);
        if (!error_ && !known(value)) {
            fail(ImageError::Kind::field, field_, fmt::format("{} is {:02X}, expected {}", what, byte, expected));
        }
    }
    void flag(bool& value) {
        std::uint8_t byte = 0;
        number(byte, std::uint8_t{1}, "flag");
        value = byte == 1;
    }
    void optional(std::optional<std::uint8_t>& value, std::uint8_t least, std::uint8_t largest, const char* what) {
        bool present = false;
        flag(present);
        std::uint8_t byte = 0;
        number(byte);
        expect_range(byte, present ? least : 0, present ? largest : 0, what);
        value = present ? std::optional(byte) : std::nullopt;
    }
    void reference(FileIndex& index) {
        number(index);
        references_.push_back(field_);
    }
    void bytes(Bytes& value, std::size_t largest, const char* what) {
        const std::size_t field = at_;
        const ByteView found = take(count(largest, what));
        value.assign(found.begin(), found.end());
        field_ = field;
    }
    template <class T>
    void list(std::vector<T>& values, std::size_t largest, const char* what) {
        const std::size_t field = at_;
        for (std::size_t left = count(largest, what); left > 0 && !error_; --left) {
            fields(*this, values.emplace_back());
        }
        field_ = field;
    }
    /// `what` goes with the field that was read last.
    void require(bool met, const char* what) {
        if (!error_ && !met) {
            fail(ImageError::Kind::field, field_, what);
        }
    }

    tl::expected<IccState, ImageError> finish(IccState state) {
        if (!error_ && at_ < payload_.size()) {
            fail(ImageError::Kind::surplus, at_,
                 fmt::format("{} bytes follow the stored state, expected none", payload_.size() - at_));
        }
        if (!error_) {
            if (auto broken = find_broken_reference(state)) {
                const bool none = broken->number >= references_.size();
                fail(ImageError::Kind::field, none ? 0 : references_[broken->number], std::move(broken->message));
            }
        }
        if (error_) {
            return tl::make_unexpected(*std::move(error_));
        }
        return state;
    }

  private:
    void fail(ImageError::Kind kind, std::size_t offset, std::string message) {
        error_ = ImageError{kind, offset, std::move(message)};
    }
    ByteView take(std::size_t count) {
        field_ = at_;
        if (error_) {
            return {};
        }
        if (count > payload_.size() - at_) {
            fail(ImageError::Kind::truncated, payload_.size(),
                 fmt::format("the stored state ends, expected {} bytes more", count - (payload_.size() - at_)));
            return {};
        }
        at_ += count;
        return payload_.subspan(field_, count);
    }
    std::size_t count(std::size_t largest, const char* what) {
        std::uint32_t value = 0;
        number(value, static_cast<std::uint32_t>(largest), what);
        return error_ ? 0 : value;
    }
    void expect_range(std::uint64_t value, std::uint64_t least, std::uint64_t largest, const char* what) {
        if (!error_ && (value < least || value > largest)) {
            fail(ImageError::Kind::field, field_,
                 fmt::format("{} is {}, expected {} to {}", what, value, least, largest));
        }
    }

    ByteView payload_;
    std::size_t at_ = 0;
    std::size_t field_ = 0;                ///< where the last field begins
    std::vector<std::size_t> references_;  ///< where the references to files are, in their order
    std::optional<ImageError> error_;
};

}  // namespace

Bytes encode_state(const IccState& state) {
    Encoder encoder;
    fields(encoder, state);
    return encoder.take();
}

tl::expected<IccState, ImageError> decode_state(ByteView payload) {
    Decoder decoder(payload);
    IccState state;
    fields(decoder, state);
    return decoder.finish(std::move(state));
}

}  // namespace scardlab::icc
