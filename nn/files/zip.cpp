#include "nn/files/zip.hpp"

#include "autodiff/text.hpp"

#include <zlib.h>
#include <algorithm>
#include <new>
#include <set>
#include <utility>

namespace xtape::nn::detail {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50, kDirectoryEnd = 0x06054b50;
constexpr std::size_t kLocalBytes = 30, kEntryBytes = 46, kEndBytes = 22;  // without names and remarks
constexpr std::size_t kMostRemark = 0xFFFF;
constexpr std::uint16_t kStored = 0, kDeflated = 8, kEncrypted = 1, kUtf8 = 1 << 11;
constexpr std::uint32_t kElsewhere = 0xFFFFFFFF;  // the number is in a field of zip64
constexpr std::uint64_t kMostDirectory = std::uint64_t{1} << 26;

/// A little-endian number of so many bytes.
std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | std::uint8_t(bytes[at + i]);
  return value;
}
std::uint16_t short_at(std::string_view bytes, std::size_t at) {
  return std::uint16_t(number(bytes, at, 2));
}
std::uint32_t long_at(std::string_view bytes, std::size_t at) {
  return number(bytes, at, 4);
}

void append(std::string& bytes, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i, value >>= 8) bytes += char(value & 255);
}

std::string bytes_of(const InputFile& file, std::uint64_t offset, std::size_t size, const char* what) {
  std::string bytes(size, '\0');
  if (file.read(offset, std::as_writable_bytes(std::span(bytes))) < size) {
    file.fail("truncated: expected the " + std::to_string(size) + " bytes of " + what + " at byte " +
              std::to_string(offset));
  }
  return bytes;
}

/// What header and directory say of a member alike: from the version to the length of the extra field.
void append_common(std::string& bytes, const ZipEntry& entry) {
  constexpr std::uint16_t kVersion = 20, kFirstOfJanuary1980 = 33;
  append(bytes, kVersion, 2);
  append(bytes, kUtf8, 2);
  append(bytes, entry.method, 2);
  append(bytes, 0, 2);  // the time: the same arrays give the same file
  append(bytes, kFirstOfJanuary1980, 2);
  append(bytes, entry.crc, 4);
  append(bytes, entry.stored, 4);
  append(bytes, entry.size, 4);
  append(bytes, entry.name.size(), 2);
  append(bytes, 0, 2);
}

}  // namespace

ZipReader::ZipReader(const std::filesystem::path& path, std::string where) : file_(path, std::move(where)) {
  const std::uint64_t size = file_.size(), tail = std::min<std::uint64_t>(size, kEndBytes + kMostRemark);
  const std::string bytes = bytes_of(file_, size - tail, std::size_t(tail), "the end");
  const std::string signature("PK\5\6", 4);
  // From the end on: a remark may hold what looks like an end.
  std::size_t at = bytes.size() < kEndBytes ? std::string::npos : bytes.rfind(signature, bytes.size() - kEndBytes);
  while (at != std::string::npos && at + kEndBytes + short_at(bytes, at + 20) != bytes.size()) {
    at = at == 0 ? std::string::npos : bytes.rfind(signature, at - 1);
  }
  if (at == std::string::npos) file_.fail("expected a zip archive's directory at its end; is this an .npz file?");
  const std::string_view end = std::string_view(bytes).substr(at, kEndBytes);
  const std::uint64_t directory_bytes = long_at(end, 12), directory = long_at(end, 16), end_at = size - tail + at;
  const std::size_t count = short_at(end, 10);
  if (count == 0xFFFF || directory_bytes == kElsewhere || directory == kElsewhere) {
    file_.fail(
        "is of the larger format zip64, which is not read: expected fewer than 65535 arrays, and less than 4 GiB");
  }
  if (short_at(end, 4) != 0 || short_at(end, 6) != 0 || short_at(end, 8) != count) {
    file_.fail("expected an archive of one volume, got several");
  }
  if (directory + directory_bytes != end_at || directory_bytes > kMostDirectory) {
    file_.fail("expected the directory to end at byte " + std::to_string(end_at) + ", got " +
               std::to_string(directory_bytes) + " bytes from byte " + std::to_string(directory) + " on");
  }
  read_directory(directory, directory_bytes, count);
  check_places(directory);
}

void ZipReader::read_directory(std::uint64_t offset, std::uint64_t size, std::size_t count) {
  const std::string bytes = bytes_of(file_, offset, std::size_t(size), "the directory");
  std::set<std::string> names;
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto fail = [&](const std::string& what) {
      file_.fail("entry " + std::to_string(i) + " of the directory, at byte " + std::to_string(offset + at) + ": " +
                 what);
    };
    if (bytes.size() - at < kEntryBytes || long_at(bytes, at) != kDirectoryEntry) fail("expected PK\\x01\\x02");
    ZipEntry entry;
    entry.method = short_at(bytes, at + 10);
    entry.crc = long_at(bytes, at + 16);
    entry.stored = long_at(bytes, at + 20);
    entry.size = long_at(bytes, at + 24);
    entry.offset = long_at(bytes, at + 42);
    const std::size_t name = short_at(bytes, at + 28);
    const std::size_t whole = kEntryBytes + name + short_at(bytes, at + 30) + short_at(bytes, at + 32);
    if (whole > bytes.size() - at) fail("it goes on behind the directory's end");
    entry.name = bytes.substr(at + kEntryBytes, name);
    if (!names.insert(entry.name).second) fail("the name " + text::quoted(entry.name) + " comes twice");
    if ((short_at(bytes, at + 8) & kEncrypted) != 0) fail(text::quoted(entry.name) + " is encrypted");
    if (entry.method != kStored && entry.method != kDeflated) {
      fail(text::quoted(entry.name) + " is compressed by method " + std::to_string(entry.method) +
           "; expected 0 (stored) or 8 (deflated)");
    }
    if (entry.stored == kElsewhere || entry.size == kElsewhere || entry.offset == kElsewhere) {
      fail(text::quoted(entry.name) + " is of the larger format zip64, which is not read: expected less than 4 GiB");
    }
    const std::uint64_t most = entry.method == kStored ? entry.stored : entry.stored * kMostExpansion;
    if (entry.size > most || (entry.method == kStored && entry.size != entry.stored)) {
      fail(text::quoted(entry.name) + " has " + std::to_string(entry.stored) + " bytes, which cannot hold " +
           std::to_string(entry.size));
    }
    entries_.push_back(std::move(entry));
    at += whole;
  }
  if (at != bytes.size()) {
    file_.fail("expected the end of the directory at byte " + std::to_string(offset + at) + " after " +
               std::to_string(count) + " entries, got more bytes");
  }
}

/// Members that share bytes would make much of a small file.
void ZipReader::check_places(std::uint64_t end) const {
  std::vector<const ZipEntry*> order;
  for (const ZipEntry& entry : entries_) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->offset < b->offset; });
  std::uint64_t before = 0;
  for (const ZipEntry* entry : order) {
    if (entry->offset < before || entry->offset + kLocalBytes + entry->name.size() + entry->stored > end) {
      file_.fail("the member " + text::quoted(entry->name) + " at byte " + std::to_string(entry->offset) +
                 " shares bytes with another, or with the directory");
    }
    before = entry->offset + kLocalBytes + entry->name.size() + entry->stored;
  }
}

struct ZipMember::Inflater {
  Inflater() {
    if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();  // without a header of zlib's
  }
  ~Inflater() { ::inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  ::z_stream stream{};
  bool is_done = false;
  std::array<std::uint8_t, 1 << 16> input;
};

ZipMember::ZipMember(const ZipReader& archive, const ZipEntry& entry) : file_(archive.file()), entry_(entry) {
  const std::string header = bytes_of(file_, entry.offset, kLocalBytes, "a member's header");
  if (long_at(header, 0) != kLocalHeader) fail("expected PK\\x03\\x04 at byte " + std::to_string(entry.offset));
  at_ = entry.offset + kLocalBytes + short_at(header, 26) + short_at(header, 28);
  end_ = at_ + entry.stored;
  if (end_ > file_.size()) fail("truncated: its bytes end behind the end of the file");
  if (entry.method == kDeflated) inflater_ = std::make_unique<Inflater>();
}

ZipMember::~ZipMember() = default;

std::string ZipMember::where() const {
  return file_.where() + "member " + text::quoted(entry_.name) + ": ";
}

std::size_t ZipMember::read(std::span<std::uint8_t> to) {
  const std::size_t got = inflater_ == nullptr ? read_stored(to) : read_deflated(to);
  crc_ = std::uint32_t(::crc32_z(crc_, to.data(), got));
  offset_ += got;
  if (offset_ > entry_.size) fail("expected " + std::to_string(entry_.size) + " bytes, got more");
  if (got < to.size() && offset_ < entry_.size) {
    fail("damaged or cut off: expected " + std::to_string(entry_.size) + " bytes, got " + std::to_string(offset_));
  }
  if (got < to.size() && crc_ != entry_.crc) fail("damaged: its bytes have another checksum than the directory says");
  return got;
}

std::size_t ZipMember::read_stored(std::span<std::uint8_t> to) {
  const std::size_t wanted = std::size_t(std::min<std::uint64_t>(to.size(), end_ - at_));
  const std::size_t got = file_.read(at_, std::as_writable_bytes(to.first(wanted)));
  at_ += got;
  return got;
}

std::size_t ZipMember::read_deflated(std::span<std::uint8_t> to) {
  constexpr std::size_t kMost = 1 << 30;  // zlib counts in unsigned int
  ::z_stream& stream = inflater_->stream;
  std::size_t done = 0;
  while (done < to.size() && !inflater_->is_done) {
    if (stream.avail_in == 0) {
      const std::size_t wanted = std::size_t(std::min<std::uint64_t>(inflater_->input.size(), end_ - at_));
      const std::size_t got = file_.read(at_, std::as_writable_bytes(std::span(inflater_->input).first(wanted)));
      stream.next_in = inflater_->input.data();
      stream.avail_in = unsigned(got);
      at_ += got;
    }
    const std::size_t room = std::min(kMost, to.size() - done);
    stream.next_out = to.data() + done;
    stream.avail_out = unsigned(room);
    const int code = ::inflate(&stream, Z_NO_FLUSH);
    done += room - stream.avail_out;
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    if (code == Z_BUF_ERROR || (code == Z_OK && stream.avail_in == 0 && at_ == end_ && stream.avail_out > 0)) break;
    if (code != Z_OK && code != Z_STREAM_END) {
      fail("damaged after " + std::to_string(offset_ + done) +
           " (uncompressed) bytes: " + (stream.msg == nullptr ? "no deflate stream" : stream.msg));
    }
    inflater_->is_done = code == Z_STREAM_END;
  }
  return done;
}

std::string zip_local_header(const ZipEntry& entry) {
  std::string bytes;
  append(bytes, kLocalHeader, 4);
  append_common(bytes, entry);
  return bytes + entry.name;
}

std::string zip_directory(std::span<const ZipEntry> entries, std::uint64_t offset) {
  std::string bytes;
  for (const ZipEntry& entry : entries) {
    constexpr std::uint16_t kMadeBy = 20;
    append(bytes, kDirectoryEntry, 4);
    append(bytes, kMadeBy, 2);
    append_common(bytes, entry);
    append(bytes, 0, 2 + 2 + 2 + 4);  // no remark, the first volume, no attributes
    append(bytes, entry.offset, 4);
    bytes += entry.name;
  }
  const std::uint64_t size = bytes.size();
  append(bytes, kDirectoryEnd, 4);
  append(bytes, 0, 2 + 2);
  append(bytes, entries.size(), 2);
  append(bytes, entries.size(), 2);
  append(bytes, size, 4);
  append(bytes, offset, 4);
  append(bytes, 0, 2);
  return bytes;
}

}  // namespace xtape::nn::detail
