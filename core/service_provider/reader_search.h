#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scardlab::service_provider {

/// Of `readers`, those of the same model in the same slot as `reader`: the same name before " NN SS" and the same SS.
/// Without `reader` itself.
std::vector<std::string> neighbours_of(std::string_view reader, const std::vector<std::string>& readers);

/// The name under which a reader that is gone is back: the one reader of `readers` that is of its model and slot and
/// was not its neighbour before. nullopt when there is none, or more than one, so that it could be any of them.
std::optional<std::string> returned_as(std::string_view reader, const std::vector<std::string>& readers,
                                       const std::vector<std::string>& neighbours_before);

}  // namespace scardlab::service_provider
