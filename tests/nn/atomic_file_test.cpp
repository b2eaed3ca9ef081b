// Files appear whole or not at all.

#include "nn/files/atomic_file.hpp"

#include "files_for_tests.hpp"

#include "autodiff/random.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <thread>

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

// Links are followed also to where there is nothing yet, as a shell's > does.
TEST(AtomicFile, FollowsLinksToNothing) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "else");
  std::filesystem::create_symlink("else/target", folder / "link");
  std::filesystem::create_symlink("link", folder / "chain");
  write_file_atomically(folder / "chain", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link") && std::filesystem::is_symlink(folder / "chain"));
  EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(folder / "else/target")));
  EXPECT_EQ(read_bytes(folder / "else/target"), "new");
  write_file_atomically(folder / "link", "newer");
  EXPECT_EQ(read_bytes(folder / "else/target"), "newer");

  std::filesystem::create_symlink(folder / "absolute", folder / "to absolute");
  write_file_atomically(folder / "to absolute", "new");
  EXPECT_EQ(read_bytes(folder / "absolute"), "new");

  std::filesystem::create_symlink("missing/target", folder / "astray");
  EXPECT_SAYS(data_error_of([&] { write_file_atomically(folder / "astray", "text"); }),
              "does the folder " + (folder / "missing").string() + " exist?");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "astray"));
}

TEST(AtomicFile, RefusesLinksInACircle) {
  const ScratchFolder folder;
  std::filesystem::create_symlink("b", folder / "a");
  std::filesystem::create_symlink("a", folder / "b");
  EXPECT_SAYS(data_error_of([&] { write_file_atomically(folder / "a", "text"); }), "symbolic links");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "a") && std::filesystem::is_symlink(folder / "b"));
  EXPECT_EQ(folder.entries(), 2u);
}

TEST(AtomicFile, MessagesEscapeThePath) {
  const ScratchFolder folder;
  const std::string message = data_error_of([&] { write_file_atomically(folder / "\x1b[2J/a", "text"); });
  EXPECT_SAYS(message, "\\u001b[2J/a");
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
}

/// A process of its own that runs `f`, then waits to be killed.
class Child {
 public:
  /// `f` gets what says "go on" to the constructor, which waits for that.
  explicit Child(const std::function<void(const std::function<void()>&)>& f) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    id_ = ::fork();
    if (id_ == 0) {
      f([&] { [[maybe_unused]] const auto written = ::write(ends[1], "x", 1); });
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 1) << "the child ended";
    ::close(ends[0]);
  }
  ~Child() { kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    id_ = -1;
  }

 private:
  ::pid_t id_ = -1;
};

/// Makes this process's system refuse files without a name, as some file systems do.
void refuse_files_without_names() {
  const auto flags = std::uint32_t(offsetof(::seccomp_data, args[2]));
  const auto number = std::uint32_t(offsetof(::seccomp_data, nr));
  ::sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const ::sock_fprog filter{std::size(program), program};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    ::_exit(1);
  }
}

/// Whether the file system of a folder has files without names, and the system a way to name them later.
bool has_files_without_names(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);
  return descriptor >= 0 && std::filesystem::exists("/proc/self/fd");
}

void write_some_and_wait(const std::filesystem::path& path, const std::function<void()>& go_on) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span("half", 4)));
  go_on();
  for (;;) ::pause();
}

TEST(AtomicFile, AKilledProcessLeavesNothing) {
  const ScratchFolder folder;
  if (!has_files_without_names(folder.path())) GTEST_SKIP() << "this file system names every file";
  Child child([&](const auto& go_on) { write_some_and_wait(folder / "a", go_on); });
  EXPECT_EQ(folder.entries(), 0u) << "no name while it is written";
  child.kill();
  EXPECT_EQ(folder.entries(), 0u);
}

// Where every file has a name: what a killed process left goes away with the next file that is written, but not what a
// process that lives is writing.
TEST(AtomicFile, WhatAKilledProcessLeftIsRemoved) {
  const ScratchFolder folder;
  const auto write_with_a_name = [&](const auto& go_on) {
    refuse_files_without_names();
    write_some_and_wait(folder / "a", go_on);
  };
  Child one(write_with_a_name), other(write_with_a_name);
  EXPECT_EQ(folder.entries(), 2u) << "a temporary file each";
  write_file_atomically(folder / "b", "text");
  EXPECT_EQ(folder.entries(), 3u) << "both are being written";
  one.kill();
  EXPECT_EQ(folder.entries(), 3u) << "the test needs something to be left";
  write_file_atomically(folder / "b", "text");
  EXPECT_EQ(folder.entries(), 2u);
  other.kill();
  write_file_atomically(folder / "b", "text");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, WritesWhereEveryFileHasAName) {
  const ScratchFolder folder;
  write_bytes(folder / "a", "old");
  Child child([&](const auto& go_on) {
    refuse_files_without_names();
    AtomicFile file(folder / "a"), second(folder / "b");  // each looks for what others left
    file.write(std::as_bytes(std::span("new", 3)));
    file.commit();
    go_on();
  });
  EXPECT_EQ(read_bytes(folder / "a"), "new");
}

TEST(AtomicFile, FilesOfOtherNamesAreNobodysLeftovers) {
  const ScratchFolder folder;
  for (const char* name : {".xtape-1-2.txt", "xtape-1-2.tmp", ".xtape-1-2.tmp"}) write_bytes(folder / name, "mine");
  std::filesystem::create_directory(folder / ".xtape-3-4.tmp");
  ASSERT_EQ(::mkfifo((folder / ".xtape-5-6.tmp").c_str(), 0600), 0);
  std::filesystem::create_symlink("xtape-1-2.tmp", folder / ".xtape-7-8.tmp");
  write_file_atomically(folder / "a", "text");
  EXPECT_EQ(folder.entries(), 6u) << "all but the file .xtape-1-2.tmp, and a";
  EXPECT_FALSE(std::filesystem::exists(folder / ".xtape-1-2.tmp"));
}

// Killed anywhere, also between the steps of the replacement: the file is whole, and nothing stays once another has
// been written.
TEST(AtomicFile, KilledAtRandomMoments) {
  const ScratchFolder folder;
  Random random(1);
  const std::size_t size = 10'000;
  for (int round = 0; round < 40; ++round) {
    Child child([&](const auto& go_on) {
      if (round % 2 == 1) refuse_files_without_names();
      for (char letter = 'a';; letter = letter == 'z' ? 'a' : char(letter + 1)) {
        write_file_atomically(folder / "file", std::string(size, letter));
        if (letter == 'b') go_on();
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(3000)));
    child.kill();
    const std::string bytes = read_bytes(folder / "file");
    ASSERT_EQ(bytes, std::string(size, bytes.empty() ? ' ' : bytes[0]));
    ASSERT_LE(folder.entries(), 2u);
  }
  write_file_atomically(folder / "file", "end");
  EXPECT_EQ(folder.entries(), 1u);
}

}  // namespace
}  // namespace xtape::nn
