#pragma once
// Named arrays that an independent implementation computed: tests/golden/NAME.txt, made by the script make_NAME.py
// there.

#include "autodiff/array.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

namespace xtape {

class Golden {
 public:
  explicit Golden(const std::string& name) {
    std::ifstream file(std::string(XTAPE_GOLDEN_DIR) + "/" + name + ".txt");
    if (!file) throw std::runtime_error("no golden file " + name);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with('#')) continue;
      std::istringstream words(line);
      std::string key;
      std::size_t rank = 0;
      words >> key >> rank;
      Shape shape(rank);
      for (std::size_t& extent : shape) words >> extent;
      Array<double> array = empty<double>(shape);
      std::string word;  // which may be inf or nan, that streams do not read
      bool good = bool(words);
      for (double& x : array) {
        char* end = nullptr;
        good = good && words >> word;
        x = std::strtod(word.c_str(), &end);
        good = good && *end == '\0';
      }
      if (!good) throw std::runtime_error("golden file " + name + ": a bad line for " + key);
      arrays_[key] = array;
    }
  }

  const Array<double>& operator[](const std::string& key) const { return arrays_.at(key); }
  bool has(const std::string& key) const { return arrays_.contains(key); }

 private:
  std::map<std::string, Array<double>> arrays_;
};

}  // namespace xtape
