#include "tools/atr_explanation.h"

#include <algorithm>

#include "emulator/iso7816/atr.h"
#include "tests/fuzz/target.h"
#include "tools/atr_findings.h"
#include "tools/atr_layout.h"

namespace scardlab::fuzz {

namespace {

void run(ByteView input) {
    std::size_t at = 0;
    for (const tools::AtrElement& element : tools::lay_out_atr(input)) {
        must(element.offset == at && element.size != 0, "the elements follow each other without a gap");
        at += element.size;
    }
    must(at == input.size(), "every byte is in an element");

    const auto findings = tools::findings_of(input);
    must(std::ranges::is_sorted(findings, {}, &tools::AtrFinding::offset), "findings are in the order of the bytes");
    for (const tools::AtrFinding& finding : findings) {
        must(finding.offset <= input.size() && !finding.message.empty(), "a finding has its place and its words");
    }
    const bool whole = iso7816::Atr::parse(input).has_value();
    must(whole || !findings.empty(), "what is no ATR has a finding");
    const auto explanation = tools::explain_atr(input);
    must(explanation.error.empty() == whole, "an error is told of what is no ATR");
    must(explanation.text.ends_with('\n'), "whole lines are told");
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all = atr.seeds();
    const auto more = from_hex({"3B 0B 80 31 C0 73 D6 21 E4 83 05 90 00", "3B 06 00 51 42 04 62 83", "3B 02 10 55",
                                "3B 07 80 F5 A0 00 00 00 03", "3B 07 80 13 25 0F 12 31 89"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace

const Target atr_explanation{"atr_explanation", run, seeds};

}  // namespace scardlab::fuzz
