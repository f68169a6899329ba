#pragma once

#include <algorithm>
#include <optional>
#include <random>

#include "tests/emulator/icc/command_generator.h"

namespace scardlab::tests {

constexpr std::uint8_t low_byte(std::size_t value) {
    return static_cast<std::uint8_t>(value & 0xFF);
}

inline iso7816::Bytes joined(iso7816::Bytes left, iso7816::ByteView right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// Makes one sequence of commands.
class CommandMaker {
  public:
    CommandMaker(std::uint64_t seed, const icc::IccState& state, const icc::ApplicationSession& session,
                 CommandScope scope)
        : random_(seed), state_(state), session_(session), scope_(scope) {
        do {
            channel_ = below(icc::channel_count);
        } while (!session.channels[channel_].open);
        df_ = session.channels[channel_].current_df;
        ef_ = session.channels[channel_].current_ef;
    }

    std::vector<Command> make();

  private:
    using Act = void (CommandMaker::*)();

    std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
    bool one_in(std::size_t count) { return below(count) == 0; }
    template <class T>
    T one_of(std::initializer_list<T> choices) {
        return *(choices.begin() + below(choices.size()));
    }
    std::uint8_t any_byte() { return low_byte(random_()); }
    iso7816::Bytes any_bytes(std::size_t count) {
        iso7816::Bytes bytes(count);
        std::generate(bytes.begin(), bytes.end(), [&] { return any_byte(); });
        return bytes;
    }
    std::uint32_t any_ne() {
        return one_of<std::uint32_t>({256, 256, 1 + static_cast<std::uint32_t>(below(40)), 300, 1'000, 65'536});
    }

    void add(std::uint8_t ins, std::size_t p1, std::size_t p2, iso7816::Bytes data = {}, std::uint32_t ne = 0);
    void add_in_parts(const Command& command);
    void spoil(Command& command);
    void fit(Command& command) const;

    // What the state has.
    template <class Fits>
    std::optional<icc::FileIndex> some_file(Fits fits) {
        return some_index([&](icc::FileIndex file) { return fits(state_.files[file]); });
    }
    /// Mostly one that neither is out of use nor lies in a DF that is.
    template <class Fits>
    std::optional<icc::FileIndex> some_file_in_use(Fits fits) {
        const bool any = one_in(10);
        return some_index([&](icc::FileIndex file) { return fits(state_.files[file]) && (any || is_in_use(file)); });
    }
    template <class Fits>
    std::optional<icc::FileIndex> some_index(Fits fits) {
        std::vector<icc::FileIndex> found;
        for (icc::FileIndex i = 0; i < state_.files.size(); ++i) {
            if (state_.files[i].exists && fits(i)) {
                found.push_back(i);
            }
        }
        return found.empty() ? std::nullopt : std::optional(found[below(found.size())]);
    }
    bool is_in_use(icc::FileIndex file) const;
    std::optional<icc::FileIndex> some_ef(icc::FileKind kind);
    std::optional<icc::FileIndex> some_record_ef();
    iso7816::Bytes path_of(icc::FileIndex file) const;
    const icc::Chv* visible_chv(icc::FileIndex df, std::uint8_t reference) const;
    /// A CHV, which can now be seen, mostly one that is preferred.
    template <class Prefers>
    const icc::Chv* some_chv(Prefers prefers) {
        std::vector<const icc::Chv*> found;
        const bool any = one_in(3) || std::ranges::none_of(state_.chvs, prefers);
        for (const icc::Chv& chv : state_.chvs) {
            if (any || prefers(chv)) {
                found.push_back(&chv);
            }
        }
        if (found.empty()) {
            return nullptr;
        }
        const icc::Chv& chv = *found[below(found.size())];
        if (visible_chv(df_, chv.reference) != &chv) {
            go_to(chv.df);
        }
        return &chv;
    }
    const icc::Chv* some_chv() {
        return some_chv([](const icc::Chv&) { return true; });
    }
    const icc::Key* some_key();

    // What has to come first.
    void go_to(icc::FileIndex file);
    std::size_t address(icc::FileIndex ef, unsigned shift, std::uint8_t flag);
    void satisfy(icc::FileIndex file, icc::Operation operation);
    void present(const icc::Chv& chv);
    iso7816::Bytes value_of(const icc::Chv& chv) { return one_in(10) ? any_bytes(chv.value.size()) : chv.value; }
    iso7816::Bytes new_value_for(const icc::Chv& chv) {
        return any_bytes(chv.minimum_length + below(1U + chv.maximum_length - chv.minimum_length));
    }
    iso7816::Bytes name_as_in_delete(icc::FileIndex file, std::uint8_t& p1);

    // Acts, each around one instruction.
    void select();
    void select_by_name();
    void manage_channel();
    void read_binary();
    void put_binary();
    void erase_binary();
    void read_record();
    void put_record();
    void append_record();
    void search_record();
    void erase_record();
    void get_data();
    void put_data();
    void create_file();
    void delete_file();
    void deactivate_file();
    void activate_file();
    void terminate_file();
    void terminate_card_usage();
    void verify();
    void change_reference_data();
    void set_requirement();
    void reset_retry_counter();
    void get_challenge();
    void internal_authenticate();
    void external_authenticate();
    void unknown();

    std::mt19937_64 random_;
    const icc::IccState& state_;
    const icc::ApplicationSession& session_;
    CommandScope scope_;
    std::size_t channel_ = 0;
    icc::FileIndex df_ = icc::mf_index;  ///< current after the commands so far, when they succeed
    std::optional<icc::FileIndex> ef_;
    std::vector<Command> commands_;
};

}  // namespace scardlab::tests
