#include "docs/tutorial/support/chapter.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace tutorial {

namespace fs = std::filesystem;

namespace {

struct Misuse : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace

Chapter::Chapter(std::string name, int argc, char** argv) : name_(std::move(name)), out_(fs::path("build/docs/run")) {
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto value = [&] {
      if (i + 1 == argc) throw Misuse("a value expected after " + option);
      return std::string(argv[++i]);
    };
    if (option == "--small") {
      small_ = true;
    } else if (option == "--data") {
      source_ = value();
    } else if (option == "--out") {
      out_ = value();
    } else {
      throw Misuse("usage: " + name_ + " [--small] [--data NAME_OR_FOLDER] [--out FOLDER], got " + option);
    }
  }
  fs::create_directories(out_ / "numbers");
  fs::create_directories(out_ / "figures");
}

const programs::Dataset& Chapter::data() {
  if (data_.train.size() == 0) {
    if (source_.empty()) source_ = programs::is_installed("fashion-mnist") ? "fashion-mnist" : "digits";
    data_ = programs::load_dataset(source_);
  }
  return data_;
}

void Chapter::number(const std::string& what, double value) {
  numbers_[what] = value;
  std::printf("%-40s %.10g\n", what.c_str(), value);
}

double Chapter::mean(const std::string& what, const xtape::Var<float>& v) {
  const double mean = xtape::mean(v).item();
  number(what, mean);
  number(what + "-error", xtape::stddev(v).item() / std::sqrt(double(v.size())));
  return mean;
}

fs::path Chapter::file(const std::string& what) const {
  return out_ / "figures" / (name_ + "-" + what);
}

void Chapter::write_bytes(const std::string& what, std::span<const std::byte> bytes) const {
  std::ofstream file(this->file(what), std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
}

void Chapter::draw(const std::string& what, const std::vector<Figure>& figures) const {
  save(file(what + ".svg"), figures);
}

void Chapter::finish() const {
  std::ofstream file(out_ / "numbers" / (name_ + ".json"));
  file << nlohmann::json(numbers_).dump(2) << "\n";
  if (!file.flush()) throw std::runtime_error("cannot write " + (out_ / "numbers").string());
}

int run(const std::string& name, int argc, char** argv, const std::function<void(Chapter&)>& body) try {
  Chapter chapter(name, argc, argv);
  body(chapter);
  chapter.finish();
  return 0;
} catch (const Misuse& mistake) {
  std::cerr << mistake.what() << "\n";
  return 2;
} catch (const std::exception& error) {
  std::cerr << name << ": " << error.what() << "\n";
  return 1;
}

}  // namespace tutorial
