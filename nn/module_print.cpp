// A module as text: what kind it is, and the tree of its parts.

#include "nn/module.hpp"

#include <cstdlib>
#include <memory>
#include <ostream>
#include <typeinfo>
#include <utility>

#include <cxxabi.h>

namespace xtape::nn {

namespace {

// "Linear" of xtape::nn::Linear<float>: without scopes and template arguments.
std::string unqualified(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> full(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                         &std::free);
  const std::string name = status == 0 ? full.get() : type.name();
  std::string result;
  int depth = 0;  // of brackets
  for (const char letter : name) {
    const bool opens = letter == '<' || letter == '(' || letter == '{',
               closes = letter == '>' || letter == ')' || letter == '}';
    if (opens && depth++ == 0 && letter != '<') result.clear();
    if (closes) --depth;
    if (depth > 0 || opens || closes) continue;
    if (letter == ':') {
      result.clear();
    } else {
      result += letter;
    }
  }
  return result.empty() ? "Module" : result;
}

}  // namespace

template <class T>
std::string Module<T>::kind() const {
  return unqualified(typeid(*this));
}

template <class T>
void Module<T>::print(std::ostream& out, const std::string& name, const std::string& indent) const {
  const std::size_t trained = parameter_count(), all = total_parameter_count();
  const std::string said = description();
  out << indent << (name.empty() ? "" : name + ": ") << kind() << (said.empty() ? "" : "(" + said + ")") << ", "
      << trained << (trained == 1 ? " parameter" : " parameters");
  if (all > trained) out << ", " << all - trained << " frozen";
  const std::string deeper = indent + "  ";
  for (const NamedState<T>& named : own_) {
    out << '\n' << deeper << named.name << ' ' << to_string(named.shape());
    const Parameter<T>* parameter = named.parameter();
    if (parameter == nullptr) {
      out << (std::holds_alternative<Counter>(named.kept) ? " counter" : " buffer");
    } else if (parameter->frozen()) {
      out << " frozen";
    }
  }
  for (const auto& [own, part] : parts_) {
    out << '\n';
    part->print(out, own, deeper);
  }
}

template std::string Module<float>::kind() const;
template std::string Module<double>::kind() const;
template void Module<float>::print(std::ostream&, const std::string&, const std::string&) const;
template void Module<double>::print(std::ostream&, const std::string&, const std::string&) const;

}  // namespace xtape::nn
