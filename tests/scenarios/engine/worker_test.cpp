#include "scenarios/engine/worker.h"

#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "scenarios/engine/catalogue.h"
#include "scenarios/engine/embedded_world.h"
#include "scenarios/engine/junit.h"

using namespace scardlab::engine;

namespace {

const std::filesystem::path catalogue = std::filesystem::path(SCARDLAB_SOURCE_DIR) / "scenarios";

std::vector<Scenario> cases(const std::string& filter) {
    auto loaded = load_catalogue({}, filter, {}, {catalogue, catalogue / "cards"});
    BOOST_REQUIRE(loaded.has_value());
    return *loaded;
}

RunPlan plan(unsigned jobs) {
    RunPlan made;
    made.make_world = []() -> WorldResult<std::unique_ptr<World>> { return std::make_unique<EmbeddedWorld>(); };
    made.jobs = jobs;
    made.processes = true;
    made.keep_going = true;
    return made;
}

/// An embedded target that kills its own process at the first movement of the card.
class DyingWorld final : public World {
  public:
    TargetKind kind() const override { return TargetKind::embedded; }
    WorldResult<void> begin(const scardlab::ifd::ReaderOptions&, const std::optional<scardlab::icc::Profile>&,
                            Trace*) override {
        ::kill(::getpid(), SIGKILL);
        return {};
    }
    WorldResult<void> end() override { return {}; }
    WorldResult<std::optional<Reply>> call(const std::string&, Method, const Arguments&,
                                           std::chrono::milliseconds) override {
        return std::optional<Reply>();
    }
    WorldResult<std::optional<Reply>> await_reply(const std::string&, std::chrono::milliseconds) override {
        return std::optional<Reply>();
    }
    std::chrono::milliseconds blocked_after() const override { return {}; }
    WorldResult<void> kill(const std::string&) override { return {}; }
    std::string holds(const std::string&) override { return ""; }
    WorldResult<void> insert(const std::optional<scardlab::icc::Profile>&) override { return {}; }
    WorldResult<void> remove() override { return {}; }
    WorldResult<void> swap(const scardlab::icc::Profile&) override { return {}; }
    WorldResult<void> set_mute(bool) override { return {}; }
    WorldResult<void> move_reader(const ReaderStep&) override { return {}; }
    WorldResult<void> move_service(ServiceStep::Action) override { return {}; }
    WorldResult<void> plan(const scardlab::ifd::Fault&) override { return {}; }
    PlansLeft plans_left() override { return {}; }
    WorldResult<void> advance(std::chrono::milliseconds) override { return {}; }
    WorldResult<void> settle() override { return {}; }
    std::vector<SeenEvent> take_contacts() override { return {}; }
    std::uint16_t first_event_count() const override { return 0; }
    std::chrono::nanoseconds elapsed() const override { return {}; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_worker)

BOOST_AUTO_TEST_CASE(several_workers_report_every_case_once_and_in_order) {
    const auto all = cases("");
    for (const unsigned jobs : {1U, 2U, 5U}) {
        std::vector<std::string> reported;
        const auto results =
            run_all(all, plan(jobs), [&](const ScenarioResult& result) { reported.push_back(result.id); });
        BOOST_REQUIRE(results.has_value());
        BOOST_REQUIRE(results->size() == all.size());
        BOOST_REQUIRE(reported.size() == all.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            BOOST_TEST(reported[i] == all[i].id);
            BOOST_TEST(((*results)[i].verdict == Verdict::passed || (*results)[i].verdict == Verdict::not_applicable),
                       (*results)[i].message);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_worker_that_dies_costs_its_own_case_only) {
    const auto some = cases("reset/*");
    RunPlan dying = plan(2);
    dying.make_world = []() -> WorldResult<std::unique_ptr<World>> { return std::make_unique<DyingWorld>(); };
    const auto results = run_all(some, dying, [](const ScenarioResult&) {});
    BOOST_REQUIRE(results.has_value());
    BOOST_TEST(results->size() == some.size());
    for (const ScenarioResult& result : *results) {
        BOOST_TEST((result.verdict == Verdict::error));
        BOOST_TEST(result.message == "the worker process has ended: signal 9 (Killed)");
    }
}

BOOST_AUTO_TEST_CASE(a_target_that_cannot_be_had_ends_the_run_with_the_reason) {
    RunPlan lacking = plan(2);
    lacking.make_world = []() -> WorldResult<std::unique_ptr<World>> {
        return tl::make_unexpected(WorldError{"install Debian's package pcscd"});
    };
    const auto results = run_all(cases("reset/*"), lacking, [](const ScenarioResult&) {});
    BOOST_REQUIRE(!results.has_value());
    BOOST_TEST(results.error().message == "install Debian's package pcscd");
}

BOOST_AUTO_TEST_CASE(without_keep_going_the_run_ends_at_the_first_failure) {
    auto some = cases("reset/*");
    BOOST_REQUIRE(some.size() > 3U);
    some[1].steps.front().expect.code = "E_FAIL";
    for (const bool processes : {false, true}) {
        RunPlan stopping = plan(1);
        stopping.processes = processes;
        stopping.keep_going = false;
        const auto results = run_all(some, stopping, [](const ScenarioResult&) {});
        BOOST_REQUIRE(results.has_value());
        BOOST_TEST(results->size() == 2U);
        BOOST_TEST(((*results)[1].verdict == Verdict::failed));
    }
}

BOOST_AUTO_TEST_CASE(shards_split_the_catalogue_without_loss) {
    const LoaderOptions options{catalogue, catalogue / "cards"};
    const auto whole = load_catalogue({}, "", {}, options);
    BOOST_REQUIRE(whole.has_value());
    std::size_t together = 0;
    for (unsigned i = 1; i <= 3; ++i) {
        const auto part = load_catalogue({}, "", {i, 3}, options);
        BOOST_REQUIRE(part.has_value());
        together += part->size();
        BOOST_TEST(part->front().id == (*whole)[i - 1].id);
    }
    BOOST_TEST(together == whole->size());
}

BOOST_AUTO_TEST_CASE(a_filter_is_a_glob_or_a_part_of_the_id) {
    BOOST_TEST(fits("reset/by_detach", "reset/*"));
    BOOST_TEST(!fits("reset/by_detach", "*reset"));
    BOOST_TEST(fits("reset/by_detach", "*by?detach"));
    BOOST_TEST(fits("reset/by_detach", "detach"));
    BOOST_TEST(!fits("reset/by_detach", "unlock"));
    BOOST_TEST(fits("aXbXc", "a*b*c*"));
    BOOST_TEST(!fits(std::string(200, 'a'), "*a*a*a*a*a*a*a*a*a*a*a*a*b"));
}

BOOST_AUTO_TEST_CASE(a_junit_file_counts_verdicts_and_escapes_messages) {
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("scardlab-junit-" + std::to_string(::getpid()) + ".xml");
    const std::vector<ScenarioResult> results{
        {"reset/one", TargetKind::embedded, Verdict::passed, "", "", {}},
        {"reset/two", TargetKind::embedded, Verdict::failed, "a <b> & \"c\"\nmore", "", {}},
        {"reset/three", TargetKind::embedded, Verdict::not_applicable, "why", "", {}},
    };
    BOOST_REQUIRE(write_junit(file, results).has_value());
    std::string text;
    {
        std::FILE* opened = std::fopen(file.c_str(), "r");
        BOOST_REQUIRE(opened != nullptr);
        std::array<char, 4096> buffer{};
        text.assign(buffer.data(), std::fread(buffer.data(), 1, buffer.size(), opened));
        std::fclose(opened);
    }
    std::filesystem::remove(file);
    BOOST_TEST(text.find("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\"") != std::string::npos, text);
    BOOST_TEST(text.find("a &lt;b&gt; &amp; ") != std::string::npos, text);
    BOOST_TEST(!write_junit("/nonexistent-folder/x.xml", results).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
