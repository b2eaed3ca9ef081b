#pragma once
// Zip archives, as far as .npz files need them: the inside of npz.hpp.
//
// Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", version 6.3.10, sections 4.3 and 4.4.

#include "nn/files/byte_stream.hpp"
#include "nn/files/input_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xtape::nn::detail {

/// A member of an archive, as the directory at its end has it.
struct ZipEntry {
  std::string name;
  std::uint16_t method = 0;            ///< 0 stored, 8 deflated
  std::uint32_t crc = 0;               ///< of the bytes
  std::uint64_t stored = 0, size = 0;  ///< bytes in the archive and after decompression
  std::uint64_t offset = 0;            ///< of its local header
};

/// An archive whose directory has been read and checked: no two members have one name or share bytes.
class ZipReader {
 public:
  /// Throws DataError for what is no archive, and for encrypted or otherwise compressed members, several volumes, and
  /// the larger format zip64.
  ZipReader(const std::filesystem::path& path, std::string where);

  const std::vector<ZipEntry>& entries() const { return entries_; }
  const InputFile& file() const { return file_; }

 private:
  void read_directory(std::uint64_t offset, std::uint64_t size, std::size_t count);
  void check_places(std::uint64_t end) const;

  InputFile file_;
  std::vector<ZipEntry> entries_;
};

/// The bytes of a member. At their end its checksum is checked. The archive has to outlive it.
class ZipMember : public ByteStream {
 public:
  ZipMember(const ZipReader& archive, const ZipEntry& entry);
  ~ZipMember() override;
  ZipMember(const ZipMember&) = delete;
  ZipMember& operator=(const ZipMember&) = delete;

  std::size_t read(std::span<std::uint8_t> to) override;
  std::uint64_t most_left() const override { return entry_.size - offset_; }
  std::string where() const override;

 private:
  struct Inflater;

  std::size_t read_stored(std::span<std::uint8_t> to);
  std::size_t read_deflated(std::span<std::uint8_t> to);

  const InputFile& file_;
  const ZipEntry& entry_;
  std::uint64_t at_ = 0, end_ = 0;  // what is left of it in the file
  std::uint32_t crc_ = 0;
  std::unique_ptr<Inflater> inflater_;  // null for stored bytes
};

/// Parts of an archive to be written: they come in the order header, bytes, ..., and in the end the directory.
std::string zip_local_header(const ZipEntry& entry);
std::string zip_directory(std::span<const ZipEntry> entries, std::uint64_t offset);

}  // namespace xtape::nn::detail
