#include "nn/files/mapping.hpp"

#include <sys/mman.h>
#include <cerrno>
#include <memory>
#include <system_error>

namespace xtape::nn::detail {

Mapping::Mapping(const InputFile& file) : size_(std::size_t(file.size())) {
  if (size_ == 0) return;  // which cannot be mapped
  void* const place = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.descriptor(), 0);
  if (place == MAP_FAILED) file.fail("cannot map it: " + std::generic_category().message(errno));
  bytes_ = static_cast<const std::byte*>(place);
}

Mapping::~Mapping() {
  if (bytes_ != nullptr) ::munmap(const_cast<std::byte*>(bytes_), size_);
}

void Mapping::expect(bool one_piece) const {
  if (bytes_ == nullptr || one_piece_.exchange(one_piece, std::memory_order_relaxed) == one_piece) return;
  ::madvise(const_cast<std::byte*>(bytes_), size_, one_piece ? MADV_NORMAL : MADV_RANDOM);
}

void Mapping::touched(std::size_t pieces, std::size_t bytes) const {
  constexpr std::size_t kAround = std::size_t{1} << 16;  // what Linux maps beside a page that is asked for
  constexpr std::size_t kMostResident = std::size_t{32} << 20;
  const std::size_t more = pieces * (bytes + kAround);
  if (resident_.fetch_add(more, std::memory_order_relaxed) + more < kMostResident) return;
  resident_.store(0, std::memory_order_relaxed);
  ::madvise(const_cast<std::byte*>(bytes_), size_, MADV_DONTNEED);  // nothing is lost: the pages are the file's
}

AnyArray mapped_array(const InputFile& file, std::uint64_t start, std::string_view dtype, const Shape& shape) {
  const auto mapping = std::make_shared<const Mapping>(file);
  AnyArray array(dtype, shape, mapping->bytes().subspan(std::size_t(start)), mapping);
  array.mapping_ = mapping.get();
  return array;
}

}  // namespace xtape::nn::detail
