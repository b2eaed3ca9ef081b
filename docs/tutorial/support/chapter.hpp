#pragma once
// What the program of every chapter is given: options, data, and where its numbers and pictures go.

#include "docs/tutorial/support/figure.hpp"
#include "examples/programs/data/datasets.hpp"
#include "nn/nn.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>

namespace tutorial {

/// The run of a chapter's program:
///
///   NAME [--small] [--data NAME_OR_FOLDER] [--out FOLDER]
///
/// Writes FOLDER/numbers/NAME.json and FOLDER/figures/NAME-*.svg. With --small it takes seconds, for the tests.
class Chapter {
 public:
  Chapter(std::string name, int argc, char** argv);

  /// `full`, or `small` with --small: a number of epochs, of samples, of images.
  template <class N>
  N pick(N full, N small) const {
    return small_ ? small : full;
  }
  /// Fashion-MNIST, or drawn digits where it is not installed, or what --data says.
  const programs::Dataset& data();
  const xtape::nn::ImageSet& train() { return data().train; }
  const xtape::nn::ImageSet& test() { return data().test; }

  /// A number that the page quotes, or that a test checks; prints it too.
  void number(const std::string& what, double value);
  /// The mean of v's elements and its standard error, as the numbers WHAT and WHAT-error; the mean.
  double mean(const std::string& what, const xtape::Var<float>& v);
  /// A picture: figures/NAME-WHAT.svg.
  void draw(const std::string& what, const std::vector<Figure>& figures) const;
  /// Where a file of this chapter's goes: figures/NAME-WHAT.
  std::filesystem::path file(const std::string& what) const;
  /// Writes it: a text, or the bytes of a picture.
  void write(const std::string& what, const auto& content) const {
    write_bytes(what, std::as_bytes(std::span(content)));
  }
  /// Writes the numbers.
  void finish() const;

 private:
  void write_bytes(const std::string& what, std::span<const std::byte> bytes) const;

  std::string name_, source_;
  bool small_ = false;
  std::filesystem::path out_;
  std::map<std::string, double> numbers_;
  programs::Dataset data_;  // nothing until somebody asks
};

/// main's body: runs `body(chapter)`, writes the numbers; an error is one line and exit code 1, a mistake in the
/// command line exit code 2.
int run(const std::string& name, int argc, char** argv, const std::function<void(Chapter&)>& body);

}  // namespace tutorial
