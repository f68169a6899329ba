#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/icc/image/image_file.h"
#include "emulator/icc/interpreter.h"
#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

/// fakes::dual_protocol() with a record EF of each kind (short identifiers 5 to 7), data objects, resetting codes and
/// key 1.
inline icc::Profile profile_to_tear() {
    icc::Profile profile = fakes::dual_protocol();
    const std::pair<icc::FileKind, std::uint8_t> kinds[] = {{icc::FileKind::linear_fixed_ef, std::uint8_t{5}},
                                                            {icc::FileKind::linear_variable_ef, std::uint8_t{6}},
                                                            {icc::FileKind::cyclic_ef, std::uint8_t{7}}};
    for (const auto& [kind, short_identifier] : kinds) {
        icc::FileProfile ef;
        ef.kind = kind;
        ef.identifier = static_cast<std::uint16_t>(0x2F00 + short_identifier);
        ef.short_identifier = short_identifier;
        ef.record_size = 4;
        ef.record_capacity = 20;
        ef.records = {{1, 2, 3, 4}, {5, 6, 7, 8}};
        profile.mf.children.push_back(ef);
    }
    profile.mf.data_objects = {{0x5F50, {1, 2, 3}}};
    for (icc::ChvProfile& chv : profile.chvs) {
        chv.unblock_value = fakes::text("999999");
    }
    icc::KeyProfile key;
    key.value = fakes::counting(16);
    profile.keys = {key};
    return profile;
}

/// A card with an image, in a reader. The process that runs it may end and start again.
class TornCard {
  public:
    static constexpr const char* path = "/card.image";

    TornCard(icc::FileDoor& door, std::string at, Protocol protocol)
        : profile_(profile_to_tear()), door_(door), at_(std::move(at)), protocol_(protocol) {
        start();
    }

    /// A new process, which finds the image, with a connected card.
    void start() {
        bench_.reset();
        image_.reset();
        image_ = *icc::ImageFile::open(at_, profile_, icc::ImageFile::OtherProfile::refuse, door_);
        bench_ = std::make_unique<ReaderBench>(profile_);
        bench_->card.use_store(image_.get(), image_->found());
        bench_->connect(protocol_);
    }
    /// The card goes into the reader again, in the same process.
    void put_back() {
        bench_->reader.insert(bench_->card);
        bench_->connect(protocol_);
    }
    /// A new card from the issuer, with this image.
    void personalise_anew() {
        image_->save(icc::personalise(profile_));
        start();
    }

    ReaderBench& bench() { return *bench_; }
    const icc::IccState& state() const { return bench_->card.state(); }
    const icc::ApplicationSession& application() const { return bench_->card.session().application; }
    /// What the card would store after `command`, carried out to its end.
    icc::IccState state_after(ByteView command) const {
        icc::IccState state = bench_->card.state();
        icc::ApplicationSession session = application();
        Bytes data;
        icc::execute(iso7816::CommandApdu::parse(command).value(), {state, nullptr, profile_}, session, data);
        return state;
    }
    /// Carries out `command`, with the card pulled out before that character of one side. Whether it was.
    bool tear(ByteView command, unsigned character, bool of_reader) {
        Fault fault{Fault::At::command, 1, character, Fault::Do::remove};
        fault.of_reader = of_reader;
        bench_->reader.plan(fault);
        bench_->transmit(command);
        bench_->reader.clear_plans();
        return bench_->reader.card() == nullptr;
    }

  private:
    icc::Profile profile_;
    icc::FileDoor& door_;
    std::string at_;
    Protocol protocol_;
    std::unique_ptr<icc::ImageFile> image_;
    std::unique_ptr<ReaderBench> bench_;
};

}  // namespace scardlab::tests
