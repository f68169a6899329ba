#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "scenarios/engine/script/card.h"

namespace scardlab::engine::script {
namespace {

using icc::FileKind;
using icc::FileProfile;
using iso7816::Bytes;

constexpr std::size_t longest_aid = 16;              // ISO/IEC 7816-4:2013 clause 5.3.1.1
constexpr std::uint32_t most_short_identifier = 30;  // 5 bits, 0 and 31 are taken
constexpr std::uint32_t largest_ef = 32'768;         // what an offset of 15 bits reaches
constexpr std::uint32_t largest_record = 254, most_records = 254;
constexpr std::uint8_t erased = 0xFF;
constexpr std::array<std::uint16_t, 3> reserved{0x3F00, 0x3FFF, 0xFFFF};

constexpr std::array type_words{Word{"transparent", static_cast<std::uint32_t>(FileKind::transparent_ef)},
                                Word{"linear_fixed", static_cast<std::uint32_t>(FileKind::linear_fixed_ef)},
                                Word{"linear_variable", static_cast<std::uint32_t>(FileKind::linear_variable_ef)},
                                Word{"cyclic", static_cast<std::uint32_t>(FileKind::cyclic_ef)}};

std::vector<std::string> with_rules(std::vector<std::string> keys, RuleSet set) {
    for (std::string& key : rule_keys(set)) {
        keys.push_back(std::move(key));
    }
    return keys;
}

std::uint8_t byte_of(const Node& node, std::uint32_t most, Problems& problems) {
    return static_cast<std::uint8_t>(read_number(node, 1, most, problems));
}

/// Contents of a transparent EF.
void read_transparent(const Fields& fields, const Node& node, FileProfile& file, Problems& problems) {
    for (const std::string_view key : {"record_size", "capacity", "records"}) {
        if (const Node* const other = fields.find(key)) {
            problems.found(other->place, std::string(key) + " of a transparent EF",
                           "size and content, or a type with records");
        }
    }
    const Node* const size = fields.find("size");
    const Node* const content = fields.find("content");
    if (size == nullptr && content == nullptr) {
        problems.found(node.place, "an EF without size and content", "one of them, or both");
    }
    if (content != nullptr) {
        file.content = read_content(*content, 1, largest_ef, problems);
    }
    if (size != nullptr) {
        const std::uint32_t bytes = read_number(*size, 1, largest_ef, problems);
        if (file.content.size() > bytes) {
            problems.found(content->place, "a content of " + std::to_string(file.content.size()) + " bytes",
                           "at most the size, " + std::to_string(bytes));
        }
        file.content.resize(bytes, erased);
    }
}

void read_record_list(const Node& records, FileProfile& file, Problems& problems) {
    for (const Node& item : read_list(records, "a list of records", problems)) {
        Bytes record = read_content(item, 1, largest_record, problems);
        if (file.record_size != 0 && record.size() > file.record_size) {
            problems.found(item.place, "a record of " + std::to_string(record.size()) + " bytes",
                           "at most the record_size, " + std::to_string(file.record_size));
        }
        if (file.records.size() == file.record_capacity) {
            problems.found(item.place, "more records than the capacity",
                           "at most " + std::to_string(file.record_capacity));
            return;
        }
        file.records.push_back(std::move(record));
    }
}

/// Records of a linear or cyclic EF. Without record_size the longest record gives it, without capacity their number.
void read_records(const Fields& fields, const Node& node, FileProfile& file, Problems& problems) {
    for (const std::string_view key : {"size", "content"}) {
        if (const Node* const other = fields.find(key)) {
            problems.found(other->place, std::string(key) + " of an EF with records",
                           "record_size, capacity and records");
        }
    }
    const Node* const records = fields.find("records");
    const Node* const size = fields.find("record_size");
    const Node* const capacity = fields.find("capacity");
    if (records == nullptr && (size == nullptr || capacity == nullptr)) {
        problems.found(node.place, "an EF with neither records nor both record_size and capacity",
                       "records, or record_size and capacity");
        return;
    }
    file.record_size = size == nullptr ? std::uint8_t{0} : byte_of(*size, largest_record, problems);
    file.record_capacity = static_cast<std::uint8_t>(most_records);
    if (capacity != nullptr) {
        file.record_capacity = byte_of(*capacity, most_records, problems);
    }
    if (records != nullptr) {
        read_record_list(*records, file, problems);
    }
    if (capacity == nullptr) {
        file.record_capacity = static_cast<std::uint8_t>(file.records.size());
    }
    for (const Bytes& record : file.records) {
        file.record_size =
            size == nullptr ? std::max(file.record_size, static_cast<std::uint8_t>(record.size())) : file.record_size;
    }
    if (file.kind != FileKind::linear_variable_ef) {
        for (Bytes& record : file.records) {
            record.resize(file.record_size, erased);
        }
    }
}

class FileReader {
  public:
    FileReader(const Credentials& known, Problems& problems) : known_(known), problems_(problems) {}

    FileProfile read_mf(const Node* files, const Node* mf) {
        FileProfile root;
        if (mf != nullptr) {
            const Fields fields(*mf, "mf", with_rules({"aid", "state", "data_objects"}, RuleSet::mf), problems_);
            read_common(fields, RuleSet::mf, root);
        }
        if (files != nullptr) {
            root.children = read_list_of_files(*files);
        }
        return root;
    }

  private:
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

    /// What a DF has, the MF included.
    void read_common(const Fields& fields, RuleSet set, FileProfile& file) {
        if (const Node* const aid = fields.find("aid")) {
            file.aid = read_hex(*aid, 1, longest_aid, problems_);
            if (!aids_.insert(file.aid).second) {
                problems_.found(aid->place, "AID " + iso7816::to_hex(file.aid) + " twice", "each AID once on a card");
            }
        }
        if (const Node* const objects = fields.find("data_objects")) {
            file.data_objects = read_data_objects(*objects, problems_);
        }
        file.life_cycle = read_life_cycle(fields.find("state"), problems_);
        file.access = read_rules(fields, set, known_, problems_);
    }

    FileProfile read_df(const Node& node) {
        const Fields fields(node, "a DF",
                            with_rules({"df", "aid", "state", "chv", "data_objects", "files"}, RuleSet::df), problems_);
        FileProfile file;
        file.kind = FileKind::df;
        file.identifier = read_identifier(*fields.find("df"));
        const std::size_t outside = known_.chvs.size();
        if (const Node* const chvs = fields.find("chv")) {
            file.chvs = read_chvs(*chvs, true, known_.keys, problems_);
            for (const icc::ChvProfile& chv : file.chvs) {
                known_.chvs.push_back(chv.reference);
            }
        }
        read_common(fields, RuleSet::df, file);
        if (const Node* const files = fields.find("files")) {
            file.children = read_list_of_files(*files);
        }
        known_.chvs.resize(outside);
        return file;
    }

    FileProfile read_ef(const Node& node) {
        const Fields fields(
            node, "an EF",
            with_rules({"ef", "type", "sfi", "size", "content", "record_size", "capacity", "records", "state"},
                       RuleSet::ef),
            problems_);
        FileProfile file;
        file.kind = FileKind::transparent_ef;
        if (const Node* const type = fields.find("type")) {
            file.kind = static_cast<FileKind>(read_word(*type, type_words, problems_));
        }
        file.identifier = read_identifier(*fields.find("ef"));
        if (const Node* const sfi = fields.find("sfi")) {
            file.short_identifier = byte_of(*sfi, most_short_identifier, problems_);
        }
        if (icc::has_records(file.kind)) {
            read_records(fields, node, file, problems_);
        } else {
            read_transparent(fields, node, file, problems_);
        }
        file.life_cycle = read_life_cycle(fields.find("state"), problems_);
        file.access = read_rules(fields, RuleSet::ef, known_, problems_);
        return file;
    }

    std::uint16_t read_identifier(const Node& node) {
        const Bytes bytes = read_hex(node, 2, 2, problems_);
        const std::uint16_t identifier =
            bytes.size() == 2 ? static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]) : std::uint16_t{0};
        if (std::find(reserved.begin(), reserved.end(), identifier) != reserved.end()) {
            problems_.found(node.place, "identifier " + in_quotes(node.text) + ", which is reserved",
                            "one that is not 3F00, 3FFF or FFFF");
        }
        return identifier;
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

    Credentials known_;  ///< those of the DF that is being read
    Problems& problems_;
    std::set<Bytes> aids_;
};

}  // namespace

FileProfile read_file_tree(const Node* files, const Node* mf, const Credentials& known, Problems& problems) {
    return FileReader(known, problems).read_mf(files, mf);
}

}  // namespace scardlab::engine::script
