#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "scenarios/engine/script/card.h"

namespace scardlab::engine::script {
namespace {

using icc::AccessRule;
using icc::FileKind;
using icc::FileProfile;

constexpr std::size_t longest_aid = 16;              // ISO/IEC 7816-4:2013 clause 5.3.1.1
constexpr std::uint32_t most_short_identifier = 30;  // 5 bits, 0 and 31 are taken
constexpr std::uint32_t largest_ef = 32'768;         // what an offset of 15 bits reaches
constexpr std::uint8_t erased = 0xFF;
constexpr std::array<std::uint16_t, 3> reserved{0x3F00, 0x3FFF, 0xFFFF};

class FileReader {
  public:
    FileReader(const std::vector<icc::ChvProfile>& chvs, Problems& problems) : chvs_(chvs), problems_(problems) {}

    std::vector<FileProfile> read_list_of_files(const Node& node) {
        std::vector<FileProfile> files;
        for (const Node& item : read_list(node, "a list of files", problems_)) {
            FileProfile file = read_file(item);
            if (problems_.any()) {
                break;
            }
            check_siblings(item, file, files);
            files.push_back(std::move(file));
        }
        return files;
    }

  private:
    FileProfile read_file(const Node& node) {
        if (node.find("df") != nullptr && node.find("ef") == nullptr) {
            return read_df(node);
        }
        if (node.find("ef") != nullptr && node.find("df") == nullptr) {
            return read_ef(node);
        }
        problems_.found(node.place, node.is_map() ? "a file with neither or both of df and ef" : node.described(),
                        "a file: a map with df or ef");
        return {};
    }

    FileProfile read_df(const Node& node) {
        const Fields fields(node, "a DF", {"df", "aid", "files"}, problems_);
        FileProfile file;
        file.kind = FileKind::df;
        file.identifier = read_identifier(*fields.find("df"));
        if (const Node* const aid = fields.find("aid")) {
            file.aid = read_hex(*aid, 1, longest_aid, problems_);
            if (!aids_.insert(file.aid).second) {
                problems_.found(aid->place, "AID " + iso7816::to_hex(file.aid) + " twice", "each AID once on a card");
            }
        }
        if (const Node* const files = fields.find("files")) {
            file.children = read_list_of_files(*files);
        }
        return file;
    }

    FileProfile read_ef(const Node& node) {
        const Fields fields(node, "an EF", {"ef", "sfi", "size", "content", "read", "update"}, problems_);
        FileProfile file;
        file.kind = FileKind::transparent_ef;
        file.identifier = read_identifier(*fields.find("ef"));
        if (const Node* const sfi = fields.find("sfi")) {
            file.short_identifier = static_cast<std::uint8_t>(read_number(*sfi, 1, most_short_identifier, problems_));
        }
        const Node* const size = fields.find("size");
        const Node* const content = fields.find("content");
        if (size == nullptr && content == nullptr) {
            problems_.found(node.place, "an EF without size and content", "one of them, or both");
        }
        if (content != nullptr) {
            file.content = read_content(*content, 1, largest_ef, problems_);
        }
        if (size != nullptr) {
            const std::uint32_t bytes = read_number(*size, 1, largest_ef, problems_);
            if (file.content.size() > bytes) {
                problems_.found(content->place, "a content of " + std::to_string(file.content.size()) + " bytes",
                                "at most the size, " + std::to_string(bytes));
            }
            file.content.resize(bytes, erased);
        }
        file.access[icc::Operation::read] = read_access(fields.find("read"));
        file.access[icc::Operation::update] = read_access(fields.find("update"));
        return file;
    }

    std::uint16_t read_identifier(const Node& node) {
        const iso7816::Bytes bytes = read_hex(node, 2, 2, problems_);
        const std::uint16_t identifier =
            bytes.size() == 2 ? static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]) : std::uint16_t{0};
        if (std::find(reserved.begin(), reserved.end(), identifier) != reserved.end()) {
            problems_.found(node.place, "identifier " + in_quotes(node.text) + ", which is reserved",
                            "one that is not 3F00, 3FFF or FFFF");
        }
        return identifier;
    }

    /// always, never or "chv N"; always when there is no rule.
    AccessRule read_access(const Node* node) {
        constexpr std::string_view chv = "chv ";
        if (node == nullptr || (node->is_scalar() && node->text == "always")) {
            return {AccessRule::Kind::always, 0, 0};
        }
        if (node->is_scalar() && node->text == "never") {
            return {AccessRule::Kind::never, 0, 0};
        }
        const bool by_chv = node->is_scalar() && node->text.starts_with(chv);
        const auto reference = by_chv ? number_in(std::string_view(node->text).substr(chv.size())) : std::nullopt;
        if (!reference) {
            problems_.found(node->place, node->described(), "always, never, or chv and its reference");
            return {};
        }
        const bool known = std::any_of(chvs_.begin(), chvs_.end(),
                                       [&](const icc::ChvProfile& each) { return each.reference == *reference; });
        if (!known) {
            problems_.found(node->place, in_quotes(node->text) + ", which the card does not have",
                            "a reference that is defined under chv");
        }
        return {AccessRule::Kind::chv, static_cast<std::uint8_t>(*reference), 0};
    }

    void check_siblings(const Node& node, const FileProfile& file, const std::vector<FileProfile>& others) {
        for (const FileProfile& other : others) {
            if (other.identifier == file.identifier) {
                const Node* const identifier = node.find(file.kind == FileKind::df ? "df" : "ef");
                problems_.found(identifier->place, "identifier " + in_quotes(identifier->text) + " twice in one DF",
                                "each identifier once");
            }
            if (file.short_identifier && other.short_identifier == file.short_identifier) {
                const Node* const sfi = node.find("sfi");
                problems_.found(sfi->place, "sfi " + in_quotes(sfi->text) + " twice in one DF",
                                "each short identifier once");
            }
        }
    }

    const std::vector<icc::ChvProfile>& chvs_;
    Problems& problems_;
    std::set<iso7816::Bytes> aids_;
};

}  // namespace

std::vector<FileProfile> read_files(const Node& node, const std::vector<icc::ChvProfile>& chvs, Problems& problems) {
    return FileReader(chvs, problems).read_list_of_files(node);
}

}  // namespace scardlab::engine::script
