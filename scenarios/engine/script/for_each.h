#pragma once

#include <string>
#include <vector>

#include "scenarios/engine/script/node.h"
#include "scenarios/engine/script/problems.h"

namespace scardlab::engine::script {

/// One combination of for_each.
struct Case {
    std::string id_suffix;  ///< "/value" for each name in order; "" without for_each
    Node root;              ///< the scenario with ${name} filled in; places are still those of the file
};

/// Every combination of `root`'s for_each, the last name varying fastest. Reported: a for_each that is no map of lists
/// of values, a value twice, ${...} without a value, a name that is used nowhere, more than 10,000 combinations.
std::vector<Case> read_cases(const Node& root, Problems& problems);

}  // namespace scardlab::engine::script
