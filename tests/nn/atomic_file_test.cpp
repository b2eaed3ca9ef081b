// Files appear whole or not at all.

#include "nn/files/atomic_file.hpp"

#include "files_for_tests.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>
#include <span>
#include <string>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::read_bytes;
using testing::ScratchFolder;
using testing::write_bytes;

TEST(AtomicFile, WritesAndReplaces) {
  const ScratchFolder folder;
  write_file_atomically(folder / "a", "first");
  EXPECT_EQ(read_bytes(folder / "a"), "first");
  write_file_atomically(folder / "a", std::string(1 << 20, 'x'));
  EXPECT_EQ(read_bytes(folder / "a"), std::string(1 << 20, 'x'));
  write_file_atomically(folder / "a", "");
  EXPECT_EQ(read_bytes(folder / "a"), "");
  EXPECT_EQ(folder.entries(), 1u) << "no temporary file stays behind";
}

TEST(AtomicFile, ThePathChangesOnCommitOnly) {
  const ScratchFolder folder;
  write_bytes(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    file.write(std::as_bytes(std::span("new", 3)));
    EXPECT_EQ(read_bytes(folder / "a"), "old");
    file.write(std::as_bytes(std::span("er", 2)));
    file.commit();
    EXPECT_EQ(read_bytes(folder / "a"), "newer");
  }
  EXPECT_EQ(read_bytes(folder / "a"), "newer");
}

TEST(AtomicFile, WithoutCommitNothingHappens) {
  const ScratchFolder folder;
  write_bytes(folder / "a", "old");
  for (const char* name : {"a", "b"}) {
    AtomicFile file(folder / name);
    file.write(std::as_bytes(std::span("new", 3)));
  }
  EXPECT_EQ(read_bytes(folder / "a"), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, KeepsPermissionsAndFollowsLinks) {
  const ScratchFolder folder;
  write_bytes(folder / "target", "old");
  ASSERT_EQ(::chmod((folder / "target").c_str(), 0640), 0);
  std::filesystem::create_symlink("target", folder / "link");
  write_file_atomically(folder / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_bytes(folder / "target"), "new");
  EXPECT_EQ(std::filesystem::status(folder / "target").permissions(), std::filesystem::perms(0640));

  const auto mask = ::umask(027);
  write_file_atomically(folder / "fresh", "new");
  ::umask(mask);
  EXPECT_EQ(std::filesystem::status(folder / "fresh").permissions(), std::filesystem::perms(0640));
}

TEST(AtomicFile, ANameAsLongAsNamesCanBe) {
  const ScratchFolder folder;
  const std::string name(255, 'n');
  write_file_atomically(folder / name, "text");
  EXPECT_EQ(read_bytes(folder / name), "text");
  EXPECT_SAYS(data_error_of([&] { write_file_atomically(folder / (name + "n"), "text"); }), "File name too long");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, ErrorsNameThePathAndTheReason) {
  const ScratchFolder folder;
  const auto missing = folder / "none/a";
  const std::string message = data_error_of([&] { write_file_atomically(missing, "text"); });
  EXPECT_SAYS(message, missing.string());
  EXPECT_SAYS(message, "No such file or directory");
  EXPECT_SAYS(message, "does the folder " + (folder / "none").string() + " exist?");

  EXPECT_SAYS(data_error_of([&] { write_file_atomically(folder.path(), "text"); }), "Is a directory");
  EXPECT_SAYS(data_error_of([&] { write_file_atomically("/dev/null", "text"); }), "not a regular file");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_SAYS(data_error_of([&] { write_file_atomically("", "text"); }), "got an empty one");
}

TEST(AtomicFile, AFolderWithoutPermission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const ScratchFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0500));
  EXPECT_SAYS(data_error_of([&] { write_file_atomically(folder / "a", "text"); }), "Permission denied");
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0700));
}

// A limit on the size of files stands for a full disk: the write ends part of the way in.
TEST(AtomicFile, AFullDiskLeavesTheOldFile) {
  const ScratchFolder folder;
  write_bytes(folder / "a", "old");
  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const ::rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = data_error_of([&] { write_file_atomically(folder / "a", std::string(5000, 'x')); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_SAYS(message, "cannot write " + (folder / "a").string() + ": File too large");
  EXPECT_EQ(read_bytes(folder / "a"), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

}  // namespace
}  // namespace xtape::nn
