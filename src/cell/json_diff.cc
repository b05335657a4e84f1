// SPDX-License-Identifier: Apache-2.0
#include "cell/json_diff.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "base/check.h"
#include "cell/json_layout.h"
#include "cell/json_path.h"
#include "cell/limits.h"

namespace millrace::cell {
namespace {

enum class Operation : uint8_t { kReplace = 0, kInsert = 1, kRemove = 2 };

struct Container;

// A value as its bytes lie somewhere, without the type; or a container that was opened. A plain
// value: an array of a million numbers is a million of them once a path leads into it.
struct Node {
  const std::byte* data = nullptr;
  Container* opened = nullptr;
  uint32_t size = 0;
  JsonType type = JsonType::kLiteral;
};

struct Item {
  const std::byte* key = nullptr;  // of an object's
  Node value;
  uint16_t key_size = 0;
  Bytes name() const { return {key, key_size}; }
};

struct Container {
  bool object = false;
  std::vector<Item> items;  // an object's by length of the key, then by its bytes
  // Of the layout, once it is measured.
  bool large = false;
  size_t size = 0;
  size_t keys_size = 0;
};

bool key_is_less(const Item& item, Bytes name) {
  if (item.key_size != name.size()) return item.key_size < name.size();
  return !name.empty() && std::memcmp(item.key, name.data(), name.size()) < 0;
}

// The value at the start of `data`, which may go on behind it.
Result<Node> closed_node(JsonType type, Bytes data) {
  size_t size = json_scalar_size(type);
  if (is_json_container(type)) {
    const auto container = open_json_container(type, data);
    if (!container) return json_cut();
    size = container->data.size();
  } else if (type == JsonType::kString) {
    const Bytes text = TRY(json_prefixed(data));
    size = static_cast<size_t>(text.data() - data.data()) + text.size();
  } else if (type == JsonType::kOpaque) {
    if (data.empty()) return json_cut();
    const Bytes value = TRY(json_prefixed(data.subspan(1)));
    size = static_cast<size_t>(value.data() - data.data()) + value.size();
  } else if (size == 0) {
    return json_damaged("unknown type");
  }
  if (size > data.size()) return json_cut();
  if (size > kMaxJsonDocument) return json_damaged("over 1 GiB");
  return Node{data.data(), nullptr, static_cast<uint32_t>(size), type};
}

Result<Node> document_node(Bytes document) {
  static constexpr std::byte kNull[1] = {};
  // Old servers wrote nothing at all where JSON's null was meant.
  if (document.empty()) return Node{kNull, nullptr, 1, JsonType::kLiteral};
  return closed_node(static_cast<JsonType>(document[0]), document.subspan(1));
}

class Editor {
 public:
  explicit Editor(size_t given) : budget_(kMaxJsonVisits * given) {}

  Status run(Bytes document, Bytes diffs, Buffer& out) {
    root_ = TRY(document_node(document));
    ByteReader in(diffs);
    for (size_t number = 1; !in.at_end(); ++number) {
      Status status = step(in);
      if (!status)
        return in_context("step " + std::to_string(number) + " of a JSON difference",
                          std::move(status.error()));
    }
    const size_t size = TRY(measure(root_));
    const size_t start = out.size();
    out.reserve(size + 1);
    out.put(static_cast<uint8_t>(written_type(root_)));
    write(root_, out);
    CHECK(out.size() - start == size + 1, out.size() - start, size);
    return Done{};
  }

 private:
  Status step(ByteReader& in) {
    const auto operation = static_cast<Operation>(in.u8());
    const Bytes path_text = in.lenenc_bytes();
    const Bytes value_bytes = operation == Operation::kRemove ? Bytes{} : in.lenenc_bytes();
    if (!in.ok()) return Error{Errc::kTruncated, "cut off"};
    if (operation > Operation::kRemove) return Error{Errc::kCorrupt, "an unknown operation"};
    const auto path = TRY(parse_json_path(path_text, names_));
    if (path.empty()) return Error{Errc::kCorrupt, "it changes the document's root"};
    Node value;
    if (operation != Operation::kRemove) value = TRY(document_node(value_bytes));
    Node* parent = &root_;
    for (size_t i = 0; i + 1 < path.size(); ++i) {
      Container& container = *TRY(open(*parent));
      const size_t at = TRY(find(container, path[i]));
      parent = &container.items[at].value;
    }
    return edit(*TRY(open(*parent)), path.back(), operation, value);
  }

  Status edit(Container& container, const JsonStep& last, Operation operation, const Node& value) {
    std::vector<Item>& items = container.items;
    if (operation == Operation::kInsert) return insert(container, last, value);
    const size_t at = TRY(find(container, last));
    if (operation == Operation::kReplace) {
      items[at].value = value;
      return Done{};
    }
    TRY(move_items(items.size() - at));
    items.erase(items.begin() + static_cast<ptrdiff_t>(at));
    return Done{};
  }

  Status insert(Container& container, const JsonStep& last, const Node& value) {
    if (last.is_member != container.object) return not_there();
    Item item;
    item.value = value;
    size_t at = 0;
    if (container.object) {
      if (last.name.size() > UINT16_MAX) return Error{Errc::kCorrupt, "a key of over 65535 bytes"};
      item.key = last.name.data();
      item.key_size = static_cast<uint16_t>(last.name.size());
      at = lower_bound(container, last.name);
      if (holds(container, at, last.name))
        return Error{Errc::kCorrupt, "it inserts a member that is there already"};
    } else {
      at = cell_index(last, container.items.size());
    }
    TRY(move_items(container.items.size() - at));
    container.items.insert(container.items.begin() + static_cast<ptrdiff_t>(at), item);
    return Done{};
  }

  static Error not_there() {
    return {Errc::kCorrupt, "its path leads to nothing in the document before"};
  }

  static size_t lower_bound(const Container& container, Bytes name) {
    const auto& items = container.items;
    return static_cast<size_t>(std::lower_bound(items.begin(), items.end(), name, key_is_less) -
                               items.begin());
  }
  static bool holds(const Container& container, size_t at, Bytes name) {
    return at < container.items.size() && as_text(container.items[at].name()) == as_text(name);
  }
  // Where in an array of `size` cells; `size` itself for what lies behind its end, and the first
  // for what lies before its beginning.
  static size_t cell_index(const JsonStep& step, size_t size) {
    if (!step.from_end) return static_cast<size_t>(std::min<uint64_t>(step.index, size));
    return step.index < size ? size - 1 - static_cast<size_t>(step.index) : 0;
  }

  // The item that is there.
  static Result<size_t> find(const Container& container, const JsonStep& step) {
    if (step.is_member != container.object) return not_there();
    if (container.object) {
      const size_t at = lower_bound(container, step.name);
      return holds(container, at, step.name) ? Result<size_t>(at) : not_there();
    }
    const size_t size = container.items.size();
    return step.index < size ? Result<size_t>(cell_index(step, size)) : not_there();
  }

  Status spend(size_t bytes) {
    if (bytes > budget_) return json_damaged("its parts lead to the same bytes again and again");
    budget_ -= bytes;
    return Done{};
  }
  Status move_items(size_t count) {
    if (count > moves_) return json_damaged("it is changed in too many places");
    moves_ -= count;
    return Done{};
  }

  Result<Container*> open(Node& node) {
    if (node.opened != nullptr) return node.opened;
    if (!is_json_container(node.type)) return not_there();
    const auto lying = open_json_container(node.type, {node.data, node.size});
    if (!lying) return json_cut();
    TRY(spend(lying->entries_size()));
    Container& container = containers_.emplace_back();
    container.object = lying->object;
    container.items.resize(lying->count);
    for (size_t i = 0; i < lying->count; ++i) {
      Item& item = container.items[i];
      if (lying->object) {
        const auto key = lying->key(i);
        if (!key) return json_cut();
        item.key = key->data();
        item.key_size = static_cast<uint16_t>(key->size());
      }
      const auto value = lying->value(i);
      if (!value) return json_cut();
      item.value = TRY(closed_node(value->type, value->data));
    }
    node.opened = &container;
    return &container;
  }

  // Bytes that the value takes behind its type. Opened containers are as deep as paths are long.
  Result<size_t> measure(Node& node) {
    if (node.opened == nullptr) {
      TRY(spend(node.size));
      return size_t{node.size};
    }
    Container& container = *node.opened;
    size_t values[2] = {};  // outside of their entries: in a small container, in a large one
    container.keys_size = 0;
    for (Item& item : container.items) {
      container.keys_size += item.key_size;
      const size_t size = TRY(measure(item.value));
      for (const bool large : {false, true})
        if (!is_json_inlined(item.value.type, large)) values[large ? 1 : 0] += size;
    }
    TRY(spend(container.keys_size));
    for (const bool large : {false, true}) {
      JsonContainer head;
      head.large = container.large = large;
      head.object = container.object;
      head.count = container.items.size();
      container.size = head.entries_size() + container.keys_size + values[large ? 1 : 0];
      if (!large && head.count <= UINT16_MAX && container.size <= UINT16_MAX) break;
    }
    if (container.size > kMaxJsonDocument)
      return Error{Errc::kTooLarge, "JSON value: over 1 GiB once the difference is applied"};
    return container.size;
  }

  static JsonType written_type(const Node& node) {
    if (node.opened == nullptr) return node.type;
    if (node.opened->object)
      return node.opened->large ? JsonType::kLargeObject : JsonType::kSmallObject;
    return node.opened->large ? JsonType::kLargeArray : JsonType::kSmallArray;
  }
  static size_t written_size(const Node& node) {
    return node.opened == nullptr ? node.size : node.opened->size;
  }

  static void write(const Node& node, Buffer& out) {
    if (node.opened == nullptr) return out.append(Bytes(node.data, node.size));
    const Container& container = *node.opened;
    JsonContainer head;
    head.large = container.large;
    head.object = container.object;
    head.count = container.items.size();
    const size_t width = head.offset_size();
    out.le(head.count, width);
    out.le(container.size, width);
    size_t offset = head.entries_size();
    if (head.object) {
      for (const Item& item : container.items) {
        out.le(offset, width);
        out.le(item.key_size, 2);
        offset += item.key_size;
      }
    }
    for (const Item& item : container.items) {
      const JsonType type = written_type(item.value);
      out.put(static_cast<uint8_t>(type));
      if (is_json_inlined(type, head.large)) {
        out.le(read_unsigned(item.value.data, item.value.size), width);
        continue;
      }
      out.le(offset, width);
      offset += written_size(item.value);
    }
    for (const Item& item : container.items) out.append(item.name());
    for (const Item& item : container.items)
      if (!is_json_inlined(item.value.type, head.large)) write(item.value, out);
  }

  size_t budget_;
  size_t moves_ = kMaxJsonMoves;
  Node root_;
  std::deque<Container> containers_;
  std::deque<std::string> names_;
};

}  // namespace

Status apply_json_diffs(Bytes document, Bytes diffs, Buffer& out) {
  if (diffs.empty()) {
    out.append(document);
    return Done{};
  }
  return Editor(document.size() + diffs.size() + 1).run(document, diffs, out);
}

}  // namespace millrace::cell
