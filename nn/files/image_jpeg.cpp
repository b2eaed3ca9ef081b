#include "nn/files/image_pixels.hpp"

#include <string>

#ifdef XTAPE_JPEG
#include <csetjmp>
#include <cstdio>  // which jpeglib.h needs

#include <jpeglib.h>
#endif

namespace xtape::nn::detail {

#ifdef XTAPE_JPEG

namespace {

/// libjpeg says what is wrong by a call that must not return: it jumps to where the last step began.
struct Decoder {
  ::jpeg_decompress_struct info{};
  ::jpeg_error_mgr errors{};
  ::jpeg_progress_mgr progress{};
  std::jmp_buf step;
  char message[JMSG_LENGTH_MAX] = "";
  bool is_made = false;

  Decoder() = default;
  ~Decoder() {
    if (is_made) ::jpeg_destroy_decompress(&info);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
};

[[noreturn]] void jump(::j_common_ptr info) {
  auto* const decoder = static_cast<Decoder*>(info->client_data);
  info->err->format_message(info, decoder->message);
  std::longjmp(decoder->step, 1);
}

/// A level below zero warns of damaged data, of which libjpeg would make something up.
void judge(::j_common_ptr info, int level) {
  if (level < 0) jump(info);
}

/// Called with every row of blocks that is decoded. Each scan goes over the whole picture, however short it is in the
/// file: a small one with thousands of them would take hours. What programs write has some ten.
void count_scans(::j_common_ptr info) {
  constexpr int kMostScans = 100;
  auto* const decoder = static_cast<Decoder*>(info->client_data);
  if (decoder->info.input_scan_number <= kMostScans) return;
  std::snprintf(decoder->message, sizeof(decoder->message), "expected at most %d scans, got more", kMostScans);
  std::longjmp(decoder->step, 1);
}

// The steps hold nothing that has a destructor, since a jump would leave it out. They give whether all went well.

bool start(Decoder& decoder, const unsigned char* bytes, unsigned long size) {
  decoder.info.err = ::jpeg_std_error(&decoder.errors);
  decoder.info.client_data = &decoder;
  decoder.errors.error_exit = jump;
  decoder.errors.emit_message = judge;
  if (setjmp(decoder.step) != 0) return false;
  ::jpeg_create_decompress(&decoder.info);
  decoder.is_made = true;
  decoder.progress.progress_monitor = count_scans;
  decoder.info.progress = &decoder.progress;
  ::jpeg_mem_src(&decoder.info, const_cast<unsigned char*>(bytes), size);  // which it does not write to
  ::jpeg_read_header(&decoder.info, TRUE);
  return true;
}

bool read_rows(Decoder& decoder, std::uint8_t* to, std::size_t row) {
  if (setjmp(decoder.step) != 0) return false;
  decoder.info.out_color_space = JCS_RGB;
  ::jpeg_start_decompress(&decoder.info);
  while (decoder.info.output_scanline < decoder.info.output_height) {
    ::JSAMPROW line = to + decoder.info.output_scanline * row;
    ::jpeg_read_scanlines(&decoder.info, &line, 1);
  }
  ::jpeg_finish_decompress(&decoder.info);
  return true;
}

}  // namespace

Pixels decode_jpeg(std::span<const std::byte> bytes, std::uint64_t max_bytes, const InputFile& file) {
  constexpr std::size_t kChannels = 3;
  Decoder decoder;
  const auto fail = [&] { file.fail("damaged: " + std::string(decoder.message)); };
  if (!start(decoder, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size())) fail();
  const ::J_COLOR_SPACE space = decoder.info.jpeg_color_space;
  if (space != JCS_GRAYSCALE && space != JCS_YCbCr && space != JCS_RGB) {
    file.fail("expected a JPEG file of grey levels or of red, green and blue, got other colours (CMYK)");
  }
  Pixels pixels = pixels_of(decoder.info.image_height, decoder.info.image_width, kChannels, max_bytes, file);
  if (!read_rows(decoder, pixels.bytes.get(), pixels.width * kChannels)) fail();
  return pixels;
}

#else

Pixels decode_jpeg(std::span<const std::byte>, std::uint64_t, const InputFile& file) {
  file.fail("is a JPEG file, and xtape was built without libjpeg (on Debian and Ubuntu: apt install libjpeg-dev)");
}

#endif

}  // namespace xtape::nn::detail
